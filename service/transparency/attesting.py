"""Attests what read models hold, after having checked that it follows from the entries.

Everything that the database says of the ledger is compared with the entries' bytes first: the
columns beside them, their hashes, and the rows of the read models. So an edited row is found here,
by the position of its last entry, and is never attested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.audit.rows import MODELS, Row
from domain.audit.state import MOST_BEHIND, PublicState, digest_of, row_hash
from domain.catalog import EVENT_TYPES
from domain.coalition.custody import AttestState, Custody, ModelState
from domain.ledger.entry import EntryError, Envelope, PublicEntry, open_entry, parse_entry
from domain.ledger.merkle import Frontier, leaf_hash
from domain.terms import PrincipalId
from projections import coalition
from projections.as_of import holds_now, is_latest
from projections.codec import iso_date
from service.faults import CorruptLedgerError
from service.ledger import tables
from service.ledger.custody import custody_of
from service.ledger.ledger import Ledger, Snapshot
from service.ledger.reader import CONFIDENTIAL
from service.ledger.request import Accepted, Outcome, Request
from service.security.principal import Principal, Role
from service.transparency.rows import TABLES

KEEPER: Final = Principal(PrincipalId("custody"), Role.SYSTEM)
"""In whose name the service attests; there is no API key for its role."""

_CHUNK: Final = 2_000
_COLUMNS: Final = "the columns beside the entry are not what it says"
_INDEXED: Final = frozenset({"stream", "version", "type", "effective"})


class ContradictedError(CorruptLedgerError):
    """What the database says is not what its entries say.

    Attributes:
        position: of the entry that it is about.
    """

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(
            f"position {position}: {reason}. Restore a backup of the database, or run "
            "`coalition rebuild` where it is a read model."
        )
        self.position = position


def attest(ledger: Ledger) -> Outcome:
    """Record what the read models hold now, unless nothing happened since the last time.

    Raises:
        ContradictedError: the database says what its entries do not; nothing was recorded.
    """
    with ledger.read() as snapshot:
        states = check(ledger, snapshot)
        command = AttestState(position=snapshot.position, states=states)
    name = f"attest/{command.position}"
    return ledger.execute(
        Request(principal=KEEPER, command=command, command_id=name, content=name.encode())
    )


def attest_if_due(ledger: Ledger) -> bool:
    """Attest on every day on which something happened, and whenever 65,536 entries did.

    Raises:
        ContradictedError: as for `attest`.
    """
    with ledger.read() as snapshot:
        custody = custody_of(snapshot.connection, ledger.coalition)
        due = _is_due(ledger, snapshot, custody)
    if not due:
        return False
    outcome = attest(ledger)
    return isinstance(outcome, Accepted) and bool(outcome.entries)


def _is_due(ledger: Ledger, snapshot: Snapshot, custody: Custody) -> bool:
    if snapshot.position - custody.attested_position >= MOST_BEHIND:
        return True
    views, entries = coalition.MODEL.table, tables.entries
    zone, began = snapshot.connection.execute(
        sa.select(views.c.time_zone, entries.c.recorded_at)
        .join(entries, entries.c.position == 1)
        .where(holds_now(views))
    ).one()
    # The first day is the founding's: nothing is due on it.
    last = custody.attested_on or datetime.fromtimestamp(began, UTC).date()
    return ledger.clock().astimezone(ZoneInfo(zone)).date() > last


def check(ledger: Ledger, snapshot: Snapshot) -> list[ModelState]:
    """Compare all that the database says of the entries with their bytes.

    Returns:
        What the read models hold.

    Raises:
        ContradictedError: it contradicts them; the first position is named.
    """
    state, last = PublicState(), {}
    frontier = Frontier()
    for rows in _chunks(snapshot):
        opened = _confidential(ledger, snapshot.connection, rows)
        for row in rows:
            envelope = _entry(row, opened.get(row.position, {}), state)
            if envelope is not None:
                last[envelope.stream] = row.position
        frontier = frontier.extend(bytes(row.leaf_hash) for row in rows)
    stored = snapshot.connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    if Frontier.from_bytes(bytes(stored)) != frontier:
        raise ContradictedError(snapshot.position, "the tree's end is not that of the entries")
    return [
        _compare(name, state.rows(name), _rows(snapshot.connection, name), last)
        for name in sorted(MODELS)
    ]


def _chunks(snapshot: Snapshot) -> Iterator[list[sa.Row[Any]]]:
    entries = tables.entries
    for after in range(0, snapshot.position, _CHUNK):
        rows = snapshot.connection.execute(
            sa.select(entries)
            .where(
                entries.c.position > after,
                entries.c.position <= min(after + _CHUNK, snapshot.position),
            )
            .order_by(entries.c.position)
        ).all()
        for due, row in enumerate(rows, after + 1):
            if row.position != due:
                raise ContradictedError(due, "the entry is missing")
        yield list(rows)


def _confidential(
    ledger: Ledger, connection: Connection, rows: Iterable[sa.Row[Any]]
) -> Mapping[int, dict[str, Any]]:
    """Open what the columns say of confidential entries."""
    hiding = []
    for row in rows:
        if row.type == CONFIDENTIAL:
            # What is sealed opens under its entry's own id only.
            if _parsed(row).entry_id != row.entry_id:
                raise ContradictedError(row.position, _COLUMNS)
            hiding.append(row.position)
    found = ledger.disclosures(connection, hiding, _INDEXED)
    return {
        position: {path: each.value for path, each in values.items()}
        for position, values in found.items()
    }


def _entry(row: sa.Row[Any], opened: Mapping[str, Any], state: PublicState) -> Envelope | None:
    """Compare one entry's columns with its bytes, and take it in."""
    entry = _parsed(row)
    try:
        if entry.envelope is None:
            said = (entry.entry_id, CONFIDENTIAL, entry.at, *map(opened.get, sorted(_INDEXED)))
            kept = (row.entry_id, row.type, _at(row)[:10], *_columns(row, opened.get("type")))
            envelope = None
        else:
            envelope, event = open_entry(entry, (), EVENT_TYPES)
            said = (
                *(entry.entry_id, entry.type, entry.at, envelope.effective.isoformat()),
                *(envelope.stream, entry.type, envelope.version),
            )
            kept = (row.entry_id, row.type, _at(row), *_columns(row, row.type))
            state.take(row.position, envelope, event)
    except EntryError as error:
        raise ContradictedError(row.position, str(error)) from None
    if leaf_hash(bytes(row.data)) != bytes(row.leaf_hash):
        raise ContradictedError(row.position, "the entry does not have the hash beside it")
    if said != kept:
        raise ContradictedError(row.position, _COLUMNS)
    return envelope


