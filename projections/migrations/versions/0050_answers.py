"""A member answers a vote that may end its membership: the row says which entry holds that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050_answers"
down_revision = "0049_deleted_files"
branch_labels = None
depends_on = None

_NOW = f"to_position = {2**63 - 1}"
_BEFORE = (
    "id, kind, phase, application, membership, proposal_sha256, policy_sha256, policy, quorum, "
    "threshold, director_votes, by_fallback, tally_minimum_electorate, opened_on, "
    "opened_position, closes_on, closed_on, closed_position, outcome, quorum_met, threshold_met, "
    "tally, ballots, version, from_position, to_position"
)


def upgrade() -> None:
    """Add the column; no vote that there is was answered, so that the view is up to date."""
    if op.get_context().dialect.name == "sqlite":
        _make_anew()
    else:
        op.add_column("votes", sa.Column("answered_position", sa.BigInteger))
    op.execute("UPDATE read_models SET version = 2 WHERE name = 'votes' AND version = 1")


def _make_anew() -> None:
    """Make the table with the column in its place, with all that is in it."""
    op.execute(f"CREATE TABLE votes_before AS SELECT {_BEFORE} FROM votes")  # noqa: S608 - fixed text
    op.drop_table("votes")
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
        sa.Column("answered_position", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("quorum_met", sa.BigInteger),
        sa.Column("threshold_met", sa.BigInteger),
        sa.Column("tally", sa.Text),
        sa.Column("ballots", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.execute(f"INSERT INTO votes ({_BEFORE}) SELECT {_BEFORE} FROM votes_before")  # noqa: S608 - as above
    op.drop_table("votes_before")
    _index("votes_by_opening", "opened_position", "id")
    _index("votes_by_application", "application")
    _index("votes_by_closing", "closes_on", "id", where=f"{_NOW} AND closed_on IS NULL")
    _index("votes_by_ballots", "ballots")


def _index(name: str, *columns: str, where: str = _NOW) -> None:
    op.create_index(name, "votes", [*columns], sqlite_where=sa.text(where))
