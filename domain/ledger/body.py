"""The two shapes of an entry's JSON body, and the one form of a time and a day in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.ledger.commitment import EntryError

# The library reads more forms than the one that entries have, and 24:00 in some versions.
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# What only a disclosure says: of an open entry, and of a confidential one. That nobody
# can say who acted any more, after an erasure, does not close the rest.
OPEN_CLAIMS: Final = frozenset({"actorId"})
CONFIDENTIAL_CLAIMS: Final = frozenset(
    {"actor", "actorId", "data", "effective", "policy", "stream", "type", "version"}
)

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""128 random bits."""

Digest = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
"""SHA-256, base64url without padding."""


class ConfidentialBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The keys of a confidential entry: nothing but digests, as many whatever it holds."""

    digests: Annotated[
        list[Digest],
        msgspec.Meta(min_length=len(CONFIDENTIAL_CLAIMS), max_length=len(CONFIDENTIAL_CLAIMS)),
    ] = msgspec.field(name="_sd")
    digest_algorithm: Literal["sha-256"] = msgspec.field(name="_sd_alg")
    at: str
    id: Id


class OpenBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The keys of an open entry; only the actor's identity is a digest among them."""

    digests: Annotated[list[Digest], msgspec.Meta(min_length=1, max_length=1)] = msgspec.field(
        name="_sd"
    )
    digest_algorithm: Literal["sha-256"] = msgspec.field(name="_sd_alg")
    actor: str
    at: str
    data: dict[str, Any]
    effective: str
    id: Id
    policy: str
    stream: Id
    type: str
    version: Annotated[int, msgspec.Meta(ge=1)]


def parse_instant(text: str) -> datetime:
    """Read a time in the one form that entries have, or raise `ValueError`."""
    if not _INSTANT.fullmatch(text):
        raise EntryError("a time is written like 2026-03-01T17:04:05Z")
    return datetime.fromisoformat(text)


def parse_day(text: str) -> date:
    """Read a day in the one form that entries have, or raise `ValueError`."""
    if not _DAY.fullmatch(text):
        raise EntryError("a day is written like 2026-03-01")
    return date.fromisoformat(text)


def format_instant(at: datetime) -> str:
    """Write a time in UTC and whole seconds."""
    if at.tzinfo is None:
        raise EntryError("a time without its zone is no time")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
