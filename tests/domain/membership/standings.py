"""Standings for specifications: a member suspended, gone, or back."""

from __future__ import annotations

from datetime import date

from domain.decision import Fact
from domain.membership.standing import (
    MembershipReinstated,
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
    SuspensionLifted,
)
from domain.policy import Policy, VoteKind
from domain.terms import MembershipId, PartyId, VoteId, VoteOutcome
from tests.domain.coalition.votes import VOTE, closed, opened, seats
from tests.domain.examples import LANTERN, MEMBER, MEMBERSHIP
from tests.domain.policy.files import CATE

CLAUSE = "provider.transparent-collaboration"
REASON = "Funds were not accounted for."
UNTIL = date(2026, 6, 1)


def suspended(
    membership: MembershipId = MEMBERSHIP,
    *,
    until: date | None = UNTIL,
    condition: str | None = None,
) -> Fact:
    """Return that a member may not act."""
    event = MembershipSuspended(until=until, clauses=[CLAUSE], reason=REASON, condition=condition)
    return Fact(membership, event)


def lifted(reason: str | None = None) -> Fact:
    """Return that the suspension is over."""
    return Fact(MEMBERSHIP, SuspensionLifted(reason=reason))


def withdrawn(membership: MembershipId = MEMBERSHIP, reason: str | None = None) -> Fact:
    """Return that a member left."""
    return Fact(membership, MembershipWithdrawn(reason=reason))


def terminated(vote: VoteId = VOTE) -> Fact:
    """Return that the coalition ended the membership."""
    event = MembershipTerminated(vote=vote, clauses=[CLAUSE], reason=REASON)
    return Fact(MEMBERSHIP, event)


def reinstated(
    tier: str = MEMBER,
    party: PartyId = LANTERN,
    *,
    signed: bool = True,
    suspended: bool = False,
    vote: VoteId | None = None,
    policy: Policy = CATE,
) -> Fact:
    """Return that the membership goes on."""
    clauses = [f"{tier}.type"]
    if tier == "collaborative-partner":
        clauses.append(f"{tier}.ein-determination")
    event = MembershipReinstated(
        tier=tier,
        membership_class=policy.tier(tier).membership_class.value,
        agreement=policy.agreement_for(tier).id,
        clauses=clauses,
        signed=signed,
        suspended=suspended,
        vote=vote,
        party=party,
        reason=None,
    )
    return Fact(MEMBERSHIP, event)


def put_to_vote(
    kind: VoteKind = VoteKind.TERMINATION, version: int = 3, vote: VoteId = VOTE
) -> list[Fact]:
    """Return that a vote about the membership is open; ``version`` is its own then."""
    return opened(
        seats(1, 2),
        kind=kind,
        application=None,
        membership=MEMBERSHIP,
        membership_version=version,
        vote=vote,
    )


def voted(
    outcome: VoteOutcome = VoteOutcome.PASSED,
    kind: VoteKind = VoteKind.TERMINATION,
    version: int = 3,
    vote: VoteId = VOTE,
) -> list[Fact]:
    """Return that a vote about the membership is closed."""
    return [*put_to_vote(kind, version, vote), closed(outcome, vote=vote)]
