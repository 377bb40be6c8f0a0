"""Appending: commands through the writer, beside the library's recorder and the raw limit."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.append_library import Library, ViewRow
from benchmarks.append_ours import SendAgreements, SubmitApplications
from benchmarks.append_raw import RawPostgres, RawSqlite
from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import found_ledger
from benchmarks.measure import Contestant, Series, take_turns
from benchmarks.report import Section, Table, Target
from projections.tables import memberships
from service.ledger import tables
from service.ledger.ledger import Ledger

_CALLERS: Final = (1, 8, 64)
_PARTNERS: Final = 4_096
# Operations of a round by callers, of the fast contestants and of the slow one.
_OPERATIONS: Final = {1: (400, 400), 8: (2_000, 800), 64: (4_096, 1_600)}


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Measure every number of callers on every database."""
    section = Section("append", "Appending, durable, a commit a command")
    for kind in DATABASES:
        for callers in _CALLERS:
            series = _contest(databases, kind, callers, rounds, 4 if quick else 1)
            ours = series[0]
            table = Table(f"{kind}, {_counted(callers)}", "commands/s")
            table.rows = [each.figures(ours) for each in series]
            section.tables.append(table)
            section.targets += _targets(kind, callers, table.rows)
    return section


def _contest(
    databases: Databases, kind: str, callers: int, rounds: int, divisor: int
) -> list[Series]:
    many, few = (max(callers, count // divisor) for count in _OPERATIONS[callers])
    with ExitStack() as stack:
        url = stack.enter_context(databases.fresh(kind))
        ledger = found_ledger(url, databases.folder, partners=max(64, min(_PARTNERS, many)))
        stack.callback(ledger.close)
        row, entry_bytes = _sample(ledger)
        raw_url = stack.enter_context(databases.fresh(kind))
        raw = (
            RawPostgres(raw_url, entry_bytes, callers)
            if kind == "postgresql"
            else RawSqlite(raw_url, entry_bytes)
        )
        stack.callback(raw.close)
        library_url = stack.enter_context(databases.fresh(kind))
        library = Library(library_url, row, entry_bytes, callers, few)
        stack.callback(library.close)
        contestants: list[tuple[Contestant, int]] = [
            (SendAgreements(ledger), many),
            (SubmitApplications(ledger), many // 2 // callers * callers),
            (raw, many),
            (library, few),
        ]
        return take_turns(contestants, callers, rounds)


def _sample(ledger: Ledger) -> tuple[ViewRow, int]:
    """Return a row of the view, and how many bytes an entry has with its hidden values."""
    entries, hidden = tables.entries.c, tables.hidden.c
    with ledger.read() as snapshot:
        found = snapshot.connection.execute(sa.select(memberships).limit(1)).mappings().one()
        size = snapshot.connection.scalar(
            sa.select(sa.func.length(entries.data) + sa.func.length(hidden.sealed))
            .join(tables.hidden, hidden.position == entries.position)
            .order_by(entries.position.desc())
            .limit(1)
        )
    row: ViewRow = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in found.items()
    }
    assert size is not None
    return row, int(size)


def _targets(kind: str, callers: int, rows: list[dict[str, Any]]) -> list[Target]:
    _, _, raw, library = (row["ours_over_this"] for row in rows)
    against_raw = {
        ("postgresql", 64): 0.5,
        ("postgresql", 8): 0.35,
        ("postgresql", 1): 0.25,
        ("sqlite", 64): 1.3,
        ("sqlite", 1): 0.35,
    }
    targets = []
    if wanted := against_raw.get((kind, callers)):
        targets.append(
            Target(f"{kind}, {_counted(callers)}: sendAgreement against a raw insert", wanted, raw)
        )
    if (kind, callers) == ("postgresql", 64):
        targets.append(
            Target(
                "postgresql, 64 callers: command with view, Merkle log and command ids against "
                "the library's recorder with the same view",
                4.0,
                library,
            )
        )
    return targets


def _counted(callers: int) -> str:
    return "1 caller" if callers == 1 else f"{callers} callers"
