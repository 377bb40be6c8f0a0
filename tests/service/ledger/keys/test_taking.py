import signal
import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa

from service.ledger import key_rows
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.keys import CACHED_KEYS, POOL_KEYS, KeyStore
from tests.service.ledger.keys.stores import KEK, opened, same, written_behind


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
