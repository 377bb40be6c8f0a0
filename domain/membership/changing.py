"""Changing: an organisation is of another type, or has another EIN or other counties.

A change is never refused for the tier of a live membership: what an organisation is, is a fact,
and the tier that would admit it might not have admitted what it was. The membership goes on, and
is renewed, until it asks for another tier or those who vote end it: no one's word alone does.
"""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import revealed
from domain.membership.eligibility import EIN_SHARED
from domain.membership.particulars import ChangeParticulars, ParticularsChanged
from domain.membership.particulars_correction import CorrectParticulars
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.registration import read_ein, refuse_counties, refuse_type
from domain.policy import Policy
from domain.terms import Particular, PartyKind


def decide_change_particulars(
    party: Party, register: Register, command: ChangeParticulars, moment: Moment, policy: Policy
) -> Decision:
    """Record what an organisation is from a day on, as far as it is not known already.

    Refuses an unknown party, a person, whoever is part of another, values that a registration
    could not have, an EIN that another live provider has while the party is one (invariant 6),
    and a day before that of what it changes or to come.
    """
    if refusal := _refuse_party(party) or refuse_values(command, PartyKind.ORGANISATION, policy):
        return refusal
    ein = read_ein(command.ein)
    if isinstance(ein, Refusal):
        return ein
    changed = _changed(party, command, ein)
    if not changed.says:
        return []
    says = revealed(changed.says)
    renumbers = Particular.EIN in says
    since = max(party.particulars.since[what] for what in says)
    if refusal := (
        (refuse_ein_held(party, register, ein) if renumbers else None)
        or refuse_too_early(moment, since, "what it is now holds from")
        or refuse_not_yet(moment)
    ):
        return refusal
    return [Fact(party.id, changed)]


def refuse_ein_held(party: Party, register: Register, ein: str | None) -> Refusal | None:
    """Refuse an EIN by which two live providers would have one (invariant 6).

    They are the party and another one, or those whom it sponsors, which shared its EIN until now.
    """
    if not register.disputes_with(party.id, ein):
        return None
    return refuse(
        RefusalCode.EIN_HELD,
        "one-provider-per-ein",
        "Two live provider memberships would have one EIN.",
        EIN_SHARED,
        field="ein",
    )


def _changed(party: Party, command: ChangeParticulars, ein: str | None) -> ParticularsChanged:
    known = party.particulars
    counties = None if command.counties is None else sorted(set(command.counties))
    says = []
    if command.party_type not in {None, known.party_type}:
        says.append(Particular.PARTY_TYPE)
    if (ein is not None or command.without_ein) and ein != known.ein:
        says.append(Particular.EIN)
    if counties is not None and counties != known.present_counties:
        says.append(Particular.COUNTIES)
    return ParticularsChanged(
        says=says,
        party_type=command.party_type if Particular.PARTY_TYPE in says else None,
        ein=ein if Particular.EIN in says else None,
        counties=counties if Particular.COUNTIES in says else None,
        reason=command.reason,
    )


def _refuse_party(party: Party) -> Refusal | None:
    if party.version == 0:
        return refuse_unknown("party")
    if party.kind is not PartyKind.ORGANISATION:
        return refuse_input(
            "party",
            "party-kind",
            "Only what an organisation is changes so.",
            "A party that is an organisation.",
        )
    return refuse_merged(party)


def refuse_values(
    command: ChangeParticulars | CorrectParticulars, kind: PartyKind, policy: Policy
) -> Refusal | None:
    """Refuse to say nothing, two things of the EIN, or what a party of a kind cannot be."""
    party_type, counties = command.party_type, command.counties
    if command.ein is not None and command.without_ein:
        return refuse_input(
            "withoutEin",
            "one-ein",
            "An organisation has an EIN or has none, not both.",
            "The EIN, or that there is none.",
        )
    if not command.without_ein and (party_type, command.ein, counties) == (None, None, None):
        return refuse_input(
            "partyType",
            "some-particular",
            "Nothing is said of the party.",
            "A type, an EIN or that there is none, or counties.",
        )
    if party_type is not None and (refusal := refuse_type(party_type, kind)):
        return refusal
    return None if counties is None else refuse_counties(counties, policy)
