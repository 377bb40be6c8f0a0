"""Votes on what is over: they end with it, and decide nothing.

A vote on a termination is left to its last day: that it ended when a member left would tell
everybody whom it was about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from domain.coalition.ballots import Ballots
from domain.coalition.vote import Vote
from domain.coalition.voting import moot
from domain.decision import Fact
from domain.ledger.disclosure import Event
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipReinstated,
    MembershipTerminated,
    MembershipWithdrawn,
    SuspensionLifted,
)
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.policy import VoteKind

_LEFT: Final = frozenset({VoteKind.APPEAL, VoteKind.TIER_CHANGE})

_ENDS: Final[Mapping[type[Event], frozenset[VoteKind]]] = MappingProxyType(
    {
        ApplicationWithdrawn: frozenset({VoteKind.ADMISSION, VoteKind.TIER_CHANGE}),
        ApplicationExpired: frozenset({VoteKind.ADMISSION, VoteKind.TIER_CHANGE}),
        SuspensionLifted: frozenset({VoteKind.APPEAL}),
        MembershipWithdrawn: _LEFT,
        MembershipTerminated: _LEFT,
        MembershipLapsed: _LEFT,
        MembershipMerged: _LEFT,
        MembershipReinstated: frozenset({VoteKind.APPEAL, VoteKind.ADMISSION}),
    }
)
"""The kinds of votes that end with a fact, where it is in a stream that they hang on."""


class Hanging(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that is open, with its ballots.

    Attributes:
        on: the streams that it hangs on: an application, and the membership whose tier that would
            change; or a membership.
    """

    vote: Vote
    ballots: Ballots
    on: frozenset[str]


def may_end_votes(facts: Iterable[Fact]) -> bool:
    """Whether a vote may end with any of these facts."""
    return any(type(fact.event) in _ENDS for fact in facts)


def moot_votes(votes: Sequence[Hanging], facts: Sequence[Fact]) -> list[Fact]:
    """Return that votes are closed of which the subject is over by these facts."""
    over = [(fact.stream, _ENDS.get(type(fact.event), frozenset())) for fact in facts]
    return [
        Fact(each.vote.id, moot(each.vote, each.ballots))
        for each in votes
        if any(stream in each.on and each.vote.kind in kinds for stream, kinds in over)
    ]
