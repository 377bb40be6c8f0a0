"""Whatever an auditor or an operator is handed: a verdict and an exit code, and nothing else.

`make test` damages a few dozen files, the same each time; `make drill` thousands of others.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from domain.audit.bundle import BLOCK_BYTES, END, header, padding
from tests.domain.audit.logs import KEY, WITNESS, files_of, written
from tests.service.cli.conftest import FOUNDING, Installation

DRILL = settings().max_examples > 100
DAMAGED = settings(
    max_examples=600 if DRILL else 40,
    derandomize=not DRILL,
    database=None,
    deadline=None,
)
ENTRIES = written(300)
FILES = files_of(ENTRIES, more=[WITNESS])
OUTSIDE = ("../escaped", "/tmp/escaped", "tile/../../escaped", "..", "", "a" * 100)  # noqa: S108


def joined(files: dict[str, bytes]) -> bytes:
    """Return a bundle of these files."""
    made = b"".join(_part(name, content) for name, content in files.items())
    return made + END


def _part(name: str, content: bytes) -> bytes:
    return header(name, len(content)) + content + padding(len(content))


BUNDLE = joined(FILES)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> Handed:
    """Return a strategy of what may have become of a file, one or a few times over."""
    made = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        match draw(st.integers(0, 6)):
            case 0:
                del made[at:]
            case 1 if made:
                made[at] ^= 1 << draw(st.integers(0, 7))
            case 2:
                made[at:at] = draw(st.binary(min_size=1, max_size=600))
            case 3:
                del made[at : at + draw(st.integers(1, 2_000))]
            case 4:
                # A block stands twice, or in the place of another.
                start = at // BLOCK_BYTES * BLOCK_BYTES
                to = draw(st.integers(0, len(made) // BLOCK_BYTES)) * BLOCK_BYTES
                made[to:to] = made[start : start + BLOCK_BYTES]
            case 5:
                made[at : at + 12] = draw(st.binary(min_size=12, max_size=12))
            case _:
                made += draw(st.binary(max_size=2 * BLOCK_BYTES))
    return Handed(made)


class Handed(bytes):
    """The content of a file, which is not printed whole where a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes that begin with {bytes(self[:40])!r}>"


def _tar(format_: int, *members: tuple[str, bytes, bytes, str]) -> bytes:
    """Return an archive as other programs write it: name, type, content, link of each member."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format_) as archive:
        for name, kind, content, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]


@st.composite
def tricks(draw: st.DrawFn) -> Handed:
    """Return a strategy of archives that somebody made to do harm."""
    name = draw(st.sampled_from([*OUTSIDE, *FILES, "\u00e9" * 60, "x/" * 200 + "y"]))
    shape = draw(st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    plain = [(each, tarfile.REGTYPE, content, "") for each, content in FILES.items()]
    content = draw(st.binary(max_size=1_000))
    kind = draw(st.sampled_from([*KINDS, tarfile.REGTYPE]))
    odd = (name, kind, content, draw(st.sampled_from([*OUTSIDE, "/etc/hostname"])))
    at = draw(st.integers(0, len(plain)))
    size = draw(st.sampled_from([0, 1, 8**11 - 1, 8**10]))
    short = name.encode("ascii", "replace")[:100].decode() or "x"
    made: list[Callable[[], bytes]] = [
        lambda: _tar(shape, *plain[:at], odd, *plain[at:]) if _fits(shape, name) else BUNDLE[:-9],
        lambda: gzip.compress(BUNDLE),
        _zipped,
        lambda: header(short, size) + content,
        lambda: header("checkpoint", size) + BUNDLE[BLOCK_BYTES:],
        lambda: BUNDLE[: -len(END)] + header(short, size) + content + END,
        # A size in base 256, as GNU tar writes large ones, and one that is negative.
        lambda: BUNDLE[:124] + draw(st.sampled_from([b"\x80", b"\xff"])) * 12 + BUNDLE[136:],
        lambda: header("checkpoint", 0) * 2_000 + END,
        lambda: draw(st.binary(max_size=2_000)),
    ]
    return Handed(draw(st.sampled_from(made))())


def _fits(shape: int, name: str) -> bool:
    return shape != tarfile.USTAR_FORMAT or len(name.encode()) <= 100


def _zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in OUTSIDE[:3]:
            archive.writestr(name, b"x" * 10_000)
    return made.getvalue()


class Auditor:
    """Somebody on a machine of their own, with a folder for what they were handed."""

    def __init__(self, folder: Path) -> None:
        self.handed, self.target, self.work = (folder / each for each in ("in", "out", "work"))
        for each in (self.handed, self.target, self.work):
            each.mkdir()
        (self.handed / "good.tar").write_bytes(BUNDLE)
        (self.handed / "old").write_bytes(files_of(ENTRIES[:200])["checkpoint"])
        self.place = Installation(self.work, "")
        self.place.environment.clear()

    def hand(self, content: bytes, name: str = "bad") -> str:
        """Give them a file; return its path."""
        (self.handed / name).write_bytes(content)
        return str(self.handed / name)

    def run(self, *arguments: str) -> Result:
        """Let them run a command, which may write to the target and nowhere else."""
        before = _tree(self.handed)
        result = self.place.run("audit", *arguments)
        assert _tree(self.handed) == before
        assert list(self.work.iterdir()) == []
        ended_well(result, as_json="--json" in arguments)
        return result


def ended_well(result: Result, *, as_json: bool = False) -> None:
    """Require an exit code that is documented and one line that says why; no traceback."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {0, 1, 2, 3}
    if result.exit_code:
        assert result.stderr.startswith(("coalition: ", "Usage: ")), result.stderr
        assert "Traceback" not in result.stderr
        if result.stderr.startswith("coalition: "):
            assert result.stderr.count("\n") == 1, result.stderr
        verdict = orjson.loads(result.stdout)["verdict"] if as_json and result.stdout else None
        assert verdict in {None, "tampered", "unreadable"}
        assert as_json or result.stdout == ""


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Auditor:
    """An auditor who stands in a folder in which nothing is."""
    made = Auditor(tmp_path)
    monkeypatch.chdir(made.work)
    return made


