"""What the library's suites do not ask of its recorders: one log, many writers and followers."""

import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    OperationalError,
    StoredEvent,
    Tracking,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.ledger.merkle import Frontier, TileId, Tree, leaf_hash, root_from_leaves
from service.ledger import subscription, tables
from service.ledger.commits import Commits
from service.ledger.engine import begin_writing
from service.ledger.factory import LedgerFactory
from service.ledger.insertion import Insertion, NotInserted, Place
from service.ledger.library_insertion import LibraryInsertion, originator_of, stream_of
from service.ledger.log import Log, NewEntry
from service.ledger.recorder import LedgerProcessRecorder
from service.ledger.sql import driver_cursor

THREADS = 8
FIXED = UUID("8f14e45f-ceea-467f-a9d1-0e2a7c5b3d61")


@contextmanager
def opened(url: str) -> Iterator[LedgerFactory]:
    factory = LedgerFactory({"LEDGER_DATABASE_URL": url})
    factory.process_recorder()
    yield factory
    factory.close()


@pytest.fixture
def factory(database_url: str) -> Iterator[LedgerFactory]:
    with opened(database_url) as factory:
        yield factory


@pytest.fixture
def recorder(factory: LedgerFactory) -> LedgerProcessRecorder:
    return LedgerProcessRecorder(factory.datastore)


def event(
    originator_id: UUID | str | None = None, version: int = 1, state: bytes = b"state"
) -> StoredEvent:
    return StoredEvent(originator_id or uuid4(), version, "topic", state)


def insertion_of(
    recorder: LedgerProcessRecorder, *events: StoredEvent, tracking: Tracking | None = None
) -> LibraryInsertion:
    return LibraryInsertion(recorder.datastore.statements, events, tracking)


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


def test_eight_threads_get_contiguous_positions(recorder: LedgerProcessRecorder) -> None:
    positions = write_with_threads([recorder] * THREADS, each=40)
    assert sorted(positions) == list(range(1, len(positions) + 1))
    assert require_sound_log(recorder.datastore.engine) == len(positions)


def test_two_processes_interleave_in_one_log(database_url: str) -> None:
    with opened(database_url) as one, opened(database_url) as other:
        recorders = [LedgerProcessRecorder(each.datastore) for each in (one, other)]
        positions = write_with_threads(recorders * 4, each=40)
        assert sorted(positions) == list(range(1, len(positions) + 1))
        assert require_sound_log(one.datastore.engine) == len(positions)


def test_two_processes_racing_for_a_place_give_it_to_one(database_url: str) -> None:
    with opened(database_url) as one, opened(database_url) as other:
        streams = [uuid4() for _ in range(50)]

        def write(factory: LedgerFactory) -> int:
            won = 0
            for stream in streams:
                try:
                    LedgerProcessRecorder(factory.datastore).insert_events([event(stream)])
                except IntegrityError:
                    continue
                won += 1
            return won

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(write, (one, other))) == len(streams)
        assert require_sound_log(one.datastore.engine) == len(streams)


def test_a_conflicting_insertion_is_refused_alone_and_costs_nobody_a_rollback(
    recorder: LedgerProcessRecorder,
) -> None:
    stored = event()
    recorder.insert_events([stored])
    commits = commits_of(recorder)
    insertions: list[Insertion] = [insertion_of(recorder, event()) for _ in range(300)]
    insertions[7] = insertion_of(recorder, event(), stored)
    twice = event()
    insertions[100] = insertion_of(recorder, twice)
    insertions[200] = insertion_of(recorder, event(), twice)
    answers = [each.result(10) for each in queue_behind_one(recorder, insertions)]
    refused = [place for place, answer in enumerate(answers) if isinstance(answer, NotInserted)]
    assert refused == [7, 200]
    assert commits == [2, 300]
    assert require_sound_log(recorder.datastore.engine) == 300


class Poison:
    """Fails in the database, which ends the whole transaction on PostgreSQL."""

    weight_bytes = 0

    def entries(
        self, cursor: DBAPICursor, recorded_at: int, taken: AbstractSet[Place]
    ) -> list[NewEntry] | NotInserted:
        cursor.execute("INSERT INTO head SELECT * FROM head")
        raise AssertionError((recorded_at, taken))


def test_an_insertion_with_a_fault_fails_alone(recorder: LedgerProcessRecorder) -> None:
    insertions: list[Insertion] = [insertion_of(recorder, event()) for _ in range(64)]
    insertions[40] = Poison()
    queued = queue_behind_one(recorder, insertions)
    faults = [place for place, each in enumerate(queued) if each.exception(10) is not None]
    assert faults == [40]
    assert require_sound_log(recorder.datastore.engine) == 64


