"""A process that signs once and dies before its nth effect.

Its arguments are DATABASE KEYS FILE N: effects are opening the fresh file,
giving it its name, and committing what is published, in whatever order they come.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy import event

from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.faults.writing import open_ledger

DIED = 9


def main() -> None:
    """Sign, unless the process dies first."""
    database_url, keys_url, path, dies_before = sys.argv[1:]
    ledger = open_ledger(database_url, keys_url)
    signer = Signer(ledger, SignedFile(Path(path)))
    left = int(dies_before)

    def effect() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(DIED)

    def audit(name: str, arguments: tuple[object, ...]) -> None:
        if name in {"open", "os.rename"} and str(arguments[0]).endswith(".new"):
            effect()

    sys.addaudithook(audit)
    event.listen(ledger.engine, "commit", lambda _connection: effect())
    signer.sign()
