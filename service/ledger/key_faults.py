"""What can go wrong with keys, each with a message that says what to do next."""

# These are named for what is wrong, which "Error" at the end would not make clearer.
# ruff: noqa: N818

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.faults import CorruptLedgerError, LedgerFaultError, NotReadyError, UnavailableError

if TYPE_CHECKING:
    from service.ledger.key_encryption import KeyEncryption


class KeyStoreFault(LedgerFaultError):
    """Keys cannot be read or kept; the message says why and what to do next."""


class KeyFileUnusable(KeyStoreFault, NotReadyError):
    """The file or text that should hold the KEK does not, or is open to others."""


class WrongKey(KeyStoreFault, NotReadyError):
    """The KEK is not the one under which the key store wraps its keys."""


class KeyTampered(KeyStoreFault, CorruptLedgerError):
    """A wrapped key is not what this KEK wrapped under that id."""


class KeyStoreMissing(KeyStoreFault, NotReadyError):
    """There is no key store at the place, which is a URL without its password."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"There is no key store at {place}. A new coalition gets one from `coalition init`; "
            "an existing one needs its own again, from its newest backup."
        )


class KeyStoreExists(KeyStoreFault):
    """There is a key store at the place already."""

    def __init__(self, place: str) -> None:
        super().__init__(f"There is a key store at {place}: use it, or name another place.")


class NotAKeyStore(KeyStoreFault, NotReadyError):
    """What is at the place is something else, or of a format that is not known here."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"What is at {place} is no key store that this release knows: "
            "name the key store's place, or run the release that made it."
        )


class KeyStoreUnavailable(KeyStoreFault, UnavailableError):
    """The key store's database did not do what was asked; it may when asked again."""


class KeyStoreDamaged(KeyStoreFault, CorruptLedgerError):
    """The key store's file is not what was written; the place is a URL without its password."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The key store at {place} is damaged: move it away, and restore its newest backup "
            "(`coalition restore keys`)."
        )


class KeyLost(KeyStoreFault, CorruptLedgerError):
    """The ledger needs keys that are not here and that nobody destroyed.

    Attributes:
        key_ids: which.
    """

    def __init__(self, key_ids: Sequence[str]) -> None:
        super().__init__(
            f"The key store lacks {len(key_ids)} keys that nobody destroyed, {key_ids[0]} among "
            "them: it is older than the ledger. Restore its newest backup."
        )
        self.key_ids = tuple(key_ids)


class KeyDestroyed(KeyStoreFault):
    """A named key was destroyed."""


@contextmanager
def reaching(engine: Engine) -> Iterator[None]:
    """Raise a fault of the key store for what a database driver raises."""
    place = engine.url.render_as_string()
    try:
        yield
    except DBAPIError as error:
        if "file is not a database" in str(error.orig):
            raise NotAKeyStore(place) from None
        if "malformed" in str(error.orig):
            raise KeyStoreDamaged(place) from error
        raise KeyStoreUnavailable(
            f"The key store at {place} does not answer ({error.orig}): check that its "
            "database runs, can be written by this user and has space, then try again."
        ) from error
    except (UnicodeDecodeError, NoResultFound, MultipleResultsFound) as error:
        # SQLite gives what it finds in a damaged file, and names it in its messages.
        raise KeyStoreDamaged(place) from error
    except PoolTimeoutError as error:
        raise KeyStoreUnavailable("The key store is busy: try again.") from error


def require_kek(stored_kek_id: str | None, kek: KeyEncryption) -> None:
    """Refuse a KEK that is not the one by which a key store is wrapped.

    Raises:
        WrongKey: it is another.
    """
    if stored_kek_id != kek.kek_id:
        raise WrongKey(
            f"The key store is wrapped by the key-encryption key {stored_kek_id}, and "
            f"{kek.kek_id} was given: name the file or variable that holds the other, "
            "and start again."
        )