def test_a_batch_is_bounded_by_what_is_inserted(recorder: LedgerProcessRecorder) -> None:
    commits = commits_of(recorder)
    insertions: list[Insertion] = [
        insertion_of(recorder, event(state=bytes(60_000))) for _ in range(300)
    ]
    for each in queue_behind_one(recorder, insertions):
        assert isinstance(each.result(30), list)
    assert commits[-1] == 301
    assert len(commits) == 4


def test_stale_tracking_is_refused_in_the_same_batch_with_its_events(
    recorder: LedgerProcessRecorder,
) -> None:
    insertions: list[Insertion] = [
        insertion_of(recorder, event(), tracking=Tracking("upstream", notification))
        for notification in (1, 2, 2, 1, 3)
    ]
    answers = [each.result(10) for each in queue_behind_one(recorder, insertions)]
    assert [isinstance(answer, NotInserted) for answer in answers] == [
        *(False, False),
        *(True, True),
        False,
    ]
    assert recorder.max_tracking_id("upstream") == 3
    assert require_sound_log(recorder.datastore.engine) == 4


def test_tracking_does_not_advance_when_its_events_conflict(
    recorder: LedgerProcessRecorder,
) -> None:
    stored = event()
    recorder.insert_events([stored], tracking=Tracking("upstream", 1))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(), stored], tracking=Tracking("upstream", 2))
    assert recorder.max_tracking_id("upstream") == 1
    assert recorder.max_notification_id() == 1


def test_a_commit_of_this_process_ends_a_wait_at_once(
    recorder: LedgerProcessRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.recorder._WAIT_POLL_S", 60.0)
    waiting = threading.Thread(target=recorder.wait, args=("upstream", 1, 60.0))
    waiting.start()
    time.sleep(0.1)
    recorder.insert_tracking(Tracking("upstream", 1))
    waiting.join(10)
    assert not waiting.is_alive()


@pytest.mark.parametrize("topics", [(), ("topic",)])
def test_a_subscriber_sees_everything_once_while_eight_threads_write(
    recorder: LedgerProcessRecorder, topics: tuple[str, ...]
) -> None:
    recorder.insert_events([StoredEvent(uuid4(), 1, "other", b"") for _ in range(3)])
    seen: list[int] = []
    with recorder.subscribe(gt=0 if topics else 3, topics=topics) as live:

        def follow() -> None:
            seen.extend(notification.id for notification in live)

        follower = threading.Thread(target=follow)
        follower.start()
        positions = write_with_threads([recorder] * THREADS, each=40)
        until(lambda: len(seen) >= len(positions))
        live.stop()
        follower.join(10)
        assert not follower.is_alive()
    assert seen == sorted(positions)


def test_a_subscriber_reads_a_long_log_in_pieces(recorder: LedgerProcessRecorder) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, version) for version in range(1_200)])
    with recorder.subscribe(gt=99) as live:
        assert [next(live).id for _ in range(1_101)] == list(range(100, 1_201))


def test_a_subscriber_of_other_topics_is_not_held_up_by_what_it_skips(
    recorder: LedgerProcessRecorder,
) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, version) for version in range(1_200)])
    recorder.insert_events([StoredEvent(uuid4(), 1, "rare", b"")])
    with recorder.subscribe(topics=["rare"]) as live:
        assert next(live).id == 1_201
        assert live._position == 1_201


def test_stopping_ends_a_wait_at_once(
    recorder: LedgerProcessRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "POLL_S", 60.0)
    live = recorder.subscribe()
    waiting = threading.Thread(target=lambda: list(live))
    waiting.start()
    time.sleep(0.1)
    live.stop()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_commit_of_this_process_wakes_a_subscriber(
    recorder: LedgerProcessRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "POLL_S", 60.0)
    with recorder.subscribe() as live:
        later = threading.Timer(0.1, recorder.insert_events, ([event()],))
        later.start()
        started_s = time.monotonic()
        assert next(live).id == 1
        assert time.monotonic() - started_s < 30
        later.join()


def test_a_commit_between_the_last_look_and_the_wait_is_not_slept_through(
    recorder: LedgerProcessRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "POLL_S", 60.0)
    look = recorder.max_notification_id

    def look_and_be_overtaken() -> int | None:
        found = look()
        if found is None:
            recorder.insert_events([event()])
        return found

    monkeypatch.setattr(recorder, "max_notification_id", look_and_be_overtaken)
    started_s = time.monotonic()
    with recorder.subscribe() as live:
        assert next(live).id == 1
    assert time.monotonic() - started_s < 30


