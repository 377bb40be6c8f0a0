"""Decisions that can be appealed: once, by those whom they concern (invariant 7)."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.policy import Policy
from domain.terms import AppealPhase, ApplicationId, MembershipId, Text, VoteId


class FileAppeal(Command, frozen=True, kw_only=True):
    """Ask those who took no part in a decision to look at it again.

    Either an ``application`` was declined, or a ``membership`` suspended or terminated.
    """

    grounds: Text
    application: ApplicationId | None = None
    membership: MembershipId | None = None


class DecideAppeal(Command, frozen=True, kw_only=True):
    """Let the vote on the appeal of one of the two take effect."""

    application: ApplicationId | None = None
    membership: MembershipId | None = None


class Contestable(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A decline, a suspension or a termination, while it stands.

    Attributes:
        on: the day from which it holds, and from which the window for an appeal runs.
        vote: the vote that carried it, whose voters took part; ``None`` where there was none.
        appeal: where the appeal against it stands, of which there is one at most.
        appeal_vote: the vote on the appeal.
    """

    on: date
    vote: VoteId | None = None
    appeal: AppealPhase | None = None
    appeal_vote: VoteId | None = None

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal was filed and is not decided."""
        return self.appeal in {AppealPhase.FILED, AppealPhase.PUT_TO_VOTE}

    def is_contestable(self, today: date, policy: Policy) -> bool:
        """Whether it may be appealed still, by the policy of its day, or is under appeal."""
        if self.appeal is None:
            return today <= self.on + timedelta(days=policy.deadlines.appeal_window_days)
        return self.under_appeal

    def put_to_vote(self, vote: VoteId) -> Contestable:
        """Return the decision with its appeal put to a vote."""
        return replace(self, appeal=AppealPhase.PUT_TO_VOTE, appeal_vote=vote)

    def with_appeal(self, phase: AppealPhase) -> Contestable:
        """Return the decision with its appeal in a phase."""
        return replace(self, appeal=phase)
