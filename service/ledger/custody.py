"""What the log says of itself, read for those who sign, attest or show it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.catalog import EVENT_TYPES
from domain.coalition.custody import Custody, CustodyEvent, StateAttested, custody_stream, evolve
from domain.ledger.entry import open_entry, parse_entry
from service.ledger import tables

_LATEST: Final = 64
"""Attestations among which there is one of each read model, which are attested together."""


def custody_of(connection: Connection, coalition: str) -> Custody:
    """Return what is known of the log itself, as the connection sees it."""
    state = Custody(id=custody_stream(coalition))
    entries = tables.entries
    rows = connection.execute(
        sa.select(entries.c.data).where(entries.c.stream == state.id).order_by(entries.c.version)
    ).scalars()
    for data in rows:
        envelope, event = open_entry(parse_entry(bytes(data)), (), EVENT_TYPES)
        assert isinstance(event, CustodyEvent)  # noqa: S101 - the stream has no others
        state = evolve(state, event, envelope.effective)
    return state


def attested(connection: Connection, coalition: str) -> list[tuple[int, StateAttested]]:
    """Return the last attestation of each read model with its position, by the model's name."""
    entries = tables.entries
    rows = connection.execute(
        sa.select(entries.c.position, entries.c.data)
        .where(
            entries.c.stream == custody_stream(coalition),
            entries.c.type == StateAttested.stored_name,
        )
        .order_by(entries.c.version.desc())
        .limit(_LATEST)
    )
    found: dict[str, tuple[int, StateAttested]] = {}
    for position, data in rows:
        _, event = open_entry(parse_entry(bytes(data)), (), EVENT_TYPES)
        if isinstance(event, StateAttested):
            found.setdefault(event.model, (position, event))
    return [found[name] for name in sorted(found)]
