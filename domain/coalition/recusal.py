"""Recusal by rule: who stands aside in a vote, and who does not review or decide (invariant 4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from domain.coalition.coalition import Coalition
from domain.decision import Refusal, RefusalCode, refuse
from domain.membership.membership import Membership
from domain.membership.party import Party
from domain.terms import MembershipId, PartyId


def interested_parties(parties: Sequence[Party], coalition: Coalition) -> frozenset[PartyId]:
    """Return whom a decision about a party concerns too closely to vote on it.

    These are the party itself, with those that are part of it, and their affiliates. The home
    and the fiscal sponsor count as one interest: where either is among them, so is the other,
    whose budget is the same.

    Args:
        parties: whom the decision is about, and the organisations that are part of it.
        coalition: knows the home and the fiscal sponsor.
    """
    close = {each for party in parties for each in (party.id, *party.affiliates)}
    hosts = {each for each in (coalition.home, coalition.fiscal_sponsor) if each is not None}
    return frozenset(close | hosts if close & hosts else close)


def divide(
    entitled: Iterable[Membership],
    interested: frozenset[PartyId],
    decided_before: frozenset[MembershipId],
) -> tuple[list[MembershipId], list[MembershipId]]:
    """Return who votes and who stands aside, each in the order of their ids.

    Args:
        entitled: the memberships that the policy gives a vote.
        interested: parties that do not judge in their own cause.
        decided_before: memberships that took part in the decision now appealed against.
    """
    voting: list[MembershipId] = []
    aside: list[MembershipId] = []
    for membership in sorted(entitled, key=lambda each: each.id):
        stands_aside = membership.party in interested or membership.id in decided_before
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
