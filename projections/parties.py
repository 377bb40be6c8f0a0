"""Parties: the organisations and people known to the coalition, without what they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import UNSET, Event, revealed, revealed_or
from domain.ledger.recorded import Recorded
from domain.membership.name_correction import (
    IndividualNameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.names import IndividualRenamed, OrganisationAliasAdded, OrganisationRenamed
from domain.membership.particulars import ParticularsChanged
from domain.membership.particulars_correction import (
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
    ParticularsCorrected,
)
from domain.membership.party import (
    IndividualListingPublished,
    IndividualRegistered,
    ListingWithdrawn,
    OrganisationListingPublished,
    OrganisationRegistered,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    HoldConfirmed,
    ListingHeld,
    ListingReleased,
)
from domain.membership.ties import (
    AffiliationEnded,
    PartiesMerged,
    PartiesSeparated,
    PartyAffiliated,
)
from domain.terms import NameUse, Particular, PartyKind
from projections.as_of import AsOf
from projections.model import (
    ReadModel,
    TermIndex,
    Terms,
    changing,
    folds_of,
    on,
    opened_names,
)
from projections.party_names import Names
from projections.party_rows import PartyName, PartyRow, Representative, Told, continued
from projections.reading import View
from projections.tables import parties, party_terms

NAME: Final = "name"
"""The facet by which an organisation is found under any of its names."""


def model(blind: Callable[[str], str]) -> ReadModel[PartyRow]:
    """Return the read model.

    Args:
        blind: keyed hash; whoever holds the key can look up an EIN, or a name.
    """
    names, registrations = Names(blind), _Registrations(blind)
    return ReadModel(
        version=5,
        table=parties,
        row_type=PartyRow,
        folds=folds_of(
            on(OrganisationRegistered, registrations.organisation),
            on(IndividualRegistered, registrations.individual),
            on(RepresentativeAppointed, changing(_appointed)),
            on(RepresentativeEnded, changing(_ended)),
            on(OrganisationRenamed, changing(names.renamed)),
            on(OrganisationAliasAdded, changing(names.also_named)),
            on(IndividualRenamed, changing(names.person_renamed)),
            on(OrganisationNameCorrected, changing(names.corrected)),
            on(IndividualNameCorrected, changing(names.corrected)),
            on(ParticularsChanged, changing(registrations.changed)),
            on(OrganisationParticularsCorrected, changing(registrations.corrected)),
            on(IndividualParticularsCorrected, changing(registrations.corrected)),
            *(on(event, changing(continued)) for event in _ELSEWHERE),
        ),
        opens=opened_names(
            [
                OrganisationRegistered,
                OrganisationRenamed,
                OrganisationAliasAdded,
                OrganisationNameCorrected,
                IndividualNameCorrected,
                ParticularsChanged,
                OrganisationParticularsCorrected,
                IndividualParticularsCorrected,
                RepresentativeAppointed,
                RepresentativeEnded,
            ]
        ),
        index=TermIndex(table=party_terms, terms=_terms),
    )


# Other read models' events, or no one's, which are versions of this stream all the same.
_ELSEWHERE: Final[tuple[type[Event], ...]] = (
    OrganisationListingPublished,
    IndividualListingPublished,
    ListingWithdrawn,
    ListingHeld,
    HoldConfirmed,
    ListingReleased,
    AddressRecorded,
    AddressRemoved,
    AddressDisclosed,
    PartyAffiliated,
    AffiliationEnded,
    PartiesMerged,
    PartiesSeparated,
)


_SAID_FIRST: Final[Mapping[PartyKind, tuple[Particular, ...]]] = MappingProxyType(
    {
        PartyKind.ORGANISATION: tuple(Particular),
        PartyKind.INDIVIDUAL: (Particular.PARTY_TYPE, Particular.COUNTIES),
    }
)
"""Of what a registration says something."""


class _Registrations:
    """How parties become known and what they are changes, and what they are found by.

    Args:
        blind: keyed hash.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind
        self._names = Names(blind)

    def organisation(
        self, _: PartyRow | None, event: OrganisationRegistered, recorded: Recorded
    ) -> PartyRow:
        """Let an organisation be known."""
        name = self._names.name(NameUse.PRESENT, event.name, recorded)
        return _registered(recorded, PartyKind.ORGANISATION, name, self._index(event.ein))

    def individual(
        self, _: PartyRow | None, __: IndividualRegistered, recorded: Recorded
    ) -> PartyRow:
        """Let a person be known."""
        name = self._names.name(NameUse.PRESENT, UNSET, recorded)
        return _registered(recorded, PartyKind.INDIVIDUAL, name, None)

    def changed(self, row: PartyRow, event: ParticularsChanged, recorded: Recorded) -> PartyRow:
        """Let an organisation be something else, or have something else, than before."""
        says = revealed(event.says)
        return msgspec.structs.replace(
            continued(row, event, recorded),
            ein_index=self._index(event.ein) if Particular.EIN in says else row.ein_index,
            particulars=row.particulars + _told(says, recorded),
        )

    def corrected(self, row: PartyRow, event: ParticularsCorrected, recorded: Recorded) -> PartyRow:
        """Let what an entry says read otherwise; the last EIN is looked up as it reads now."""
        says, corrects = revealed(event.says), revealed(event.corrects)
        ein_index = row.ein_index
        if isinstance(event, OrganisationParticularsCorrected) and revealed(event.renumbers):
            ein_index = self._index(event.ein)
        particulars = tuple(
            msgspec.structs.replace(each, corrections=(*each.corrections, recorded.position))
            if each.version == corrects and each.what in says
            else each
            for each in row.particulars
        )
        return msgspec.structs.replace(
            continued(row, event, recorded), ein_index=ein_index, particulars=particulars
        )

    def _index(self, ein: str | msgspec.UnsetType | None) -> str | None:
        # An expunged EIN leaves nothing to look up, and is no reason to stop.
        found = revealed_or(ein, None)
        return None if found is None else self._blind(found)


