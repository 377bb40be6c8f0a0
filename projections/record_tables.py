"""The tables of what the coalition keeps of itself; see `projections.tables`."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import Json, days, metadata, positions

# Terms of office. Names stay in the entries; ``named_position`` is that of the consent to show one.
terms_of_office = sa.Table(
    "terms_of_office",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("named_position", sa.BigInteger),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)

workgroups = sa.Table(
    "workgroups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("formed_on", sa.Date, nullable=False),
    sa.Column("precision", sa.Text, nullable=False),
    sa.Column("dissolved_on", sa.Date),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("wave", sa.BigInteger),
    sa.Column("sha256", sa.Text),
    sa.Column("supersedes", sa.Text),
    sa.Column("workgroup", sa.Text),
    sa.Column("published_on", sa.Date, nullable=False),
    sa.Column("precision", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)

fundings = sa.Table(
    "fundings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("precision", sa.Text, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("until_precision", sa.Text),
    sa.Column("ended_position", sa.BigInteger),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("precision", sa.Text, nullable=False),
    sa.Column("contradicts", Json, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
    *days(),
)

# One row an entry that was corrected or withdrawn, by the entry's id.
corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("made", Json, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
)
