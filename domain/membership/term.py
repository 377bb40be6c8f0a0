"""A membership's term: opened for renewal, renewed or missed, and who took part in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Public, Staff, revealed
from domain.terms import EntryId, Key, Line, MembershipId, RenewalPhase, Text


class RenewalOpened(Event, frozen=True, kw_only=True):
    """The member is asked to renew. Stream: the membership.

    Attributes:
        term_ends: the last day on which it is renewed in time.
    """

    stored_name: ClassVar[str] = "membership.renewal_opened.v1"

    term_ends: Public[date]


class RenewalMissed(Event, frozen=True, kw_only=True):
    """The term is over: the listing is down, and the member may still renew.

    Attributes:
        grace_ends: the last day on which it may.
    """

    stored_name: ClassVar[str] = "membership.renewal_missed.v1"

    grace_ends: Public[date]


class MembershipRenewed(Event, frozen=True, kw_only=True):
    """The member stays for another term. Stream: the membership.

    Attributes:
        term_since: the day that the new term is counted from.
        clauses: what the policy asks of the member's tier and type, as the member attests it.
    """

    stored_name: ClassVar[str] = "membership.renewed.v1"

    term_since: Public[date]
    clauses: Public[list[str]]


class ParticipationRecorded(Event, frozen=True, kw_only=True):
    """The member took part in something of the coalition's. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.participation_recorded.v1"

    took_part_on: Staff[date] = UNSET
    occasion: Staff[str] = UNSET


class ParticipationWithdrawn(Event, frozen=True, kw_only=True):
    """What an entry says that the member took part in was written down wrongly, and counts no more.

    Stream: the membership.

    Attributes:
        entry: the entry that says so, which stays as it is.
        withdraws: that entry's version in this stream, by which rules and views find the day.
    """

    stored_name: ClassVar[str] = "membership.participation_withdrawn.v1"

    entry: Staff[EntryId] = UNSET
    withdraws: Staff[int] = UNSET
    reason: Staff[str] = UNSET


TermEvent = (
    RenewalOpened
    | RenewalMissed
    | MembershipRenewed
    | ParticipationRecorded
    | ParticipationWithdrawn
)


class OpenRenewal(Command, frozen=True, kw_only=True):
    """Ask a member to renew, so long before its term ends as the policy says."""

    membership: MembershipId


class RenewMembership(Command, frozen=True, kw_only=True):
    """Stay for another term, and attest that each clause of ``clauses`` is met still."""

    membership: MembershipId
    clauses: list[Key]


class RecordMissedRenewal(Command, frozen=True, kw_only=True):
    """Take down what a member shows whose term is over."""

    membership: MembershipId


class LapseMembership(Command, frozen=True, kw_only=True):
    """End a membership that was not renewed, or whose agreement was not signed, in time."""

    membership: MembershipId


class RecordParticipation(Command, frozen=True, kw_only=True):
    """Record that a member took part in an occasion on a day."""

    membership: MembershipId
    took_part_on: date
    occasion: Line


class WithdrawParticipation(Command, frozen=True, kw_only=True):
    """Let a day count no more on which a member was written down wrongly to have taken part.

    Attributes:
        entry: id of the entry that recorded it.
    """

    membership: MembershipId
    entry: EntryId
    reason: Text


class Term(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a membership stands in its term.

    Attributes:
        phase: whether it is open for renewal.
        day: the day that the term is counted from, and once it is open for renewal, the last
            day on which that is in time, or when it was missed, on which it can be made up for.
        attended: the days on which the member took part in something, of whatever term, each
            after the version of the entry that says so.
        begun: the days that its terms are counted from, in order: the first day of the first one,
            and of a later one the last day of the term before.
        tiers: from when it has which tier, in order.
    """

    phase: RenewalPhase = RenewalPhase.NOT_OPEN
    day: date = date.min
    attended: tuple[tuple[int, date], ...] = ()
    begun: tuple[date, ...] = ()
    tiers: tuple[tuple[date, str], ...] = ()

    def since(self, day: date) -> date:
        """Return the day that the term is counted from in which a day lies.

        A renewal in time makes a term that follows the present one, which goes on until then.
        """
        return max((since for since in self.begun if since < day), default=self.begun[0])

    def within(self, day: date) -> tuple[list[date], str]:
        """Return the days attended of the term that a day lies in, and the tier that it began in.

        A change of tier asks nothing more of the term in which it falls.
        """
        place = self.begun.index(self.since(day))
        since = self.begun[place] if place else self.begun[0] - timedelta(days=1)
        until = self.begun[place + 1] if place + 1 < len(self.begun) else date.max
        days = [each for _, each in self.attended if since < each <= until]
        tiers = [tier for on, tier in self.tiers if on <= self.begun[place]]
        return days, tiers[-1]


def first(on: date, tier: str) -> Term:
    """Return the first term of a membership that begins, or begins anew, on a day."""
    return Term(day=on, begun=(on,), tiers=((on, tier),))


def moved(state: Term, on: date, tier: str) -> Term:
    """Return the term after a change of tier."""
    return replace(state, tiers=(*state.tiers, (on, tier)))


def evolve(state: Term, event: TermEvent, version: int) -> Term:
    """Return the term after an event, which has this version in its stream.

    From when it holds makes no difference here.
    """
    match event:
        case RenewalOpened():
            return replace(state, phase=RenewalPhase.OPEN, day=event.term_ends)
        case RenewalMissed():
            return replace(state, phase=RenewalPhase.MISSED, day=event.grace_ends)
        case MembershipRenewed():
            begun = (*state.begun, event.term_since)
            return replace(state, phase=RenewalPhase.NOT_OPEN, day=event.term_since, begun=begun)
        case ParticipationRecorded():
            took_part = version, revealed(event.took_part_on)
            return replace(state, attended=(*state.attended, took_part))
        case ParticipationWithdrawn():
            wrong = revealed(event.withdraws)
            left = tuple(each for each in state.attended if each[0] != wrong)
            return replace(state, attended=left)
        case _:
            assert_never(event)
