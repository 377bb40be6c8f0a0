"""Global ids (Relay): what a thing is and which one, in a form that clients do not look into."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from typing import Final

import strawberry

_OWN_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
"""A stream's or an entry's id of 128 bits, or the SHA-256 of a policy file."""


class NodeKind(StrEnum):
    """The first part of a global id."""

    COALITION = "Coalition"
    POLICY = "Policy"
    PARTY = "Party"
    LISTING = "Listing"
    APPLICATION = "Application"
    MEMBERSHIP = "Membership"
    VOTE = "Vote"
    GRIEVANCE = "Grievance"
    ENTRY = "Entry"
    TERM_OF_OFFICE = "TermOfOffice"
    WORKGROUP = "Workgroup"
    PUBLICATION = "Publication"
    FUNDING = "Funding"
    HISTORICAL_CLAIM = "HistoricalClaim"
    WEBHOOK = "Webhook"


def global_id(kind: NodeKind, own_id: str) -> strawberry.ID:
    """Return the global id of a thing."""
    encoded = base64.urlsafe_b64encode(f"{kind}:{own_id}".encode("ascii"))
    return strawberry.ID(encoded.rstrip(b"=").decode("ascii"))


def parse_global_id(text: str) -> tuple[NodeKind, str] | None:
    """Return what a global id names; ``None`` for text that is none, and so names nothing."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        kind, _, own_id = plain.partition(":")
        named = NodeKind(kind)
    except (UnicodeError, binascii.Error, ValueError):
        return None
    if not _OWN_ID.fullmatch(own_id) or global_id(named, own_id) != text:
        return None
    return named, own_id


def own_id(kind: NodeKind, text: str) -> str | None:
    """Return the id of a thing of one kind; ``None`` where the global id names no such thing."""
    named = parse_global_id(text)
    return named[1] if named is not None and named[0] is kind else None
