"""Redress: what a member won by an appeal is not taken from it again at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import msgspec

from domain.decision import Refusal, RefusalCode, refuse
from domain.ledger.disclosure import revealed_or
from domain.membership.standing import (
    MembershipSuspended,
    MembershipTerminated,
    StandingAppealDecided,
    StandingEvent,
    SuspensionLifted,
)
from domain.policy import Policy
from domain.terms import AppealOutcome


class Redress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """For what a member was suspended or put out, and what came to nothing of that.

    Attributes:
        clauses: those that the last suspension or termination rests on.
        won: the day on which an appeal against that was won, or was left undecided since the
            suspension was lifted, by clause.
    """

    clauses: frozenset[str] = frozenset()
    won: dict[str, date] = {}

    def refuse_again(self, clauses: Collection[str], today: date, policy: Policy) -> Refusal | None:
        """Refuse to suspend a member again at once for what it has won an appeal against.

        There are as many days between as a decision may be appealed for, but for other clauses.
        """
        if not self.won.keys() >= {*clauses}:
            return None
        won = min(self.won[each] for each in clauses)
        last = won + timedelta(days=policy.deadlines.appeal_window_days)
        if today > last:
            return None
        return refuse(
            RefusalCode.NOT_YET,
            "suspension.again",
            f"The member appealed against the same, and has been free of it since {won}.",
            f"The same after {last}, or a clause besides that is not met.",
        )


def evolve(state: Redress, event: StandingEvent, effective: date, *, under_appeal: bool) -> Redress:
    """Return what there is after an event that holds from ``effective``.

    Args:
        state: what there was before it.
        event: the event.
        effective: the day from which it holds.
        under_appeal: whether an appeal was open before it.
    """
    if isinstance(event, MembershipSuspended | MembershipTerminated):
        return Redress(clauses=frozenset(revealed_or(event.clauses, [])), won=state.won)
    overturned = (
        isinstance(event, StandingAppealDecided) and event.outcome is AppealOutcome.OVERTURNED
    )
    if overturned or (under_appeal and isinstance(event, SuspensionLifted)):
        won = dict.fromkeys(state.clauses, effective)
        return Redress(clauses=state.clauses, won=state.won | won)
    return state
