"""The library's port beside commands: one writer, one log, and neither in the other's way."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.coalition.coalition import SetSeats
from domain.ledger.merkle import Frontier, leaf_hash
from service.ledger import library_insertion, tables
from service.ledger.insertion import NotInserted
from service.ledger.recorder import Datastore, LedgerApplicationRecorder
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.ledger.recorders.recorders import writer_held


@pytest.fixture
def recorder(coalition: Coalition) -> LedgerApplicationRecorder:
    ledger = coalition.ledger
    return LedgerApplicationRecorder(Datastore(ledger.engine, ledger.writer))


def event() -> StoredEvent:
    return StoredEvent(uuid4(), 1, "topic", b"state")


def test_commands_and_insertions_share_one_log(
    coalition: Coalition, recorder: LedgerApplicationRecorder
) -> None:
    founded = recorder.max_notification_id() or 0
    assert recorder.insert_events([event(), event()]) == [founded + 1, founded + 2]
    assert coalition.set_seats("collaborative-partner", 9).entries[0].position == founded + 3
    assert recorder.insert_events([event()]) == [founded + 4]
    with coalition.ledger.engine.connect() as connection:
        data = connection.execute(
            sa.select(tables.entries.c.data).order_by(tables.entries.c.position)
        ).scalars()
        hashes = [leaf_hash(bytes(each)) for each in data]
        frontier = connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    assert Frontier.from_bytes(bytes(frontier)) == Frontier().extend(hashes)


def test_a_refused_insertion_in_a_batch_of_commands_is_refused_alone(
    coalition: Coalition, recorder: LedgerApplicationRecorder
) -> None:
    stored = event()
    recorder.insert_events([stored])
    director = coalition.principals[Role.DIRECTOR]
    writer, statements = coalition.ledger.writer, recorder.datastore.statements
    commits: list[int] = []
    writer.on_commit(commits.append)
    with writer_held(coalition.ledger.engine):
        commands = [
            writer.submit(
                coalition.request(SetSeats(tier="collaborative-partner", seats=seats), director)
            )
            for seats in range(9, 29)
        ]
        refused = writer.insert(library_insertion.LibraryInsertion(statements, [event(), stored]))
        inserted = writer.insert(library_insertion.LibraryInsertion(statements, [event()]))
    assert all(isinstance(each.result(15), Accepted) for each in commands)
    assert isinstance(refused.result(15), NotInserted)
    assert inserted.result(15) == [recorder.max_notification_id()]
    # The first may have been taken alone while the lock was held; nothing was halved.
    assert len(commits) <= 2


def test_a_stream_of_commands_takes_no_insertions(
    coalition: Coalition, recorder: LedgerApplicationRecorder
) -> None:
    stream = coalition.ledger.coalition
    last = recorder.select_events(stream, desc=True, limit=1)[0]
    assert last.originator_id == stream
    for version in (last.originator_version, last.originator_version + 1):
        with pytest.raises(IntegrityError, match="made by commands"):
            recorder.insert_events([StoredEvent(stream, version, "topic", b"")])
    coalition.set_seats("collaborative-partner", 9)


def test_another_process_that_commands_passes_over_what_was_inserted(
    coalition: Coalition, recorder: LedgerApplicationRecorder
) -> None:
    other = coalition.reopen()
    director = coalition.principals[Role.DIRECTOR]

    def set_seats(seats: int) -> None:
        command = SetSeats(tier="collaborative-partner", seats=seats)
        assert isinstance(other.execute(coalition.request(command, director)), Accepted)

    set_seats(9)
    recorder.insert_events([event() for _ in range(10)])
    coalition.set_seats("collaborative-partner", 10)
    set_seats(11)
    other.close()


def test_a_subscriber_sees_commands_too(
    coalition: Coalition, recorder: LedgerApplicationRecorder
) -> None:
    last = recorder.max_notification_id()
    with recorder.subscribe(gt=last) as live:
        later = threading.Timer(0.1, coalition.set_seats, ("collaborative-partner", 9))
        later.start()
        notification = next(live)
        later.join()
    assert notification.originator_id == coalition.ledger.coalition
    recorder.datastore.commits.close()
