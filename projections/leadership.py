"""Terms of office: who leads the coalition, from when to when, without what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.leadership import (
    DirectorAppointed,
    NamingChanged,
    PartnerLeaderNamed,
    TermEnded,
)
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.terms import Office
from projections import holds, mergers
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.reading import View
from projections.tables import LAST_DAY, terms_of_office


class TermRow(Row, frozen=True, gc=False):
    """A term of office.

    Attributes:
        party: the partner that somebody leads; ``None`` for a director.
        named_position: the entry by which the person lets the public know their name; ``None``
            where they do not.
        until: the first day on which the office is not held any more.
        position: the entry that began the term, which hides the name.
        version: of the stream.
    """

    office: Office
    party: str | None
    person: str
    named_position: int | None
    since: date
    until: date | None
    position: int
    version: int


def _begun(
    event: DirectorAppointed | PartnerLeaderNamed,
    recorded: Recorded,
    office: Office,
    party: str | None,
) -> TermRow:
    return TermRow(
        id=recorded.envelope.stream,
        office=office,
        party=party,
        person=revealed(event.person),
        named_position=recorded.position if event.named else None,
        since=recorded.envelope.effective,
        until=None,
        position=recorded.position,
        version=recorded.envelope.version,
    )


def _appointed(_: TermRow | None, event: DirectorAppointed, recorded: Recorded) -> TermRow:
    return _begun(event, recorded, Office.DIRECTOR, None)


def _named(_: TermRow | None, event: PartnerLeaderNamed, recorded: Recorded) -> TermRow:
    return _begun(event, recorded, Office.PARTNER_LEADER, revealed(event.party))


def _naming_changed(row: TermRow, event: NamingChanged, recorded: Recorded) -> TermRow:
    return msgspec.structs.replace(
        row,
        named_position=recorded.position if event.named else None,
        version=recorded.envelope.version,
    )


def _ended(row: TermRow, _: TermEnded, recorded: Recorded) -> TermRow:
    return msgspec.structs.replace(
        row, until=recorded.envelope.effective, version=recorded.envelope.version
    )


MODEL = ReadModel(
    version=1,
    table=terms_of_office,
    row_type=TermRow,
    folds=folds_of(
        on(DirectorAppointed, _appointed),
        on(PartnerLeaderNamed, _named),
        on(NamingChanged, changing(_naming_changed)),
        on(TermEnded, changing(_ended)),
    ),
    opens=opened_names([DirectorAppointed, PartnerLeaderNamed]),
    bitemporal=True,
)

VIEW = View(terms_of_office, TermRow)


def roster(connection: Connection, as_of: AsOf) -> list[TermRow]:
    """Return every term that has begun, the earliest first; a director before others."""
    rows = VIEW.rows(connection, as_of)
    return sorted(rows, key=lambda row: (row.office, row.since, row.position))


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, TermRow]:
    """Return terms by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def named_now(connection: Connection, position: int, ids: Iterable[str]) -> frozenset[str]:
    """Return which terms' holders the public may know by name, whatever day is asked about.

    It is judged now, like every consent: who lets it be known, unless a safety hold lies on the
    partner that they lead, or on the one that this is part of now.

    Args:
        connection: the transaction to read in.
        position: the head.
        ids: the terms.
    """
    last = AsOf(position, LAST_DAY, current=True)
    found = VIEW.by_ids(connection, last, ids).values()
    named = {row.id: row.party for row in found if row.named_position is not None}
    partners = {party for party in named.values() if party is not None}
    if not partners:
        return frozenset(named)
    wholes = mergers.ends_of(connection, last, partners)
    held = holds.by_parties(connection, {*wholes, *wholes.values()})
    return frozenset(
        term
        for term, party in named.items()
        if party is None or held.keys().isdisjoint({party, wholes[party]})
    )
