"""The table of webhooks; see `projections.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import metadata, positions

# The webhooks that there are at present. Address and types stay in the entry at ``position``.
webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("registered_on", sa.Date, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("secret_position", sa.BigInteger, nullable=False),
    sa.Column("rotated_at", sa.BigInteger),
    sa.Column("replayed_position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
)
"""The table of the read model in `projections.webhooks`."""
