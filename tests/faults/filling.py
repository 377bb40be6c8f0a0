"""A process that runs out of space: ``python -m tests.faults.filling DATABASE KEYS BYTES``.

No file may grow beyond so many bytes, which to SQLite is a full disk. It writes until it cannot,
printing each acknowledged command as its id and last position, and then says what was answered.
"""

from __future__ import annotations

import resource
import sys
import uuid

from service.faults import LedgerFaultError
from service.ledger.request import Accepted
from tests.faults.writing import open_ledger, submission

MOST = 5_000


def main() -> None:
    """Write until nothing more can be written."""
    database_url, keys_url, most_bytes = sys.argv[1:]
    ledger = open_ledger(database_url, keys_url)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), resource.RLIM_INFINITY))
    for _ in range(MOST):
        command_id = str(uuid.uuid4())
        try:
            outcome = ledger.execute(submission(command_id))
        except LedgerFaultError as fault:
            sys.stdout.write(f"{type(fault).__name__}\n")
            # What is there can still be read.
            with ledger.read() as snapshot:
                sys.stdout.write(f"{snapshot.position}\n")
            break
        assert isinstance(outcome, Accepted)
        sys.stdout.write(f"{command_id} {outcome.entries[-1].position}\n")
    # The log cannot be emptied into the file either, and a close would try.
    sys.stdout.flush()


if __name__ == "__main__":
    main()
