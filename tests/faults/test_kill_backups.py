"""A backup that was killed is none, a restore that was killed is none or all: and both go on.

``make drill`` kills more often.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.backups.archive import Archive
from service.ledger.key_faults import KeyStoreMissing
from service.ledger.keys import KeyStore
from tests.databases import create_database, drop_database
from tests.faults.forking import Parent
from tests.faults.writing import open_ledger
from tests.service.cli.conftest import Installation
from tests.service.coalition import KEK, Coalition, organisation
from tests.service.ledger.erasures import assert_views_follow, public

KILLS = int(os.environ.get("COALITION_DRILL_KILLS", "3"))
"""How often each command is killed."""

PARTIES = 60


class Survivor:
    """An installation, and places to restore its backups to."""

    def __init__(self, place: Installation, fresh: Callable[[], str], commanding: Parent) -> None:
        self.place = place
        self._commanding = commanding
        self.fresh = fresh
        place.kek.write_bytes(bytes(range(32)))
        place.kek.chmod(0o600)
        evidence = place.folder / "evidence"
        place.environment["COALITION_EVIDENCE_FOLDER"] = str(evidence)
        place.environment["COALITION_SIGNED_FILE"] = str(place.folder / "signed")
        coalition = Coalition(place.database_url, place.folder)
        for _ in range(PARTIES):
            coalition.submit("community-network", organisation())
        self.public = public(coalition.ledger)
        coalition.close()

    def kill(self, chance: random.Random, work_s: float, *command: str) -> None:
        """Run a command and kill it in the middle."""
        process = self._commanding.start(*command, env=self.place.environment)
        time.sleep(chance.uniform(0, work_s))
        process.kill()
        process.wait()

    def run(self, *command: str) -> float:
        """Run a command to its end, and return how long it worked, in seconds."""
        began_s = time.monotonic()
        code, said = self._commanding.run(*command, env=self.place.environment)
        assert code == 0, said
        return time.monotonic() - began_s

    def move(self, number: int) -> None:
        """Let the next restore go to a place in which nothing is."""
        folder = self.place.folder / f"restored{number}"
        folder.mkdir()
        self.place.environment["COALITION_DATABASE_URL"] = self.fresh()
        self.place.environment["COALITION_KEYS_URL"] = f"sqlite:///{folder / 'keys.db'}"
        self.place.environment["COALITION_EVIDENCE_FOLDER"] = str(folder / "evidence")


@pytest.fixture(scope="module")
def commanding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    with Parent("tests.faults.commanding", tmp_path_factory.mktemp("commanding")) as parent:
        yield parent


@pytest.fixture
def survivor(
    database_url: str, tmp_path: Path, commanding: Parent, request: pytest.FixtureRequest
) -> Iterator[Survivor]:
    made: list[str] = []

    def fresh() -> str:
        if database_url.startswith("sqlite"):
            made.append(f"sqlite:///{tmp_path / f'restored{len(made)}.db'}")
        else:
            made.append(create_database(request.getfixturevalue("postgres_server_url")))
        return made[-1]

    yield Survivor(Installation(tmp_path, database_url), fresh, commanding)
    for url in made:
        if url.startswith("postgresql"):
            drop_database(request.getfixturevalue("postgres_server_url"), url)


@pytest.mark.timeout(60 + 30 * KILLS)
def test_a_backup_that_was_killed_is_none(survivor: Survivor) -> None:
    chance = random.Random(1)  # noqa: S311 - when to kill, not a secret
    for kind in ("ledger", "keys"):
        first = survivor.place.folder / f"{kind}.first"
        work_s = survivor.run("backup", kind, str(first))
        for number in range(KILLS):
            file = survivor.place.folder / f"{kind}.{number}"
            survivor.kill(chance, work_s, "backup", kind, str(file))
            if file.exists():
                with Archive(file, kind) as archive:
                    assert archive.facts.parts
                file.unlink()
        # What is left of those that were killed is in nobody's way.
        again = survivor.place.folder / f"{kind}.0"
        survivor.run("backup", kind, str(again))
        with Archive(first, kind) as one, Archive(again, kind) as other:
            assert one.facts.size == other.facts.size


@pytest.mark.timeout(60 + 60 * KILLS)
def test_a_restore_that_was_killed_is_none_or_all(survivor: Survivor) -> None:
    chance = random.Random(2)  # noqa: S311 - when to kill, not a secret
    ledger, keys = (survivor.place.folder / f"{kind}.backup" for kind in ("ledger", "keys"))
    survivor.run("backup", "ledger", str(ledger))
    survivor.run("backup", "keys", str(keys))
    survivor.move(0)
    keys_work_s = survivor.run("restore", "keys", str(keys))
    ledger_work_s = survivor.run("restore", "ledger", str(ledger))
    for number in range(1, KILLS + 1):
        survivor.move(number)
        keys_url = survivor.place.environment["COALITION_KEYS_URL"]
        survivor.kill(chance, keys_work_s, "restore", "keys", str(keys))
        try:
            KeyStore.open(keys_url, KEK).close()
        except KeyStoreMissing:
            survivor.place.must("restore", "keys", str(keys))

        survivor.kill(chance, ledger_work_s, "restore", "ledger", str(ledger))
        again = survivor.place.run("restore", "ledger", str(ledger))
        if again.exit_code:
            # All of it was there; its views may have been still to make.
            assert "none is overwritten" in again.stderr
            survivor.place.must("rebuild")
        url = survivor.place.environment["COALITION_DATABASE_URL"]
        with closing(open_ledger(url, keys_url)) as restored:
            assert public(restored) == survivor.public
            assert_views_follow(restored)


def test_a_backup_is_one_state_while_others_write(survivor: Survivor) -> None:
    place = survivor.place
    writer = subprocess.Popen(
        [
            sys.executable, "-m", "tests.faults.writing",
            place.environment["COALITION_DATABASE_URL"], place.environment["COALITION_KEYS_URL"],
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    files = [(place.folder / f"{n}.ledger", place.folder / f"{n}.keys") for n in range(3)]
    for ledger, keys in files:
        place.must("backup", "ledger", str(ledger))
        place.must("backup", "keys", str(keys))
    writer.kill()
    writer.communicate()
    with closing(
        open_ledger(
            place.environment["COALITION_DATABASE_URL"], place.environment["COALITION_KEYS_URL"]
        )
    ) as written:
        whole = public(written)
    sizes = []
    for number, (ledger, keys) in enumerate(files):
        survivor.move(number)
        place.must("restore", "keys", str(keys))
        place.must("restore", "ledger", str(ledger))
        with closing(
            open_ledger(
                place.environment["COALITION_DATABASE_URL"],
                place.environment["COALITION_KEYS_URL"],
            )
        ) as restored:
            found = public(restored)
        assert found == whole[: len(found)]
        sizes.append(len(found))
    assert len(survivor.public) < sizes[0] < sizes[1] < sizes[2]
