"""Seats: the waitlist of a full tier, and what comes of the seats that are offered."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.coalition.coalition import SetSeats
from domain.membership.waiting import AcceptSeat, ExpireSeatOffer, OfferSeat, WaitlistApplication
from service.demo.case import Case
from service.demo.part import Ending
from service.demo.scene import DIRECTOR, SWEEP
from service.demo.stage import Stage
from service.demo.storyboard import MORE_SEATS, MORE_SEATS_ON, ONE_MORE_SEAT_ON, PARTNER, SEATS
from service.security.principal import Principal

WAITING = frozenset({Ending.FULL, Ending.WAITLISTED, Ending.OFFERED, Ending.UNTAKEN, Ending.SEATED})
"""The endings that this module tells."""


def wait(case: Case, by: Principal, at: datetime) -> datetime | None:
    """Add a yes without a seat, and what comes of it; return when a seat is accepted, if one is.

    The one seat of March is offered within minutes, so that nobody else comes before; once
    the offer of it is over, another one has it.
    """
    stage = case.stage
    stage.add(at, by, WaitlistApplication(application=case.application))
    offered_on = date.fromisoformat(ONE_MORE_SEAT_ON)
    over_on = offered_on + timedelta(days=stage.policy.deadlines.seat_offer_days + 1)
    match case.plot.ending:
        case Ending.OFFERED:
            stage.waitlist.append((at, case.application))
        case Ending.UNTAKEN:
            at = stage.diary.on(offered_on)
            stage.add(at, DIRECTOR, SetSeats(tier=PARTNER, seats=SEATS + 1))
            _offer(case, stage.diary.next(at))
            expire = ExpireSeatOffer(application=case.application)
            stage.add(stage.diary.night(over_on), SWEEP, expire)
        case Ending.SEATED:
            at = stage.diary.on(over_on)
            _offer(case, at)
            at = stage.diary.later(at, 3, 20)
            accept = AcceptSeat(application=case.application, membership=case.member.membership)
            stage.add(at, case.applicant, accept)
            return at
        case _:
            pass
    return None


def set_more_seats(stage: Stage) -> None:
    """Add the day on which the coalition has more seats for partners, and offers them in turn."""
    at = _at(stage, MORE_SEATS_ON)
    stage.add(at, DIRECTOR, SetSeats(tier=PARTNER, seats=MORE_SEATS))
    for _, application in sorted(stage.waitlist):
        at = stage.diary.later(at, 1, 4)
        stage.add(at, DIRECTOR, OfferSeat(application=application))


def _offer(case: Case, at: datetime) -> None:
    case.stage.add(at, DIRECTOR, OfferSeat(application=case.application))


def _at(stage: Stage, day: str) -> datetime:
    return stage.diary.on(date.fromisoformat(day))
