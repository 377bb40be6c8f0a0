"""Applications that wait for their applicants or for a seat, or end without a decision."""

from __future__ import annotations

from datetime import date, datetime

from domain.coalition.coalition import SetSeats
from domain.membership.waiting import (
    ExpireApplication,
    OfferSeat,
    ProvideInformation,
    RequestInformation,
    WaitlistApplication,
    WithdrawApplication,
)
from service.demo.case import Case
from service.demo.scene import DIRECTOR
from service.demo.stage import Stage
from service.demo.storyboard import MORE_SEATS, MORE_SEATS_ON, PARTNER, Ending
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


def wait_for_seat(case: Case, by: Principal, at: datetime) -> None:
    """Add a yes without a seat, and the offer of one where the story has it."""
    stage = case.stage
    stage.add(at, by, WaitlistApplication(application=case.application))
    if case.plot.ending is Ending.OFFERED:
        offer = stage.diary.later(_more_seats_at(stage), 1, 14)
        stage.add(offer, DIRECTOR, OfferSeat(application=case.application))


def set_more_seats(stage: Stage) -> None:
    """Add the day on which the coalition has more seats for partners."""
    stage.add(_more_seats_at(stage), DIRECTOR, SetSeats(tier=PARTNER, seats=MORE_SEATS))


def _more_seats_at(stage: Stage) -> datetime:
    return stage.diary.on(date.fromisoformat(MORE_SEATS_ON))
