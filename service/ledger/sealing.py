"""Hidden values as they are stored: AES-256-GCM under a data key.

A sealed value is a random nonce of 12 bytes, the ciphertext, and a tag of 16 bytes
(NIST SP 800-38D). Its associated data names the place it belongs to, so that a value
moved to another entry or field does not open.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

_NONCES_A_DRAW: Final = 512
_nonces: deque[bytes] = deque()
# A forked child would go on with its parent's nonces, and one nonce used twice under a key
# gives both values away.
os.register_at_fork(after_in_child=_nonces.clear)


class SealBrokenError(Exception):
    """A sealed value does not open: it was changed, moved, or sealed under another key."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals the hidden values of one person or one stream.

    Attributes:
        key_id: 128 random bits, lower-case hex; the ledger records who uses it.
        cipher: AES-256-GCM, made once, since making it costs more than using it.
    """

    key_id: str
    cipher: AESGCM = field(repr=False, compare=False)


def place(origin: str, entry_id: str, path: str) -> bytes:
    """Return the associated data of a hidden value: where it belongs.

    Args:
        origin: the log's name, as in its checkpoints.
        entry_id: the entry's id.
        path: the field's place in the entry, such as ``data.note``.

    Raises:
        ValueError: a part holds a line break, with which two places could read alike.
    """
    joined = f"{origin}\n{entry_id}\n{path}"
    if joined.count("\n") != 2:  # noqa: PLR2004 - the two above
        raise ValueError("origin, entry id and path are single lines")
    return joined.encode()


def seal(key: DataKey, associated_data: bytes, plaintext: bytes) -> bytes:
    """Return nonce ‖ ciphertext ‖ tag: 28 bytes more than the plaintext."""
    nonce = _nonce()
    return nonce + key.cipher.encrypt(nonce, plaintext, associated_data)


def open_sealed(key: DataKey, associated_data: bytes, sealed: bytes) -> bytes:
    """Return the plaintext of what ``seal`` returned for the same key and place.

    Raises:
        SealBrokenError: it is not what ``seal`` returned for them.
    """
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise SealBrokenError(f"a sealed value has at least 28 bytes, not {len(sealed)}")
    try:
        return key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated_data)
    except InvalidTag:
        raise SealBrokenError(f"a value sealed under key {key.key_id} does not open") from None


def _nonce() -> bytes:
    """Return 96 random bits (SP 800-38D §8.2.2), drawn many at a time: a call each is slower."""
    while True:
        try:
            # One thread pops one nonce; two that find none left both add to them.
            return _nonces.pop()
        except IndexError:
            drawn = os.urandom(NONCE_BYTES * _NONCES_A_DRAW)
            _nonces.extend(drawn[i : i + NONCE_BYTES] for i in range(0, len(drawn), NONCE_BYTES))
