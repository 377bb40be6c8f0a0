"""What the API's role may do on PostgreSQL: append to the ledger, and keep the views."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

APPEND_ONLY: Final = frozenset({"entries", "documents", "outcomes", "ledger"})
"""Tables that the API's role may read and add to, and nothing else."""

READ_ONLY: Final = frozenset({"alembic_version", "read_models"})
"""Tables that say how the schema was made; the role that migrates keeps them."""


def grant_api(connection: Connection, role: str) -> None:
    """Let a role do what the API needs, and nothing else, on every table of the schema.

    Repeating it changes nothing. PostgreSQL only: SQLite knows no roles.

    Args:
        connection: of the role that owns the tables, in a transaction that the caller commits.
        role: an existing role.
    """
    quote = connection.dialect.identifier_preparer.quote
    name = quote(role)
    for table in sa.inspect(connection).get_table_names():
        if table in READ_ONLY:
            rights = "SELECT"
        elif table in APPEND_ONLY:
            rights = "SELECT, INSERT"
        else:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f"REVOKE ALL ON {quote(table)} FROM {name}")
        connection.exec_driver_sql(f"GRANT {rights} ON {quote(table)} TO {name}")
