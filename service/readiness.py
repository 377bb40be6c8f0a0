"""Whether this process can do its work: asked by load balancers, and at start-up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from projections import schema
from projections.models import read_models
from service.faults import LedgerFaultError
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger

KEPT_S: Final = 1.0
TIMEOUT_S: Final = 6.0

_log = get_logger(__name__)


class Readiness:
    """Answers for a second from memory, so that asking is no way to burden the databases.

    Args:
        ledger: what is to be served.
        unsigned: returns why no checkpoint can be signed; ``None`` if nothing is wrong.
    """

    def __init__(self, ledger: Ledger, unsigned: Callable[[], str | None] = lambda: None) -> None:
        self._stopping = False
        self._unsigned = unsigned
        self._ledger = ledger
        self._asking = asyncio.Lock()
        self._found: list[str] = []
        self._found_at = float("-inf")

    async def reasons(self) -> list[str]:
        """Return why the process is not ready, in words that give nothing away; [] if it is."""
        if self._stopping:
            return ["it is stopping"]
        async with self._asking:
            if time.monotonic() - self._found_at > KEPT_S:
                self._found = await self._ask()
                self._found_at = time.monotonic()
        return self._found

    def stop(self) -> None:
        """Say from now on that the process is not ready, so that no more work is sent to it."""
        self._stopping = True

    async def _ask(self) -> list[str]:
        asked = asyncio.to_thread(lambda: list(shortcomings(self._ledger)))
        try:
            reasons = await asyncio.wait_for(asked, TIMEOUT_S)
        except TimeoutError:
            reasons = ["a database does not answer in time"]
        if self._unsigned() is not None:
            reasons.append("no checkpoint can be signed")
        if reasons:
            _log.warning("not ready", reasons=reasons)
        return reasons


def shortcomings(ledger: Ledger) -> Iterator[str]:
    """Yield what keeps a ledger from being served."""
    checks: tuple[tuple[str, Callable[[Ledger], Iterator[str]]], ...] = (
        ("the ledger cannot be read", _unreadable),
        ("the ledger cannot be written", _unwritable),
        ("the key store does not answer", _without_keys),
    )
    for otherwise, check in checks:
        try:
            yield from check(ledger)
        except (SQLAlchemyError, LedgerFaultError) as error:
            _log.warning("check failed", exc_info=error)
            yield otherwise


def _unreadable(ledger: Ledger) -> Iterator[str]:
    with ledger.read() as snapshot:
        if not schema.is_current(snapshot.connection):
            yield "the schema is not of this release"
        elif schema.outdated(snapshot.connection, read_models(blind=ledger.blind)):
            yield "read models are to be rebuilt"
        yield from _careless(snapshot.connection)


def _careless(connection: Connection) -> Iterator[str]:
    """Yield settings under which an acknowledged command could be lost."""
    if connection.dialect.name == "postgresql":
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            if connection.exec_driver_sql(f"SHOW {name}").scalar() == "off":
                yield f"the database has {name} off"
        return
    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
        yield "the database is not in WAL mode"
    if int(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0) < _SYNCHRONOUS_FULL:
        yield "the database has synchronous below FULL"


_SYNCHRONOUS_FULL: Final = 2


def _unwritable(ledger: Ledger) -> Iterator[str]:
    with begin_writing(ledger.engine) as connection:
        if connection.dialect.name == "postgresql":
            replica, may = connection.execute(
                sa.select(
                    sa.func.pg_is_in_recovery(),
                    sa.func.has_table_privilege(tables.entries.name, "INSERT"),
                )
            ).one()
            if replica:
                yield "the database is a replica"
            elif not may:
                yield "the ledger cannot be written"


def _without_keys(ledger: Ledger) -> Iterator[str]:
    # It is read from the store each time, and opens under the right KEK only.
    ledger.keys.named_key("cursors")
    yield from ()
