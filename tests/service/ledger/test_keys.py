import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.ledger import key_rows
from service.ledger.engine import begin_writing, create_engine
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.key_faults import (
    KeyDestroyed,
    KeyLost,
    KeyStoreExists,
    KeyStoreFault,
    KeyStoreMissing,
    KeyStoreUnavailable,
    KeyTampered,
    NotAKeyStore,
    WrongKey,
)
from service.ledger.keys import CACHED_KEYS, POOL_KEYS, KeyStore, Missing
from service.ledger.sealing import DataKey, open_sealed, seal

KEK = LocalKeyEncryption(bytes(range(32)))
OTHER_KEK = LocalKeyEncryption(bytes(range(32, 64)))
UNKNOWN = "f" * 32


@pytest.fixture
def store(database_url: str) -> Iterator[KeyStore]:
    store = KeyStore.create(database_url, KEK)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[KeyStore]:
    store = KeyStore.create(sqlite_url, KEK)
    yield store
    store.close()


@contextmanager
def opened(url: str, kek: LocalKeyEncryption = KEK) -> Iterator[KeyStore]:
    """What another process, or the same one after a restart, would have."""
    store = KeyStore.open(url, kek)
    yield store
    store.close()


@contextmanager
def written_behind(store: KeyStore) -> Iterator[Connection]:
    """A hand in the store's database."""
    with begin_writing(store._engine) as connection:
        yield connection


def wrapped(store: KeyStore, key_id: str) -> bytes:
    with store._engine.begin() as connection:
        return key_rows.read(connection, [key_id])[0][key_id]


def same(one: DataKey, two: object) -> bool:
    return isinstance(two, DataKey) and open_sealed(two, b"", seal(one, b"", b"value")) == b"value"


def files_of(url: str) -> list[Path]:
    path = Path(url.removeprefix("sqlite:///"))
    return sorted(path.parent.glob(f"{path.name}*"))


# Creating and opening


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


# Taking and reading


def test_a_taken_key_is_read_by_another_process(store: KeyStore, database_url: str) -> None:
    keys = [store.take() for _ in range(3)]
    with opened(database_url) as other:
        found = other.get_many([key.key_id for key in keys])
    assert all(same(key, found[key.key_id]) for key in keys)


