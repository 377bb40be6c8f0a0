"""No byte of what was erased is left in the files of a database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.membership.party import PublishListing
from service.ledger.engine import create_engine
from service.ledger.erasing import purge
from service.security.principal import Role
from tests.databases import PostgresServer
from tests.service.coalition import Coalition, organisation
from tests.service.ledger.erasures import (
    NETWORK,
    PARTY,
    QUILLONIA,
    entry_of,
    holding,
    key_of,
    represented,
)
from tests.service.ledger.keys.stores import wrapped


def erase_both(coalition: Coalition) -> list[bytes]:
    """Erase a person and expunge a value of a listing; return the bytes that must be gone."""
    admitted = coalition.admit(NETWORK, organisation(PARTY))
    coalition.must(
        PublishListing(party=admitted.party, name=PARTY, description=f"{QUILLONIA} lives here"),
        coalition.representative(admitted.party),
    )
    _, person = represented(coalition)
    ledger = coalition.ledger
    entry, _ = entry_of(ledger, admitted.party, 2)
    keys = [key_of(ledger, f"person:{person}"), key_of(ledger, f"stream:{admitted.party}")]
    gone = [wrapped(ledger.keys, key) for key in keys]
    coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    coalition.must(ExpungeValue(entry=entry, field="description"), Role.DIRECTOR)
    return [*gone, QUILLONIA.encode(), QUILLONIA.casefold().encode()]


def test_no_byte_of_it_is_left_in_the_files_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    gone = erase_both(coalition)

    assert purge(coalition.ledger.engine, coalition.ledger.keys)

    for needle in gone:
        assert holding([tmp_path], needle) == []
    # The search finds what is there: the organisation's listing is shown in clear.
    assert holding([tmp_path], PARTY.encode()) != []
    coalition.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    # Segments of the server's log are deleted, and not kept to be written over.
    settings = {"wal_recycle": "off", "min_wal_size": "32MB"}
    # A path short enough for a socket, in a folder that another account can enter.
    with tempfile.TemporaryDirectory(prefix="coalition-") as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "server", settings) as server:
            yield server


def test_no_byte_of_it_is_left_in_the_files_of_postgresql(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    admin = create_engine(own_server.url())
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as outside:
        outside.exec_driver_sql("CREATE DATABASE ledger")
        outside.exec_driver_sql("CREATE DATABASE keys")
    coalition = Coalition(own_server.url("ledger"), tmp_path, keys_url=own_server.url("keys"))
    gone = erase_both(coalition)
    data = [own_server.folder / "data"]
    assert holding(data, QUILLONIA.encode()) != []

    assert purge(coalition.ledger.engine, coalition.ledger.keys)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as outside:
        # As docs/operators.md has it, for the server's own log.
        for _ in range(2):
            outside.exec_driver_sql("SELECT pg_switch_wal()")
            outside.exec_driver_sql("CHECKPOINT")
    admin.dispose()

    for needle in gone:
        assert holding(data, needle) == []
    assert holding(data, PARTY.encode()) != []
    coalition.close()
