"""An erasure that is durable is finished, wherever the process was killed on the way."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.forking import Parent
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


@pytest.fixture(scope="module")
def erasing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    with Parent("tests.faults.erasing", tmp_path_factory.mktemp("erasing")) as parent:
        yield parent


def test_an_erasure_is_finished_wherever_it_was_killed(
    database_url: str, tmp_path: Path, erasing: Parent
) -> None:
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
            places = (database_url, coalition.places.keys_url)
            code, said = erasing.run(*places, str(commits), kind, *what)
            if code == 0:
                assert said == "finished\n"
                break
            assert code == -signal.SIGKILL, said
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
