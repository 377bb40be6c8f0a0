"""The library's recorders over the ledger, and what to give them."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent, Tracking
from sqlalchemy.engine import Engine

from domain.ledger.merkle import Frontier, TileId, Tree, leaf_hash, root_from_leaves
from service.ledger import library_insertion, tables
from service.ledger.engine import begin_writing
from service.ledger.factory import LedgerFactory
from service.ledger.insertion import Insertion, NotInserted
from service.ledger.log import Log
from service.ledger.recorder import LedgerProcessRecorder
from service.ledger.sql import driver_cursor
from tests.migrated import give_schema

THREADS = 8
FIXED = UUID("8f14e45f-ceea-467f-a9d1-0e2a7c5b3d61")


@contextmanager
def opened(url: str) -> Iterator[LedgerFactory]:
    give_schema(url)
    factory = LedgerFactory({"LEDGER_DATABASE_URL": url})
    factory.process_recorder()
    yield factory
    factory.close()


def event(
    originator_id: UUID | str | None = None, version: int = 1, state: bytes = b"state"
) -> StoredEvent:
    return StoredEvent(originator_id or uuid4(), version, "topic", state)


def insertion_of(
    recorder: LedgerProcessRecorder, *events: StoredEvent, tracking: Tracking | None = None
) -> library_insertion.LibraryInsertion:
    return library_insertion.LibraryInsertion(recorder.datastore.statements, events, tracking)


@contextmanager
def writer_held(engine: Engine) -> Iterator[None]:
    """Keep the writer waiting for the ledger lock, so that what is queued shares a batch."""
    with begin_writing(engine) as connection:
        cursor = driver_cursor(connection)
        Log(engine.dialect).lock(cursor)
        cursor.close()
        yield


def queue_behind_one(
    recorder: LedgerProcessRecorder, insertions: list[Insertion]
) -> list[Future[list[int] | NotInserted]]:
    """Queue insertions so that all but the first run in one batch, whatever its size."""
    writer = recorder.datastore.writer
    with writer_held(recorder.datastore.engine):
        first = writer.insert(insertion_of(recorder, event()))
        while not writer._queue.empty():
            time.sleep(0.001)
        queued = [writer.insert(insertion) for insertion in insertions]
    first.result(10)
    return queued


def commits_of(recorder: LedgerProcessRecorder) -> list[int]:
    sizes: list[int] = []
    recorder.datastore.writer.on_commit(sizes.append)
    return sizes


def write_with_threads(recorders: list[LedgerProcessRecorder], each: int) -> list[int]:
    """Insert from every thread, one to three events at a time; return all positions."""

    def write(recorder: LedgerProcessRecorder) -> list[int]:
        positions: list[int] = []
        for place in range(each):
            stream = uuid4()
            events = [event(stream, version) for version in range(place % 3 + 1)]
            positions += recorder.insert_events(events) or []
        return positions

    with ThreadPoolExecutor(len(recorders)) as pool:
        return [position for found in pool.map(write, recorders) for position in found]


def require_sound_log(engine: Engine) -> int:
    """Recompute positions, hashes, frontier, root and tiles from the entries' bytes."""
    entries, head, tiles = tables.entries, tables.head, tables.tiles
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(entries.c.position, entries.c.data, entries.c.leaf_hash).order_by(
                entries.c.position
            )
        ).all()
        size, frontier_bytes = connection.execute(sa.select(head.c.size, head.c.frontier)).one()
        stored = {
            TileId(level, tile): bytes(hashes)
            for level, tile, hashes in connection.execute(
                sa.select(tiles.c.level, tiles.c.tile, tiles.c.hashes)
            )
        }
    hashes = [leaf_hash(bytes(row.data)) for row in rows]
    assert [row.position for row in rows] == list(range(1, size + 1))
    assert [bytes(row.leaf_hash) for row in rows] == hashes
    frontier = Frontier.from_bytes(bytes(frontier_bytes))
    assert frontier == Frontier().extend(hashes)
    assert frontier.root() == root_from_leaves(hashes)
    _, changes = Tree().extend(hashes)
    assert stored == {change.tile: change.hashes for change in changes}
    return int(size)


def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
