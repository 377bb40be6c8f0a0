"""Recusal by rule: who stands aside in a vote, and who does not review or decide (invariant 4).

At the opening they are left out. Whoever turns out to have an interest while the vote is open
leaves it too, with the ballot that they cast, if they did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from domain.coalition.ballots import VoterRecused
from domain.coalition.coalition import Coalition
from domain.coalition.vote import Vote
from domain.decision import Fact, Refusal, RefusalCode, refuse
from domain.membership.membership import Membership
from domain.membership.party import Party
from domain.membership.register import Register
from domain.terms import MembershipId, PartyId


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that is open, and who has a part in it.

    Attributes:
        vote: the vote.
        about: whom it is about, and the organisations that are part of it; none, where it is
            about a policy.
        conflicted: parties that declared a conflict of interest.
        voters: the memberships that have a vote still.
        recused: those that stand aside, since the opening or later.
    """

    vote: Vote
    about: Sequence[Party]
    conflicted: frozenset[PartyId]
    voters: Sequence[Membership]
    recused: frozenset[MembershipId | None]

    def is_about(self, *parties: PartyId | None) -> bool:
        """Whether it is about any of these parties."""
        return any(each.id in parties for each in self.about)

    def interested(self, coalition: Coalition, register: Register) -> frozenset[PartyId]:
        """Return whom it concerns too closely to vote in it."""
        close = interested_parties(self.about, coalition) | self.conflicted
        return register.with_survivors(close)

    def leaving(self, interested: Collection[PartyId]) -> list[Fact]:
        """Return that whoever has a vote, and is one of these parties, stands aside from now on."""
        return [
            Fact(self.vote.ballots, VoterRecused(vote=self.vote.id, membership=each.id))
            for each in sorted(self.voters, key=lambda voter: voter.id)
            if each.party in interested
        ]


class OpenVotes(msgspec.Struct, frozen=True, kw_only=True):
    """Every vote that is open, and what tells who has an interest in one.

    Attributes:
        votes: the votes.
        coalition: knows the home and the fiscal sponsor.
        register: knows who is part of whom.
    """

    votes: Sequence[UnderWay]
    coalition: Coalition
    register: Register

    def tied(self, judged: PartyId, judge: PartyId, declarer: PartyId | None) -> Iterator[Fact]:
        """Yield who stands aside from now on in votes about one party, tied to another one.

        Args:
            judged: whom the votes are about.
            judge: the other one.
            declarer: the party that says so, in votes about which that changes nothing.
        """
        close = with_hosts(frozenset({judge}), self.coalition)
        interested = self.register.with_survivors(close)
        for each in self.votes:
            if each.is_about(judged) and not each.is_about(declarer):
                yield from each.leaving(interested)

    def moved(self, coalition: Coalition) -> Iterator[Fact]:
        """Yield who stands aside from now on, since home or fiscal sponsor are others."""
        for each in self.votes:
            before = each.interested(self.coalition, self.register)
            yield from each.leaving(each.interested(coalition, self.register) - before)


def interested_parties(parties: Sequence[Party], coalition: Coalition) -> frozenset[PartyId]:
    """Return whom a decision about a party concerns too closely to vote on it.

    These are the party itself, with those that are part of it, and their affiliates, less those
    that it alone says are: it would choose its judges. The home and the fiscal sponsor count as
    one interest: where either is among them, so is the other, whose budget is the same.

    Args:
        parties: whom the decision is about, and the organisations that are part of it.
        coalition: knows the home and the fiscal sponsor.
    """
    close = frozenset(each for party in parties for each in (party.id, *party.judged_without))
    return with_hosts(close, coalition)


def with_hosts(close: frozenset[PartyId], coalition: Coalition) -> frozenset[PartyId]:
    """Return parties, with home and fiscal sponsor where either of the two is among them."""
    hosts = {each for each in (coalition.home, coalition.fiscal_sponsor) if each is not None}
    return close | hosts if close & hosts else close


def divide(
    entitled: Iterable[Membership],
    interested: frozenset[PartyId],
    aside_before: frozenset[MembershipId],
) -> tuple[list[MembershipId], list[MembershipId]]:
    """Return who votes and who stands aside, each in the order of their ids.

    Args:
        entitled: the memberships that the policy gives a vote.
        interested: parties that do not judge in their own cause.
        aside_before: memberships that stand aside whatever their interests: they took part in the
            decision now appealed against, or left the last vote on the same.
    """
    voting: list[MembershipId] = []
    aside: list[MembershipId] = []
    for membership in sorted(entitled, key=lambda each: each.id):
        stands_aside = membership.party in interested or membership.id in aside_before
        (aside if stands_aside else voting).append(membership.id)
    return voting, aside


def refuse_own_cause(
    belongs_to: Collection[PartyId], interested: frozenset[PartyId], field: str | None = None
) -> Refusal | None:
    """Refuse that somebody reviews or decides what their own organisation has an interest in.

    Args:
        belongs_to: the organisations that they work for, lead or are, as far as that is known.
        interested: parties that do not judge in their own cause.
        field: the input field that names them, where they are not who asks.
    """
    if interested.isdisjoint(belongs_to):
        return None
    whose = "Your organisation" if field is None else "Their organisation"
    return refuse(
        RefusalCode.CONFLICT_OF_INTEREST,
        "review.own-cause",
        f"{whose} has an interest in it: it is the party concerned, or tied to it.",
        "Somebody who belongs to none that has.",
        field=field,
    )
