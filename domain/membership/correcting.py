"""Correcting: an entry should have said another type, EIN or other counties of a party.

As with a change, the tier of a live membership is no reason to refuse: what a party is, is a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.changing import refuse_ein_held, refuse_values
from domain.membership.original import Original
from domain.membership.particulars_correction import (
    CorrectParticulars,
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.registration import read_ein
from domain.policy import Policy
from domain.terms import Particular, PartyKind

_FIELDS: Final = {
    Particular.PARTY_TYPE: "partyType",
    Particular.EIN: "ein",
    Particular.COUNTIES: "counties",
}
"""The input field of each."""

_Said: TypeAlias = Mapping[Particular, str | list[str] | None]


def decide_correct_particulars(
    party: Party,
    register: Register,
    original: Original | None,
    command: CorrectParticulars,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Let what an entry says that a party is read otherwise; the entry itself is never edited.

    ``original`` is the entry that is corrected, if there is such an entry. No rule knows a
    person's counties, so that each correction of them is recorded.

    Refuses an unknown party, one that is part of another, an EIN of a person, values that a
    registration could not have, an entry that does not say that of this party, an EIN that
    another live provider has while the party is one and would have it now (invariant 6), and a
    day before that entry holds or to come. A correction is corrected at the entry that it
    corrects.
    """
    if refusal := _refuse_party(party, command, policy):
        return refusal
    ein = read_ein(command.ein)
    if isinstance(ein, Refusal):
        return ein
    if original is None or original.stream != party.id:
        return _refuse_entry()
    asked, said = _asked(command, ein), party.particulars.at(original.version)
    if refusal := _refuse_unsaid(asked, said):
        return refusal
    says = [what for what in asked if asked[what] != said[what]]
    if not says:
        return []
    renumbers = Particular.EIN in says and party.particulars.ein_by == original.version
    if refusal := (
        (refuse_ein_held(party, register, ein) if renumbers else None)
        or refuse_too_early(moment, original.effective)
        or refuse_not_yet(moment)
    ):
        return refusal
    if party.kind is PartyKind.INDIVIDUAL:
        return [Fact(party.id, _of_a_person(original, command, says))]
    corrected = _of_an_organisation(original, command, says, ein, renumbers=renumbers)
    return [Fact(party.id, corrected)]


def _of_an_organisation(
    original: Original,
    command: CorrectParticulars,
    says: list[Particular],
    ein: str | None,
    *,
    renumbers: bool,
) -> OrganisationParticularsCorrected:
    return OrganisationParticularsCorrected(
        entry=command.entry,
        corrects=original.version,
        says=says,
        party_type=command.party_type if Particular.PARTY_TYPE in says else None,
        ein=ein if Particular.EIN in says else None,
        counties=_counties(command) if Particular.COUNTIES in says else None,
        renumbers=renumbers,
        reason=command.reason,
    )


def _of_a_person(
    original: Original, command: CorrectParticulars, says: list[Particular]
) -> IndividualParticularsCorrected:
    return IndividualParticularsCorrected(
        entry=command.entry,
        corrects=original.version,
        says=says,
        party_type=command.party_type if Particular.PARTY_TYPE in says else None,
        counties=_counties(command) if Particular.COUNTIES in says else None,
        reason=command.reason,
    )


def _asked(command: CorrectParticulars, ein: str | None) -> _Said:
    """Return what the entry should have said, by that of which the command says something."""
    asked: dict[Particular, str | list[str] | None] = {}
    if command.party_type is not None:
        asked[Particular.PARTY_TYPE] = command.party_type
    if ein is not None or command.without_ein:
        asked[Particular.EIN] = ein
    if command.counties is not None:
        asked[Particular.COUNTIES] = _counties(command)
    return asked


def _counties(command: CorrectParticulars) -> list[str]:
    return sorted(set(command.counties or []))


def _refuse_party(party: Party, command: CorrectParticulars, policy: Policy) -> Refusal | None:
    if party.version == 0 or party.kind is None:
        return refuse_unknown("party")
    if refusal := refuse_merged(party):
        return refusal
    if party.kind is PartyKind.INDIVIDUAL and (command.ein is not None or command.without_ein):
        return refuse_input(
            "ein" if command.ein is not None else "withoutEin",
            "party-kind",
            "No EIN is kept of a person.",
            "A party that is an organisation, or no EIN.",
        )
    return refuse_values(command, party.kind, policy)


def _refuse_unsaid(asked: _Said, said: _Said) -> Refusal | None:
    if not said:
        return _refuse_entry()
    if unsaid := [what for what in asked if what not in said]:
        return refuse_input(
            _FIELDS[unsaid[0]],
            "particulars-said",
            "The entry says nothing of this.",
            f"Of what the entry says something: {', '.join(_FIELDS[what] for what in said)}.",
        )
    return None


def _refuse_entry() -> Refusal:
    return refuse_input(
        "entry",
        "particular-entries",
        "This entry did not say what the party is.",
        "The entry by which it was registered, or by which what it is was changed.",
    )
