"""`coalition audit`: every verdict is one clear line and an exit code."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from domain.audit.rows import MODELS
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.note import Note
from domain.ledger.tiles import tiles_of
from service.ledger import tables
from service.ledger.engine import begin_writing, create_engine
from tests.domain.audit.logs import KEY, OTHER_KEY, WITNESS, checkpoint_of, files_of, written
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault
from tests.service.cli.test_log import checkpoint_of as published_checkpoint
from tests.service.cli.test_log import log_key
from tests.service.cli.test_serving import served

ENTRIES = written(300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exported log of 300 entries."""
    return write(tmp_path / "log", files_of(ENTRIES))


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def anywhere(tmp_path: Path) -> Installation:
    """A machine without a ledger, a key or a setting."""
    place = Installation(tmp_path, "")
    place.environment.clear()
    return place


def test_a_bundle_a_folder_and_a_service_get_the_same_verdict(place: Installation) -> None:
    place.must(*FOUNDING)
    key = log_key(place)
    bundle, out = place.folder / "log.tar", place.folder / "out"
    with served(place) as (_, address):
        published_checkpoint(address)
        place.must("log", "export", str(out))
        place.must("audit", "bundle", str(bundle))
        verdicts = [
            orjson.loads(place.must("audit", "verify", where, f"--log-key={key}", "--json").stdout)
            for where in (str(bundle), str(out), address, f"{address}/log/v1/")
        ]
    assert {each["rootHash"] for each in verdicts} == {verdicts[0]["rootHash"]}
    assert [each["documents"] for each in verdicts] == [1, 0, 0, 0]
    for verdict in verdicts:
        assert verdict["verdict"] == "ok"
        assert verdict["origin"] == key.name
        assert verdict["size"] == verdict["signedSize"]


