"""Corrections of names: what an entry should have called a party, beside the entry.

A name that is another from some day on is no correction: see `RenameParty`.
"""

from __future__ import annotations

from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Personal, Staff
from domain.terms import EntryId, Line, Name, PartyId


class OrganisationNameCorrected(Event, frozen=True, kw_only=True):
    """A name of an organisation reads otherwise than its entry says. Stream: the party.

    Attributes:
        entry: the entry that gave the name, which stays as it is.
        corrects: that entry's version in this stream, by which rules and views find the name.
        name: what it should have said.
    """

    stored_name: ClassVar[str] = "party.organisation_name_corrected.v1"
    confidential: ClassVar[bool] = True

    entry: Staff[EntryId] = UNSET
    corrects: Staff[int] = UNSET
    name: Staff[str] = UNSET
    reason: Staff[str | None] = UNSET


class IndividualNameCorrected(Event, frozen=True, kw_only=True):
    """A person's name reads otherwise than its entry says. Stream: the party, who is the person.

    The attributes are those of `OrganisationNameCorrected`.
    """

    stored_name: ClassVar[str] = "party.individual_name_corrected.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    entry: Staff[EntryId] = UNSET
    corrects: Staff[int] = UNSET
    name: Personal[str] = UNSET
    reason: Personal[str | None] = UNSET


NameCorrected = OrganisationNameCorrected | IndividualNameCorrected


class CorrectPartyName(Command, frozen=True, kw_only=True):
    """Let a name of a party read otherwise than the entry that gave it.

    Attributes:
        entry: id of the entry that gave the name.
        name: what it should have said.
    """

    party: PartyId
    entry: EntryId
    name: Name
    reason: Line | None = None
