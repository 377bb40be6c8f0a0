"""The keys that sign the log: named keys of the key store, wrapped like all others."""

from __future__ import annotations

from typing import Final

from domain.ledger.checkpoint import SigningKey
from domain.ledger.note import Algorithm, NoteError, require_name
from service.faults import NotReadyError
from service.ledger.keys import KeyStore

ED25519_SEED: Final = "log-signing"
"""The key store's name for the seed of the log's Ed25519 key."""


def signing_keys(keys: KeyStore, origin: str) -> tuple[SigningKey, ...]:
    """Return the keys that sign, made where there are none.

    Raises:
        NotReadyError: the origin cannot be the name of a key.
    """
    try:
        require_name(origin)
    except NoteError as error:
        raise NotReadyError(f"The origin {origin} cannot sign: {error.reason}.") from None
    return (SigningKey(origin, Algorithm.ED25519, keys.named_key(ED25519_SEED)),)
