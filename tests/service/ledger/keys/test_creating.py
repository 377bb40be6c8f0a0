import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.ledger import key_rows
from service.ledger.engine import begin_writing, create_engine
from service.ledger.key_faults import (
    KeyStoreExists,
    KeyStoreFault,
    KeyStoreMissing,
    KeyStoreUnavailable,
    KeyTampered,
    NotAKeyStore,
    WrongKey,
)
from service.ledger.keys import KeyStore
from tests.service.ledger.keys.stores import KEK, OTHER_KEK, files_of, opened, same, written_behind


def test_a_store_has_an_id_of_its_own_that_lasts(store: KeyStore, database_url: str) -> None:
    assert len(store.store_id) == 32
    with opened(database_url) as again:
        assert again.store_id == store.store_id


def test_a_store_is_not_created_twice(store: KeyStore, database_url: str) -> None:
    key = store.take()
    with pytest.raises(KeyStoreExists, match="use it, or name another"):
        KeyStore.create(database_url, KEK)
    with opened(database_url) as again:
        assert same(key, again.get(key.key_id))


def test_of_two_creations_at_once_one_succeeds(database_url: str) -> None:
    outcomes: list[KeyStore | KeyStoreFault] = []

    def create() -> None:
        try:
            outcomes.append(KeyStore.create(database_url, KEK))
        except KeyStoreFault as fault:
            outcomes.append(fault)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for outcome in outcomes:
        if isinstance(outcome, KeyStore):
            outcome.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "KeyStore",
        "KeyStoreExists",
        "KeyStoreExists",
        "KeyStoreExists",
    ]


def test_opening_nothing_says_so_and_makes_nothing(database_url: str) -> None:
    with pytest.raises(KeyStoreMissing, match="coalition init"):
        KeyStore.open(database_url, KEK)
    if database_url.startswith("sqlite"):
        assert files_of(database_url) == []


def test_the_creation_can_be_repeated_after_a_crash_before_its_commit(sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(KeyStoreMissing):
        KeyStore.open(sqlite_url, KEK)
    KeyStore.create(sqlite_url, KEK).close()
    KeyStore.open(sqlite_url, KEK).close()


def test_another_database_is_no_key_store(sqlite_url: str) -> None:
    with begin_writing(create_engine(sqlite_url)) as connection:
        connection.execute(sa.text("CREATE TABLE entries (position INTEGER)"))
    for attempt in (KeyStore.open, KeyStore.create):
        with pytest.raises(NotAKeyStore, match="no key store"):
            attempt(sqlite_url, KEK)


def test_a_file_that_is_no_database_is_no_key_store(sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(b"not a database " * 100)
    with pytest.raises(NotAKeyStore, match="no key store"):
        KeyStore.open(sqlite_url, KEK)


def test_a_store_of_a_later_format_is_refused(store: KeyStore, database_url: str) -> None:
    with written_behind(store) as connection:
        connection.execute(key_rows.store.update().values(format=2))
    with pytest.raises(NotAKeyStore, match="run the release that made it"):
        KeyStore.open(database_url, KEK)


def test_the_wrong_kek_is_refused_and_both_are_named(store: KeyStore, database_url: str) -> None:
    store.take()
    with pytest.raises(WrongKey, match=f"{KEK.kek_id}.*{OTHER_KEK.kek_id} was given"):
        KeyStore.open(database_url, OTHER_KEK)


def test_a_changed_check_value_is_found(store: KeyStore, database_url: str) -> None:
    with written_behind(store) as connection:
        connection.execute(key_rows.store.update().values(check_value=bytes(60)))
    with pytest.raises(KeyTampered):
        KeyStore.open(database_url, KEK)


def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(KeyStoreUnavailable, match="does not answer"):
        KeyStore.open("postgresql://nobody@127.0.0.1:1/none", KEK)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreUnavailable, match="a folder that exists"):
        KeyStore.create(f"sqlite:///{tmp_path}/missing/keys.db", KEK)


def test_the_files_are_for_their_owner_only(sqlite_store: KeyStore, sqlite_url: str) -> None:
    sqlite_store.take()
    files = files_of(sqlite_url)
    assert [path.name.removeprefix("ledger.db") for path in files] == ["", "-shm", "-wal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