def _parsed(row: sa.Row[Any]) -> PublicEntry:
    try:
        return parse_entry(bytes(row.data))
    except EntryError as error:
        raise ContradictedError(row.position, str(error)) from None


def _columns(row: sa.Row[Any], kind: str | None) -> tuple[Any, ...]:
    """Return the columns in the order of the paths that they index."""
    return (iso_date(row.effective).isoformat(), row.stream, kind, row.version)


def _at(row: sa.Row[Any]) -> str:
    at = datetime.fromtimestamp(row.recorded_at, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _compare(
    name: str, made: Mapping[str, Row], found: Mapping[str, Row], last: Mapping[str, int]
) -> ModelState:
    """Compare the rows of a read model with those that the entries make."""
    for row_id in sorted(made.keys() | found.keys(), key=lambda each: last.get(each, 0)):
        one, other = made.get(row_id), found.get(row_id)
        if one is None or other is None or row_hash(one) != row_hash(other):
            raise ContradictedError(
                last.get(row_id, 1), f"the row of {name} is not what the entries make"
            )
    rows, digest = digest_of(found.values())
    return ModelState(model=name, version=MODELS[name].version, rows=rows, digest=digest)


def _rows(connection: Connection, name: str) -> dict[str, Row]:
    """Return the public columns of a read model's rows, by id."""
    found: dict[str, Row] = {}
    for model, row in TABLES[name]:
        table = model.table
        stored = connection.execute(table.select().where(is_latest(table)))
        found |= {each.id: row(each) for each in map(model.codec.decode, stored)}
    return found
