"""Parties: the organisations and people known to the coalition, without what they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import UNSET, Event, revealed, revealed_or
from domain.ledger.recorded import Recorded
from domain.membership.name_correction import (
    IndividualNameCorrected,
    NameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.particulars import ParticularsChanged
from domain.membership.party import (
    IndividualListingPublished,
    IndividualRegistered,
    IndividualRenamed,
    ListingWithdrawn,
    OrganisationAliasAdded,
    OrganisationListingPublished,
    OrganisationRegistered,
    OrganisationRenamed,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    ListingHeld,
    ListingReleased,
)
from domain.membership.ties import PartiesMerged, PartiesSeparated, PartyAffiliated
from domain.terms import NameUse, Particular, PartyKind
from projections.as_of import AsOf
from projections.model import (
    ReadModel,
    Row,
    TermIndex,
    Terms,
    changing,
    folds_of,
    on,
    opened_names,
)
from projections.reading import View
from projections.tables import parties, party_terms

NAME: Final = "name"
"""The facet by which an organisation is found under any of its names."""


class Representative(msgspec.Struct, frozen=True, gc=False):
    """A person who speaks, or spoke, for an organisation.

    Attributes:
        position: the last appointment, which hides name and contact.
        since: the day from which they speak for it.
        until: the day from which they do no longer.
    """

    person: str
    position: int
    since: date
    until: date | None = None


class PartyName(msgspec.Struct, frozen=True, gc=False):
    """A name of a party; the entry that was recorded last for it hides what it is.

    Attributes:
        position: the entry that gave the name.
        version: that entry's, in the party's stream.
        index: keyed hash of an organisation's name, to find it by; ``None`` for people.
        corrections: the entries by which the name reads otherwise, in order.
    """

    use: NameUse
    position: int
    version: int
    since: date
    index: str | None
    corrections: tuple[int, ...] = ()


class Told(msgspec.Struct, frozen=True, gc=False):
    """What an entry after the registration says of one particular, and hides.

    Attributes:
        position: the entry.
        since: the day from which it holds.
    """

    what: Particular
    position: int
    since: date


class PartyRow(Row, frozen=True, gc=False):
    """A party.

    Attributes:
        registered_position: the entry that hides name, type, EIN and counties as they were first.
        registered_on: the day from which the registration counts.
        ein_index: keyed hash of the last EIN, to find a party by; it cannot be read from it.
        particulars: what changed since, in order.
        names: in order; a person's last one alone.
        representatives: one for each person, by the last appointment.
        former: those who speak for it no longer, in the order in which they stopped.
        version: of the stream.
    """

    kind: PartyKind
    registered_position: int
    registered_on: date
    ein_index: str | None
    particulars: tuple[Told, ...]
    names: tuple[PartyName, ...]
    representatives: tuple[Representative, ...]
    former: tuple[Representative, ...]
    version: int


def model(blind: Callable[[str], str]) -> ReadModel[PartyRow]:
    """Return the read model.

    Args:
        blind: keyed hash; whoever holds the key can look up an EIN, or a name.
    """
    names, registrations = _Names(blind), _Registrations(blind)
    return ReadModel(
        version=4,
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
            *(on(event, changing(_continued)) for event in _ELSEWHERE),
        ),
        opens=opened_names(
            [
                OrganisationRegistered,
                OrganisationRenamed,
                OrganisationAliasAdded,
                OrganisationNameCorrected,
                IndividualNameCorrected,
                ParticularsChanged,
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
    ListingReleased,
    AddressRecorded,
    AddressRemoved,
    AddressDisclosed,
    PartyAffiliated,
    PartiesMerged,
    PartiesSeparated,
)


class _Names:
    """How names change by events, and what they are found by.

    Args:
        blind: keyed hash.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind

    def name(self, use: NameUse, name: str | msgspec.UnsetType, recorded: Recorded) -> PartyName:
        """Return a name that an entry gives."""
        envelope = recorded.envelope
        return PartyName(
            use, recorded.position, envelope.version, envelope.effective, self._index(name)
        )

    def _index(self, name: str | msgspec.UnsetType) -> str | None:
        # An expunged name, as one that is personal, leaves nothing to look up.
        return self._blind(name_key(name)) if isinstance(name, str) else None

    def renamed(self, row: PartyRow, event: OrganisationRenamed, recorded: Recorded) -> PartyRow:
        """Let an organisation have another name."""
        before = tuple(
            msgspec.structs.replace(each, use=NameUse.FORMER)
            if each.use is NameUse.PRESENT
            else each
            for each in row.names
        )
        names = (*before, self.name(NameUse.PRESENT, event.name, recorded))
        return msgspec.structs.replace(_continued(row, event, recorded), names=names)

    def also_named(
        self, row: PartyRow, event: OrganisationAliasAdded, recorded: Recorded
    ) -> PartyRow:
        """Let an organisation have one more name."""
        names = (*row.names, self.name(NameUse.ALIAS, event.alias, recorded))
        return msgspec.structs.replace(_continued(row, event, recorded), names=names)

    def person_renamed(
        self, row: PartyRow, event: IndividualRenamed, recorded: Recorded
    ) -> PartyRow:
        """Let a person have another name, and no former one."""
        names = (self.name(NameUse.PRESENT, UNSET, recorded),)
        return msgspec.structs.replace(_continued(row, event, recorded), names=names)

    def corrected(self, row: PartyRow, event: NameCorrected, recorded: Recorded) -> PartyRow:
        """Let a name read otherwise, and be found as it reads now, if it is an organisation's."""
        corrects = revealed(event.corrects)
        # The writer knows a person's name; who rebuilds does not, and nobody is found by it.
        is_personal = isinstance(event, IndividualNameCorrected)
        index = self._index(UNSET if is_personal else event.name)
        names = tuple(
            msgspec.structs.replace(
                each, index=index, corrections=(*each.corrections, recorded.position)
            )
            if each.version == corrects
            else each
            for each in row.names
        )
        return msgspec.structs.replace(_continued(row, event, recorded), names=names)


