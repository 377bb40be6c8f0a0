"""Standing: a membership suspended, ended, taken back, and appeals against it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Public, Staff
from domain.membership.contest import Contestable
from domain.terms import (
    AppealOutcome,
    AppealPhase,
    Key,
    LapseReason,
    MembershipId,
    MembershipStatus,
    PartyId,
    Text,
    VoteId,
)


class MembershipSuspended(Event, frozen=True, kw_only=True):
    """The member may not act for a while; its place is kept. Stream: the membership.

    Attributes:
        until: the day on which it is meant to be lifted; ``None`` where that hangs on
            ``condition`` alone.
        clauses: the requirements and standards of the tier that it rests on.
        condition: what the member is to do first.
    """

    stored_name: ClassVar[str] = "membership.suspended.v1"

    until: Public[date | None]
    clauses: Staff[list[str]] = UNSET
    reason: Staff[str] = UNSET
    condition: Staff[str | None] = UNSET


class SuspensionLifted(Event, frozen=True, kw_only=True):
    """The member may act again as before. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.suspension_lifted.v1"

    reason: Staff[str | None] = UNSET


class MembershipWithdrawn(Event, frozen=True, kw_only=True):
    """The member left, by its own will. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.withdrawn.v1"

    reason: Staff[str | None] = UNSET


class MembershipTerminated(Event, frozen=True, kw_only=True):
    """The coalition ended the membership, by a vote. Stream: the membership.

    Attributes:
        clauses: the requirements and standards of the tier that it rests on.
    """

    stored_name: ClassVar[str] = "membership.terminated.v1"

    vote: Public[VoteId]
    clauses: Staff[list[str]] = UNSET
    reason: Staff[str] = UNSET


class MembershipLapsed(Event, frozen=True, kw_only=True):
    """The membership ended, since the member let a deadline pass. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.lapsed.v1"

    reason: Public[LapseReason]


class MembershipReinstated(Event, frozen=True, kw_only=True):
    """A membership that had ended goes on, with all its history. Stream: the membership.

    Attributes:
        agreement: the agreement that the tier asks for now.
        clauses: the policy's clauses that were found by rule to be met still.
        signed: whether the member has signed the text of it that is current.
        suspended: whether a suspension that it had at its end goes on too.
        vote: the vote that it rests on, if there was one.
    """

    stored_name: ClassVar[str] = "membership.reinstated.v1"

    tier: Public[str]
    membership_class: Public[str]
    agreement: Public[str]
    clauses: Public[list[str]]
    signed: Public[bool]
    suspended: Public[bool]
    vote: Public[VoteId | None]
    party: Staff[PartyId] = UNSET
    reason: Staff[str | None] = UNSET


