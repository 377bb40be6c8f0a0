"""Alembic's entry: runs migrations on the connection given by `projections.schema`."""

from __future__ import annotations

from alembic import context


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection)
    # Whoever gave the connection owns the transaction and commits it.
    with context.begin_transaction():
        context.run_migrations()


_run()
