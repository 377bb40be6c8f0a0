"""A process that gives commands at the moment it is told: ``python -m tests.service.racing``.

Each line that it reads is a `Turn`, and each line that it writes what came of one.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Mapping
from datetime import datetime

import msgspec

from domain.coalition.vote import CastVote
from domain.decision import Command, Refusal
from domain.membership.membership import AdmitMember
from service.ledger.engine import create_engine
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Request
from service.planning.deciding import decide
from service.security.principal import Principal
from tests.service.coalition import KEK, Places

ACCEPTED = "accepted"
OPENED = "opened"
COMMANDS: Mapping[str, type[Command]] = {each.__name__: each for each in (AdmitMember, CastVote)}


class Given(msgspec.Struct, frozen=True):
    """A command, by whom, and when: in seconds since 1970."""

    at: float
    principal: Principal
    name: str
    command: msgspec.Raw


class Turn(msgspec.Struct, frozen=True):
    """What to do in a ledger; without a command, to open it.

    Attributes:
        now: what its clock says.
    """

    places: Places
    now: datetime
    given: Given | None = None


def main() -> None:
    """Take turns until there are no more."""
    opened: tuple[Places, Ledger] | None = None
    for line in sys.stdin.buffer:
        turn = msgspec.json.decode(line, type=Turn)
        if opened is None or opened[0] != turn.places:
            if opened is not None:
                opened[1].close()
            opened = (turn.places, _open(turn))
        sys.stdout.write(OPENED if turn.given is None else _give(opened[1], turn.given))
        sys.stdout.write("\n")
        sys.stdout.flush()
    if opened is not None:
        opened[1].close()


def _open(turn: Turn) -> Ledger:
    return Ledger(
        create_engine(turn.places.database_url),
        KeyStore.open(turn.places.keys_url, KEK),
        decide,
        lambda: turn.now,
    )


def _give(ledger: Ledger, given: Given) -> str:
    command_id = str(uuid.uuid4())
    request = Request(
        principal=given.principal,
        command=msgspec.json.decode(given.command, type=COMMANDS[given.name]),
        command_id=command_id,
        content=command_id.encode(),
    )
    while time.time() < given.at:
        pass
    outcome = ledger.execute(request)
    if isinstance(outcome, Accepted):
        return ACCEPTED
    return outcome.code if isinstance(outcome, Refusal) else repr(outcome)


if __name__ == "__main__":
    main()