@pytest.mark.timeout(3_600)
def test_a_damaged_bundle_has_a_verdict_whatever_looks_at_it(auditor: Auditor) -> None:
    key = f"--log-key={KEY.verifier}"
    good, old = str(auditor.handed / "good.tar"), str(auditor.handed / "old")

    @DAMAGED
    @given(st.one_of(damaged(BUNDLE), tricks()), st.booleans())
    def holds(content: bytes, as_json: bool) -> None:  # noqa: FBT001 - it is drawn
        bad, shown = auditor.hand(content), ["--json"] * as_json
        watched = f"--data={auditor.target}"
        verified = auditor.run("verify", bad, key, *shown)
        if verified.exit_code == 0:
            # The padding, what stands behind the end, or a name that nobody asks for.
            assert "300" in verified.stdout
        assert auditor.run("diff", old, bad, key, *shown).exit_code == verified.exit_code
        auditor.run("diff", bad, good, key, *shown)
        looked = auditor.run("watch", bad, key, watched, "--once")
        assert (looked.exit_code == 0) >= (verified.exit_code == 0)
        shutil.rmtree(auditor.target, ignore_errors=True)

    holds()


@pytest.mark.timeout(3_600)
def test_a_damaged_folder_has_a_verdict(auditor: Auditor, tmp_path: Path) -> None:
    key = f"--log-key={KEY.verifier}"
    numbers = iter(range(10**6))

    @DAMAGED
    @given(st.sampled_from(sorted(FILES)), st.data())
    def holds(name: str, data: st.DataObject) -> None:
        folder = tmp_path / f"log{next(numbers)}"
        for each, content in FILES.items():
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            (folder / each).write_bytes(content)
        file = folder / name
        file.unlink()
        match data.draw(st.integers(0, 4)):
            case 0:
                file.mkdir()
            case 1:
                file.symlink_to(
                    data.draw(st.sampled_from(["/etc/hostname", ".", name, "/nowhere"]))
                )
            case 2:
                file.touch()
                os.truncate(file, 2**32)
            case 3:
                pass
            case _:
                file.write_bytes(data.draw(damaged(FILES[name])))
        verified = auditor.run("verify", str(folder), key)
        auditor.run("watch", str(folder), key, f"--data={auditor.target}", "--once")
        assert verified.exit_code in {0, 1, 3}
        shutil.rmtree(folder)

    holds()


