"""The tables of the read models, all of them made from the ledger and nothing else.

Every row is one version of a read model's row: it describes the ledger at the positions
``from_position <= p < to_position``, and the row that holds now has ``to_position = OPEN``.
Where facts hold from a date on, a row describes the days ``effective_from <= d < effective_to``
besides. Of listings and holds only the present ones are kept: all of their rows are open. Columns
of type `Json` hold canonical JSON (RFC 8785) as text, alike on both databases.

Hidden values are never stored here: a row names the position of the entry that has them. In
clear stand references (random ids), days by which something is due or was done, and, while it is
published, an organisation's listing.
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import (
    FOREVER,
    LAST_DAY,
    OPEN,
    Json,
    metadata,
)
from projections.columns import Sorted as _Sorted
from projections.columns import current as _current
from projections.columns import days as _days
from projections.columns import positions as _positions
from projections.columns import waiting as _waiting
from projections.file_tables import deleted_files
from projections.record_tables import (
    claims,
    corrections,
    fundings,
    publications,
    terms_of_office,
    workgroups,
)
from projections.safety_tables import addresses, listing_holds
from projections.tie_tables import affiliations, mergers
from projections.vote_tables import ballots, electorates, votes
from projections.webhook_tables import webhooks

__all__ = [
    "FOREVER",
    "LAST_DAY",
    "OPEN",
    "addresses",
    "affiliations",
    "ballots",
    "claims",
    "corrections",
    "deleted_files",
    "electorates",
    "fundings",
    "listing_holds",
    "mergers",
    "metadata",
    "publications",
    "terms_of_office",
    "votes",
    "webhooks",
    "workgroups",
]

memberships = sa.Table(
    "memberships",
    metadata,
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
    sa.Column("agreements", Json, nullable=False),
    sa.Column("sent", Json, nullable=False),
    sa.Column("assent", Json, nullable=False),
    sa.Column("asking", sa.Text),
    sa.Column("asking_day", sa.Date, nullable=False),
    sa.Column("text_version", sa.BigInteger),
    sa.Column("term", Json, nullable=False),
    sa.Column("renewal", sa.Text),
    sa.Column("renewal_day", sa.Date, nullable=False),
    sa.Column("standing", Json, nullable=False),
    sa.Column("standings", Json, nullable=False),
    sa.Column("suspended_through", sa.Date),
    sa.Column("freed_on", sa.Date),
    sa.Column("contestable_on", sa.Date),
    sa.Column("appealed_on", sa.Date),
    sa.Column("standards_position", sa.BigInteger, nullable=False),
    sa.Column("admitted_position", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("updated_position", sa.BigInteger, nullable=False),
    *_positions(),
    sa.Column("effective_from", sa.Date, primary_key=True),
    sa.Column("effective_to", sa.Date, nullable=False),
)
_current("memberships_by_since", memberships.c.since, memberships.c.id)
_current("memberships_by_tier", memberships.c.tier, memberships.c.id)
_current("memberships_by_party", memberships.c.party)
sa.Index("memberships_by_change", memberships.c.from_position)
# What is due is looked for among the latest states: a membership has had each of the others once.
for _index, _given, _columns in (
    ("memberships_by_renewal", "renewal", ("renewal", "renewal_day")),
    ("memberships_by_suspension", "suspended_through", ("suspended_through",)),
    ("memberships_by_contest", "contestable_on", ("contestable_on",)),
    ("memberships_by_appeal", "appealed_on", ("appealed_on",)),
    ("memberships_by_asking", "asking", ("asking", "asking_day")),
    ("memberships_by_text", "text_version", ("tier", "agreement", "text_version")),
):
    _waiting(_index, memberships.c[_given], *(memberships.c[name] for name in (*_columns, "id")))

# What was agreed stays in the entries. ``due`` is the earliest day of a plan that is open.
improvement_plans = sa.Table(
    "improvement_plans",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("plans", Json, nullable=False),
    sa.Column("due", sa.Date),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)
_current("improvement_plans_by_due", improvement_plans.c.due, improvement_plans.c.id)

applications = sa.Table(
    "applications",
    metadata,
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
    sa.Column("evidence", Json, nullable=False),
    sa.Column("shares", Json, nullable=False),
    sa.Column("clauses", Json, nullable=False),
    sa.Column("decided_on", sa.Date),
    sa.Column("asked", Json, nullable=False),
    sa.Column("clock", Json, nullable=False),
    sa.Column("due_from", sa.Date),
    sa.Column("withdrawn_position", sa.BigInteger),
    sa.Column("expired_by", sa.Text),
    sa.Column("queued_at", sa.BigInteger),
    sa.Column("waiting_since", sa.Date),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)
_current("applications_by_submission", applications.c.submitted_at, applications.c.id)
_current("applications_by_applicant", applications.c.applicant)
_current("applications_by_party", applications.c.party)
_current("applications_by_phase", applications.c.phase, applications.c.due_from, applications.c.id)
for _index, _given in (
    ("applications_by_age", "queued_at"),
    ("applications_by_waiting", "waiting_since"),
):
    _waiting(_index, applications.c[_given], applications.c[_given], applications.c.id)

# Which organisation is part of which, and which membership goes on in the place of which.
appeals = sa.Table(
    "appeals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("filed_on", sa.Date, nullable=False),
    sa.Column("filed_position", sa.BigInteger, nullable=False),
    sa.Column("vote", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("decided_on", sa.Date),
    *_positions(),
)
_current("appeals_by_filing", appeals.c.filed_position)

# Who complains of what: references alone, which nobody is given but those who have a part in it.
grievances = sa.Table(
    "grievances",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("membership", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("against", sa.Text),
    sa.Column("against_party", sa.Text),
    sa.Column("entry", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("filed_on", sa.Date, nullable=False),
    sa.Column("filed_position", sa.BigInteger, nullable=False),
    sa.Column("resolved_on", sa.Date),
    sa.Column("resolved_position", sa.BigInteger),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)
_current("grievances_by_filing", grievances.c.filed_position)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text),
    sa.Column("reviewers", Json, nullable=False),
    sa.Column("finding_positions", Json, nullable=False),
    sa.Column("assessment_positions", Json, nullable=False),
    sa.Column("plan_positions", Json, nullable=False),
    sa.Column("recorded_position", sa.BigInteger),
    sa.Column("declined_position", sa.BigInteger),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)

# Who reviews what: one row a reviewer of a review, so that a reviewer finds their work. On SQLite
# such a row, little more than its key, stands in the index of that and nowhere else.
review_terms = sa.Table(
    "review_terms",
    metadata,
    sa.Column("facet", sa.Text, primary_key=True),
    sa.Column("term", sa.Text, primary_key=True),
    sa.Column("review", sa.Text, primary_key=True),
    *_positions(),
    sqlite_with_rowid=False,
)

parties = sa.Table(
    "parties",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("registered_position", sa.BigInteger, nullable=False),
    sa.Column("registered_on", sa.Date, nullable=False),
    sa.Column("ein_index", sa.Text),
    sa.Column("particulars", Json, nullable=False),
    sa.Column("names", Json, nullable=False),
    sa.Column("representatives", Json, nullable=False),
    sa.Column("former", Json, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)
_waiting("parties_by_ein", parties.c.ein_index, parties.c.ein_index)

# What an organisation is found by: one row a name, as a keyed hash.
party_terms = sa.Table(
    "party_terms",
    metadata,
    sa.Column("facet", sa.Text, primary_key=True),
    sa.Column("term", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, primary_key=True),
    *_positions(),
    sqlite_with_rowid=False,
)

listings = sa.Table(
    "listings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("counties", Json, nullable=False),
    sa.Column("populations", Json, nullable=False),
    sa.Column("services", Json, nullable=False),
    sa.Column("website", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("sort_name", _Sorted, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("listed_on", sa.Date, nullable=False),
    *_positions(),
)
_current("listings_by_name", listings.c.sort_name, listings.c.id)

# What a listing can be found by: one row a county, population or service of an organisation.
listing_terms = sa.Table(
    "listing_terms",
    metadata,
    sa.Column("facet", sa.Text, primary_key=True),
    sa.Column("term", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, primary_key=True),
    *_positions(),
    sqlite_with_rowid=False,
)

coalition = sa.Table(
    "coalition",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("policy", sa.Text),
    sa.Column("policy_version", sa.BigInteger),
    sa.Column("policy_sha256", sa.Text),
    sa.Column("seats", Json, nullable=False),
    sa.Column("templates", Json, nullable=False),
    sa.Column("policies", Json, nullable=False),
    sa.Column("founded_on", sa.Date, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_positions(),
)

# Who stands aside in reviews: a table of its own beside that of the reviews.
conflicts = sa.Table(
    "conflicts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("recused", Json, nullable=False),
    sa.Column("declared_positions", Json, nullable=False),
    *_positions(),
)

homes = sa.Table(
    "homes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("home", sa.Text),
    sa.Column("fiscal_sponsor", sa.Text),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    *_positions(),
    *_days(),
)

# Which version of each read model's fold the tables were made with.
read_models = sa.Table(
    "read_models",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
