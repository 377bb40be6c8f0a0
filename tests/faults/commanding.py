"""A process that runs one command: ``python -m tests.faults.commanding COMMAND …``.

It says when everything is imported, so that whoever kills it hits the work and not the start.
"""

from __future__ import annotations

import sys

import service.backups.keys
import service.backups.restoring
import service.cli.database
import service.cli.rebuilding
import service.planning.deciding  # noqa: F401 - imported before it starts
from projections import schema
from service.cli import app


def main() -> None:
    """Run it."""
    schema.head()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    app(sys.argv[1:])


if __name__ == "__main__":
    main()
