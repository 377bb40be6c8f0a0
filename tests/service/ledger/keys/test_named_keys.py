import threading

import pytest

from service.ledger.key_faults import KeyDestroyed
from service.ledger.keys import KeyStore
from tests.service.ledger.keys.stores import opened


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
