"""Writes a bundle: all that an audit needs, in one file (docs/log-format.md).

Memory is that of one file in it, however many entries there are.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.audit.bundle import END, header, padding
from domain.audit.documents import FOLDER as DOCUMENTS
from domain.audit.log import AS_OF, CHECKPOINT, FULL, KEYS
from domain.audit.opened import OpenedEntry, opened_path, withheld
from domain.catalog import EVENT_TYPES
from domain.coalition.coalition import AgreementTemplatePublished, PolicyAdopted
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.entry import DOMAIN_LINE
from domain.ledger.merkle import TILE_HASHES
from domain.ledger.note import Note
from domain.ledger.tiles import TilePath, tiles_of
from domain.ledger.witness import AddCheckpoint
from service.faults import CorruptLedgerError, NotReadyError
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.ledger.reader import CONFIDENTIAL
from service.transparency.published import prove_consistency, published, read_tile

_ENTRIES: Final = "tile/entries/"
_NAMING: Final = (PolicyAdopted.stored_name, AgreementTemplatePublished.stored_name)


class AsOfError(Exception):
    """So many entries are not published."""


def write_bundle(
    ledger: Ledger,
    file: Path,
    *,
    as_of: int | None = None,
    full: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> int:
    """Write what is published to a file, which is there whole or not at all.

    Args:
        ledger: whose log it is.
        file: replaced if it is there.
        as_of: the last position; the end of what is published without.
        full: with all hidden values but personal ones, for an auditor who is entitled to them.
        progress: told how many entries are written, and of how many.

    Returns:
        The number of entries.

    Raises:
        NotReadyError: nothing was published yet, or the file cannot be written.
        AsOfError: the position is not published.
    """
    with ledger.engine.connect() as connection:
        note = published(connection)
    if note is None:
        raise NotReadyError("No checkpoint was published yet: `coalition serve` signs one.")
    signed = Checkpoint.parse(note.text).size
    size = signed if as_of is None else as_of
    if not 0 < size <= signed:
        raise AsOfError(f"{signed} entries are published")
    fresh = file.parent / f".{file.name}.new"
    done = 0
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with fresh.open("wb") as target:
            for name, content in _files(ledger, note, size, full=full):
                _add(target, name, content)
                if name.startswith(_ENTRIES):
                    done += TILE_HASHES
                    progress(min(done, size), size)
            target.write(END)
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(file)
    except OSError as error:
        raise NotReadyError(
            f"{file} cannot be written ({error.strerror}): name a place with space left."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    return size


def _files(ledger: Ledger, note: Note, size: int, *, full: bool) -> Iterator[tuple[str, bytes]]:
    signed = Checkpoint.parse(note.text).size
    yield CHECKPOINT, note.to_bytes()
    yield KEYS, "".join(f"{key.verifier}\n" for key in ledger.signing_keys).encode()
    if size < signed:
        with ledger.engine.connect() as connection:
            proof = prove_consistency(connection, size, signed)
        yield AS_OF, AddCheckpoint(size, tuple(proof), note).to_bytes()
    if full:
        yield FULL, b""
    with ledger.engine.connect() as connection:
        for digest in _named(connection, size):
            yield f"{DOCUMENTS}/{digest}", _document(connection, digest)
    for tile in tiles_of(size):
        # A transaction a tile: nothing before the checkpoint ever changes.
        with ledger.engine.connect() as connection:
            content = read_tile(connection, tile, size)
        if content is None:
            raise CorruptLedgerError(f"{tile} is not in the database")
        yield str(tile), content
        if full and tile.entries:
            yield opened_path(tile), _opened(ledger, tile)


def _opened(ledger: Ledger, bundle: TilePath) -> bytes:
    """Return the hidden values of a bundle's entries, as far as they are not personal."""
    positions = list(range(bundle.first + 1, bundle.first + bundle.width + 1))
    with ledger.read() as snapshot:
        found = ledger.disclosures(snapshot.connection, positions)
        erased = ledger.erased(snapshot.connection, positions)
        entries = tables.entries
        types = snapshot.connection.execute(
            sa.select(entries.c.position, entries.c.type).where(entries.c.position.in_(positions))
        ).all()
    opened: dict[str, OpenedEntry] = {}
    for position, shown in types:
        values = found.get(position, {})
        stored_name = values["type"].value if shown == CONFIDENTIAL else shown
        hidden = withheld(EVENT_TYPES[stored_name])
        opened[str(position)] = OpenedEntry(
            {path: (each.salt, each.value) for path, each in values.items() if path not in hidden},
            sorted(erased.get(position, frozenset()) - hidden),
        )
    return orjson.dumps(msgspec.to_builtins(opened), option=orjson.OPT_SORT_KEYS)


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
