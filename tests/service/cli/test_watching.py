"""`coalition audit diff` and `watch`: a log over time."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from domain.audit.bundle import END, header
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.note import Note
from tests.domain.audit.logs import KEY, OTHER_KEY, WITNESS, files_of, written
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault
from tests.service.cli.test_auditing import write
from tests.service.cli.test_log import checkpoint_of, log_key
from tests.service.cli.test_serving import served

ENTRIES = written(700)
FORKED = [*ENTRIES[:200], *ENTRIES[201:]]
TRUST = f"--log-key={KEY.verifier}"


@pytest.fixture
def anywhere(tmp_path: Path) -> Installation:
    """A machine without a ledger, a key or a setting."""
    place = Installation(tmp_path, "")
    place.environment.clear()
    return place


def log(anywhere: Installation, name: str, entries: list[bytes]) -> str:
    return str(write(anywhere.folder / name, files_of(entries)))


def test_what_was_added_is_told_by_type_and_stream(anywhere: Installation) -> None:
    old, new = log(anywhere, "old", ENTRIES[:300]), log(anywhere, "new", ENTRIES[:306])
    found = orjson.loads(anywhere.must("audit", "diff", old, new, TRUST, "--json").stdout)
    assert (found["from"], found["to"]) == (300, 306)
    assert found["types"] == {
        "confidential": 1,
        "membership.admitted.v1": 2,
        "membership.agreement_sent.v1": 3,
    }
    assert [sum(types.values()) for types in found["streams"].values()] == [1, 3, 1]
    printed = anywhere.must("audit", "diff", f"{old}/checkpoint", new, TRUST).stdout
    assert printed.startswith("6 entries were added to the first 300\n")
    assert f"{1_000_002:032x}" in printed


def test_nothing_was_added_to_the_same_log(anywhere: Installation) -> None:
    same = log(anywhere, "same", ENTRIES[:300])
    assert anywhere.must("audit", "diff", same, same, TRUST).stdout.startswith("0 entries")


def test_a_log_that_does_not_extend_the_old_one_has_no_difference(anywhere: Installation) -> None:
    old, new = log(anywhere, "old", ENTRIES[:300]), log(anywhere, "new", FORKED)
    assert_fault(anywhere.run("audit", "diff", old, new, TRUST), 1, "forked")
    result = anywhere.run("audit", "diff", log(anywhere, "later", ENTRIES), old, TRUST)
    assert_fault(result, 1, "rolled back")
    assert_fault(anywhere.run("audit", "diff", "nowhere", new, TRUST), 3, "nowhere")


def watch(anywhere: Installation, place: str, *more: str) -> tuple[str, ...]:
    return ("audit", "watch", place, TRUST, f"--data={anywhere.folder / 'kept'}", "--once", *more)


def kept(anywhere: Installation, kind: str = "checkpoint") -> list[Note]:
    files = sorted((anywhere.folder / "kept").glob(f"*.{kind}"))
    return [Note.parse(file.read_bytes()) for file in files]


def test_a_log_that_grows_is_followed(anywhere: Installation) -> None:
    for size in (1, 1, 200, 256, 257, 700):
        place = log(anywhere, f"log-{size}", ENTRIES[:size])
        result = anywhere.must(*watch(anywhere, place))
        assert result.stdout == ""
        (note,) = kept(anywhere)
        assert Checkpoint.parse(note.text).size == size
    assert kept(anywhere, "evidence") == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (FORKED, "forked"),
        ([*ENTRIES[:200], *ENTRIES[201:401]], "forked"),
        (ENTRIES[:399], "rolled back"),
        ([], "rolled back"),
    ],
)
def test_a_fork_or_a_rollback_is_told_and_both_sides_are_kept(
    anywhere: Installation, entries: list[bytes], said: str
) -> None:
    anywhere.must(*watch(anywhere, log(anywhere, "first", ENTRIES[:400])))
    (before,) = kept(anywhere)
    now = log(anywhere, "second", entries)
    assert_fault(anywhere.run(*watch(anywhere, now)), 1, said)
    assert kept(anywhere) == [before]
    assert kept(anywhere, "evidence") == [Note.parse((Path(now) / "checkpoint").read_bytes())]
    # And again, as long as it is shown.
    assert_fault(anywhere.run(*watch(anywhere, now)), 1, said)


def test_what_is_not_signed_as_asked_for_is_not_kept(anywhere: Installation) -> None:
    other = str(write(anywhere.folder / "other", files_of(ENTRIES[:9], OTHER_KEY)))
    assert_fault(anywhere.run(*watch(anywhere, other)), 1, "no key that is trusted")
    own = log(anywhere, "own", ENTRIES[:9])
    alone = watch(anywhere, own, f"--witness-key={WITNESS.verifier}")
    assert_fault(anywhere.run(*alone), 1, "0 witnesses")
    assert kept(anywhere) == []


def test_a_bundle_in_which_a_name_stands_twice_is_told_of(anywhere: Installation) -> None:
    bundle = anywhere.folder / "log.tar"
    bundle.write_bytes(header("checkpoint", 0) * 2 + END)
    look = ("audit", "watch", str(bundle), f"--log-key={KEY.verifier}", "--once")
    watched = anywhere.folder / "watched"
    assert_fault(anywhere.run(*look, f"--data={watched}"), 1, "checkpoint twice")
    assert not watched.exists()


def test_what_cannot_be_reached_is_no_alarm(anywhere: Installation) -> None:
    assert_fault(anywhere.run(*watch(anywhere, "http://127.0.0.1:1")), 3, "does not answer")
    place = log(anywhere, "log", ENTRIES[:300])
    anywhere.must(*watch(anywhere, place))
    later = Path(log(anywhere, "later", ENTRIES))
    (later / "tile/0/001").unlink()
    assert_fault(anywhere.run(*watch(anywhere, str(later))), 3, "lacks tiles")
    (kept_file,) = (anywhere.folder / "kept").glob("*.checkpoint")
    kept_file.write_bytes(b"nonsense")
    assert_fault(anywhere.run(*watch(anywhere, place)), 3, "is no checkpoint")


def test_a_service_is_watched(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    key = log_key(small_place)
    with served(small_place) as (_, address):
        note = checkpoint_of(address)
        folder = small_place.folder / "kept"
        small_place.must(
            *("audit", "watch", address, f"--log-key={key}", f"--data={folder}", "--once")
        )
    (file,) = folder.glob("*.checkpoint")
    assert Note.parse(file.read_bytes()).text == note.text
