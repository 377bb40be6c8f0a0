"""The tables of ties between parties: which is part of which, and which are affiliated."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import Json, current, days, metadata, positions

mergers = sa.Table(
    "mergers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("survivor", sa.Text, nullable=False),
    sa.Column("membership", sa.Text),
    sa.Column("ended", sa.Text),
    sa.Column("merged_on", sa.Date, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)
current("mergers_by_survivor", mergers.c.survivor)
current("mergers_by_ended", mergers.c.ended)

affiliations = sa.Table(
    "affiliations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ties", Json, nullable=False),
    *positions(),
    *days(),
)
