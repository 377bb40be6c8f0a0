"""The keys that sign the log: named keys of the key store, wrapped like all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.ledger.checkpoint import SigningKey
from domain.ledger.note import Algorithm, NoteError, VerifierKey, require_name
from service.faults import NotReadyError
from service.ledger.keys import KeyStore

ED25519_SEED: Final = "log-signing"
"""The key store's name for the seed of the log's first key, which is Ed25519."""


def first_key(keys: KeyStore, origin: str) -> SigningKey:
    """Return the key that no entry names, made where there is none.

    Raises:
        NotReadyError: the origin cannot be the name of a key.
    """
    try:
        require_name(origin)
    except NoteError as error:
        raise NotReadyError(f"The origin {origin} cannot sign: {error.reason}.") from None
    return SigningKey(origin, Algorithm.ED25519, keys.named_key(ED25519_SEED))


def known_keys(keys: KeyStore, origin: str, added: Sequence[str] = ()) -> tuple[SigningKey, ...]:
    """Return every key that signs or signed: the first one and the added.

    Args:
        keys: the key store.
        origin: the log's.
        added: the verifier keys that the log says were added, in order.

    Raises:
        NotReadyError: as `first_key`, or the store lacks a key that the log names.
    """
    found = [first_key(keys, origin)]
    for number, named in enumerate(added, 2):
        seed = keys.named_key(seed_name(number))
        key = SigningKey(origin, VerifierKey.parse(named).algorithm, seed)
        if str(key.verifier) != named:
            raise NotReadyError(
                f"The key store has another signing key {number} than the log names: restore the "
                "backup of the key store that was made after it was added."
            )
        found.append(key)
    return tuple(found)


def seed_name(number: int) -> str:
    """Return the key store's name for the seed of a key that was added, from 2."""
    return f"{ED25519_SEED}-{number}"
