"""How far each webhook was told, and what its receiver would not take.

Both are the follower's, and no part of the ledger: a lost table costs a repetition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.webhooks import WebhookRow
from service.ledger import tables

_MOST_SHOWN: Final = 100

_progress = tables.webhook_progress
_parked = tables.parked_deliveries


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a webhook was told.

    Attributes:
        position: the last entry that it was told of, or was to be.
        replayed_position: the last entry that asked to tell again, and was heeded.
        attempts: how many failed, one after another, to tell of the next.
        next_at: when the next is due, in seconds since 1970.
        reason: why the last one failed.
    """

    webhook: str
    position: int
    replayed_position: int = 0
    attempts: int = 0
    next_at: int = 0
    reason: str | None = None


class Parked(msgspec.Struct, frozen=True):
    """An entry that a webhook's receiver would not be told of."""

    webhook: str
    position: int
    parked_at: int
    reason: str


def progress_of(connection: Connection, rows: Iterable[WebhookRow]) -> dict[str, Progress]:
    """Return how far webhooks were told; one that was told nothing, from its registration on."""
    wanted = {row.id: row for row in rows}
    select = sa.select(_progress).where(_progress.c.webhook.in_(list(wanted)))
    found = {row.webhook: _made(row) for row in connection.execute(select)}
    return {
        webhook: found.get(webhook) or Progress(webhook=webhook, position=row.position)
        for webhook, row in wanted.items()
    }


def parked_of(connection: Connection, webhooks: Iterable[str]) -> dict[str, list[Parked]]:
    """Return what was parked, of each webhook the first ones."""
    found: dict[str, list[Parked]] = {}
    for webhook in webhooks:
        select = sa.select(_parked).where(_parked.c.webhook == webhook)
        rows = connection.execute(select.order_by(_parked.c.position).limit(_MOST_SHOWN))
        found[webhook] = [Parked(*row) for row in rows]
    return found


def save(connection: Connection, progress: Progress) -> None:
    """Remember how far a webhook was told."""
    values = msgspec.structs.asdict(progress)
    changed = connection.execute(
        sa.update(_progress).where(_progress.c.webhook == progress.webhook).values(**values)
    )
    if not changed.rowcount:
        connection.execute(sa.insert(_progress).values(**values))


def park(connection: Connection, parked: Parked) -> None:
    """Set an entry aside, whether or not it was before."""
    unpark(connection, parked.webhook, [parked.position])
    connection.execute(sa.insert(_parked).values(**msgspec.structs.asdict(parked)))


def unpark(connection: Connection, webhook: str, positions: Sequence[int]) -> None:
    """Forget that entries were set aside."""
    connection.execute(
        sa.delete(_parked).where(
            _parked.c.webhook == webhook, _parked.c.position.in_(list(positions))
        )
    )


def forget_removed(connection: Connection, present: Iterable[str]) -> None:
    """Forget whatever there is of webhooks that are no more."""
    for table in (_progress, _parked):
        connection.execute(sa.delete(table).where(table.c.webhook.not_in(list(present))))


def _made(row: sa.Row[Any]) -> Progress:
    return Progress(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