@pytest.mark.timeout(3_600)
def test_damaged_keys_and_checkpoints_and_odd_arguments_are_told_of(auditor: Auditor) -> None:
    good, keys = str(auditor.handed / "good.tar"), f"{KEY.verifier}\n{WITNESS.verifier}\n".encode()
    words = st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
        st.sampled_from([*OUTSIDE, "x" * 300, "x/" * 3_000, "\udcff", "-", "--", "http://", "nan"]),
        st.sampled_from(["-1", "0", "9" * 30, "1e9", "0x10", str(KEY.verifier), str(2**63)]),
    )

    @DAMAGED
    @given(damaged(keys), damaged(FILES["checkpoint"]), words, st.booleans(), st.integers(0, 7))
    def holds(key: bytes, checkpoint: bytes, word: str, as_json: bool, which: int) -> None:  # noqa: FBT001
        trusted, shown = f"--log-key={KEY.verifier}", ["--json"] * as_json
        run = auditor.run
        if word.startswith("http") and which in {0, 1, 2}:
            return
        match which:
            case 0:
                run("verify", *shown, trusted, "--", word)
            case 1:
                run("diff", *shown, trusted, "--", word, good)
            case 2:
                run("diff", *shown, trusted, "--", good, word)
            case 3:
                run("verify", good, f"--log-key={auditor.hand(key)}", *shown)
                run("verify", good, trusted, f"--witness-key={auditor.hand(key)}", *shown)
            case 4:
                run("verify", good, trusted, f"--checkpoint={auditor.hand(checkpoint)}", *shown)
                run("diff", auditor.hand(checkpoint), good, trusted, *shown)
            case 5:
                run("verify", good, f"--log-key={word}", *shown)
                run("verify", good, trusted, f"--witness-key={word}", *shown)
            case 6:
                run("verify", good, trusted, f"--checkpoint={word}", *shown)
                run("verify", good, trusted, f"--quorum={word}", *shown)
            case _:
                run(
                    "watch",
                    good,
                    trusted,
                    "--once",
                    f"--data={auditor.target}",
                    f"--every-s={word}",
                )

    holds()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation that has its two backups, and stands in a folder in which nothing is."""
    place = Installation(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}")
    place.must(*FOUNDING)
    place.must("backup", "ledger", str(tmp_path / "ledger.backup"))
    place.must("backup", "keys", str(tmp_path / "keys.backup"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    yield place
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", ["ledger", "keys"])
def test_a_damaged_backup_restores_nothing(kept: Installation, kind: str) -> None:
    whole = (kept.folder / f"{kind}.backup").read_bytes()
    bad, fresh = kept.folder / "bad", kept.folder / "fresh.db"
    setting = {"ledger": "COALITION_DATABASE_URL", "keys": "COALITION_KEYS_URL"}[kind]
    kept.environment[setting] = f"sqlite:///{fresh}"

    @DAMAGED
    @given(st.one_of(damaged(whole), damaged(whole), tricks()))
    def holds(content: bytes) -> None:
        bad.write_bytes(content)
        result = kept.run("restore", kind, str(bad))
        ended_well(result)
        if result.exit_code:
            assert not fresh.exists() or fresh.stat().st_size == 0 or _is_empty(fresh)
        for each in kept.folder.glob("fresh.db*"):
            each.unlink()

    holds()


def _is_empty(database: Path) -> bool:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return not connection.execute("SELECT 1 FROM sqlite_master").fetchall()


@pytest.mark.parametrize("said", [b'"schema": "\xff"', b'"x": ' + b"[" * 5_000 + b"]" * 5_000])
def test_a_backup_whose_list_of_parts_is_none_is_told_of(kept: Installation, said: bytes) -> None:
    bad = kept.folder / "bad"
    listed = b'{"kind": "ledger", "key_store": "", "size": 1, "made_at": 1, ' + said + b"}"
    bad.write_bytes(joined({"manifest.json": listed, "manifest.hmac": b""}))
    result = kept.run("restore", "ledger", str(bad))
    ended_well(result)
    assert "is no backup" in result.stderr


def test_odd_names_of_what_is_to_be_written_are_told_of(kept: Installation) -> None:
    there = {each.name for each in kept.folder.iterdir()}
    names = [
        "",
        ".",
        "..",
        "/",
        "x" * 300,
        "x" * 252,
        "x/" * 3_000,
        "no/such/folder",
        "\udcff" * 300,
    ]
    for command in (("audit", "bundle"), ("backup", "ledger"), ("backup", "keys")):
        for name in names:
            result = kept.run(*command, "--", name)
            ended_well(result)
            assert result.exit_code
    for command in (("restore", "ledger"), ("restore", "keys")):
        for name in names:
            ended_well(kept.run(*command, "--", name))
    assert {each.name for each in kept.folder.iterdir()} == there
