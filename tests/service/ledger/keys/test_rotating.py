import threading

import pytest

from service.ledger import key_rows
from service.ledger.key_faults import KeyStoreFault, KeyStoreUnavailable, KeyTampered, WrongKey
from service.ledger.keys import KeyStore, Missing
from tests.service.ledger.keys.stores import (
    KEK,
    OTHER_KEK,
    files_of,
    opened,
    same,
    wrapped,
    written_behind,
)


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
