"""SD-JWT (RFC 9901): a signed JSON object, of which some values come beside it, if at all.

One text holds the signed part and the disclosures, parted by tildes. Nothing is signed or checked
against a key here; that a presentation of an entry is true follows from the entry's leaf hash.

An entry has the form of an SD-JWT's payload. So one of its hidden values can be shown to somebody
with proof: the payload, written canonically, is the entry's bytes again, whose leaf hash stands in
the log, and the value's digest stands in those bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
import orjson

from domain.ledger.commitment import EntryError, canonical_json
from domain.ledger.entry import DOMAIN_LINE, Disclosure, parse_entry
from domain.ledger.merkle import leaf_hash

MAX_TEXT: Final = 300_000
"""Longer texts are refused unread: an entry has at most 65,535 bytes."""

ENTRY_TYPE: Final = "coalition-entry+sd-jwt"
"""The ``typ`` of a presentation of an entry."""

_PART: Final = re.compile(r"[A-Za-z0-9_-]*")
_MOST_DEEP: Final = 16


class SdJwtError(ValueError):
    """The text is no SD-JWT, or what it discloses is not what was signed."""


class Jwt(msgspec.Struct, frozen=True):
    """A JWT in compact form (RFC 7519) taken apart, with nothing about it checked but its form.

    Attributes:
        header: its header.
        payload: its claims.
        signed: the bytes that are signed: header and payload, as they stand in the text.
        signature: over them.
    """

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes


class SdJwt(msgspec.Struct, frozen=True):
    """An SD-JWT taken apart, with nothing about it checked but its form.

    Attributes:
        jwt: the signed part, in compact form.
        header: the signed part's header.
        payload: what was signed.
        disclosures: as they stand in the text.
        binding: the holder's own JWT at the end; "" where there is none.
    """

    jwt: str
    header: dict[str, Any]
    payload: dict[str, Any]
    disclosures: tuple[str, ...]
    binding: str = ""

    def text(self) -> str:
        """Return the text that `parse_sd_jwt` reads."""
        return "~".join([self.jwt, *self.disclosures, self.binding])


class Shown(msgspec.Struct, frozen=True):
    """What a presentation of an entry shows.

    Attributes:
        leaf_hash: of the entry, lower-case hex: to be looked for in the log.
        entry: the entry's bytes.
        values: disclosed values by their place in the entry, such as ``data.name``.
    """

    leaf_hash: str
    entry: bytes
    values: dict[str, Any]


def parse_sd_jwt(text: str) -> SdJwt:
    """Take an SD-JWT apart.

    Raises:
        SdJwtError: it has another form, or is longer than `MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise SdJwtError(f"the text is longer than {MAX_TEXT} characters")
    if not text.isascii():
        raise SdJwtError("an SD-JWT is ASCII")
    signed, *rest = text.strip().split("~")
    if not rest:
        raise SdJwtError("an SD-JWT is header.payload.signature, and a tilde after each part")
    jwt = parse_jwt(signed)
    return SdJwt(signed, jwt.header, jwt.payload, tuple(rest[:-1]), rest[-1])


def parse_jwt(text: str) -> Jwt:
    """Take a JWT apart.

    Raises:
        SdJwtError: it has another form.
    """
    parts = text.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise SdJwtError("what is signed is header.payload.signature")
    header, payload = (_object(each) for each in parts[:2])
    return Jwt(header, payload, ".".join(parts[:2]).encode(), _bytes(parts[2]))


def reveal(sd_jwt: SdJwt) -> dict[str, Any]:
    """Return the payload with every disclosed value in its place (RFC 9901 §7.1).

    Raises:
        SdJwtError: a disclosure is none, is not among the digests, stands twice, or takes a place
            that is taken.
    """
    by_digest: dict[str, tuple[str, Any]] = {}
    for each in sd_jwt.disclosures:
        digest = _encode(sha256(each.encode()).digest())
        if digest in by_digest:
            raise SdJwtError("a disclosure stands twice")
        by_digest[digest] = _disclosed(each)
    if sd_jwt.payload.get("_sd_alg", "sha-256") != "sha-256":
        raise SdJwtError("digests by another algorithm than sha-256")
    used: set[str] = set()
    revealed = _revealed(sd_jwt.payload, by_digest, used, 0)
    if used != by_digest.keys():
        raise SdJwtError("a disclosed value is not the one that was signed")
    assert isinstance(revealed, dict)  # noqa: S101 - as the payload is
    revealed.pop("_sd_alg", None)
    return revealed


def check_presentation(text: str) -> Shown:
    """Check that the values of a presentation are those that an entry commits to.

    Whether that entry stands in a log is for whoever has the log: see ``leaf_hash``.

    Raises:
        SdJwtError: it is no presentation of an entry, or a value is not the one committed.
    """
    sd_jwt = parse_sd_jwt(text)
    if sd_jwt.header.get("typ") != ENTRY_TYPE:
        raise SdJwtError("this is no presentation of an entry")
    try:
        entry = DOMAIN_LINE + canonical_json(sd_jwt.payload)
        parse_entry(entry)
    except EntryError as error:
        raise SdJwtError(f"what was signed is no entry: {error}") from None
    revealed = reveal(sd_jwt)
    shown = {name for name in sd_jwt.payload if name != "data"}
    data = revealed.pop("data", {})
    values = {name: value for name, value in revealed.items() if name not in shown}
    clear = sd_jwt.payload.get("data", {})
    if isinstance(data, dict):
        values |= {f"data.{name}": value for name, value in data.items() if name not in clear}
    return Shown(leaf_hash(entry).hex(), entry, values)


def payload_of(entry: bytes) -> dict[str, Any]:
    """Return the payload of a presentation: the entry's body.

    Raises:
        EntryError: the bytes are no entry.
    """
    parse_entry(entry)
    body: dict[str, Any] = orjson.loads(entry[len(DOMAIN_LINE) :])
    return body


def needed_for(disclosures: Mapping[str, Disclosure], paths: Iterable[str]) -> list[str]:
    """Return the disclosures of values in an entry, and of what they stand in.

    In a confidential entry the data is itself a hidden value, in which its fields are hidden.

    Raises:
        KeyError: a value cannot be opened.
    """
    wanted = dict.fromkeys(paths)
    if "data" in disclosures and any(path.startswith("data.") for path in wanted):
        wanted = {"data": None} | wanted
    return [disclosures[path].encoded() for path in wanted]


def _revealed(
    value: object, by_digest: Mapping[str, tuple[str, Any]], used: set[str], depth: int
) -> object:
    if depth > _MOST_DEEP:
        raise SdJwtError("values are nested too deeply")
    if isinstance(value, list):
        return [_revealed(each, by_digest, used, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: _revealed(each, by_digest, used, depth + 1)
        for name, each in value.items()
        if name != "_sd"
    }
    digests = value.get("_sd", [])
    if not isinstance(digests, list) or not all(isinstance(each, str) for each in digests):
        raise SdJwtError("digests are a list of texts")
    for digest in digests:
        if digest not in by_digest:
            continue
        name, inner = by_digest[digest]
        if digest in used or name in found:
            raise SdJwtError(f"{name} stands twice")
        used.add(digest)
        found[name] = _revealed(inner, by_digest, used, depth + 1)
    return found


def _disclosed(text: str) -> tuple[str, Any]:
    try:
        _, name, value = msgspec.json.decode(_bytes(text), type=tuple[str, str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SdJwtError("a disclosure is a list of salt, name and value") from None
    if name in {"_sd", "_sd_alg", "..."}:
        raise SdJwtError(f"nothing that is disclosed is named {name}")
    return name, value


def _object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_bytes(text), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SdJwtError("header and payload are JSON objects") from None


def _bytes(text: str) -> bytes:
    if not _PART.fullmatch(text):
        raise SdJwtError("each part is base64url without padding")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise SdJwtError("each part is base64url without padding") from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