def test_no_key_is_handed_out_twice_to_many_threads(store: KeyStore, database_url: str) -> None:
    taken: list[str] = []

    def take_many() -> None:
        taken.extend([store.take().key_id for _ in range(300)])

    threads = [threading.Thread(target=take_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 1_200
    with opened(database_url) as other:
        assert len(other.get_many(taken)) == 1_200


def test_the_pool_is_filled_ahead_of_need(store: KeyStore) -> None:
    for _ in range(POOL_KEYS // 2 + 1):
        store.take()
    assert store._ahead is not None
    store._ahead.join()
    assert len(store._pool) >= POOL_KEYS // 2 + POOL_KEYS - 1


def test_a_store_that_is_only_read_makes_no_keys(store: KeyStore, database_url: str) -> None:
    key = store.take()
    with opened(database_url) as reader:
        reader.get(key.key_id)
    with store._engine.begin() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(key_rows.keys))
    assert rows == POOL_KEYS


def test_a_full_pool_outlasts_its_database(store: KeyStore) -> None:
    store.take()
    with written_behind(store) as connection:
        connection.execute(sa.text("ALTER TABLE key_store_keys RENAME TO away"))
    for _ in range(POOL_KEYS - 1):
        store.take()
    with pytest.raises(KeyStoreUnavailable, match="does not answer"):
        store.take()


CRASH = """
import sys, time
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.keys import KeyStore

store = KeyStore.open(sys.argv[1], LocalKeyEncryption(bytes(range(32))))
while True:
    print(store.take().key_id, flush=True)
"""


def test_taken_keys_survive_a_kill(store: KeyStore, database_url: str) -> None:
    for taken in (1, POOL_KEYS, POOL_KEYS * 2 + 7):
        process = subprocess.Popen(
            [sys.executable, "-c", CRASH, database_url], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(taken)]
        process.send_signal(signal.SIGKILL)
        # The last line may be torn.
        acknowledged += process.stdout.read().split("\n")[:-1]
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert len(acknowledged) >= taken
        assert len(store.get_many(acknowledged)) == len(acknowledged)


FORK = """
import os, sys
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.key_faults import KeyStoreFault
from service.ledger.keys import KeyStore

store = KeyStore.open(sys.argv[1], LocalKeyEncryption(bytes(range(32))))
store.take()
store.close()
child = os.fork()
if child == 0:
    try:
        store.take()
    except KeyStoreFault as fault:
        os._exit(7 if "fork" in str(fault) else 1)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_cannot_take_its_parents_keys(database_url: str) -> None:
    KeyStore.create(database_url, KEK).close()
    run = subprocess.run([sys.executable, "-c", FORK, database_url], check=False)
    assert run.returncode == 7


def test_keys_beyond_one_statement_are_read_in_order_of_asking(
    store: KeyStore, database_url: str
) -> None:
    ids = [store.take().key_id for _ in range(1_201)]
    with opened(database_url) as other:
        assert set(other.get_many(ids)) == set(ids)


def test_memory_is_bounded_and_keeps_what_was_used_lately(store: KeyStore) -> None:
    first, second = store.take(), store.take()
    for _ in range(CACHED_KEYS - 2):
        store.take()
    store.get(first.key_id)
    store.take()
    assert len(store._recent._keys) == CACHED_KEYS
    assert first.key_id in store._recent._keys
    assert second.key_id not in store._recent._keys
    assert same(second, store.get(second.key_id))


# What is not there


def test_destroyed_is_told_apart_from_lost(store: KeyStore, database_url: str) -> None:
    kept, erased = store.take(), store.take()
    store.destroy(erased.key_id)
    with opened(database_url) as other:
        for reader in (store, other):
            found = reader.get_many([kept.key_id, erased.key_id])
            assert same(kept, found[kept.key_id])
            assert found[erased.key_id] is Missing.DESTROYED
            with pytest.raises(KeyLost, match="Restore its newest backup") as lost:
                reader.get_many([kept.key_id, UNKNOWN])
            assert lost.value.key_ids == (UNKNOWN,)


def test_destroying_again_or_what_is_not_here_leaves_one_tombstone(store: KeyStore) -> None:
    key = store.take()
    for _ in range(2):
        store.destroy(key.key_id, UNKNOWN, UNKNOWN)
    assert store.get_many([key.key_id, UNKNOWN]) == {
        key.key_id: Missing.DESTROYED,
        UNKNOWN: Missing.DESTROYED,
    }
    with store._engine.begin() as connection:
        tombstones = connection.execute(sa.select(key_rows.destroyed)).all()
    assert len(tombstones) == 2
    assert all(row.destroyed_at > 1_700_000_000 for row in tombstones)


def test_another_process_forgets_when_it_is_told(store: KeyStore, database_url: str) -> None:
    key = store.take()
    with opened(database_url) as other:
        other.get(key.key_id)
        store.destroy(key.key_id)
        other.forget(key.key_id)
        assert other.get(key.key_id) is Missing.DESTROYED


def test_a_key_destroyed_while_it_is_read_does_not_stay_in_memory(store: KeyStore) -> None:
    key = store.take()
    store.forget(key.key_id)
    read = store._read

    def destroyed_meanwhile(key_ids: list[str]) -> tuple[list[DataKey], set[str]]:
        answer = read(key_ids)
        store.destroy(*key_ids)
        return answer

    store._read = destroyed_meanwhile  # type: ignore[method-assign, assignment]
    store.get(key.key_id)
    del store._read
    assert store.get(key.key_id) is Missing.DESTROYED


def test_no_byte_of_a_destroyed_key_stays_in_the_files(
    sqlite_store: KeyStore, sqlite_url: str
) -> None:
    taken = [sqlite_store.take() for _ in range(1_000)]
    secrets = {key.key_id: wrapped(sqlite_store, key.key_id) for key in taken}
    before = b"".join(path.read_bytes() for path in files_of(sqlite_url))
    assert all(secret in before for secret in secrets.values())
    erased = [key.key_id for key in taken[::2]]
    # One at a time as well as many: rows must not move within the file as others are erased.
    for key_id in erased[:50]:
        sqlite_store.destroy(key_id)
    sqlite_store.destroy(*erased)
    for _ in range(500):
        sqlite_store.take()
    after = b"".join(path.read_bytes() for path in files_of(sqlite_url))
    for key_id, secret in secrets.items():
        # Nonce, ciphertext and tag, each by itself.
        parts = [secret[:12], secret[12:44], secret[44:]]
        assert [part in after for part in parts] == [key_id not in erased] * 3


def test_a_reader_that_keeps_the_log_from_being_emptied_is_reported(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.engine.BUSY_TIMEOUT_S", 0.1)
    store = KeyStore.create(sqlite_url, KEK)
    key = store.take()
    secret = wrapped(store, key.key_id)
    engine = create_engine(sqlite_url)
    with engine.connect() as reader:
        reader.execute(sa.text("SELECT * FROM key_store_keys")).all()
        with pytest.raises(KeyStoreUnavailable, match="stay in its write-ahead log"):
            store.destroy(key.key_id)
        assert store.get(key.key_id) is Missing.DESTROYED
    store.destroy(key.key_id)
    assert not any(secret in path.read_bytes() for path in files_of(sqlite_url))
    store.close()
    engine.dispose()


def test_a_changed_wrapped_key_is_found(store: KeyStore, database_url: str) -> None:
    key = store.take()
    secret = wrapped(store, key.key_id)
    with written_behind(store) as connection:
        connection.execute(
            key_rows.keys.update()
            .where(key_rows.keys.c.key_id == key.key_id)
            .values(wrapped=bytes([secret[0] ^ 1]) + secret[1:])
        )
    with opened(database_url) as other, pytest.raises(KeyTampered, match=key.key_id):
        other.get(key.key_id)


def test_wrapped_keys_that_changed_places_are_found(store: KeyStore, database_url: str) -> None:
    one, two = store.take(), store.take()
    secret = wrapped(store, one.key_id)
    with written_behind(store) as connection:
        connection.execute(
            key_rows.keys.update()
            .where(key_rows.keys.c.key_id == two.key_id)
            .values(wrapped=secret)
        )
    with opened(database_url) as other, pytest.raises(KeyTampered, match=two.key_id):
        other.get(two.key_id)


# Named keys


def test_a_named_key_is_made_once_and_stays(store: KeyStore, database_url: str) -> None:
    key = store.named_key("blind-index")
    assert len(key) == 32
    with opened(database_url) as other:
        assert other.named_key("blind-index") == key
        assert other.named_key("cursors") != key


def test_first_callers_at_once_agree_on_a_named_key(store: KeyStore, database_url: str) -> None:
    found: list[bytes] = []

    def ask() -> None:
        with opened(database_url) as other:
            found.append(other.named_key("cursors"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [store.named_key("cursors")] * 4


def test_a_destroyed_named_key_is_not_made_again(store: KeyStore) -> None:
    store.named_key("blind-index")
    store.destroy("blind-index")
    with pytest.raises(KeyDestroyed, match="must use another name"):
        store.named_key("blind-index")
    assert len(store.named_key("blind-index-2")) == 32


@pytest.mark.parametrize("name", ["", "Blind", "1st", "a b", "a" * 32])
def test_a_name_that_could_be_an_id_is_refused(sqlite_store: KeyStore, name: str) -> None:
    with pytest.raises(ValueError, match="no name for a key"):
        sqlite_store.named_key(name)


# Rotation


def test_rotation_keeps_every_key_and_ends_the_old_kek(store: KeyStore, database_url: str) -> None:
    kept = [store.take() for _ in range(600)]
    erased, named = store.take(), store.named_key("cursors")
    store.destroy(erased.key_id)
    store.rewrap(OTHER_KEK)
    with pytest.raises(WrongKey):
        KeyStore.open(database_url, KEK)
    with opened(database_url, OTHER_KEK) as other:
        found = other.get_many([key.key_id for key in kept])
        assert all(same(key, found[key.key_id]) for key in kept)
        assert other.get(erased.key_id) is Missing.DESTROYED
        assert other.named_key("cursors") == named
        # The one who rotated goes on, its pool included.
        later = store.take()
        assert same(later, other.get(later.key_id))


def test_after_rotation_other_processes_are_told_to_start_again(
    store: KeyStore, database_url: str
) -> None:
    with opened(database_url) as other:
        known, unknown = other.take(), store.take()
        store.rewrap(OTHER_KEK)
        assert same(known, other.get(known.key_id))
        with pytest.raises(WrongKey, match="start again"):
            other.get(unknown.key_id)
        with pytest.raises(WrongKey, match="start again"):
            other.named_key("cursors")
        held = len(other._pool)
        assert len(store.get_many([other.take().key_id for _ in range(held)])) == held
        with pytest.raises(WrongKey, match="start again"):
            other.take()


def test_rotation_is_all_or_nothing(store: KeyStore, database_url: str) -> None:
    kept, changed = store.take(), store.take()
    with written_behind(store) as connection:
        connection.execute(
            key_rows.keys.update()
            .where(key_rows.keys.c.key_id == changed.key_id)
            .values(wrapped=bytes(60))
        )
    with pytest.raises(KeyTampered, match=changed.key_id):
        store.rewrap(OTHER_KEK)
    with opened(database_url) as other:
        assert same(kept, other.get(kept.key_id))


def test_nothing_the_old_kek_wrapped_stays_in_the_files(
    sqlite_store: KeyStore, sqlite_url: str
) -> None:
    secrets = [wrapped(sqlite_store, sqlite_store.take().key_id) for _ in range(300)]
    sqlite_store.rewrap(OTHER_KEK)
    after = b"".join(path.read_bytes() for path in files_of(sqlite_url))
    assert not any(secret in after for secret in secrets)


def test_keys_are_read_while_the_same_store_rotates(store: KeyStore) -> None:
    ids = [store.take().key_id for _ in range(600)]
    done = threading.Event()
    faults: list[KeyStoreFault] = []

    def read() -> None:
        while not done.is_set():
            store.forget(*ids)
            try:
                store.get_many(ids)
            except KeyStoreFault as fault:
                faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for kek in (OTHER_KEK, KEK) * 3:
        try:
            store.rewrap(kek)
        except KeyStoreUnavailable as fault:
            assert "The new key is in use" in str(fault)  # noqa: PT017 - the reader may win
    done.set()
    reader.join()
    assert faults == []
