"""Commitments: how a value is fixed in an entry's bytes without standing in them.

A disclosure is base64url(JSON [salt, name, value]), its digest base64url(SHA-256(that)),
as SD-JWT has it (RFC 9901 §4.2). The JSON is RFC 8785.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
import orjson

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


class EntryError(ValueError):
    """The bytes are not an entry, or an entry cannot be made of the values."""


def canonical_json(value: object) -> bytes:
    """Return RFC 8785 JSON, for values with ASCII keys and safe integers only.

    Raises:
        EntryError: the value has no such form, as an integer beyond 2**53 - 1 has not.
    """
    try:
        return orjson.dumps(value, option=_CANONICAL)
    except orjson.JSONEncodeError as error:
        raise EntryError(f"not canonical JSON: {error}") from None


def salts_from(random_bytes: bytes) -> Iterator[str]:
    """Cut random bytes into 128-bit salts, base64url, as RFC 9901 §4.2.1 advises."""
    for start in range(0, len(random_bytes) - 15, 16):
        yield _base64url(random_bytes[start : start + 16]).decode()


class Disclosure(msgspec.Struct, frozen=True, gc=False):
    """One hidden value with the salt that commits to it.

    ``path`` is the field's place in the entry: ``actorId``, ``data.note``, or, in a
    confidential entry, also ``type``, ``stream`` and the rest of the envelope.
    """

    path: str
    salt: str
    value: Any

    @property
    def name(self) -> str:
        """The claim name that the digest commits to: the last part of the path."""
        return self.path.rpartition(".")[2]

    def encoded(self) -> str:
        """Return the disclosure as SD-JWT carries it (RFC 9901 §4.2.1)."""
        return self._encoded().decode()

    def digest(self) -> str:
        """Return the digest that stands in the entry for this value."""
        return _digest(self._encoded())

    def _encoded(self) -> bytes:
        return _base64url(canonical_json([self.salt, self.name, self.value]))


def decoy(salt: str) -> str:
    """Return a digest of no value, which looks like any other (RFC 9901 §4.2.5)."""
    return _digest(salt.encode("ascii"))


def _digest(text: bytes) -> str:
    return _base64url(sha256(text).digest()).decode()


def _base64url(data: bytes) -> bytes:
    # Padding goes and the alphabet changes in one call; `base64` takes three.
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")
