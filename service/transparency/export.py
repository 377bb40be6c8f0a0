"""Writes the published log as files, for any web host: what ``/log/v1`` serves, byte for byte.

Files are whole or not there, and the checkpoint comes last. So an interrupted run is repeated
and goes on where it stopped, and a later run adds what has come since.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import Engine

from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import TILE_HASHES, ProofError
from domain.ledger.note import Note, NoteError
from domain.ledger.proofs import verify_consistency
from domain.ledger.tiles import tiles_of
from service.faults import CorruptLedgerError, NotReadyError
from service.ledger.key_encryption import sync_folder
from service.transparency.published import prove_consistency, published, read_tile


class ExportRefusedError(NotReadyError):
    """The folder holds something that this log does not extend."""


def export(
    engine: Engine, folder: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> Checkpoint:
    """Write the log that is published to a folder, or what is not there of it yet.

    Args:
        engine: of the ledger's database; nothing hidden is read.
        folder: made where there is none; it may hold an earlier export.
        progress: told how many entries are written, and of how many.

    Returns:
        The checkpoint that the folder has now.

    Raises:
        NotReadyError: nothing was published yet.
        ExportRefusedError: the folder holds the files of another log, or of later entries.
    """
    with engine.connect() as connection:
        note = published(connection)
    if note is None:
        raise NotReadyError("No checkpoint was published yet: `coalition serve` signs one.")
    checkpoint = Checkpoint.parse(note.text)
    since = _known(engine, folder, checkpoint)
    for tile in tiles_of(checkpoint.size, since):
        file = folder / str(tile)
        if not file.exists():
            # A transaction a tile: nothing before the checkpoint ever changes.
            with engine.connect() as connection:
                content = read_tile(connection, tile, checkpoint.size)
            if content is None:
                raise CorruptLedgerError(f"{tile} is not in the database")
            _write(file, content)
        if tile.entries:
            progress(min(tile.first + TILE_HASHES, checkpoint.size), checkpoint.size)
    _write(folder / "checkpoint", note.to_bytes())
    return checkpoint


def _known(engine: Engine, folder: Path, checkpoint: Checkpoint) -> int:
    """Return the size of the export that is there, having checked that this one extends it."""
    try:
        known = Checkpoint.parse(Note.parse((folder / "checkpoint").read_bytes()).text)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise NotReadyError(
            f"{folder} cannot be read ({error.strerror}): name another folder."
        ) from None
    except NoteError as error:
        raise ExportRefusedError(
            f"{folder / 'checkpoint'} is no checkpoint ({error.reason}): name another folder."
        ) from None
    if known.origin != checkpoint.origin:
        raise ExportRefusedError(f"{folder} has the log {known.origin}: name another folder.")
    if known.size > checkpoint.size:
        raise ExportRefusedError(
            f"{folder} has {known.size} entries, and {checkpoint.size} are published: "
            "the ledger is in an older state."
        )
    if known.size:
        with engine.connect() as connection:
            proof = prove_consistency(connection, known.size, checkpoint.size)
        try:
            verify_consistency(known.size, checkpoint.size, proof, known.root, checkpoint.root)
        except ProofError as error:
            raise ExportRefusedError(
                f"The log does not extend what {folder} has: {error.reason}."
            ) from None
    return known.size


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        with fresh.open("wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise NotReadyError(
            f"{file} cannot be written ({error.strerror}): name a folder with space left, or "
            "free some and repeat the command, which goes on from there."
        ) from None
