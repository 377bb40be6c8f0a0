"""Global ids (Relay): what a thing is and which one, in a form that clients do not look into."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.decision import Refusal, refuse_input

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


class OtherIdError(Exception):
    """A text in the input is no global id, or that of another kind of thing.

    The kind stands in the id, so that saying so tells nothing of what there is.

    Args:
        kind: what it should have named.
        text: what was given.
    """

    def __init__(self, kind: NodeKind, text: str) -> None:
        super().__init__(kind, text)
        self.kind = kind
        self.text = text


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


def refuse_id(given: Mapping[str, object], error: OtherIdError) -> Refusal:
    """Return the refusal that names the field of an input which holds that text."""
    fields = [name for name, value in given.items() if _holds(value, error.text)]
    # The same text may stand in several, and be right in another: that is called otherwise.
    own = error.kind[0].lower() + error.kind[1:]
    field = to_camel_case(own if own in fields else fields[0])
    parsed = parse_global_id(error.text)
    found = "no id" if parsed is None else f"the id of another type, {parsed[0]}"
    wanted = f"The id of one of the type {error.kind}."
    return refuse_input(field, "id-type", f"{field} is {found}.", wanted)


def _holds(value: object, text: str) -> bool:
    return value == text or (isinstance(value, list) and text in value)


def own_id(kind: NodeKind, text: str) -> str | None:
    """Return the id of a thing of one kind; ``None`` where the global id names no such thing."""
    named = parse_global_id(text)
    return named[1] if named is not None and named[0] is kind else None