def test_a_commit_of_another_process_wakes_a_subscriber_on_postgresql(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "POLL_S", 60.0)
    with opened(postgres_url) as here, opened(postgres_url) as there:
        other = LedgerProcessRecorder(there.datastore)
        with LedgerProcessRecorder(here.datastore).subscribe() as live:
            later = threading.Timer(0.2, other.insert_events, ([event()],))
            later.start()
            started_s = time.monotonic()
            assert next(live).id == 1
            assert time.monotonic() - started_s < 30
            later.join()


def test_a_commit_of_another_process_is_found_without_any_wake_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Commits, "ring", lambda _self: None)
    with opened(database_url) as here, opened(database_url) as there:
        other = LedgerProcessRecorder(there.datastore)
        with LedgerProcessRecorder(here.datastore).subscribe() as live:
            later = threading.Timer(0.2, other.insert_events, ([event()],))
            later.start()
            started_s = time.monotonic()
            assert next(live).id == 1
            assert time.monotonic() - started_s < 5
            later.join()


def test_listening_goes_on_after_its_connection_was_lost(postgres_url: str) -> None:
    with opened(postgres_url) as here, opened(postgres_url) as there:
        other = LedgerProcessRecorder(there.datastore)
        rung = here.datastore.commits.bell()
        with LedgerProcessRecorder(here.datastore).subscribe() as live:
            until(rung.is_set)
            rung.clear()
            # What it listens on is the one connection that last ran LISTEN.
            with here.datastore.engine.connect() as connection:
                connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                    )
                )
            until(rung.is_set)
            other.insert_events([event()])
            assert next(live).id == 1


ORIGINATORS = st.one_of(
    st.uuids(), st.uuids().map(str), st.uuids().map(lambda each: each.hex), st.text(max_size=40)
)


@given(ORIGINATORS, ORIGINATORS)
def test_every_originator_has_a_stream_of_its_own(one: UUID | str, other: UUID | str) -> None:
    assert originator_of(stream_of(one)) == one
    assert (stream_of(one) == stream_of(other)) == (one == other)


@given(st.uuids())
def test_the_coalitions_streams_are_named_as_they_stand(stream: UUID) -> None:
    assert stream_of(stream.hex) == stream.hex
    assert originator_of(stream.hex) == stream.hex


@pytest.mark.parametrize(
    "originator",
    [
        FIXED,
        str(FIXED),
        FIXED.hex,
        str(FIXED).upper(),
        f"text:{FIXED}",
        "member “7”",
    ],
)
def test_an_originator_comes_back_as_it_went_in(
    recorder: LedgerProcessRecorder, originator: UUID | str
) -> None:
    stored = event(originator)
    recorder.insert_events([stored])
    (notification,) = recorder.select_notifications(None, 10)
    assert notification.originator_id == originator
    assert recorder.select_events(originator) == [stored]


@pytest.mark.parametrize(
    "bad",
    [
        StoredEvent("a\0b", 1, "topic", b""),
        StoredEvent(FIXED, 1, "to\0pic", b""),
        StoredEvent(FIXED, 1, "\ud800", b""),
        StoredEvent("é" * 501, 1, "topic", b""),
        StoredEvent(FIXED, -1, "topic", b""),
        StoredEvent(FIXED, 2**63, "topic", b""),
        StoredEvent(FIXED, 1, "topic", bytes(65_536)),
    ],
)
def test_what_cannot_be_stored_everywhere_is_refused_before_it_is_queued(
    recorder: LedgerProcessRecorder, bad: StoredEvent
) -> None:
    with pytest.raises(DataError):
        recorder.insert_events([event(), bad])
    assert recorder.max_notification_id() is None


@pytest.mark.parametrize("application", ["up\0stream", "x" * 1_001])
def test_tracking_that_cannot_be_stored_everywhere_is_refused(
    recorder: LedgerProcessRecorder, application: str
) -> None:
    with pytest.raises(DataError):
        recorder.insert_tracking(Tracking(application, 1))


def test_the_greatest_values_that_fit_are_stored(recorder: LedgerProcessRecorder) -> None:
    greatest = StoredEvent("é" * 500, 2**63 - 1, "x" * 1_000, bytes(65_535))
    recorder.insert_events([greatest], tracking=Tracking("x" * 1_000, 2**63 - 1))
    assert recorder.select_events("é" * 500) == [greatest]
    assert recorder.max_tracking_id("x" * 1_000) == 2**63 - 1


def test_faults_are_those_of_the_library(database_url: str) -> None:
    with opened(database_url) as factory:
        recorder = LedgerProcessRecorder(factory.datastore)
    with pytest.raises(OperationalError):
        recorder.insert_events([event()])


def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
