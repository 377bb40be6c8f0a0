"""The ledger's tables, append-only where they must be, and the first read models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A migration states what it makes for ever, so it imports none of the present tables.
_OPEN = sa.text(f"to_position = {2**63 - 1}")
_APPEND_ONLY = ("entries", "documents", "outcomes", "ledger")
_READ_MODELS = ("coalition", "parties", "listings", "applications", "reviews", "memberships")


def upgrade() -> None:
    """Make every table."""
    _make_log()
    _make_ledger_tables()
    _make_memberships()
    _make_applications()
    _make_reviews()
    _make_parties()
    _make_listings()
    _make_coalition()
    _make_read_models()
    if op.get_context().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _make_log() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("key_store", sa.Text, nullable=False),
        sa.Column("coalition", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="ledger_has_one_row"),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("recorded_max", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False, server_default="0"),
        sa.CheckConstraint("id = 1", name="head_has_one_row"),
    )
    op.create_table(
        "entries",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Text),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("recorded_max", sa.BigInteger, nullable=False),
        sa.Column("effective", sa.Date),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("entries_stream_version", "entries", ["stream", "version"], unique=True)
    op.create_index("entries_entry_id", "entries", ["entry_id"], unique=True)
    op.create_index("entries_recorded_max", "entries", ["recorded_max", "position"])
    op.create_index("entries_leaf_hash", "entries", ["leaf_hash"])
    op.create_table(
        "hidden",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tile", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )


def _make_ledger_tables() -> None:
    op.create_table(
        "subject_keys",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("command_id", sa.Text, primary_key=True),
        sa.Column("input_mac", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tracking",
        sa.Column("application_name", sa.Text, primary_key=True),
        sa.Column("notification_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("secret_sha256", sa.LargeBinary, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("party", sa.Text),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_on", sa.Date),
    )


def _positions() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )


def _index_current(name: str, table: str, columns: list[str]) -> None:
    op.create_index(name, table, columns, postgresql_where=_OPEN, sqlite_where=_OPEN)


def _make_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("membership_class", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("application", sa.Text),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("agreement", sa.Text, nullable=False),
        sa.Column("signed_version", sa.BigInteger),
        sa.Column("sent_version", sa.BigInteger),
        sa.Column("agreements", sa.Text, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("standards_position", sa.BigInteger, nullable=False),
        sa.Column("admitted_position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("updated_position", sa.BigInteger, nullable=False),
        *_positions(),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    _index_current("memberships_by_since", "memberships", ["since", "id"])
    _index_current("memberships_by_tier", "memberships", ["tier", "id"])
    _index_current("memberships_by_party", "memberships", ["party"])


def _make_applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("review", sa.Text, nullable=False),
        sa.Column("applicant", sa.Text, nullable=False),
        sa.Column("membership", sa.Text),
        sa.Column("submitted_on", sa.Date, nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("submitted_position", sa.BigInteger, nullable=False),
        sa.Column("phase_since", sa.Date, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("shares", sa.Text, nullable=False),
        sa.Column("clauses", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )
    _index_current("applications_by_submission", "applications", ["submitted_at", "id"])
    _index_current("applications_by_applicant", "applications", ["applicant"])
    _index_current("applications_by_party", "applications", ["party"])


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text),
        sa.Column("reviewers", sa.Text, nullable=False),
        sa.Column("finding_positions", sa.Text, nullable=False),
        sa.Column("assessment_positions", sa.Text, nullable=False),
        sa.Column("plan_positions", sa.Text, nullable=False),
        sa.Column("recorded_position", sa.BigInteger),
        sa.Column("declined_position", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )
    op.create_table(
        "review_terms",
        sa.Column("facet", sa.Text, primary_key=True),
        sa.Column("term", sa.Text, primary_key=True),
        sa.Column("review", sa.Text, primary_key=True),
        *_positions(),
    )


def _make_parties() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("registered_position", sa.BigInteger, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("ein_index", sa.Text),
        sa.Column("representatives", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )
    _index_current("parties_by_ein", "parties", ["ein_index"])


def _make_listings() -> None:
    sorted_text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "listings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("counties", sa.Text, nullable=False),
        sa.Column("populations", sa.Text, nullable=False),
        sa.Column("services", sa.Text, nullable=False),
        sa.Column("website", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("sort_name", sorted_text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("listed_on", sa.Date, nullable=False),
        *_positions(),
    )
    _index_current("listings_by_name", "listings", ["sort_name", "id"])
    op.create_table(
        "listing_terms",
        sa.Column("facet", sa.Text, primary_key=True),
        sa.Column("term", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, primary_key=True),
        *_positions(),
    )


def _make_coalition() -> None:
    op.create_table(
        "coalition",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("policy", sa.Text),
        sa.Column("policy_version", sa.BigInteger),
        sa.Column("policy_sha256", sa.Text),
        sa.Column("seats", sa.Text, nullable=False),
        sa.Column("templates", sa.Text, nullable=False),
        sa.Column("policies", sa.Text, nullable=False),
        sa.Column("founded_on", sa.Date, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )


def _make_read_models() -> None:
    made = op.create_table(
        "read_models",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    # Empty views are what the first version of each fold makes of an empty ledger.
    op.bulk_insert(made, [{"name": name, "version": 1} for name in _READ_MODELS])


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    for table in _APPEND_ONLY:
        # Of the statement, not of its rows: TRUNCATE has none, and no change may pass unseen.
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _refuse_changes_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            # INSERT OR REPLACE deletes first; with recursive_triggers on, that is refused too.
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {change} refused'); END"
            )