class MembershipMerged(Event, frozen=True, kw_only=True):
    """The member is part of another one, whose membership goes on. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.merged.v1"

    into: Public[MembershipId]


class MembershipPassed(Event, frozen=True, kw_only=True):
    """The membership is another party's, which its member became part of, or left again.

    Stream: the membership. Tier, agreement and history stay as they are.
    """

    stored_name: ClassVar[str] = "membership.passed.v1"

    party: Staff[PartyId] = UNSET


class StandingAppealFiled(Event, frozen=True, kw_only=True):
    """The member asks others to look at its suspension or termination again."""

    stored_name: ClassVar[str] = "membership.appeal_filed.v1"

    grounds: Staff[str] = UNSET


class StandingAppealPutToVote(Event, frozen=True, kw_only=True):
    """Those who took no part in the decision vote on the appeal."""

    stored_name: ClassVar[str] = "membership.appeal_put_to_vote.v1"

    vote: Public[VoteId]


class StandingAppealDecided(Event, frozen=True, kw_only=True):
    """The decision stands, or what follows in the stream takes it back, once there is a place."""

    stored_name: ClassVar[str] = "membership.appeal_decided.v1"

    outcome: Public[AppealOutcome]
    vote: Public[VoteId]


StandingEvent = (
    MembershipSuspended
    | SuspensionLifted
    | MembershipWithdrawn
    | MembershipTerminated
    | MembershipLapsed
    | MembershipReinstated
    | MembershipMerged
    | MembershipPassed
    | StandingAppealFiled
    | StandingAppealPutToVote
    | StandingAppealDecided
)


class SuspendMembership(Command, frozen=True, kw_only=True):
    """Let a member not act until a day, until a condition is met, or both."""

    membership: MembershipId
    clauses: list[Key]
    reason: Text
    until: date | None = None
    condition: Text | None = None


class LiftSuspension(Command, frozen=True, kw_only=True):
    """Let a suspended member act again."""

    membership: MembershipId
    reason: Text | None = None


class EndSuspension(Command, frozen=True, kw_only=True):
    """Let a suspended member act again since the day that was meant has come."""

    membership: MembershipId


class WithdrawMembership(Command, frozen=True, kw_only=True):
    """Leave, or record that a member has left."""

    membership: MembershipId
    reason: Text | None = None


class TerminateMembership(Command, frozen=True, kw_only=True):
    """Let the closed vote to end a membership take effect, by the clauses that are not met."""

    membership: MembershipId
    vote: VoteId
    clauses: list[Key]
    reason: Text


class ReinstateMembership(Command, frozen=True, kw_only=True):
    """Take a membership that had ended up again."""

    membership: MembershipId
    vote: VoteId | None = None
    reason: Text | None = None


class Suspension(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A suspension: since when, and until when it is meant to last.

    Attributes:
        until: the day on which it is meant to be lifted.
        conditional: whether the member is to do something first, so that no day alone ends it.
    """

    since: date
    until: date | None
    conditional: bool = False

    def ends_by(self, day: date) -> bool:
        """Whether it is over on a day by itself."""
        return self.until is not None and not self.conditional and self.until <= day


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What befell a membership besides its agreement and tier.

    Attributes:
        turned: the version at which it began, ended or came back last; what was put to a vote
            before was about another time.
        suspension: the one that it has, or had when it ended.
        ended: how it ended; ``None`` while it is live.
        decision: the suspension or termination that it may appeal, or its withdrawal, if that was
            written down by the director and is appealed.
        merged_into: the membership that goes on in its place, while it is merged.
        won: the vote on an appeal that overturned its end, while it waits for its place.
    """

    turned: int = 1
    suspension: Suspension | None = None
    ended: MembershipStatus | None = None
    decision: Contestable | None = None
    merged_into: MembershipId | None = None
    won: VoteId | UnsetType = UNSET

    @property
    def may_be_back(self) -> bool:
        """Whether an appeal against its end is open, or was won."""
        under_appeal = self.decision is not None and self.decision.under_appeal
        return self.ended is not None and (under_appeal or self.won is not UNSET)


def evolve(state: Standing, event: StandingEvent, effective: date, version: int) -> Standing:
    """Return the standing after an event that holds from ``effective``.

    Args:
        state: the standing before it.
        event: the event.
        effective: the day from which it holds.
        version: the membership's, with the event.
    """
    match event:
        case MembershipSuspended():
            return replace(
                state,
                suspension=Suspension(
                    since=effective, until=event.until, conditional=event.condition is not None
                ),
                decision=Contestable(on=effective),
            )
        case SuspensionLifted():
            return replace(state, suspension=None, decision=None)
        case MembershipWithdrawn() | MembershipLapsed() | MembershipMerged():
            return _ended(state, event, version)
        case MembershipTerminated():
            return replace(
                state,
                turned=version,
                ended=MembershipStatus.TERMINATED,
                decision=Contestable(on=effective, vote=event.vote),
            )
        case MembershipReinstated():
            suspension = state.suspension if event.suspended else None
            return Standing(turned=version, suspension=suspension)
        case MembershipPassed():
            return state
        case StandingAppealFiled():
            # Of what no decision ended, the director has written down that the member left.
            decision = state.decision or Contestable(on=effective)
            return replace(state, decision=decision.with_appeal(AppealPhase.FILED))
        case StandingAppealPutToVote():
            decision = state.decision or Contestable(on=effective)
            return replace(state, decision=decision.put_to_vote(event.vote))
        case StandingAppealDecided():
            # What overturns it is the fact that follows, or the return once there is a place.
            decision = state.decision or Contestable(on=effective)
            is_won = state.ended is not None and event.outcome is AppealOutcome.OVERTURNED
            return replace(
                state,
                decision=decision.with_appeal(AppealPhase.DECIDED),
                won=event.vote if is_won else UNSET,
            )
        case _:
            assert_never(event)


def _ended(
    state: Standing, event: MembershipWithdrawn | MembershipLapsed | MembershipMerged, version: int
) -> Standing:
    ended, into = MembershipStatus.WITHDRAWN, None
    if isinstance(event, MembershipLapsed):
        ended = MembershipStatus.LAPSED
    if isinstance(event, MembershipMerged):
        ended, into = MembershipStatus.MERGED, event.into
    return replace(state, turned=version, ended=ended, decision=None, merged_into=into, won=UNSET)
