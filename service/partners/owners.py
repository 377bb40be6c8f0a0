"""Whose webhooks are told: those of owners who still come in by some key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.webhook import RegisterWebhook
from projections.webhooks import WebhookRow
from service.ledger.tables import api_keys
from service.security.access import may
from service.security.api_keys import as_key


def with_owner(
    connection: Connection, rows: Sequence[WebhookRow], now: datetime
) -> list[WebhookRow]:
    """Return the webhooks whose owner has a key that is accepted, by which they might register one.

    Args:
        connection: the transaction to read in.
        rows: the webhooks that there are.
        now: the time, by which keys expire.
    """
    if not rows:
        return []
    owners = {row.owner for row in rows}
    select = sa.select(api_keys).where(
        api_keys.c.principal.in_(owners), api_keys.c.revoked_at.is_(None)
    )
    keys = [as_key(row) for row in connection.execute(select)]
    good = {
        key.principal.id
        for key in keys
        if key.is_active(now.timestamp()) and may(key.principal, RegisterWebhook.__name__)
    }
    return [row for row in rows if row.owner in good]
