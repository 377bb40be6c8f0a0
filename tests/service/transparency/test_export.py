"""The log as static files: what is served, byte for byte, and only ever added to."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import Frontier, leaf_hash
from domain.ledger.note import Note
from domain.ledger.tiles import decode_bundle, tiles_of
from service.faults import NotReadyError
from service.transparency.export import ExportRefusedError, export
from tests.service.http.conftest import serving
from tests.service.transparency.conftest import SignedLog


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_an_export_is_what_is_served(signed_log: SignedLog, tmp_path: Path) -> None:
    for seats in range(280):
        signed_log.grow(9 + seats)
    signed_log.signer.sign()
    told: list[tuple[int, int]] = []
    engine = signed_log.coalition.ledger.engine
    checkpoint = export(engine, tmp_path / "out", lambda *given: told.append(given))
    files = files_of(tmp_path / "out")
    assert set(files) == {"checkpoint", *map(str, tiles_of(checkpoint.size))}
    assert told[-1] == (checkpoint.size, checkpoint.size)
    with serving(signed_log.coalition) as client:
        for path, content in files.items():
            assert client.get(f"/log/v1/{path}").content == content
    entries = [
        entry
        for tile in tiles_of(checkpoint.size)
        if tile.entries
        for entry in decode_bundle(files[str(tile)])
    ]
    assert Frontier().extend(map(leaf_hash, entries)).root() == checkpoint.root


def test_a_later_export_adds_and_changes_nothing_but_the_checkpoint(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    engine = signed_log.coalition.ledger.engine
    signed_log.signer.sign()
    export(engine, tmp_path / "out")
    before = files_of(tmp_path / "out")
    signed_log.grow(9)
    signed_log.signer.sign()
    export(engine, tmp_path / "out")
    after = files_of(tmp_path / "out")
    assert {path for path in before if before[path] != after[path]} == {"checkpoint"}
    assert len(after) > len(before)


def test_an_interrupted_export_goes_on_where_it_stopped(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    for seats in range(280):
        signed_log.grow(9 + seats)
    signed_log.signer.sign()
    engine = signed_log.coalition.ledger.engine

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(engine, tmp_path / "out", interrupt)
    begun = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("000")}
    assert begun
    assert not (tmp_path / "out" / "checkpoint").exists()
    export(engine, tmp_path / "out")
    export(engine, tmp_path / "whole")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    assert all(file.stat().st_mtime_ns == at for file, at in begun.items() if file.is_file())


def test_without_a_checkpoint_there_is_nothing_to_export(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    with pytest.raises(NotReadyError, match="No checkpoint"):
        export(signed_log.coalition.ledger.engine, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_log_later_entries_and_forks_are_refused(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    note = signed_log.signer.sign()
    assert note is not None
    engine, folder = signed_log.coalition.ledger.engine, tmp_path / "out"
    size = export(engine, folder).size
    for other, why in (
        (Checkpoint("another.example", size, bytes(32)), "another.example"),
        (Checkpoint("test.example/ledger", size + 1, bytes(32)), "older state"),
        (Checkpoint("test.example/ledger", size, bytes(32)), "does not extend"),
    ):
        (folder / "checkpoint").write_bytes(Note(str(other), note.signatures).to_bytes())
        with pytest.raises(ExportRefusedError, match=why):
            export(engine, folder)
    (folder / "checkpoint").write_bytes(b"nonsense")
    with pytest.raises(ExportRefusedError, match="is no checkpoint"):
        export(engine, folder)


def test_a_folder_that_cannot_be_written_is_told_clearly(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    signed_log.signer.sign()
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(NotReadyError, match="cannot be read"):
        export(signed_log.coalition.ledger.engine, tmp_path / "out")
