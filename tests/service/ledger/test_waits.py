"""How often each command waits for the server: it says at once what it needs, and once what it did.

A server a network away takes as long for each wait as for all else that a command does.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from service.demo.seed import rehearse
from service.ledger.ledger import Ledger
from service.settings import Settings

_SEED: Final = 2026
_MOST: Final = 4
"""To begin, for the lock with what the command names, for what new entries need, to commit."""

_MORE: Final = {
    "DeleteEvidenceFile": "looks for the file, and whether anything is left of it after the entry",
    "DeleteEvidenceFiles": "does likewise",
    "ErasePerson": "finds out whether anything was ever recorded about the person",
}
"""Kinds that wait more often, and what for."""


def test_a_command_waits_for_the_server_three_times_or_four(
    postgres_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=postgres_url,
        keys_url=f"sqlite:///{tmp_path / 'keys.db'}",
        kek_file=tmp_path / "kek",
        evidence_folder=tmp_path / "evidence",
    )
    waits: dict[str, list[int]] = defaultdict(list)
    rehearsed = rehearse(settings, _SEED)
    with closing(rehearsed.ledger) as ledger:
        ledger.prepare()
        for step in rehearsed.script.steps:
            with _traced(ledger) as trace:
                rehearsed.player.perform(step)
            waits[step.kind.__name__].append(_waits_in(trace))

    # Now and then a command reads again what an erasure had the process forget.
    usual = {kind: statistics.median(times) for kind, times in waits.items()}
    assert {kind for kind, most in usual.items() if most > _MOST} == _MORE.keys()
    assert min(usual.values()) == _MOST - 1, "the trace shows nothing"


@contextmanager
def _traced(ledger: Ledger) -> Iterator[list[str]]:
    """Give a list that has, when the block has ended, what was said to the server, in order."""
    said: list[str] = []
    driver = _driver(ledger)
    with tempfile.TemporaryFile("w+") as file:
        driver.pgconn.trace(file.fileno())
        try:
            yield said
        finally:
            driver.pgconn.untrace()
        said += _said(file)


def _driver(ledger: Ledger) -> Any:  # noqa: ANN401 - the driver's
    connection = ledger._executor._connection._connection
    assert connection is not None
    return connection.connection.dbapi_connection


def _said(trace: IO[str]) -> Iterator[str]:
    trace.seek(0)
    for line in trace:
        # When, who speaks, how much, and what; a statement may go on over lines.
        fields = line.split("\t")
        if fields[1:2] == ["F"]:
            yield fields[3].strip()


def _waits_in(said: list[str]) -> int:
    """Count the times when an answer was asked for; what follows one at once asks for no more."""
    return sum(
        what == "Sync" or (what == "Flush" and before != "Sync")
        for before, what in zip(["", *said], said, strict=False)
    )
