"""What follows from an end: whatever was about what is over ends with it.

Deciders say that something ends; this says what ends with it, whoever ended it and how. An
application for another tier ends with the membership that asked, and its seat is free. Whatever
else a party has asked to be admitted by ends as it comes to have a membership. The listing
of a member that left, or whose membership lapsed, is withdrawn: who comes back consents anew. Votes
end with what they are about, and decide nothing; one on a policy file ends with the adoption of a
version that the file cannot follow. But a vote on a termination is left to its last day: that it
ended when a member left would tell everybody whom it was about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from domain.coalition.ballots import Ballots
from domain.coalition.coalition import PolicyAdopted
from domain.coalition.vote import Vote
from domain.coalition.voting import moot
from domain.decision import Decision, Fact, Moment, refuse_too_early
from domain.ledger.disclosure import Event, revealed
from domain.membership.admission import DECIDED_BY
from domain.membership.application import Application, ApplicationApproved, ReviewStarted
from domain.membership.applying import Applying
from domain.membership.membership import MemberAdmitted
from domain.membership.party import ListingWithdrawn, Party
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipPassed,
    MembershipReinstated,
    MembershipTerminated,
    MembershipWithdrawn,
    SuspensionLifted,
)
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.policy import Policy, VoteKind
from domain.terms import ApplicationId, ApplicationKind, MembershipId, PartyId

ENDED: Final = "The membership that asked for it has ended."
"""Why an application is over that ends with its membership, as its entry says."""

JOINED: Final = "Whoever asked has a membership without it."
"""Why an application for admission is over whose party became a member otherwise."""

_LEAVING: Final[frozenset[type[Event]]] = frozenset(
    {MembershipWithdrawn, MembershipTerminated, MembershipLapsed, MembershipMerged}
)
_COMING: Final[frozenset[type[Event]]] = frozenset(
    {MemberAdmitted, MembershipReinstated, MembershipPassed}
)
_CONSENTED: Final = MembershipWithdrawn | MembershipLapsed
_APPEAL: Final = frozenset({VoteKind.APPEAL})
_ON_APPLICATIONS: Final = _APPEAL.union(DECIDED_BY.values())

_ENDS: Final[Mapping[type[Event], frozenset[VoteKind]]] = MappingProxyType(
    {
        **dict.fromkeys(_LEAVING, _APPEAL),
        ApplicationWithdrawn: _ON_APPLICATIONS,
        ApplicationExpired: _ON_APPLICATIONS,
        # Whoever made the review that voters read has no part in it.
        ReviewStarted: _ON_APPLICATIONS - _APPEAL,
        SuspensionLifted: _APPEAL,
        MembershipReinstated: frozenset({VoteKind.APPEAL, VoteKind.ADMISSION}),
        PolicyAdopted: frozenset({VoteKind.POLICY, VoteKind.MISSION_AND_VALUES}),
    }
)
"""The kinds of votes that may end with a fact: those that are about its stream, or its policy."""


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What is open, and may be over by what was decided.

    Attributes:
        applications: those that end with these facts: see `over_with`.
        parties: whose membership ends by what they did, or left undone.
        votes: all votes.
        ballots: the ballots of a vote.
        proposal: the policy file that a vote is on, by its SHA-256.
    """

    applications: Iterable[Application]
    parties: Iterable[Party]
    votes: Iterable[Vote]
    ballots: Callable[[Vote], Ballots]
    proposal: Callable[[str], Policy]


def may_follow(facts: Iterable[Fact]) -> bool:
    """Whether anything may end with these facts."""
    return any(type(fact.event) in _ENDS for fact in facts)


def ended_by(facts: Iterable[Fact]) -> list[MembershipId]:
    """Return the memberships that end by these facts."""
    return [MembershipId(fact.stream) for fact in facts if type(fact.event) in _LEAVING]


def over_with(facts: Sequence[Fact], applying: Applying) -> list[ApplicationId]:
    """Return the open applications that end with these facts.

    They are for another tier, of a membership that ends; or for the admission of whoever has a
    membership now, but the one that was approved.
    """
    asked = [each for membership in ended_by(facts) for each in applying.changes_of(membership)]
    came = [
        each
        for fact in facts
        if type(fact.event) in _COMING
        for each in applying.admissions_of(_party_of(fact.event))
    ]
    approved = {fact.stream for fact in facts if isinstance(fact.event, ApplicationApproved)}
    return [*asked, *(each for each in came if each not in approved)]


def left_by(facts: Iterable[Fact]) -> list[MembershipId]:
    """Return the memberships that end by what their member did, or left undone."""
    left = (fact.stream for fact in facts if isinstance(fact.event, _CONSENTED))
    return [MembershipId(each) for each in left]


def with_consequences(facts: list[Fact], is_open: Open, moment: Moment) -> Decision:
    """Return facts together with what ends by them.

    Refuses an end from before something was asked for that ends with it.
    """
    withdrawn = []
    for each in is_open.applications:
        asked = "an application that ends with it was made, or answered for, on"
        if refusal := refuse_too_early(moment, each.clock.since, asked):
            return refusal
        reason = ENDED if each.kind is ApplicationKind.TIER_CHANGE else JOINED
        withdrawn.append(Fact(each.id, ApplicationWithdrawn(reason=reason)))
    listed = [Fact(each.id, ListingWithdrawn()) for each in is_open.parties if each.is_listed]
    facts = [*facts, *withdrawn, *(each for each in listed if each not in facts)]
    over = [each for each in is_open.votes if any(_is_over(each, fact, is_open) for fact in facts)]
    return [*facts, *(Fact(each.id, moot(each, is_open.ballots(each))) for each in over)]


def _party_of(event: Event) -> PartyId:
    assert isinstance(event, MemberAdmitted | MembershipReinstated | MembershipPassed)  # noqa: S101 - narrows for mypy
    return revealed(event.party)


def _is_over(vote: Vote, fact: Fact, is_open: Open) -> bool:
    """Whether a fact leaves a vote nothing to decide."""
    if vote.kind not in _ENDS.get(type(fact.event), ()):
        return False
    if not isinstance(fact.event, PolicyAdopted):
        return fact.stream in {vote.application, vote.membership}
    # Only a later version can follow the one in force: the file can be adopted no more.
    proposed = vote.proposal_sha256
    return proposed is not None and is_open.proposal(proposed).version <= fact.event.version
