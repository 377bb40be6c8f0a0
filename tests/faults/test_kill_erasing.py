"""An erasure that is durable is finished, wherever the process was killed on the way."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.faults.writing import open_ledger
from tests.service.coalition import Coalition
from tests.service.ledger.erasures import (
    assert_views_follow,
    entry_of,
    erased,
    opened,
    public,
    represented,
)

STEPS = 5
"""At least so many transactions are there to be killed before."""


def test_an_erasure_is_finished_wherever_it_was_killed(database_url: str, tmp_path: Path) -> None:
    coalition = Coalition(database_url, tmp_path)
    people = [represented(coalition) for _ in range(4 * STEPS + 4)]
    coalition.close()
    for kind in ("person", "value"):
        killed = 0
        for commits in itertools.count():
            party, person = people.pop()
            with closing(open_ledger(database_url, coalition.places.keys_url)) as ledger:
                (entry, registered), (_, appointed) = (
                    entry_of(ledger, party),
                    entry_of(ledger, party, 2),
                )
                before = public(ledger)
            what = [person] if kind == "person" else [entry, "name"]
            done = subprocess.run(
                [
                    sys.executable, "-m", "tests.faults.erasing", database_url,
                    coalition.places.keys_url, str(commits), kind, *what,
                ],
                check=False,
                capture_output=True,
                text=True,
            )  # fmt: skip
            if done.returncode == 0:
                assert done.stdout == "finished\n"
                break
            assert done.returncode == -signal.SIGKILL, done.stderr
            killed += 1

            with closing(open_ledger(database_url, coalition.places.keys_url)) as ledger:
                ledger.finish_erasures()
                position = appointed if kind == "person" else registered
                assert "data.name" in erased(ledger, position)
                assert "data.name" not in opened(ledger, position)
                assert "data.capacity" in opened(ledger, appointed)
                assert public(ledger)[: len(before)] == before
                assert_views_follow(ledger)
        assert killed >= (STEPS if kind == "value" else STEPS - 1)
