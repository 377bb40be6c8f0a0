"""A process that sweeps until it is killed: ``python -m tests.faults.sweeping DATABASE KEYS``."""

from __future__ import annotations

import sys
import threading

from service.sweep import Sweeper
from tests.faults.writing import open_ledger


def main() -> None:
    """Sweep, and never end."""
    Sweeper(open_ledger(*sys.argv[1:]), every_s=0.02).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