def names_on(row: PartyRow, day: date) -> tuple[PartyName, ...]:
    """Return the names that a party had by a day, each by the use it had then.

    Before the first the party is called what it was called first.
    """
    called = [each for each in row.names if each.use is not NameUse.ALIAS]
    present = next((each for each in reversed(called) if each.since <= day), called[0])
    return tuple(
        each if each.use is NameUse.ALIAS else msgspec.structs.replace(each, use=use)
        for each in row.names
        if each.since <= day or each is present
        for use in [NameUse.PRESENT if each is present else NameUse.FORMER]
    )


class _Registrations:
    """How parties become known and what they are changes, and what they are found by.

    Args:
        blind: keyed hash.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind
        self._names = _Names(blind)

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
        says, since = revealed(event.says), recorded.envelope.effective
        told = tuple(Told(each, recorded.position, since) for each in says)
        return msgspec.structs.replace(
            _continued(row, event, recorded),
            ein_index=self._index(event.ein) if Particular.EIN in says else row.ein_index,
            particulars=row.particulars + told,
        )

    def _index(self, ein: str | msgspec.UnsetType | None) -> str | None:
        # An expunged EIN leaves nothing to look up, and is no reason to stop.
        found = revealed_or(ein, None)
        return None if found is None else self._blind(found)


def told_on(row: PartyRow, day: date) -> list[Told]:
    """Return what entries said by a day that an organisation is, the registration first."""
    first = [Told(each, row.registered_position, row.registered_on) for each in Particular]
    return first + [each for each in row.particulars if each.since <= day]


def position_of(row: PartyRow, what: Particular, day: date) -> int:
    """Return the entry that hides what a party was on a day; before the first, at first."""
    told = (each for each in reversed(row.particulars) if each.what is what and each.since <= day)
    return next((each.position for each in told), row.registered_position)


def name_key(name: str) -> str:
    """Return what stands for a name in searches: its letters and digits, whatever their case."""
    return "name:" + "".join(each for each in name.casefold() if each.isalnum())


def _terms(row: PartyRow) -> Terms:
    return frozenset((NAME, each.index) for each in row.names if each.index is not None)


def _registered(
    recorded: Recorded, kind: PartyKind, name: PartyName, ein_index: str | None
) -> PartyRow:
    return PartyRow(
        id=recorded.envelope.stream,
        kind=kind,
        registered_position=recorded.position,
        registered_on=recorded.envelope.effective,
        ein_index=ein_index,
        particulars=(),
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
    return msgspec.structs.replace(_continued(row, event, recorded), representatives=appointed)


def _ended(row: PartyRow, event: RepresentativeEnded, recorded: Recorded) -> PartyRow:
    person, until = revealed(event.person), recorded.envelope.effective
    ended = tuple(
        msgspec.structs.replace(each, until=until)
        for each in row.representatives
        if each.person == person
    )
    return msgspec.structs.replace(
        _continued(row, event, recorded),
        representatives=tuple(each for each in row.representatives if each.person != person),
        former=(*row.former, *ended),
    )


def _continued(row: PartyRow, _: Event, recorded: Recorded) -> PartyRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version)


VIEW = View(parties, PartyRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, PartyRow]:
    """Return parties by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def ids_by_name(connection: Connection, as_of: AsOf, index: str, most: int) -> list[str]:
    """Return the organisations that go, or went, by a name.

    Args:
        connection: to the views.
        as_of: the ledger to look at.
        index: keyed hash of the name's `name_key`.
        most: how many to return at most.
    """
    columns = party_terms.c
    found = sa.select(columns.party).where(
        columns.facet == NAME, columns.term == index, as_of.rows_of(party_terms)
    )
    return list(connection.execute(found.order_by(columns.party).limit(most)).scalars())
