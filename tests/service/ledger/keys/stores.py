"""Key stores as another process, or a hand in their database, would have them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Connection

from service.ledger import key_rows
from service.ledger.engine import begin_writing
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.keys import KeyStore
from service.ledger.sealing import DataKey, open_sealed, seal

KEK = LocalKeyEncryption(bytes(range(32)))
OTHER_KEK = LocalKeyEncryption(bytes(range(32, 64)))
UNKNOWN = "f" * 32


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
