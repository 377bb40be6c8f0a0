"""The last seat, one vote a partner and one EIN, when two processes write at the same moment."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from domain.coalition.vote import CastVote
from domain.decision import Command, RefusalCode
from domain.terms import Ballot, PrincipalId
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.coalition import Coalition
from tests.service.racing import ACCEPTED, OPENED, Given, Turn
from tests.service.test_races import MEMBER, PARTNER, admit, reviewed, taken

ROUNDS = 5
SOON_S = 0.01


class Racers:
    """Two processes, each with a ledger and a writer of its own."""

    def __init__(self) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.service.racing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(2)
        ]

    def enter(self, coalition: Coalition) -> None:
        """Let both open a ledger."""
        turn = Turn(coalition.places, coalition.clock.now)
        assert self._take([turn, turn]) == [OPENED, OPENED]

    def race(
        self, coalition: Coalition, commands: Sequence[Command], principals: Sequence[Principal]
    ) -> list[str]:
        """Let each give one command at the same moment, and return the outcomes in order."""
        at = time.time() + SOON_S
        return self._take(
            [
                Turn(
                    coalition.places,
                    coalition.clock.now,
                    Given(at, who, type(each).__name__, msgspec.Raw(msgspec.json.encode(each))),
                )
                for each, who in zip(commands, principals, strict=True)
            ]
        )

    def _take(self, turns: Sequence[Turn]) -> list[str]:
        for process, turn in zip(self._processes, turns, strict=True):
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(turn) + b"\n")
            process.stdin.flush()
        lines = []
        for process in self._processes:
            assert process.stdout is not None
            lines.append(process.stdout.readline().decode().strip())
        return lines

    def close(self) -> None:
        """End both."""
        for process in self._processes:
            process.communicate(timeout=30)
            assert process.returncode == 0


@pytest.fixture(scope="module")
def racers() -> Iterator[Racers]:
    """Two processes, for all of these tests."""
    started = Racers()
    yield started
    started.close()


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    made = Assembly(database_url, tmp_path, partners=1)
    yield made
    made.coalition.close()


def test_of_two_processes_that_admit_for_the_last_seat_exactly_one_does(
    racers: Racers, coalition: Coalition
) -> None:
    coalition.set_seats(PARTNER, 1)
    racers.enter(coalition)
    committee = [coalition.principals[Role.COMMITTEE]] * 2
    rivals = reviewed(coalition, 2 * ROUNDS)
    for place in range(ROUNDS):
        coalition.set_seats(PARTNER, 2 + place)
        commands = [admit(each) for each in rivals[2 * place : 2 * place + 2]]
        outcomes = racers.race(coalition, commands, committee)
        assert sorted(outcomes) == [ACCEPTED, RefusalCode.TIER_FULL]
        assert taken(coalition, PARTNER) == (2 + place, 0)


def test_of_two_processes_that_admit_under_one_ein_exactly_one_does(
    racers: Racers, coalition: Coalition
) -> None:
    racers.enter(coalition)
    committee = [coalition.principals[Role.COMMITTEE]] * 2
    for place in range(ROUNDS):
        rivals = reviewed(coalition, 2, tier=MEMBER, ein=coalition.ein())
        outcomes = racers.race(coalition, [admit(each) for each in rivals], committee)
        assert sorted(outcomes) == [ACCEPTED, RefusalCode.EIN_HELD]
        assert taken(coalition, MEMBER) == (1 + place, 0)


def test_of_two_votes_of_one_partner_in_two_processes_exactly_one_is_cast(
    racers: Racers, assembly: Assembly
) -> None:
    racers.enter(assembly.coalition)
    speaker = assembly.speaker(0)
    # Two who speak for the same partner.
    speakers = [speaker, msgspec.structs.replace(speaker, id=PrincipalId(f"{speaker.id}-too"))]
    for _ in range(ROUNDS):
        vote = assembly.open(assembly.apply())
        ballots = [CastVote(vote=vote, ballot=each) for each in (Ballot.APPROVE, Ballot.AGAINST)]
        outcomes = racers.race(assembly.coalition, ballots, speakers)
        assert sorted(outcomes) == [ACCEPTED, RefusalCode.ALREADY_VOTED]
