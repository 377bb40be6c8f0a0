"""What parties are and were called: the facts, and what an organisation's are to rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from domain.decision import Command, Refusal, refuse_input
from domain.ledger.disclosure import UNSET, Event, Personal, Staff, revealed
from domain.membership.name_correction import OrganisationNameCorrected
from domain.terms import Name, PartyId


class OrganisationRenamed(Event, frozen=True, kw_only=True):
    """An organisation has another name; the former ones still find it. Stream: the party.

    A listing shows the name that was consented to until it is published anew.
    """

    stored_name: ClassVar[str] = "party.organisation_renamed.v1"
    confidential: ClassVar[bool] = True

    name: Staff[str] = UNSET


class OrganisationAliasAdded(Event, frozen=True, kw_only=True):
    """An organisation is known by one more name. Stream: the party."""

    stored_name: ClassVar[str] = "party.organisation_alias_added.v1"
    confidential: ClassVar[bool] = True

    alias: Staff[str] = UNSET


class IndividualRenamed(Event, frozen=True, kw_only=True):
    """A person has another name. Stream: the party, who is the person."""

    stored_name: ClassVar[str] = "party.individual_renamed.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    name: Personal[str] = UNSET


def refuse_taken(field: str) -> Refusal:
    """Refuse a name by which another organisation is known.

    Args:
        field: the field of the command that has it.
    """
    return refuse_input(
        field,
        "names.taken",
        "An organisation that is a member or listed has this name, had it, or is known by it.",
        "Another name; or that the director says so, if both have it.",
    )


NamingEvent = OrganisationRenamed | OrganisationAliasAdded | IndividualRenamed


class RenameParty(Command, frozen=True, kw_only=True):
    """Call a party by another name from now on."""

    party: PartyId
    name: Name


class AddAlias(Command, frozen=True, kw_only=True):
    """Say by what other name an organisation is known."""

    party: PartyId
    alias: Name


class Names(msgspec.Struct, frozen=True, gc=False):
    """The names of a party, each by the version of the entry that gave it.

    Attributes:
        said: what each entry calls it, as corrected; one that was expunged is left out.
        present_by: the version of the entry that gave the present name.
        since: from which day on it has that.
    """

    said: Mapping[int, str] = {}
    present_by: int = 0
    since: date | None = None

    @property
    def present(self) -> str | None:
        """What it is called; ``None`` if nobody may know that."""
        return self.said.get(self.present_by)

    def called(self, version: int, name: str | msgspec.UnsetType, since: date) -> Names:
        """Return the names after an entry by which it goes by another name from a day on."""
        return replace(self.reading(version, name), present_by=version, since=since)

    def reading(self, version: int, name: str | msgspec.UnsetType) -> Names:
        """Return the names after what the entry of a version calls it reads so."""
        said = {each: text for each, text in self.said.items() if each != version}
        if not isinstance(name, msgspec.UnsetType):
            said[version] = name
        return replace(self, said=said)

    def evolve(
        self,
        version: int,
        event: NamingEvent | OrganisationNameCorrected,
        effective: date,
    ) -> Names:
        """Return the names after an event of that version, which holds from ``effective``."""
        match event:
            case OrganisationRenamed():
                return self.called(version, event.name, effective)
            case IndividualRenamed():
                return self.called(version, UNSET, effective)
            case OrganisationAliasAdded():
                return self.reading(version, event.alias)
            case OrganisationNameCorrected():
                return self.reading(revealed(event.corrects), event.name)
