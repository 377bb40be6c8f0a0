"""Corrections of particulars: what an entry should have said that a party is, beside the entry.

What is otherwise from some day on is no correction: see `ChangeParticulars`.
"""

from __future__ import annotations

from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Personal, Staff
from domain.terms import EinText, EntryId, Fips, Particular, PartyId, Text


class OrganisationParticularsCorrected(Event, frozen=True, kw_only=True):
    """A type, EIN or counties of an organisation read otherwise. Stream: the party.

    Confidential, for the same reason as the registration.

    Attributes:
        entry: the entry that said them, which stays as it is.
        corrects: that entry's version in this stream, by which rules and views find it.
        says: which of them read otherwise; the others stay as they were.
        ein: nine digits, or ``None`` for an organisation that had none.
        renumbers: whether the EIN is the one that the organisation has now: no later entry
            says another one.
    """

    stored_name: ClassVar[str] = "party.organisation_particulars_corrected.v1"
    confidential: ClassVar[bool] = True

    entry: Staff[EntryId] = UNSET
    corrects: Staff[int] = UNSET
    says: Staff[list[Particular]] = UNSET
    party_type: Staff[str | None] = UNSET
    ein: Staff[str | None] = UNSET
    counties: Staff[list[str] | None] = UNSET
    renumbers: Staff[bool] = UNSET
    reason: Staff[str] = UNSET


class IndividualParticularsCorrected(Event, frozen=True, kw_only=True):
    """A person's type or counties read otherwise. Stream: the party, who is the person.

    The attributes are those of `OrganisationParticularsCorrected`; a person has no EIN here.
    """

    stored_name: ClassVar[str] = "party.individual_particulars_corrected.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    entry: Staff[EntryId] = UNSET
    corrects: Staff[int] = UNSET
    says: Staff[list[Particular]] = UNSET
    party_type: Staff[str | None] = UNSET
    counties: Personal[list[str] | None] = UNSET
    reason: Personal[str] = UNSET


ParticularsCorrected = OrganisationParticularsCorrected | IndividualParticularsCorrected


class CorrectParticulars(Command, frozen=True, kw_only=True):
    """Let a type, EIN or counties of a party read otherwise than the entry that said them.

    What is left out reads as it did.

    Attributes:
        entry: id of the entry that said them.
        party_type: a party type of the policy, of the party's kind.
        ein: nine digits, a hyphen allowed.
        without_ein: whether it should have said that there is no EIN.
        counties: FIPS codes of all the counties that it should have said.
    """

    party: PartyId
    entry: EntryId
    party_type: str | None = None
    ein: EinText | None = None
    without_ein: bool = False
    counties: list[Fips] | None = None
    reason: Text
