"""Entries read back by the service that wrote them, without proving again what it proved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from domain.ledger.disclosure import Event
from domain.ledger.entry import DOMAIN_LINE, Envelope, decode_event


class _Body(msgspec.Struct):
    """What an open entry shows, without its digests."""

    actor: str
    at: datetime
    data: dict[str, Any]
    effective: date
    id: str
    policy: str
    stream: str
    type: str
    version: int


_decode = msgspec.json.Decoder(_Body).decode


def read_stored(
    encoded: bytes, opened: Mapping[str, Any], types: Mapping[str, type[Event]]
) -> tuple[Envelope, Event]:
    """Return what an open entry says, from the store of the service that wrote it.

    Nothing is verified but types: the database keeps entries from being changed, and each
    opened value is authenticated as belonging to its entry and field. Whoever has the
    bytes from somebody else uses `parse_entry` and `open_entry`, which check everything.

    Args:
        encoded: the entry's bytes.
        opened: opened hidden values by path.
        types: event classes by stored name.

    Raises:
        EntryError: the type is unknown, or a field is unknown or of another kind.
    """
    body = _decode(memoryview(encoded)[len(DOMAIN_LINE) :])
    data = body.data
    data.pop("_sd", None)
    envelope = Envelope(
        entry_id=body.id,
        stream=body.stream,
        version=body.version,
        at=body.at,
        effective=body.effective,
        actor=body.actor,
        actor_id=opened.get("actorId", ""),
        policy=body.policy,
    )
    return envelope, _event(body.type, data, opened, types)


def read_confidential(
    indexed: Envelope, opened: Mapping[str, Any], types: Mapping[str, type[Event]]
) -> tuple[Envelope, Event]:
    """Do the same for a confidential entry, whose bytes show nothing.

    Args:
        indexed: what the index beside the entry says. Who acted, and by which policy, is
            added where it was opened.
        opened: opened hidden values by path: the type, and of its fields any.
        types: event classes by stored name.

    Raises:
        EntryError: the type is unknown, or a field is unknown or of another kind.
    """
    said = {
        name: opened[path]
        for name, path in (("actor", "actor"), ("actor_id", "actorId"), ("policy", "policy"))
        if path in opened
    }
    envelope = msgspec.structs.replace(indexed, **said) if said else indexed
    # Every field of a confidential event is hidden: its data shows none.
    return envelope, _event(opened["type"], {}, opened, types)


def _event(
    stored_name: str,
    data: dict[str, Any],
    opened: Mapping[str, Any],
    types: Mapping[str, type[Event]],
) -> Event:
    for path, value in opened.items():
        if path.startswith("data."):
            data[path[5:]] = value
    return decode_event(stored_name, data, types)
