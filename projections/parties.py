"""Parties: the organisations and people known to the coalition, without what they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import Event, revealed
from domain.ledger.recorded import Recorded
from domain.membership.party import (
    IndividualListingPublished,
    IndividualRegistered,
    ListingWithdrawn,
    OrganisationListingPublished,
    OrganisationRegistered,
    PartyAffiliated,
    RepresentativeAppointed,
)
from domain.terms import PartyKind
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.reading import View
from projections.tables import parties


class Representative(msgspec.Struct, frozen=True, gc=False):
    """A person who speaks for an organisation; the entry at ``position`` hides name and contact."""

    person: str
    position: int


class PartyRow(Row, frozen=True, gc=False):
    """A party.

    Attributes:
        registered_position: the entry that hides name, type, EIN and counties.
        registered_on: the day from which the registration counts.
        ein_index: keyed hash of the EIN, to find a party by; the EIN cannot be read from it.
        representatives: one for each person, by the last appointment.
        version: of the stream.
    """

    kind: PartyKind
    registered_position: int
    registered_on: date
    ein_index: str | None
    representatives: tuple[Representative, ...]
    version: int


def model(blind: Callable[[str], str]) -> ReadModel[PartyRow]:
    """Return the read model.

    Args:
        blind: keyed hash of an EIN; whoever holds the key can look an EIN up.
    """

    def organisation(
        _: PartyRow | None, event: OrganisationRegistered, recorded: Recorded
    ) -> PartyRow:
        # An expunged EIN leaves nothing to look up, and is no reason to stop.
        ein = event.ein if isinstance(event.ein, str) else None
        return _registered(recorded, PartyKind.ORGANISATION, None if ein is None else blind(ein))

    def individual(_: PartyRow | None, __: IndividualRegistered, recorded: Recorded) -> PartyRow:
        return _registered(recorded, PartyKind.INDIVIDUAL, None)

    return ReadModel(
        version=1,
        table=parties,
        row_type=PartyRow,
        folds=folds_of(
            on(OrganisationRegistered, organisation),
            on(IndividualRegistered, individual),
            on(RepresentativeAppointed, changing(_appointed)),
            # A listing is another read model's, but it is a version of this stream.
            on(OrganisationListingPublished, changing(_continued)),
            on(IndividualListingPublished, changing(_continued)),
            on(ListingWithdrawn, changing(_continued)),
            # Whom a party is tied to matters to rules alone.
            on(PartyAffiliated, changing(_continued)),
        ),
        opens=opened_names([OrganisationRegistered, RepresentativeAppointed]),
    )


def _registered(recorded: Recorded, kind: PartyKind, ein_index: str | None) -> PartyRow:
    return PartyRow(
        id=recorded.envelope.stream,
        kind=kind,
        registered_position=recorded.position,
        registered_on=recorded.envelope.effective,
        ein_index=ein_index,
        representatives=(),
        version=recorded.envelope.version,
    )


def _appointed(row: PartyRow, event: RepresentativeAppointed, recorded: Recorded) -> PartyRow:
    person = revealed(event.person)
    others = tuple(each for each in row.representatives if each.person != person)
    appointed = (*others, Representative(person, recorded.position))
    return msgspec.structs.replace(
        row, representatives=appointed, version=recorded.envelope.version
    )


def _continued(row: PartyRow, _: Event, recorded: Recorded) -> PartyRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version)


VIEW = View(parties, PartyRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, PartyRow]:
    """Return parties by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def by_ein_index(connection: Connection, as_of: AsOf, ein_index: str) -> list[PartyRow]:
    """Return the parties that registered an EIN, in the order of registration."""
    rows = VIEW.rows(connection, as_of, parties.c.ein_index == ein_index)
    return sorted(rows, key=lambda row: row.registered_position)