def test_a_bundle_is_a_tar_archive_of_the_folder(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    with served(small_place) as (_, address):
        size = Checkpoint.parse(published_checkpoint(address).text).size
    bundle, out = small_place.folder / "log.tar", small_place.folder / "out"
    small_place.must("log", "export", str(out))
    small_place.must("audit", "bundle", str(bundle))
    first = bundle.read_bytes()
    small_place.must("audit", "bundle", str(bundle))
    assert bundle.read_bytes() == first
    with tarfile.open(bundle, "r:") as archive:
        names = archive.getnames()
        archive.extractall(small_place.folder / "extracted", filter="data")
    assert {"checkpoint", "keys", *map(str, tiles_of(size))} <= set(names)
    for file in out.rglob("*"):
        if file.is_file():
            copied = small_place.folder / "extracted" / file.relative_to(out)
            assert copied.read_bytes() == file.read_bytes()
    key = f"--log-key={small_place.folder / 'extracted' / 'keys'}"
    small_place.must("audit", "verify", str(small_place.folder / "extracted"), key)


def test_a_bundle_as_of_a_position_ends_there(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    key = log_key(small_place)
    with served(small_place) as (_, address):
        size = Checkpoint.parse(published_checkpoint(address).text).size
    bundle = small_place.folder / "log.tar"
    small_place.must("audit", "bundle", str(bundle), "--as-of=2")
    verify = ("audit", "verify", str(bundle), f"--log-key={key}")
    verdict = orjson.loads(small_place.must(*verify, "--json").stdout)
    assert (verdict["size"], verdict["signedSize"]) == (2, size)
    assert f"{size} are signed" in small_place.must(*verify).stdout
    too_far = small_place.run("audit", "bundle", str(bundle), f"--as-of={size + 1}")
    assert_fault(too_far, 2, f"{size} entries are published")


def test_a_value_that_was_expunged_is_missing_with_reason(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    key, bundle = log_key(small_place), small_place.folder / "full.tar"
    engine = create_engine(small_place.database_url)
    with engine.connect() as connection:
        entry = connection.execute(
            sa.select(tables.entries.c.entry_id).where(tables.entries.c.position == 1)
        ).scalar_one()
    engine.dispose()
    small_place.must("erase", "value", entry, "source")
    with served(small_place) as (_, address):
        published_checkpoint(address)
    small_place.must("audit", "bundle", str(bundle), "--full")
    verify = ("audit", "verify", str(bundle), f"--log-key={key}")
    verdict = orjson.loads(small_place.must(*verify, "--json").stdout)
    assert (verdict["erased"], verdict["opened"] > 0) == (1, True)
    assert "1 were erased" in small_place.must(*verify).stdout


def test_a_bundle_before_the_first_signature_says_so(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    assert_fault(small_place.run("audit", "bundle", "b.tar"), 3, "No checkpoint was published")


def test_it_prints_what_was_checked(anywhere: Installation, folder: Path) -> None:
    printed = anywhere.must("audit", "verify", str(folder), f"--log-key={KEY.verifier}").stdout
    assert printed.startswith("nothing is wrong with the 300 entries of test.example/ledger\n")
    assert "cosigned by   nobody" in printed


def test_a_change_is_named_with_position_and_reason(anywhere: Installation, folder: Path) -> None:
    file = folder / "tile/entries/000"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    verify = ("audit", "verify", str(folder), f"--log-key={KEY.verifier}")
    assert_fault(anywhere.run(*verify), 1, "position 256: ", "hash")
    result = anywhere.run(*verify, "--json")
    assert result.exit_code == 1
    verdict = orjson.loads(result.stdout)
    assert (verdict["verdict"], verdict["position"]) == ("tampered", 256)


def test_a_checkpoint_from_earlier_wins_over_what_is_signed_now(
    anywhere: Installation, folder: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier"
    verify = ("audit", "verify", str(folder), f"--log-key={KEY.verifier}")
    earlier.write_bytes(files_of(ENTRIES[:200])["checkpoint"])
    assert "extends       200" in anywhere.must(*verify, f"--checkpoint={earlier}").stdout
    earlier.write_bytes(files_of([*ENTRIES[:100], *ENTRIES[101:200]])["checkpoint"])
    assert_fault(anywhere.run(*verify, f"--checkpoint={earlier}"), 1, "position 1: ", "forked")
    earlier.write_bytes(files_of(written(301))["checkpoint"])
    assert_fault(anywhere.run(*verify, f"--checkpoint={earlier}"), 1, "301", "rolled back")
    earlier.write_bytes(files_of(ENTRIES[:200], OTHER_KEY)["checkpoint"])
    assert_fault(anywhere.run(*verify, f"--checkpoint={earlier}"), 1, "no key that is trusted")


def test_a_quorum_of_witnesses_is_asked_for(
    anywhere: Installation, folder: Path, tmp_path: Path
) -> None:
    verify = ("audit", "verify", str(folder), f"--log-key={KEY.verifier}")
    witness = f"--witness-key={WITNESS.verifier}"
    assert_fault(anywhere.run(*verify, witness), 1, "0 witnesses have cosigned")
    anywhere.must(*verify, witness, "--quorum=0")
    write(folder, files_of(ENTRIES, more=[WITNESS]))
    assert f"cosigned by   {WITNESS.name}" in anywhere.must(*verify, witness).stdout
    assert_fault(anywhere.run(*verify, witness, "--quorum=2"), 2, "1 keys are given")
    keys = tmp_path / "witnesses"
    keys.write_text(f"{WITNESS.verifier}\n\n{OTHER_KEY.verifier}\n")
    assert_fault(anywhere.run(*verify, f"--witness-key={keys}"), 1, "cosigned it, and 2 are")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--log-key=nonsense",),
        (f"--log-key={KEY.verifier}x",),
        (f"--log-key={KEY.verifier}", "--checkpoint=nowhere"),
        (f"--log-key={KEY.verifier}", f"--checkpoint={__file__}"),
        (f"--log-key={KEY.verifier}", "--witness-key=nonsense"),
        # Longer than the name of a file can be.
        (f"--log-key={'x' * 5_000}",),
        (f"--log-key={sys.executable}",),
    ],
)
def test_what_makes_no_sense_is_usage(
    anywhere: Installation, folder: Path, wrong: tuple[str, ...]
) -> None:
    assert_fault(anywhere.run("audit", "verify", str(folder), *wrong), 2)


def test_a_key_has_to_be_given(anywhere: Installation, folder: Path) -> None:
    assert anywhere.run("audit", "verify", str(folder)).exit_code == 2


def test_where_there_is_nothing_to_audit_there_is_no_verdict(
    anywhere: Installation, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("No bundle, but more than five hundred bytes of text. " * 20)
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / "dir/checkpoint").mkdir(parents=True)
    for where in (
        *("empty", "text", "nothing", "dir", "nowhere", "x" * 300, "no text: \udcff"),
        *("http://127.0.0.1:1", "http://", "https://[", "http://x:99999999"),
    ):
        place = where if where.startswith("http") else str(tmp_path / where)
        result = anywhere.run("audit", "verify", place, f"--log-key={KEY.verifier}")
        assert_fault(result, 3)
        asked = anywhere.run("audit", "verify", place, f"--log-key={KEY.verifier}", "--json")
        assert orjson.loads(asked.stdout)["verdict"] == "unreadable"


def test_it_needs_no_database_and_nothing_of_the_service(folder: Path) -> None:
    program = (
        "import sys\n"
        "from service.cli import app\n"
        "try:\n"
        f"    app(['audit', 'verify', {str(folder)!r}, '--log-key={KEY.verifier}'])\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    modules = done.stderr.split()
    used = {name for name in modules if name.split(".")[0] in {"service", "projections"}}
    assert used <= {
        *("service", "service.auditing", "service.auditing.sources"),
        *(name for name in used if name == "service.cli" or name.startswith("service.cli.")),
    }
    assert not {"sqlalchemy", "psycopg", "pysqlite3", "strawberry"} & set(modules)


def test_the_checkpoint_of_a_bundle_is_a_note(folder: Path) -> None:
    assert Note.parse((folder / "checkpoint").read_bytes()) == checkpoint_of(files_of(ENTRIES))


def test_an_operator_attests_and_is_told_what_was_edited(place: Installation) -> None:
    place.must(*FOUNDING)
    attested = orjson.loads(place.must("attest", "--json").stdout)["positions"]
    assert len(attested) == len(MODELS)
    again = place.must("attest", "--json")
    assert orjson.loads(again.stdout) == {"positions": []}
    assert "Nothing happened" in again.stderr
    engine = create_engine(place.database_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("UPDATE coalition SET name = 'Another'"))
    engine.dispose()
    assert_fault(place.run("attest"), 1, "position 3: ", "row of coalition", "coalition rebuild")
