"""The views that the writer keeps are those that a replay makes, whatever the batches."""

import contextlib
import random

import pytest
from sqlalchemy.engine import Engine

from domain.membership.application import EvidenceAttached
from projections import schema
from projections.inline import InlineProjector
from projections.model import MissingRowError
from service.ledger.engine import begin_writing, create_engine
from tests.projections.ledgers import MODELS, MemoryLedger, batches, digests, replayed_digests
from tests.projections.streams import generate

ENTRIES = 1_500


@pytest.mark.parametrize("size", [1, 7, 64, 512])
def test_batches_of_any_size_make_the_views_of_a_replay(engine: Engine, size: int) -> None:
    entries = list(generate(ENTRIES if size > 1 else 400, seed=size))
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    for batch in batches(entries, size):
        ledger.append(batch, projector)
    assert digests(engine) == replayed_digests(engine, entries)


def test_a_projector_that_remembers_almost_nothing_reads_what_it_needs(engine: Engine) -> None:
    entries = list(generate(ENTRIES, seed=3))
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS, cached_streams=2)
    for batch in batches(entries, 16):
        ledger.append(batch, projector)
    assert digests(engine) == replayed_digests(engine, entries)


def test_processes_that_take_turns_make_the_same_views(engine: Engine) -> None:
    entries = list(generate(ENTRIES, seed=4))
    ledger = MemoryLedger(engine)
    projectors = [InlineProjector(MODELS) for _ in range(3)]
    turns = random.Random(4)  # noqa: S311 - reproducible
    for batch in batches(entries, 16):
        writer = turns.choice(projectors)
        ledger.append(batch, writer)
        for other in projectors:
            if other is not writer:
                other.follow(batch)
    assert digests(engine) == replayed_digests(engine, entries)


class PowerCutError(Exception):
    """The transaction did not commit."""


def test_batches_that_did_not_commit_leave_nothing_behind(engine: Engine) -> None:
    entries = list(generate(ENTRIES, seed=5))
    projector = InlineProjector(MODELS)
    turns = random.Random(5)  # noqa: S311 - reproducible
    for batch in batches(entries, 16):
        while turns.random() < 0.4:
            with contextlib.suppress(PowerCutError), begin_writing(engine) as connection:
                projector.apply_batch(connection, batch)
                raise PowerCutError
            projector.forget()
        with begin_writing(engine) as connection:
            projector.apply_batch(connection, batch)
    assert digests(engine) == replayed_digests(engine, entries)


def test_an_entry_without_its_predecessors_is_a_fault(engine: Engine) -> None:
    orphan = next(
        entry for entry in generate(ENTRIES, seed=6) if isinstance(entry.event, EvidenceAttached)
    )
    with (
        pytest.raises(MissingRowError, match=str(orphan.position)),
        begin_writing(engine) as connection,
    ):
        InlineProjector(MODELS).apply_batch(connection, [orphan])


def test_statements_find_rows_by_key_however_much_there_is(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
        # As on a server that is busy with other things: nobody looks how the tables grow.
        for model in MODELS:
            for table in model.tables:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} SET (autovacuum_enabled=off)")
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS, cached_streams=50)
    for batch in batches(generate(3_000, seed=8), 64):
        ledger.append(batch, projector)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    with engine.connect() as connection:
        by_key, by_reading_all = connection.exec_driver_sql(
            "SELECT sum(idx_scan), sum(seq_tup_read) FROM pg_stat_user_tables "
            "WHERE relname NOT IN ('alembic_version', 'read_models')"
        ).one()
    engine.dispose()
    assert by_key > 1_000
    assert by_reading_all == 0
