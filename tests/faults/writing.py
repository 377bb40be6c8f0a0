"""A process that writes until it is killed: ``python -m tests.faults.writing DATABASE KEYS``.

Each acknowledged command is printed as its command id and its last position, so that
the test knows what it was promised.
"""

from __future__ import annotations

import sys
import threading
import uuid
from datetime import UTC, datetime

from domain.membership.application import SubmitApplication
from domain.terms import ApplicationId, PartyId, PrincipalId, ReviewId
from service.ledger.engine import create_engine
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Request
from service.planning.deciding import decide
from service.security.principal import Principal, Role
from tests.service.coalition import KEK, new_id, organisation

WRITERS = 8
APPLICANT = Principal(PrincipalId("kill-test-applicant"), Role.APPLICANT)


def submission(command_id: str) -> Request:
    """Return a command that is always accepted."""
    command = SubmitApplication(
        application=ApplicationId(new_id()),
        review=ReviewId(new_id()),
        party=PartyId(new_id()),
        applicant=APPLICANT.id,
        tier="community-network",
        organisation=organisation(),
    )
    return Request(
        principal=APPLICANT, command=command, command_id=command_id, content=command_id.encode()
    )


def open_ledger(database_url: str, keys_url: str) -> Ledger:
    """Open the ledger of the test."""
    return Ledger(
        create_engine(database_url),
        KeyStore.open(keys_url, KEK),
        decide,
        lambda: datetime.now(UTC),
    )


def _write(ledger: Ledger, printing: threading.Lock) -> None:
    while True:
        command_id = str(uuid.uuid4())
        outcome = ledger.execute(submission(command_id))
        if isinstance(outcome, Accepted):
            with printing:
                sys.stdout.write(f"{command_id} {outcome.entries[-1].position}\n")
                sys.stdout.flush()


def main() -> None:
    """Write from several threads until the process ends."""
    ledger = open_ledger(sys.argv[1], sys.argv[2])
    printing = threading.Lock()
    threads = [
        threading.Thread(target=_write, args=(ledger, printing), daemon=True)
        for _ in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
