"""What follows from an end: whatever was about what is over ends with it.

Deciders say that something ends; this says what ends with it, whoever ended it and how. An
application for another tier ends with the membership that asked, and its seat is free. Votes end
with what they are about, and decide nothing; but a vote on a termination is left to its last day:
that it ended when a member left would tell everybody whom it was about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from domain.coalition.ballots import Ballots
from domain.coalition.vote import Vote
from domain.coalition.voting import moot
from domain.decision import Decision, Fact, Moment, refuse_too_early
from domain.ledger.disclosure import Event
from domain.membership.application import Application
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
from domain.terms import MembershipId

ENDED: Final = "The membership that asked for it has ended."
"""Why an application is over that ends with its membership, as its entry says."""

_LEAVING: Final[frozenset[type[Event]]] = frozenset(
    {MembershipWithdrawn, MembershipTerminated, MembershipLapsed, MembershipMerged}
)
_APPEAL: Final = frozenset({VoteKind.APPEAL})
_ON_APPLICATIONS: Final = frozenset({VoteKind.ADMISSION, VoteKind.TIER_CHANGE, VoteKind.APPEAL})

_ENDS: Final[Mapping[type[Event], frozenset[VoteKind]]] = MappingProxyType(
    {
        **dict.fromkeys(_LEAVING, _APPEAL),
        ApplicationWithdrawn: _ON_APPLICATIONS,
        ApplicationExpired: _ON_APPLICATIONS,
        SuspensionLifted: _APPEAL,
        MembershipReinstated: frozenset({VoteKind.APPEAL, VoteKind.ADMISSION}),
    }
)
"""The kinds of votes that end with a fact, where it is in the stream that they are about."""


class Hanging(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that is open, with its ballots."""

    vote: Vote
    ballots: Ballots


def may_follow(facts: Iterable[Fact]) -> bool:
    """Whether anything may end with these facts."""
    return any(type(fact.event) in _ENDS for fact in facts)


def ended_by(facts: Iterable[Fact]) -> list[MembershipId]:
    """Return the memberships that end by these facts."""
    return [MembershipId(fact.stream) for fact in facts if type(fact.event) in _LEAVING]


def with_consequences(
    facts: list[Fact],
    applications: Iterable[Application],
    votes: Sequence[Hanging],
    moment: Moment,
) -> Decision:
    """Return facts together with what ends by them.

    Args:
        facts: what was decided.
        applications: the open ones by which a membership that ends asked for another tier.
        votes: all that are open.
        moment: when it is decided.

    Refuses an end from before something was asked for that ends with it.
    """
    withdrawn = []
    for each in applications:
        asked = "the member asked for a tier, or answered, on"
        if refusal := refuse_too_early(moment, each.clock.since, asked):
            return refusal
        withdrawn.append(Fact(each.id, ApplicationWithdrawn(reason=ENDED)))
    facts = [*facts, *withdrawn]
    return [*facts, *moot_votes(votes, facts)]


def moot_votes(votes: Sequence[Hanging], facts: Sequence[Fact]) -> list[Fact]:
    """Return that votes are closed of which the subject is over by these facts."""
    return [
        Fact(each.vote.id, moot(each.vote, each.ballots))
        for each in votes
        if any(_is_about(each.vote, fact) for fact in facts)
    ]


def _is_about(vote: Vote, fact: Fact) -> bool:
    """Whether a vote is about what is over by a fact."""
    return vote.kind in _ENDS.get(type(fact.event), ()) and fact.stream in {
        vote.application,
        vote.membership,
    }
