import pytest
import sqlalchemy as sa

from service.ledger import key_rows
from service.ledger.engine import create_engine
from service.ledger.key_faults import KeyLost, KeyStoreUnavailable, KeyTampered
from service.ledger.keys import KeyStore, Missing
from service.ledger.sealing import DataKey
from tests.service.ledger.keys.stores import (
    KEK,
    UNKNOWN,
    files_of,
    opened,
    same,
    wrapped,
    written_behind,
)


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
