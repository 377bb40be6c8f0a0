"""A process that is killed while it erases.

Its arguments are DATABASE KEYS COMMITS, and then ``person ID`` or ``value ENTRY FIELD``.

It makes the erasure durable, and then finishes it until so many transactions are committed. With
more than it takes, it finishes and prints that.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.terms import EntryId, PersonId, PrincipalId
from service.ledger.request import Accepted, Request
from service.security.principal import Principal, Role
from tests.faults.writing import open_ledger


def main() -> None:
    """Erase, and die before a commit."""
    database_url, keys_url, commits, kind, *what = sys.argv[1:]
    ledger = open_ledger(database_url, keys_url)
    command = (
        ErasePerson(person=PersonId(what[0]))
        if kind == "person"
        else ExpungeValue(entry=EntryId(what[0]), field=what[1])
    )
    request = Request(
        principal=Principal(PrincipalId("kill-test-director"), Role.DIRECTOR),
        command=command,
        command_id=str(uuid.uuid4()),
        content=b"",
    )
    assert isinstance(ledger.submit(request).result(30), Accepted)
    counted = itertools.count()

    @sa.event.listens_for(Engine, "commit")
    def _die(_: Connection) -> None:
        if next(counted) == int(commits):
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.finish_erasures()
    sys.stdout.write("finished\n")