def _terms(row: PartyRow) -> Terms:
    return frozenset((NAME, each.index) for each in row.names if each.index is not None)


def _told(says: Iterable[Particular], recorded: Recorded) -> tuple[Told, ...]:
    envelope = recorded.envelope
    return tuple(
        Told(each, recorded.position, envelope.version, envelope.effective) for each in says
    )


def _registered(
    recorded: Recorded, kind: PartyKind, name: PartyName, ein_index: str | None
) -> PartyRow:
    return PartyRow(
        id=recorded.envelope.stream,
        kind=kind,
        registered_position=recorded.position,
        registered_on=recorded.envelope.effective,
        ein_index=ein_index,
        particulars=_told(_SAID_FIRST[kind], recorded),
        names=(name,),
        representatives=(),
        former=(),
        version=recorded.envelope.version,
    )


def _appointed(row: PartyRow, event: RepresentativeAppointed, recorded: Recorded) -> PartyRow:
    person = revealed(event.person)
    others = tuple(each for each in row.representatives if each.person != person)
    since = next(
        (each.since for each in row.representatives if each.person == person),
        recorded.envelope.effective,
    )
    appointed = (*others, Representative(person, recorded.position, since))
    return msgspec.structs.replace(continued(row, event, recorded), representatives=appointed)


def _ended(row: PartyRow, event: RepresentativeEnded, recorded: Recorded) -> PartyRow:
    person, until = revealed(event.person), recorded.envelope.effective
    ended = tuple(
        msgspec.structs.replace(each, until=until)
        for each in row.representatives
        if each.person == person
    )
    return msgspec.structs.replace(
        continued(row, event, recorded),
        representatives=tuple(each for each in row.representatives if each.person != person),
        former=(*row.former, *ended),
    )


VIEW = View(parties, PartyRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, PartyRow]:
    """Return parties by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def ids_by_name(connection: Connection, as_of: AsOf, index: str, most: int) -> list[str]:
    """Return the organisations that go, or went, by a name.

    Args:
        connection: to the views.
        as_of: the ledger to look at.
        index: keyed hash of the name's `party_names.name_key`.
        most: how many to return at most.
    """
    columns = party_terms.c
    found = sa.select(columns.party).where(
        columns.facet == NAME, columns.term == index, as_of.rows_of(party_terms)
    )
    return list(connection.execute(found.order_by(columns.party).limit(most)).scalars())
