"""What the coalition keeps of itself: leadership, workgroups, library, funding, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_governance"
down_revision = "0002_votes"
branch_labels = None
depends_on = None

_READ_MODELS = (
    "terms_of_office",
    "workgroups",
    "publications",
    "fundings",
    "claims",
    "corrections",
)


def upgrade() -> None:
    """Make the views, which are empty until entries of their kind come."""
    _make_terms_and_workgroups()
    _make_library_and_funding()
    _make_claims_and_corrections()
    made = sa.table("read_models", sa.column("name", sa.Text), sa.column("version", sa.Integer))
    op.bulk_insert(made, [{"name": name, "version": 1} for name in _READ_MODELS])


def _make_terms_and_workgroups() -> None:
    op.create_table(
        "terms_of_office",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("party", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("named_position", sa.BigInteger),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
        *_days(),
    )
    op.create_table(
        "workgroups",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("formed_on", sa.Date, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("dissolved_on", sa.Date),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
        *_days(),
    )


def _make_library_and_funding() -> None:
    op.create_table(
        "publications",
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
        *_positions(),
        *_days(),
    )
    op.create_table(
        "fundings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("until_precision", sa.Text),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
        *_days(),
    )


def _make_claims_and_corrections() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("contradicts", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
        *_days(),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )


def _positions() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )


def _days() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
