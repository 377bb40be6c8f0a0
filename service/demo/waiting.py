"""Applications that wait for their applicants, or end without a decision."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.membership.waiting import (
    ExpireApplication,
    ProvideInformation,
    RequestInformation,
    WithdrawApplication,
)
from service.demo import filing
from service.demo.case import Case
from service.demo.part import Ending
from service.demo.scene import SWEEP
from service.demo.storyboard import LAST_MONTH
from service.security.principal import Principal

ENDINGS = frozenset({Ending.AWAITING, Ending.WITHDRAWN, Ending.EXPIRED})
"""The endings that this module tells."""


def wait(case: Case, reviewer: Principal, at: datetime) -> datetime:
    """Add a question, and what becomes of it; return when the review goes on, if it does."""
    stage, application = case.stage, case.application
    if case.plot.ending is Ending.AWAITING:
        # There is time still for the answer when the story ends.
        at = max(at, stage.diary.within(LAST_MONTH))
    question = RequestInformation(application=application, question=stage.pen.question())
    stage.add(at, reviewer, question)
    match case.plot.ending:
        case Ending.AWAITING:
            filing.send_wrong_one(case, at)
        case Ending.WITHDRAWN:
            filing.send(case, at + timedelta(minutes=7), "The letter of this year.")
            withdraw = WithdrawApplication(application=application, reason=stage.pen.withdrawal())
            withdrawn_at = stage.diary.later(at, 5, 12)
            stage.add(withdrawn_at, case.applicant, withdraw)
            filing.grow_old(case, withdrawn_at)
        case Ending.EXPIRED:
            days = timedelta(days=stage.policy.deadlines.information_request_days + 1)
            at = stage.diary.night(stage.diary.day(at) + days)
            stage.add(at, SWEEP, ExpireApplication(application=application))
        case _:
            at = stage.diary.later(at, 4, 11)
            answer = ProvideInformation(application=application, answer=stage.pen.answer())
            stage.add(at, case.applicant, answer)
    return at
