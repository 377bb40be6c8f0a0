"""Affiliation: which parties are too close to judge one another."""

from __future__ import annotations

from typing import Final

from domain.decision import Decision, Fact, Moment, refuse_input, refuse_too_early, refuse_unknown
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.ties import DeclareAffiliation, PartyAffiliated
from domain.terms import Affiliation

_SEEN_FROM_THERE: Final = {
    Affiliation.CONTROLS: Affiliation.CONTROLLED_BY,
    Affiliation.CONTROLLED_BY: Affiliation.CONTROLS,
    Affiliation.SHARES_LEADERSHIP: Affiliation.SHARES_LEADERSHIP,
    Affiliation.SPONSORS: Affiliation.SPONSORED_BY,
    Affiliation.SPONSORED_BY: Affiliation.SPONSORS,
}


def decide_declare_affiliation(
    party: Party, affiliate: Party, command: DeclareAffiliation, moment: Moment
) -> Decision:
    """Say that two parties are tied; it is recorded of both, so that either is asked alone.

    Refuses unknown parties, and a party's tie to itself.
    """
    if not party.version:
        return refuse_unknown("party")
    if not affiliate.version:
        return refuse_unknown("affiliate")
    if party.id == affiliate.id:
        return refuse_input(
            "affiliate",
            "another-party",
            "A party is no affiliate of itself.",
            "The id of another party.",
        )
    if refusal := refuse_merged(party) or refuse_merged(affiliate, "affiliate"):
        return refusal
    if command.affiliation in party.affiliates.get(affiliate.id, ()):
        return []
    if refusal := (
        refuse_too_early(moment, party.since) or refuse_too_early(moment, affiliate.since)
    ):
        return refusal
    here = PartyAffiliated(affiliate=affiliate.id, affiliation=command.affiliation)
    there = PartyAffiliated(affiliate=party.id, affiliation=_SEEN_FROM_THERE[command.affiliation])
    return [Fact(party.id, here), Fact(affiliate.id, there)]
