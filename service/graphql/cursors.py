"""Cursors: a row's place in an order, sealed so that it tells a client nothing.

A cursor holds the values that rows are ordered by, some of which the viewer may not read.
AES-SIV (RFC 5297) is deterministic, so the same place always has the same cursor, and the name
of the order is authenticated with it, so a cursor opens only where it was made.
"""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KeyT = TypeVar("KeyT", bound=tuple[object, ...])


class CursorError(ValueError):
    """The text is no cursor of this order: garbled, foreign, or from another ledger."""


class CursorCipher:
    """Seals and opens cursors; safe to share between threads.

    Args:
        key: 32 bytes, the key store's ``cursors``.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, order: str, key: tuple[object, ...]) -> str:
        """Return the cursor of a place.

        Args:
            order: the name of the list and its order, such as ``memberships/since``.
            key: the values that the order goes by.
        """
        sealed = self._cipher.encrypt(msgspec.msgpack.encode(key), [order.encode()])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, order: str, cursor: str, key_type: type[KeyT]) -> KeyT:
        """Return the place that a cursor names.

        Raises:
            CursorError: the cursor was not made by `seal` for the same order.
        """
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(sealed, [order.encode()])
            return msgspec.msgpack.decode(plain, type=key_type)
        except (InvalidTag, binascii.Error, UnicodeEncodeError, ValueError) as error:
            raise CursorError(f"not a cursor of {order}") from error
