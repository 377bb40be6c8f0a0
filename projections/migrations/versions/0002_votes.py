"""The read models of what the coalition decides together: conflicts, votes, ballots, homes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_votes"
down_revision = "0001"
branch_labels = None
depends_on = None

# A migration states what it makes for ever, so it imports none of the present tables.
_OPEN = sa.text(f"to_position = {2**63 - 1}")
_READ_MODELS = ("conflicts", "votes", "ballots", "homes")


def upgrade() -> None:
    """Make the tables; empty, they are what the folds make of the entries so far."""
    _make_conflicts()
    _make_votes()
    _make_ballots()
    _make_homes()
    read_models = sa.table(
        "read_models", sa.column("name", sa.Text), sa.column("version", sa.Integer)
    )
    op.bulk_insert(read_models, [{"name": name, "version": 1} for name in _READ_MODELS])


def _make_conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("recused", sa.Text, nullable=False),
        sa.Column("declared_positions", sa.Text, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )


def _make_votes() -> None:
    op.create_table(
        "votes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("application", sa.Text),
        sa.Column("membership", sa.Text),
        sa.Column("proposal_sha256", sa.Text),
        sa.Column("policy_sha256", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("quorum", sa.Text, nullable=False),
        sa.Column("threshold", sa.Text, nullable=False),
        sa.Column("director_votes", sa.BigInteger, nullable=False),
        sa.Column("by_fallback", sa.BigInteger, nullable=False),
        sa.Column("tally_minimum_electorate", sa.BigInteger, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("opened_position", sa.BigInteger, nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("closed_position", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("quorum_met", sa.BigInteger),
        sa.Column("threshold_met", sa.BigInteger),
        sa.Column("tally", sa.Text),
        sa.Column("ballots", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "votes_by_opening",
        "votes",
        ["opened_position", "id"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_index(
        "votes_by_application",
        "votes",
        ["application"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_index(
        "votes_by_ballots",
        "votes",
        ["ballots"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )


def _make_ballots() -> None:
    op.create_table(
        "ballots",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("vote", sa.Text, nullable=False),
        sa.Column("cast", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )


def _make_homes() -> None:
    op.create_table(
        "homes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("home", sa.Text),
        sa.Column("fiscal_sponsor", sa.Text),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
