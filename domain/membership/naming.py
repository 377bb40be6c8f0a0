"""Naming: what a party is called, was called, and is also known as.

A new name publishes nothing: a listing shows the name that was consented to.
"""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import (
    AddAlias,
    IndividualRenamed,
    OrganisationAliasAdded,
    OrganisationRenamed,
    Party,
    RenameParty,
)
from domain.terms import PartyKind


def decide_rename_party(party: Party, command: RenameParty, moment: Moment) -> Decision:
    """Call a party by another name.

    No rule knows what a person is called, so that each naming of one is recorded. Refuses an
    unknown party, one that is part of another, and a day before it was known or to come.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if refusal := refuse_merged(party):
        return refusal
    if command.name == party.name:
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    if party.kind is PartyKind.INDIVIDUAL:
        return [Fact(party.id, IndividualRenamed(name=command.name))]
    return [Fact(party.id, OrganisationRenamed(name=command.name))]


def decide_add_alias(party: Party, command: AddAlias, moment: Moment) -> Decision:
    """Say by what other name an organisation is known; a former name is one already.

    Refuses an unknown party and an individual, of whom one name is enough to keep.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if refusal := refuse_merged(party):
        return refusal
    if party.kind is PartyKind.INDIVIDUAL:
        return refuse_input(
            "party",
            "party-kind",
            "No other names are kept of a person.",
            "A party that is an organisation.",
        )
    if command.alias in party.names:
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, OrganisationAliasAdded(alias=command.alias))]
