"""The ledger's own tables. Entries and tiles are append-only, by trigger too.

The columns beside an entry's bytes are an index, and auditors trust the bytes. The service
itself reads all of a confidential entry but type and fields from the index.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# One row: what cannot change after the ledger's founding.
ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("key_store", sa.Text, nullable=False),
    sa.Column("coalition", sa.Text, nullable=False),
    sa.CheckConstraint("id = 1", name="ledger_has_one_row"),
)

# One row: the log's size, its right edge, and the running maximum of recorded times.
head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("recorded_max", sa.BigInteger, nullable=False),
    # Raised when rebuilt views begin to serve or something was erased, so that every process
    # forgets what it knew before.
    sa.Column("generation", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("id = 1", name="head_has_one_row"),
)

# recorded_at and recorded_max are seconds since 1970, UTC. A confidential entry's type
# is "confidential". Work that came through the library's port has no entry_id.
entries = sa.Table(
    "entries",
    metadata,
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
sa.Index("entries_stream_version", entries.c.stream, entries.c.version, unique=True)
sa.Index("entries_entry_id", entries.c.entry_id, unique=True)
sa.Index("entries_effective", entries.c.effective, entries.c.position)
sa.Index("entries_recorded_max", entries.c.recorded_max, entries.c.position)
sa.Index("entries_leaf_hash", entries.c.leaf_hash)

# Hidden values of an entry, each encrypted: msgpack [[path, key_id, ciphertext], …].
hidden = sa.Table(
    "hidden",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

# Which key of the key store hides the values of `stream:<id>` or of `person:<id>`.
subject_keys = sa.Table(
    "subject_keys",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# Hash tiles of 256 hashes. Level 0 is stored when complete, higher levels as they grow.
tiles = sa.Table(
    "tiles",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tile", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)

# One row, from the first signature on: the newest checkpoint that is published, a signed note.
checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="checkpoint_has_one_row"),
)

# Accepted outcomes, so that a repeated command gives the first one.
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("command_id", sa.Text, primary_key=True),
    sa.Column("input_mac", sa.LargeBinary, nullable=False),
    sa.Column("outcome", sa.LargeBinary, nullable=False),
)

# Texts that entries name by hash: policy files and agreement texts.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# How far a follower has come; the library's TrackingRecorder.
tracking = sa.Table(
    "tracking",
    metadata,
    sa.Column("application_name", sa.Text, primary_key=True),
    sa.Column("notification_id", sa.BigInteger, nullable=False),
)

# Scoped API keys; only the hash of the secret is kept. Of their use, no more than the last
# day is known. The party is whom a representative speaks for; of the staff, whom they belong to.
# Scopes are separated by blanks.
api_keys = sa.Table(
    "api_keys",
    metadata,
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
    sa.Column("person", sa.Text),
    sa.Column("created_by", sa.Text),
    sa.Column("revoked_by", sa.Text),
    sa.Column("replaces", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("scopes", sa.Text),
)

# How far a webhook was told, and what stands in the way: attempts that failed one after another,
# when the next is due, in seconds since 1970, and why the last one failed.
webhook_progress = sa.Table(
    "webhook_progress",
    metadata,
    sa.Column("webhook", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("replayed_position", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
)

# What a webhook's receiver would not take; it waits to be told again by `replayWebhook`.
parked_deliveries = sa.Table(
    "parked_deliveries",
    metadata,
    sa.Column("webhook", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("parked_at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# Of the secrets of links and sessions, SHA-256; both are a key's, by its prefix.
sign_in_links, sessions = (
    sa.Table(
        name,
        metadata,
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    for name in ("sign_in_links", "sessions")
)

# Who may ask for links to sign in as whom a key acts: a keyed hash of their e-mail address.
sign_in_addresses = sa.Table(
    "sign_in_addresses",
    metadata,
    sa.Column("address_index", sa.Text, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False),
)

# The same address, sealed under a key of its own, for those who want reminders; and which were
# tried or sent, of which last day.
reminder_addresses = sa.Table(
    "reminder_addresses",
    metadata,
    sa.Column("address_index", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("wanted", sa.Boolean, nullable=False),
)
sa.Index("reminder_addresses_by_token", reminder_addresses.c.token, unique=True)
reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("address_index", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("due_on", sa.Date, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("sent", sa.Boolean, nullable=False),
)

# Applications that are not submitted yet, each sealed under a key of its own.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
)
sa.Index("drafts_by_principal", drafts.c.principal, drafts.c.updated_at)
sa.Index("drafts_by_age", drafts.c.updated_at)

# Files of evidence: which there are; the files themselves are in a folder, each sealed.
evidence_files = sa.Table(
    "evidence_files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
)
sa.Index(
    "evidence_files_by_application",
    evidence_files.c.application,
    evidence_files.c.sha256,
    unique=True,
)

APPEND_ONLY = ("entries", "documents", "outcomes", "ledger")
"""Tables in which the database refuses UPDATE and DELETE."""
