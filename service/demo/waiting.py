"""Applications that wait for their applicants, and that end without a decision."""

from __future__ import annotations

from datetime import datetime

from domain.membership.waiting import (
    ExpireApplication,
    ProvideInformation,
    RequestInformation,
    WithdrawApplication,
)
from service.demo.case import Case
from service.demo.scene import DIRECTOR
from service.demo.storyboard import Ending
from service.security.principal import Principal

UNDECIDED = frozenset({Ending.AWAITING, Ending.WITHDRAWN, Ending.EXPIRED})
"""The endings that this module tells."""


def wait(case: Case, reviewer: Principal, at: datetime) -> datetime:
    """Add a question, and what becomes of it; return when the review goes on, if it does."""
    stage, application = case.stage, case.application
    question = RequestInformation(application=application, question=stage.pen.question())
    stage.add(at, reviewer, question)
    match case.plot.ending:
        case Ending.AWAITING:
            pass
        case Ending.WITHDRAWN:
            withdraw = WithdrawApplication(application=application, reason=stage.pen.withdrawal())
            stage.add(stage.diary.later(at, 5, 12), case.applicant, withdraw)
        case Ending.EXPIRED:
            days = stage.policy.deadlines.information_request_days
            at = stage.diary.later(at, days + 1, days + 3)
            stage.add(at, DIRECTOR, ExpireApplication(application=application))
        case _:
            at = stage.diary.later(at, 4, 11)
            answer = ProvideInformation(application=application, answer=stage.pen.answer())
            stage.add(at, case.applicant, answer)
    return at
