"""`coalition listen`, against a service that comes and goes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from service.security.principal import Role
from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import served

IN_TIME_S = 30.0

# What runs in the background of a shell begins with Ctrl-C ignored, and passes that on.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from service.cli import app
app()
"""


class Listening:
    """The command while it runs."""

    def __init__(self, *arguments: str, key: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "listen", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COALITION_API_KEY": key},
        )

    def line(self) -> dict[str, object]:
        """Return the next entry that it prints."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], IN_TIME_S)
        assert ready, "nothing was printed in time"
        entry: dict[str, object] = json.loads(self.process.stdout.readline())
        return entry

    def lines(self, count: int) -> list[dict[str, object]]:
        """Return the next entries."""
        assert self.process.stdout is not None
        # What was read ahead is not seen by select.
        return [json.loads(self.process.stdout.readline()) for _ in range(count)]

    def stop(self) -> str:
        """Press Ctrl-C; return what it says then."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=20)
        return said


@pytest.fixture
def listening() -> Iterator[list[Listening]]:
    """What was started, to be ended."""
    started: list[Listening] = []
    yield started
    for each in started:
        each.process.kill()
        each.process.communicate()


def test_entries_are_printed_after_a_position_and_as_they_are_made(
    small_coalition: Coalition, listening: list[Listening]
) -> None:
    with served(small_coalition) as address, small_coalition.ledger.read() as snapshot:
        end = snapshot.position
        listener = Listening(address, "--after=0")
        listening.append(listener)
        first = listener.lines(end)
        assert [each["position"] for each in first] == list(range(1, end + 1))
        assert first[0]["type"] == "coalition.founded.v1"
        assert set(first[0]) >= {"leafHash", "recordedOn", "stream", "publicData"}
        small_coalition.set_seats("collaborative-partner", 9)
        (made,) = listener.lines(1)
        assert (made["position"], made["type"]) == (end + 1, "coalition.seats_set.v1")
        assert listener.stop().endswith(f"Go on with --after {end + 1}.\n")
    assert listener.process.returncode == 0


def test_only_what_is_asked_for_is_printed(
    small_coalition: Coalition, listening: list[Listening]
) -> None:
    with served(small_coalition) as address:
        key = new_key(small_coalition, Role.PORTAL)
        listener = Listening(address, "--after=0", "--type=membership.admitted.v1", key=key)
        listening.append(listener)
        (entry,) = listener.lines(1)
        assert entry["type"] == "membership.admitted.v1"


def test_what_is_wrong_is_told(small_coalition: Coalition, small_place: Installation) -> None:
    assert_fault(small_place.run("listen", "ledger.example.org"), 2, "is no address")
    assert_fault(small_place.run("listen", "http://127.0.0.1:1"), 3, "cannot be reached")
    with served(small_coalition) as address:
        small_place.environment["COALITION_API_KEY"] = "nonsense"
        assert_fault(small_place.run("listen", address), 2, "401", "not accepted")
        small_place.environment["COALITION_API_KEY"] = ""
        assert_fault(small_place.run("listen", f"{address}/elsewhere"), 2, "404")
