"""Particulars: of what type an organisation is, its EIN, and the counties it works in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, TypeVar

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff, revealed, revealed_or
from domain.membership.particulars_correction import (
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
    ParticularsCorrected,
)
from domain.terms import EinText, Fips, Particular, PartyId, Text

T = TypeVar("T")


class ParticularsChanged(Event, frozen=True, kw_only=True):
    """An organisation is of another type, or has another EIN or counties. Stream: the party.

    Confidential, for the same reason as the registration.

    Attributes:
        says: of which particulars the entry says something; the others stay as they were.
        ein: nine digits, or ``None`` for an organisation that has none any more.
    """

    stored_name: ClassVar[str] = "party.particulars_changed.v1"
    confidential: ClassVar[bool] = True

    says: Staff[list[Particular]] = UNSET
    party_type: Staff[str | None] = UNSET
    ein: Staff[str | None] = UNSET
    counties: Staff[list[str] | None] = UNSET
    reason: Staff[str] = UNSET


class ChangeParticulars(Command, frozen=True, kw_only=True):
    """Let an organisation be of another type, or have another EIN or counties, from a day on.

    What is left out stays as it is.

    Attributes:
        party_type: a party type of the policy that is not a person's.
        ein: nine digits, a hyphen allowed.
        without_ein: whether it has no EIN any more.
        counties: FIPS codes of all the counties it works in.
    """

    party: PartyId
    party_type: str | None = None
    ein: EinText | None = None
    without_ein: bool = False
    counties: list[Fips] | None = None
    reason: Text


class Particulars(msgspec.Struct, frozen=True, gc=False):
    """What a party is, each by the version of the entry that says so, in the order of those.

    Each reads as it was corrected last.

    Attributes:
        party_types: never expunged: rules go by the last one.
        eins: nine digits; ``None`` for none, and for one that nobody may know.
        counties: an organisation's; ``None`` where nobody may know them.
        ein_told: the version of the entry by which the EIN is what it is, or reads as it does.
        since: from which day on each is what it is.
    """

    party_types: dict[int, str] = {}
    eins: dict[int, str | None] = {}
    counties: dict[int, list[str] | None] = {}
    ein_told: int = 0
    since: Mapping[Particular, date] = {}

    @property
    def party_type(self) -> str:
        """The type of the party."""
        return _last(self.party_types) or ""

    @property
    def ein(self) -> str | None:
        """The EIN; ``None`` for none, and for one that nobody may know."""
        return _last(self.eins)

    @property
    def present_counties(self) -> list[str] | None:
        """The counties; ``None`` where nobody may know them."""
        return _last(self.counties)

    @property
    def ein_by(self) -> int:
        """The version of the entry that says the EIN."""
        return next(reversed(self.eins), 0)

    def at(self, version: int) -> dict[Particular, str | list[str] | None]:
        """Return what the entry of a version says, by that of which it says something."""
        every: dict[Particular, Mapping[int, str | list[str] | None]] = {
            Particular.PARTY_TYPE: self.party_types,
            Particular.EIN: self.eins,
            Particular.COUNTIES: self.counties,
        }
        return {what: said[version] for what, said in every.items() if version in said}

    def registered(
        self,
        version: int,
        since: date,
        party_type: str,
        ein: str | None = None,
        counties: list[str] | None = None,
    ) -> Particulars:
        """Return the particulars after the entry that made the party known, from a day on."""
        return replace(
            self,
            party_types={version: party_type},
            eins={version: ein},
            counties={version: counties},
            ein_told=version,
            since=dict.fromkeys(Particular, since),
        )

    def evolve(
        self, version: int, event: ParticularsChanged | ParticularsCorrected, effective: date
    ) -> Particulars:
        """Return the particulars after an event of that version, which holds from ``effective``."""
        says, state, told = revealed(event.says), self, version
        if isinstance(event, ParticularsChanged):
            state = replace(state, since={**state.since, **dict.fromkeys(says, effective)})
        else:
            version = revealed(event.corrects)
        if Particular.PARTY_TYPE in says:
            party_types = {**state.party_types, version: revealed(event.party_type) or ""}
            state = replace(state, party_types=party_types)
        if isinstance(event, IndividualParticularsCorrected):
            # No rule knows a person's counties.
            return state
        if Particular.EIN in says:
            eins = {**state.eins, version: revealed_or(event.ein, None)}
            state = replace(state, eins=eins)
            if state.ein_by == version:
                state = replace(state, ein_told=told)
        if Particular.COUNTIES in says:
            counties = {**state.counties, version: revealed_or(event.counties, None)}
            state = replace(state, counties=counties)
        return state


def renumbers(event: ParticularsChanged | OrganisationParticularsCorrected) -> bool:
    """Whether an event says which EIN its organisation has from then on."""
    if isinstance(event, ParticularsChanged):
        return Particular.EIN in revealed(event.says)
    return revealed(event.renumbers)


def _last(said: dict[int, T]) -> T | None:
    return next(reversed(said.values()), None)
