"""Webhooks that there are at present. Whoever is told, is told now: they have no history here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.webhook import (
    WebhookRegistered,
    WebhookRemoved,
    WebhookReplayed,
    WebhookSecretRotated,
)
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from projections.as_of import holds_now
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.reading import View
from projections.tables import webhooks


class WebhookRow(Row, frozen=True, gc=False):
    """A webhook.

    Attributes:
        owner: who registered it.
        position: the entry that hides its address, and what it is told of.
        generation: of its secret, from 1.
        secret_position: the entry that made that.
        rotated_at: when that took the place of the one before, in seconds since 1970, UTC.
        replayed_position: the last entry that asked to tell again; 0 where none did.
    """

    owner: str
    position: int
    registered_on: date
    generation: int
    secret_position: int
    rotated_at: int | None
    replayed_position: int
    version: int


def _registered(_: WebhookRow | None, event: WebhookRegistered, recorded: Recorded) -> WebhookRow:
    envelope = recorded.envelope
    return WebhookRow(
        id=envelope.stream,
        owner=revealed(event.owner),
        position=recorded.position,
        registered_on=envelope.effective,
        generation=1,
        secret_position=recorded.position,
        rotated_at=None,
        replayed_position=0,
        version=envelope.version,
    )


def _rotated(row: WebhookRow, _: WebhookSecretRotated, recorded: Recorded) -> WebhookRow:
    return msgspec.structs.replace(
        row,
        generation=row.generation + 1,
        secret_position=recorded.position,
        rotated_at=int(recorded.recorded_at.timestamp()),
        version=recorded.envelope.version,
    )


def _replayed(row: WebhookRow, _: WebhookReplayed, recorded: Recorded) -> WebhookRow:
    return msgspec.structs.replace(
        row, replayed_position=recorded.position, version=recorded.envelope.version
    )


def _removed(_: WebhookRow | None, __: WebhookRemoved, ___: Recorded) -> None:
    return None


MODEL = ReadModel(
    version=1,
    table=webhooks,
    row_type=WebhookRow,
    folds=folds_of(
        on(WebhookRegistered, _registered),
        on(WebhookSecretRotated, changing(_rotated)),
        on(WebhookReplayed, changing(_replayed)),
        on(WebhookRemoved, _removed),
    ),
    opens=opened_names([WebhookRegistered]),
    history=False,
)

_VIEW = View(webhooks, WebhookRow)

COUNT: Final = sa.select(sa.func.count()).where(
    holds_now(webhooks), webhooks.c.owner == sa.bindparam("owner")
)
"""How many webhooks an ``owner`` has."""


def present(
    connection: Connection, *, owner: str | None = None, ids: Iterable[str] | None = None
) -> list[WebhookRow]:
    """Return the webhooks that there are, the earliest first.

    Args:
        connection: to the views.
        owner: only those that somebody registered.
        ids: only those with these ids.
    """
    select = sa.select(*_VIEW.columns).where(holds_now(webhooks))
    if owner is not None:
        select = select.where(webhooks.c.owner == owner)
    if ids is not None:
        select = select.where(webhooks.c.id.in_(list(ids)))
    rows = connection.execute(select.order_by(webhooks.c.position))
    return [_VIEW.codec.decode(row) for row in rows]
