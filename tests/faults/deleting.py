"""A process that is killed while it deletes a file of evidence.

Its arguments are DATABASE KEYS FOLDER APPLICATION SHA256 STEPS. It does so many steps, each of them
a commit or the removal of a file, and dies before the next. With more than it takes, it finishes
and prints that.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import uuid
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.membership.evidence_files import DeleteEvidenceFile
from domain.terms import ApplicationId, PrincipalId
from service.evidence.aging import kept_in
from service.evidence.folder import Folder
from service.ledger.request import Accepted, Request
from service.security.principal import Principal, Role
from tests.faults.writing import open_ledger


def main() -> None:
    """Delete, and die before a step."""
    database_url, keys_url, folder, application, sha256, steps = sys.argv[1:]
    ledger = open_ledger(database_url, keys_url)
    kept_in(ledger, Folder(Path(folder)))
    request = Request(
        principal=Principal(PrincipalId("kill-test-director"), Role.DIRECTOR),
        command=DeleteEvidenceFile(application=ApplicationId(application), sha256=sha256),
        command_id=str(uuid.uuid4()),
        content=b"",
    )
    counted = itertools.count()

    def step() -> None:
        if next(counted) == int(steps):
            os.kill(os.getpid(), signal.SIGKILL)

    @sa.event.listens_for(Engine, "commit")
    def _committing(_: Connection) -> None:
        step()

    def removing(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.remove" and str(arguments[0]).startswith(folder):
            step()

    sys.addaudithook(removing)
    assert isinstance(ledger.execute(request), Accepted)
    sys.stdout.write("finished\n")
