"""Writes a bundle: all that an audit needs, in one file (docs/log-format.md).

Memory is that of one file in it, however many entries there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.audit.bundle import END, header, padding
from domain.audit.documents import FOLDER as DOCUMENTS
from domain.audit.log import AS_OF, CHECKPOINT, KEYS
from domain.coalition.coalition import AgreementTemplatePublished, PolicyAdopted
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.entry import DOMAIN_LINE
from domain.ledger.merkle import TILE_HASHES
from domain.ledger.note import Note, VerifierKey
from domain.ledger.tiles import tiles_of
from domain.ledger.witness import AddCheckpoint
from service.faults import CorruptLedgerError, NotReadyError
from service.ledger import tables
from service.transparency.published import prove_consistency, published, read_tile

_NAMING: Final = (PolicyAdopted.stored_name, AgreementTemplatePublished.stored_name)


class AsOfError(Exception):
    """So many entries are not published."""


def write_bundle(
    engine: Engine,
    keys: Sequence[VerifierKey],
    file: Path,
    as_of: int | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> int:
    """Write what is published to a file, which is there whole or not at all.

    Args:
        engine: of the ledger's database; nothing hidden is read.
        keys: the log's verifier keys.
        file: replaced if it is there.
        as_of: the last position; the end of what is published without.
        progress: told how many entries are written, and of how many.

    Returns:
        The number of entries.

    Raises:
        NotReadyError: nothing was published yet, or the file cannot be written.
        AsOfError: the position is not published.
    """
    with engine.connect() as connection:
        note = published(connection)
    if note is None:
        raise NotReadyError("No checkpoint was published yet: `coalition serve` signs one.")
    signed = Checkpoint.parse(note.text).size
    size = signed if as_of is None else as_of
    if not 0 < size <= signed:
        raise AsOfError(f"{signed} entries are published")
    fresh = file.with_name(f".{file.name}.new")
    try:
        with fresh.open("wb") as target:
            for name, content in _files(engine, note, keys, size, progress):
                _add(target, name, content)
            target.write(END)
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(file)
    except OSError as error:
        raise NotReadyError(
            f"{file} cannot be written ({error.strerror}): name a place with space left."
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
    return size


def _files(
    engine: Engine,
    note: Note,
    keys: Sequence[VerifierKey],
    size: int,
    progress: Callable[[int, int], None],
) -> Iterator[tuple[str, bytes]]:
    signed = Checkpoint.parse(note.text).size
    yield CHECKPOINT, note.to_bytes()
    yield KEYS, "".join(f"{key}\n" for key in keys).encode()
    if size < signed:
        with engine.connect() as connection:
            proof = prove_consistency(connection, size, signed)
        yield AS_OF, AddCheckpoint(size, tuple(proof), note).to_bytes()
    with engine.connect() as connection:
        for digest in _named(connection, size):
            yield f"{DOCUMENTS}/{digest}", _document(connection, digest)
    for tile in tiles_of(size):
        # A transaction a tile: nothing before the checkpoint ever changes.
        with engine.connect() as connection:
            content = read_tile(connection, tile, size)
        if content is None:
            raise CorruptLedgerError(f"{tile} is not in the database")
        yield str(tile), content
        if tile.entries:
            progress(min(tile.first + TILE_HASHES, size), size)


def _named(connection: Connection, size: int) -> list[str]:
    """Return the hashes of the texts that entries name."""
    entries = tables.entries
    found = connection.execute(
        sa.select(entries.c.data)
        .where(entries.c.type.in_(_NAMING), entries.c.position <= size)
        .order_by(entries.c.position)
    ).scalars()
    bodies: Iterator[Any] = (orjson.loads(bytes(each)[len(DOMAIN_LINE) :]) for each in found)
    return list(dict.fromkeys(str(body["data"]["sha256"]) for body in bodies))


def _document(connection: Connection, digest: str) -> bytes:
    stored = tables.documents
    content = connection.execute(
        sa.select(stored.c.content).where(stored.c.sha256 == digest)
    ).scalar()
    if content is None:
        raise CorruptLedgerError(f"the text {digest} is not in the database")
    return bytes(content)


def _add(target: IO[bytes], name: str, content: bytes) -> None:
    target.write(header(name, len(content)))
    target.write(content)
    target.write(padding(len(content)))
