"""A process that runs one command: ``python -m tests.faults.commanding COMMAND …``.

All that a command takes is imported here, so that whoever kills it hits the work and not the start.
"""

from __future__ import annotations

import sys

import alembic.command
import alembic.config  # noqa: F401 - imported before it starts, as those below
import typer._adapters  # noqa: F401

import service.backups.keys
import service.backups.restoring
import service.cli.database
import service.cli.rebuilding
import service.planning.deciding  # noqa: F401 - imported before it starts
from projections import schema
from service.cli import app

schema.head()  # which is looked for once


def main() -> None:
    """Run it."""
    app(sys.argv[1:])


if __name__ == "__main__":
    main()
