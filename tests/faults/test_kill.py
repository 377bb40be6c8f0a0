"""An acknowledged command survives ``kill -9`` of whoever acknowledged it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from domain.ledger.merkle import Frontier, leaf_hash
from service.ledger import tables
from service.ledger.request import Accepted
from tests.faults.writing import open_ledger, submission
from tests.service.coalition import Coalition

KILLS = 4
AT_LEAST_ACKNOWLEDGED = 20


def test_killing_the_writer_loses_tears_and_repeats_nothing(
    database_url: str, tmp_path: Path
) -> None:
    founded = Coalition(database_url, tmp_path)
    places = founded.places
    founded.close()
    acknowledged: dict[str, int] = {}
    chance = random.Random(2026)  # noqa: S311 - when to kill, not a secret

    for _ in range(KILLS):
        acknowledged |= _write_until_killed(
            places.database_url, places.keys_url, chance.uniform(0.2, 0.6)
        )

    ledger = open_ledger(places.database_url, places.keys_url)
    with ledger.engine.connect() as connection:
        rows = connection.execute(
            sa.select(tables.entries).order_by(tables.entries.c.position)
        ).all()
        frontier = connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    root = Frontier().extend([leaf_hash(bytes(row.data)) for row in rows]).root()
    assert Frontier.from_bytes(bytes(frontier)).root() == root
    repeats = [
        (ledger.submit(submission(command_id)), position)
        for command_id, position in list(acknowledged.items())[-2_000:]
    ]
    for repeat, position in repeats:
        outcome = repeat.result(30)
        assert isinstance(outcome, Accepted)
        assert outcome.entries[-1].position == position
    with ledger.read() as snapshot:
        assert snapshot.position == len(rows), "a repeat was executed again"
    ledger.close()


def _write_until_killed(database_url: str, keys_url: str, after_s: float) -> dict[str, int]:
    """Let a process write, kill it in the middle, and return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writing", database_url, keys_url],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(AT_LEAST_ACKNOWLEDGED)]
    time.sleep(after_s)
    process.kill()
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    # The last line may be torn: what was not read whole was not acknowledged to anybody.
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {command_id: int(position) for command_id, position in whole}
