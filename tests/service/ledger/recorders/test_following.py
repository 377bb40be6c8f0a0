"""What the library's suites do not ask of its recorders: one log, many followers."""

import threading
import time
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from service.ledger import subscription
from service.ledger.commits import Commits
from service.ledger.recorder import LedgerProcessRecorder
from tests.service.ledger.recorders.recorders import (
    THREADS,
    event,
    opened,
    until,
    write_with_threads,
)


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
