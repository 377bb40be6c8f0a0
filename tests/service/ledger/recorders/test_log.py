"""What the library's suites do not ask of its recorders: one log, many writers."""

import threading
import time
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, Tracking
from sqlalchemy.engine.interfaces import DBAPICursor

from service.ledger.factory import LedgerFactory
from service.ledger.insertion import Insertion, NotInserted, Place
from service.ledger.log import NewEntry
from service.ledger.recorder import LedgerProcessRecorder
from tests.service.ledger.recorders.recorders import (
    THREADS,
    commits_of,
    event,
    insertion_of,
    opened,
    queue_behind_one,
    require_sound_log,
    write_with_threads,
)


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
