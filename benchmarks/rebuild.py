"""Rebuilding every read model from the entries, beside reading them and the library's runner."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import sqlalchemy as sa

from benchmarks.databases import Databases
from benchmarks.library_runner import RunnerContestant
from benchmarks.measure import Contestant, Share, take_turns
from benchmarks.members import copied, large_ledgers
from benchmarks.report import Section, Table, Target
from benchmarks.runner_views import ViewsContestant
from projections.models import opened_events, read_models
from projections.rebuild import Rebuilt
from projections.rebuild import rebuild as rebuild_models
from service.cli.rebuilding import LedgerSource
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.ledger.reader import select_entries
from service.ledger.sql import driver_cursor

_RUNNER_EVENTS = 1_500
_CHUNK = 5_000


class _Whole:
    """Work over all entries, by one caller; an operation is an entry."""

    def __init__(self, name: str, ledger: Ledger, entries: int, work: Callable[[], None]) -> None:
        self.name = name
        self._ledger = ledger
        self._entries = entries
        self._work = work

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Return the one share; warming up does all of it too."""
        assert callers == 1
        assert operations <= self._entries
        return [self._work]

    def check(self) -> None:
        """Assert that the ledger is what it was."""
        with self._ledger.read() as snapshot:
            assert snapshot.position == self._entries


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Measure on both databases, the same ledger."""
    section = Section("rebuild", "Rebuilding every read model")
    ledgers = large_ledgers(databases, quick=quick)
    for kind, ledger in ledgers.items():
        with ExitStack() as stack:
            contestants = _contestants(ledger)
            if kind == "postgresql":
                events = _RUNNER_EVENTS // (5 if quick else 1)
                own = copied(ledgers["sqlite"], stack.enter_context(databases.fresh(kind)))
                stack.callback(own.close)
                contestants.append((ViewsContestant(own), events))
                runner = RunnerContestant(stack.enter_context(databases.fresh(kind)))
                contestants.append((runner, events))
            series = take_turns(contestants, 1, min(rounds, 3))
        table = Table(f"{kind}, {_size(ledger):,} entries", "entries/s")
        table.rows = [each.figures(series[0]) for each in series]
        section.tables.append(table)
        section.targets += _targets(kind, table)
    section.note = (
        "An entry carries up to nine hidden values; those that views need are opened. The "
        "library's `ProjectionRunner` is measured on fewer events: with the same read models from "
        "the same ledger, and with a view of its own that counts, one upsert an event. On SQLite "
        "it has no subscription to run on."
    )
    return section


def _contestants(ledger: Ledger) -> list[tuple[Contestant, int]]:
    models = read_models(blind=ledger.blind)
    entries = _size(ledger)

    def rebuild() -> None:
        made: Rebuilt = rebuild_models(
            models, LedgerSource(ledger.engine, ledger.opener, opened_events(models))
        )
        assert made.position == entries
        assert made.differing == ()
        assert len(made.digests) == len(models)

    def read() -> None:
        with ledger.read() as snapshot:
            assert _read_all(snapshot.connection, entries) == entries

    return [
        (
            _Whole("ours: projections.rebuild, compared and switched", ledger, entries, rebuild),
            entries,
        ),
        (_Whole("raw read of the same rows", ledger, entries, read), entries),
    ]


def _read_all(connection: sa.Connection, entries: int) -> int:
    position = tables.entries.c.position
    statement = str(
        select_entries()
        .where(position > sa.literal_column("{after}"), position <= sa.literal_column("{upto}"))
        .order_by(position)
        .compile(connection.engine)
    )
    cursor = driver_cursor(connection)
    rows = 0
    for after in range(0, entries, _CHUNK):
        cursor.execute(statement.format(after=after, upto=after + _CHUNK))
        rows += len(cursor.fetchall())
    cursor.close()
    return rows


def _size(ledger: Ledger) -> int:
    with ledger.read() as snapshot:
        return snapshot.position


def _targets(kind: str, table: Table) -> list[Target]:
    ratios = [row["ours_over_this"] for row in table.rows]
    targets = [Target(f"{kind}: rebuild against a raw read of the same rows", 0.3, ratios[1])]
    if kind == "postgresql":
        name = f"{kind}: rebuild against ProjectionRunner with the same read models"
        targets.append(Target(name, 30.0, ratios[2]))
    return targets
