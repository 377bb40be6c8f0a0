"""The tables of votes, of their ballots and of who may cast one."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import Json, current, holds_now, metadata, positions

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("application", sa.Text),
    sa.Column("membership", sa.Text),
    sa.Column("proposal_sha256", sa.Text),
    sa.Column("policy_sha256", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("quorum", Json, nullable=False),
    sa.Column("threshold", Json, nullable=False),
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
    sa.Column("tally", Json),
    sa.Column("ballots", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
)
current("votes_by_opening", votes.c.opened_position, votes.c.id)
current("votes_by_application", votes.c.application)
# Of all that ever were, the few that are open: what else PostgreSQL takes for open it would read.
sa.Index(
    "votes_by_closing",
    votes.c.closes_on,
    votes.c.id,
    sqlite_where=sa.and_(holds_now(votes), votes.c.closed_on.is_(None)),
)
current("votes_by_ballots", votes.c.ballots)

# Who voted, and the entries that hide how: nothing of it is shown while the vote is open.
ballots = sa.Table(
    "ballots",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("vote", sa.Text, nullable=False),
    sa.Column("cast", Json, nullable=False),
    sa.Column("aside", Json, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *positions(),
)

# Who has a vote in a vote that is open.
electorates = sa.Table(
    "electorates",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("voters", Json, nullable=False),
    *positions(),
)
