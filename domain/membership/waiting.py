"""What an application waits for, and how its waiting ends without a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import ClassVar, Final

import msgspec

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Public, Staff
from domain.terms import ApplicationId, ApplicationPhase, Awaited, MembershipId, Text


class InformationRequested(Event, frozen=True, kw_only=True):
    """The applicant was asked something; the clock stands still until they answer.

    Attributes:
        due: the last day for the answer.
    """

    stored_name: ClassVar[str] = "application.information_requested.v1"

    due: Public[date]
    question: Staff[str] = UNSET


class InformationProvided(Event, frozen=True, kw_only=True):
    """The applicant answered; the clock goes on."""

    stored_name: ClassVar[str] = "application.information_provided.v1"

    answer: Staff[str] = UNSET


class ApplicationWithdrawn(Event, frozen=True, kw_only=True):
    """The applicant asks no longer, or the membership has ended that asked for another tier."""

    stored_name: ClassVar[str] = "application.withdrawn.v1"

    reason: Staff[str | None] = UNSET


class ApplicationExpired(Event, frozen=True, kw_only=True):
    """A deadline of the policy passed before there was a decision.

    Attributes:
        deadline: the policy's name of it.
    """

    stored_name: ClassVar[str] = "application.expired.v1"

    deadline: Public[str]


class ApplicationWaitlisted(Event, frozen=True, kw_only=True):
    """The coalition said yes, by these clauses, as soon as a seat is free."""

    stored_name: ClassVar[str] = "application.waitlisted.v1"

    clauses: Public[list[str]]


class SeatOffered(Event, frozen=True, kw_only=True):
    """A free seat is kept for the applicant.

    Attributes:
        until: the last day to accept it.
    """

    stored_name: ClassVar[str] = "application.seat_offered.v1"

    tier: Public[str]
    until: Public[date]


class SeatOfferExpired(Event, frozen=True, kw_only=True):
    """The seat was not accepted in time; the application waits again, behind all others."""

    stored_name: ClassVar[str] = "application.seat_offer_expired.v1"


WaitingEvent = (
    InformationRequested
    | InformationProvided
    | ApplicationWithdrawn
    | ApplicationExpired
    | ApplicationWaitlisted
    | SeatOffered
    | SeatOfferExpired
)


class RequestInformation(Command, frozen=True, kw_only=True):
    """Ask the applicant for something that is missing."""

    application: ApplicationId
    question: Text


class ProvideInformation(Command, frozen=True, kw_only=True):
    """Answer what was asked."""

    application: ApplicationId
    answer: Text


class WithdrawApplication(Command, frozen=True, kw_only=True):
    """Ask no longer."""

    application: ApplicationId
    reason: Text | None = None


class ExpireApplication(Command, frozen=True, kw_only=True):
    """End an application whose deadline has passed."""

    application: ApplicationId


class WaitlistApplication(Command, frozen=True, kw_only=True):
    """Say yes to an application for which there is no seat yet."""

    application: ApplicationId


class OfferSeat(Command, frozen=True, kw_only=True):
    """Keep a free seat for an application that waits for one."""

    application: ApplicationId


class AcceptSeat(Command, frozen=True, kw_only=True):
    """Take the seat that was offered: the party is a member, or has the tier, from now on.

    ``membership`` is the new one's id; a change of tier has its own.
    """

    application: ApplicationId
    membership: MembershipId


class ExpireSeatOffer(Command, frozen=True, kw_only=True):
    """End an offer that was not accepted in time."""

    application: ApplicationId


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an application stands that waits for a seat.

    Attributes:
        since: the day of the last thing that happened to it.
        until: the last day to accept the seat offered; ``None`` while none is.
    """

    since: date
    until: date | None = None


class WaitingClock(msgspec.Struct, frozen=True, kw_only=True):
    """How long an application has waited, without the days that it waited for the applicant.

    Attributes:
        started: the day from which it counts: of the submission, or of an overturned decline.
        since: the day since which it runs, or stands still.
        paused_days: how long it stood still before.
        due: the last day for the answer; ``None`` while it runs.
        resumes: the phase that goes on with the answer.
    """

    started: date = date.min
    since: date = date.min
    paused_days: int = 0
    due: date | None = None
    resumes: ApplicationPhase | None = None

    @property
    def due_from(self) -> date:
        """The day from which the days of a deadline count; an answer's last day is one itself."""
        return self.started + timedelta(days=self.paused_days) if self.due is None else self.due

    def stopped(
        self, event: InformationRequested, phase: ApplicationPhase | None, effective: date
    ) -> WaitingClock:
        """Return the clock once something was asked in a phase."""
        return WaitingClock(
            started=self.started,
            since=effective,
            paused_days=self.paused_days,
            due=event.due,
            resumes=phase,
        )

    def going_on(self, effective: date) -> WaitingClock:
        """Return the clock once that was answered."""
        paused_days = self.paused_days + (effective - self.since).days
        return WaitingClock(started=self.started, since=effective, paused_days=paused_days)

    def days(self, until: date) -> int:
        """Return how many days it has counted until one."""
        counts_until = until if self.due is None else min(until, self.since)
        return max(0, (counts_until - self.started).days - self.paused_days)


AWAITED: Final[Mapping[ApplicationPhase, Awaited]] = MappingProxyType(
    {
        ApplicationPhase.SUBMITTED: Awaited.DIRECTOR,
        ApplicationPhase.AWAITING_APPLICANT: Awaited.APPLICANT,
        ApplicationPhase.IN_REVIEW: Awaited.REVIEWER,
        ApplicationPhase.REVIEWED: Awaited.COMMITTEE,
        ApplicationPhase.APPEALED: Awaited.COMMITTEE,
        ApplicationPhase.WAITLISTED: Awaited.DIRECTOR,
        ApplicationPhase.SEAT_OFFERED: Awaited.APPLICANT,
    }
)
"""Who has to do the next thing in each phase that is not the last.

In a review without a reviewer, because every one was recused, it is the director.
"""
