"""What webhooks are told of an entry: a CloudEvent (1.0, JSON), of ids and positions alone.

It says no more than the log shows to anybody, which is asked of the policy function for every part.
Whoever mirrors what members show is told in ``data.delete`` what to delete, and may fetch again
what is still shown.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import msgspec
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.coalition import PersonErased, ValueExpunged
from domain.ledger.entry import parse_entry
from domain.membership.party import (
    IndividualListingPublished,
    ListingWithdrawn,
    OrganisationListingPublished,
)
from domain.membership.safety import ListingHeld
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.reader import CONFIDENTIAL
from service.security.access import READ, Kind, Resource, may
from service.security.principal import ANYONE

MEDIA_TYPE: Final = "application/cloudevents+json"

LISTINGS: Final = frozenset(
    event.stored_name
    for event in (
        ListingHeld,
        ListingWithdrawn,
        OrganisationListingPublished,
        IndividualListingPublished,
    )
)
"""Entries after which less may be shown of a listing than before."""

OBLIGING: Final = LISTINGS | {PersonErased.stored_name, ValueExpunged.stored_name}
"""Entries of which everybody is told, whatever they wish for: mirrors have to delete something."""

_entries = tables.entries
_ENTRY: Final = Resource(kind=Kind.ENTRY)


class Told(msgspec.Struct, frozen=True):
    """One entry to tell of.

    Attributes:
        message_id: the same whenever and to whomever it is told, so that a repetition is known.
    """

    position: int
    message_id: str
    body: bytes


def to_tell(
    connection: Connection,
    origin: str,
    types: list[str] | None,
    *,
    after: int,
    upto: int,
    most: int,
) -> list[Told]:
    """Return what is to be told of entries, in order.

    Args:
        connection: the transaction to read in.
        origin: names the log.
        types: of which types of entry, besides `OBLIGING`; ``None`` is all.
        after: the position before the first.
        upto: the last position.
        most: how many at most.
    """
    conditions = [_entries.c.position > after, _entries.c.position <= upto]
    if types is not None:
        conditions.append(_entries.c.type.in_([*OBLIGING, *types]))
    return _told(connection, origin, conditions, most)


def told_at(connection: Connection, origin: str, positions: list[int]) -> list[Told]:
    """Return what is told of the entries at these positions, in order."""
    return _told(connection, origin, [_entries.c.position.in_(positions)], len(positions))


def _told(
    connection: Connection, origin: str, conditions: list[sa.ColumnElement[bool]], most: int
) -> list[Told]:
    select = (
        sa.select(_entries.c.position, _entries.c.type, _entries.c.entry_id, _entries.c.data)
        # What came through the library's port is no entry of ours, and has no id.
        .where(*conditions, _entries.c.entry_id.is_not(None))
        .order_by(_entries.c.position)
        .limit(most)
    )
    return [
        Told(position, entry_id, _body(origin, position, kind, bytes(data)))
        for position, kind, entry_id, data in connection.execute(select)
    ]


def _body(origin: str, position: int, kind: str, data: bytes) -> bytes:
    entry = parse_entry(data)
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": entry.entry_id,
        "source": f"https://{origin}",
        "type": kind if _shown(kind, "type") else CONFIDENTIAL,
        "datacontenttype": "application/json",
    }
    told: dict[str, Any] = {
        "position": position,
        "entry": global_id(NodeKind.ENTRY, entry.entry_id),
    }
    if entry.envelope is not None and _shown(kind, "recordedAt"):
        event["time"] = entry.at
    if entry.envelope is not None and _shown(kind, "stream"):
        event["subject"] = entry.envelope.stream
        if kind in OBLIGING:
            told["delete"] = _to_delete(kind, entry.envelope.stream, entry.data)
    return orjson.dumps({**event, "data": told})


def _to_delete(kind: str, stream: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return what mirrors delete: things by id, or all that they hold of people."""
    if kind in LISTINGS:
        return {"ids": [global_id(NodeKind.LISTING, stream)]}
    if kind == ValueExpunged.stored_name:
        return {"ids": [global_id(NodeKind.ENTRY, data["entry"])]}
    # Who was erased is told to nobody.
    return {"people": True}


@functools.cache
def _shown(kind: str, field: str) -> bool:
    """Whether anybody may read a field of an entry of a type."""
    shape = "ConfidentialEntry" if kind == CONFIDENTIAL else "OpenEntry"
    return may(ANYONE, READ, _ENTRY, f"{shape}.{field}")
