"""Entries read back by the service that wrote them, without proving again what it proved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson

from domain.ledger.disclosure import Event
from domain.ledger.entry import DOMAIN_LINE, Envelope, decode_event


def read_stored(
    encoded: bytes, opened: Mapping[str, Any], types: Mapping[str, type[Event]]
) -> tuple[Envelope, Event]:
    """Return what an entry says, from the store of the service that wrote it.

    Nothing is verified but types: the database keeps entries from being changed, and each
    opened value is authenticated as belonging to its entry and field. Whoever has the
    bytes from somebody else uses `parse_entry` and `open_entry`, which check everything.

    Args:
        encoded: the entry's bytes.
        opened: opened hidden values by path. From a confidential entry they must have
            type, stream, version, effective date and data. Who acted, and by which policy,
            is empty in the envelope where it was not opened.
        types: event classes by stored name.

    Raises:
        EntryError: the type is unknown, or a field is unknown or of another kind.
    """
    body: dict[str, Any] = orjson.loads(memoryview(encoded)[len(DOMAIN_LINE) :])
    if "type" not in body:
        body |= opened
    data = {**body["data"]}
    data.pop("_sd", None)
    for path, value in opened.items():
        if path.startswith("data."):
            data[path[5:]] = value
    envelope = Envelope(
        entry_id=body["id"],
        stream=body["stream"],
        version=body["version"],
        at=datetime.fromisoformat(body["at"]).replace(tzinfo=UTC),
        effective=date.fromisoformat(body["effective"]),
        actor=body.get("actor", ""),
        actor_id=opened.get("actorId", ""),
        policy=body.get("policy", ""),
    )
    return envelope, decode_event(body["type"], data, types)
