"""A command id gives the first outcome, for whoever sent it and for what was sent."""

from __future__ import annotations

import uuid

import msgspec

from domain.coalition.coalition import SetSeats
from service.ledger.request import Accepted, CommandIdReused
from service.security.principal import Role
from tests.service.coalition import Coalition, new_id
from tests.service.ledger.rows import all_entries, everything

PARTNER = "collaborative-partner"


def test_a_repeated_command_id_gives_the_first_outcome(coalition: Coalition) -> None:
    director = coalition.principals[Role.DIRECTOR]
    command = SetSeats(tier=PARTNER, seats=9)
    request = coalition.request(command, director)
    first = coalition.ledger.execute(request)

    coalition.must(SetSeats(tier=PARTNER, seats=10), Role.DIRECTOR)
    again = coalition.ledger.execute(request)
    reopened = coalition.reopen()
    after_restart = reopened.execute(request)
    reopened.close()

    assert isinstance(first, Accepted)
    assert first == again == after_restart
    assert len(first.entries) == 1


def test_repeats_within_one_batch_execute_once(coalition: Coalition) -> None:
    request = coalition.request(
        SetSeats(tier=PARTNER, seats=9), coalition.principals[Role.DIRECTOR]
    )
    before = len(all_entries(coalition))

    futures = [coalition.ledger.submit(request) for _ in range(50)]
    outcomes = [future.result(30) for future in futures]

    assert len({msgspec.json.encode(outcome) for outcome in outcomes}) == 1
    assert len(all_entries(coalition)) == before + 1


def test_a_command_id_with_other_content_is_refused_and_changes_nothing(
    coalition: Coalition,
) -> None:
    director = coalition.principals[Role.DIRECTOR]
    command_id = str(uuid.uuid4())
    coalition.ledger.execute(
        coalition.request(SetSeats(tier=PARTNER, seats=9), director, command_id=command_id)
    )
    before = everything(coalition)

    outcome = coalition.ledger.execute(
        coalition.request(SetSeats(tier=PARTNER, seats=10), director, command_id=command_id)
    )

    assert outcome == CommandIdReused(command_id)
    assert everything(coalition) == before


def test_the_same_command_id_of_another_principal_is_another_command(
    coalition: Coalition,
) -> None:
    command_id = str(uuid.uuid4())
    first, second = (
        msgspec.structs.replace(coalition.principals[Role.DIRECTOR], id=new_id()) for _ in range(2)
    )

    outcomes = [
        coalition.ledger.execute(
            coalition.request(SetSeats(tier=PARTNER, seats=seats), principal, command_id=command_id)
        )
        for principal, seats in ((first, 9), (second, 10))
    ]

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
