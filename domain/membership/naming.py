"""Naming: what a party is called, was called, and is also known as.

A new name publishes nothing: a listing shows the name that was consented to.
"""

from __future__ import annotations

from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.name_correction import (
    CorrectPartyName,
    IndividualNameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.names import (
    AddAlias,
    IndividualRenamed,
    OrganisationAliasAdded,
    OrganisationRenamed,
    RenameParty,
    refuse_taken,
)
from domain.membership.original import Original
from domain.membership.parts import refuse_merged
from domain.membership.party import IndividualRegistered, OrganisationRegistered, Party
from domain.terms import PartyKind

_NAMING: Final = (
    OrganisationRegistered,
    OrganisationRenamed,
    OrganisationAliasAdded,
    IndividualRegistered,
    IndividualRenamed,
)
"""What gives a party a name."""


def decide_rename_party(
    party: Party, command: RenameParty, moment: Moment, *, is_taken: bool
) -> Decision:
    """Call a party by another name.

    Args:
        party: whose name it is.
        command: the name.
        moment: when it is decided.
        is_taken: whether another organisation is known by it, and the director does not say so.

    No rule knows what a person is called, so that each naming of one is recorded. Refuses an
    unknown party, one that is part of another, a name that is taken, and a day before that of its
    last name or to come.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if refusal := refuse_merged(party):
        return refusal
    if command.name == party.names.present:
        return []
    if is_taken:
        return refuse_taken("name")
    early = refuse_too_early(moment, party.names.since, "the name that it has holds from")
    if refusal := early or refuse_not_yet(moment):
        return refusal
    if party.kind is PartyKind.INDIVIDUAL:
        return [Fact(party.id, IndividualRenamed(name=command.name))]
    return [Fact(party.id, OrganisationRenamed(name=command.name))]


def decide_add_alias(
    party: Party, command: AddAlias, moment: Moment, *, is_taken: bool
) -> Decision:
    """Say by what other name an organisation is known; a former name is one already.

    Args:
        party: whose name it is.
        command: the name.
        moment: when it is decided.
        is_taken: whether another organisation is known by it, and the director does not say so.

    Refuses an unknown party, an individual, of whom one name is enough to keep, and a name that is
    taken.
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
    if command.alias in party.names.said.values():
        return []
    if is_taken:
        return refuse_taken("alias")
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, OrganisationAliasAdded(alias=command.alias))]


def decide_correct_party_name(
    party: Party,
    original: Original | None,
    command: CorrectPartyName,
    moment: Moment,
    *,
    is_taken: bool,
) -> Decision:
    """Let a name read otherwise than the entry that gave it; the entry itself is never edited.

    No rule knows what a person is called, so that each correction of one is recorded.

    Args:
        party: whose name it is.
        original: the entry that is corrected, if there is such an entry.
        command: the correction.
        moment: when it is decided.
        is_taken: whether another organisation is known by it, and the director does not say so.

    Refuses an unknown party, one that is part of another, an entry that gave this party no
    name, a name that is taken, and a day before that entry holds or to come. A correction is
    corrected at the entry that it corrects.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if refusal := refuse_merged(party):
        return refusal
    if original is None or original.stream != party.id or not isinstance(original.event, _NAMING):
        return refuse_input(
            "entry",
            "naming-entries",
            "This entry did not give the party a name.",
            "The entry by which it was registered or renamed, or by which the alias was added.",
        )
    if party.names.said.get(original.version) == command.name:
        return []
    if is_taken:
        return refuse_taken("name")
    if refusal := refuse_too_early(moment, original.effective) or refuse_not_yet(moment):
        return refusal
    kind = (
        IndividualNameCorrected if party.kind is PartyKind.INDIVIDUAL else OrganisationNameCorrected
    )
    corrected = kind(
        entry=command.entry,
        corrects=original.version,
        name=command.name,
        reason=command.reason,
    )
    return [Fact(party.id, corrected)]
