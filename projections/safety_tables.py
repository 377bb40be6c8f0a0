"""Tables of what keeps parties safe: like listings, these are the present ones and no others."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import Json, metadata, positions

# Parties of which nothing is listed, for their safety.
listing_holds = sa.Table(
    "listing_holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    *positions(),
)

# Where the address of a party is hidden, and the entries that say to whom it was given.
addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger),
    sa.Column("disclosed", Json, nullable=False),
    *positions(),
)
