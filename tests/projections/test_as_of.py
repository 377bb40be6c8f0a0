"""The database's answer as of any position and day is that of a replay."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from projections import listings
from projections.as_of import AsOf, position_at
from projections.inline import InlineProjector
from projections.replay import Replay, replay
from service.ledger import tables
from service.ledger.engine import begin_writing
from tests.projections.held import rows_as_of
from tests.projections.ledgers import MODELS, MemoryLedger, batches
from tests.projections.streams import generate

REMEMBERING = [model for model in MODELS if model.history]
DAYS = (date(2021, 1, 15), date(2021, 3, 2), date(2021, 3, 20), date(2022, 1, 1))


def test_as_of_every_position_the_database_equals_a_replay(engine: Engine) -> None:
    entries = list(generate(320, seed=11))
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    for batch in batches(entries, 16):
        ledger.append(batch, projector)
    stepwise = Replay(MODELS)
    with engine.connect() as connection:
        for position in range(len(entries) + 1):
            stepwise.extend(entries[position - 1 : position] if position else [])
            for model in REMEMBERING:
                for day in DAYS if model.bitemporal else DAYS[:1]:
                    found = rows_as_of(connection, model, AsOf(position, day))
                    assert found == stepwise.rows(model, position, day)


def test_a_replay_of_all_answers_for_every_earlier_position_too() -> None:
    entries = list(generate(600, seed=12))
    whole = Replay(MODELS)
    whole.extend(entries)
    for position in range(0, 600, 37):
        for day in DAYS:
            upto = replay(REMEMBERING, entries, position, day)
            assert upto == {model.name: whole.rows(model, position, day) for model in REMEMBERING}


def test_without_history_there_is_the_present_whatever_the_position(engine: Engine) -> None:
    entries = list(generate(600, seed=12))
    MemoryLedger(engine).append(entries, InlineProjector(MODELS))
    whole = Replay([listings.MODEL])
    whole.extend(entry for entry in entries if type(entry.event) in listings.MODEL.folds)
    with engine.connect() as connection:
        present = rows_as_of(connection, listings.MODEL, AsOf(600, DAYS[0], current=True))
        assert present
        for position in (0, 300, 600):
            assert whole.rows(listings.MODEL, position, DAYS[0]) == present
            assert rows_as_of(connection, listings.MODEL, AsOf(position, DAYS[0])) == present


def test_the_head_may_be_read_as_current(engine: Engine) -> None:
    entries = list(generate(500, seed=13))
    MemoryLedger(engine).append(entries, InlineProjector(MODELS))
    with engine.connect() as connection:
        for model in MODELS:
            for day in DAYS:
                found = rows_as_of(connection, model, AsOf(len(entries), day, current=True))
                assert found == rows_as_of(connection, model, AsOf(len(entries), day))


def test_a_time_names_the_last_position_recorded_by_then(engine: Engine) -> None:
    noon = int(datetime(2024, 3, 1, 12, tzinfo=UTC).timestamp())
    # The clock went back by a minute at position 3.
    times = [noon, noon + 60, noon, noon + 60, noon + 90]
    with begin_writing(engine) as connection:
        connection.execute(
            sa.insert(tables.entries),
            [
                {
                    "position": position,
                    "stream": "stream",
                    "version": position,
                    "type": "type",
                    "recorded_at": at,
                    "recorded_max": max(times[:position]),
                    "data": b"",
                    "leaf_hash": b"",
                }
                for position, at in enumerate(times, start=1)
            ],
        )
    with engine.connect() as connection:
        found = {
            seconds: position_at(connection, noon + seconds) for seconds in (-1, 0, 59, 60, 89, 90)
        }
    assert found == {-1: 0, 0: 1, 59: 1, 60: 4, 89: 4, 90: 5}
