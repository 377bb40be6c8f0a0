"""A rebuild makes what the writer made, beside it, and switches or changes nothing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection, Engine

from domain.ledger.recorded import Recorded
from projections import rebuild as rebuilding
from projections import schema, tables
from projections.as_of import AsOf
from projections.inline import InlineProjector
from projections.rebuild import rebuild
from service.ledger.engine import begin_writing
from service.ledger.tables import metadata as ledger_metadata
from tests.projections.held import rows_as_of
from tests.projections.ledgers import (
    MODEL,
    MODELS,
    MemoryLedger,
    batches,
    digests,
    replayed_digests,
)
from tests.projections.streams import generate

ENTRIES = 1_000


@pytest.fixture
def ledger(engine: Engine) -> MemoryLedger:
    """A varied ledger with views that the writer kept."""
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    for batch in batches(generate(ENTRIES, seed=21), 64):
        ledger.append(batch, projector)
    return ledger


@pytest.fixture(autouse=True)
def _small_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "LOAD_ENTRIES", 200)


def test_a_rebuild_makes_the_same_rows_as_the_writer(ledger: MemoryLedger) -> None:
    before = digests(ledger.engine)
    rebuilt = rebuild(MODELS, ledger)
    assert rebuilt.position == ENTRIES
    assert rebuilt.differing == ()
    assert rebuilt.digests == before
    assert digests(ledger.engine) == before == replayed_digests(ledger.engine, ledger.recorded)


def test_the_writer_goes_on_after_a_rebuild_and_another_one(ledger: MemoryLedger) -> None:
    entries = list(generate(ENTRIES + 400, seed=21))
    for upto in (ENTRIES + 200, ENTRIES + 400):
        rebuild(MODELS, ledger)
        ledger.append(entries[len(ledger.recorded) : upto], InlineProjector(MODELS))
    assert digests(ledger.engine) == replayed_digests(ledger.engine, entries)


def test_the_schema_is_the_same_after_a_rebuild(ledger: MemoryLedger) -> None:
    for _ in range(2):
        rebuild(MODELS, ledger)
        with ledger.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                context = MigrationContext.configure(connection)
                assert compare_metadata(context, [ledger_metadata, tables.metadata]) == []  # type: ignore[arg-type]
            inspector = sa.inspect(connection)
            for table in tables.metadata.sorted_tables:
                found = {
                    str(index["name"]).removesuffix("__next"): index["column_names"]
                    for index in inspector.get_indexes(table.name)
                }
                declared = {
                    index.name: [column.name for column in index.columns] for index in table.indexes
                }
                assert found == declared
                key = inspector.get_pk_constraint(table.name)["constrained_columns"]
                assert key == [column.name for column in table.primary_key.columns]
            assert not [name for name in inspector.get_table_names() if name.endswith("__next")]


def test_a_damaged_view_is_found_and_made_good(ledger: MemoryLedger) -> None:
    before = digests(ledger.engine)
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("UPDATE memberships SET tier = 'ally-network' WHERE version < 3")
        connection.exec_driver_sql("DELETE FROM listing_terms WHERE facet = 'service'")
    assert rebuild(MODELS, ledger).differing == ("listings", "memberships")
    assert digests(ledger.engine) == before


def test_tables_of_another_version_are_made_anew_without_a_comparison(
    ledger: MemoryLedger,
) -> None:
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("UPDATE read_models SET version = 0 WHERE name = 'parties'")
        connection.exec_driver_sql("DELETE FROM parties")
        assert schema.outdated(connection, MODELS) == ["parties"]
    assert rebuild(MODELS, ledger).differing == ()
    with ledger.engine.connect() as connection:
        assert schema.outdated(connection, MODELS) == []
    assert digests(ledger.engine) == replayed_digests(ledger.engine, ledger.recorded)


def test_one_read_model_is_rebuilt_without_the_others(ledger: MemoryLedger) -> None:
    before = digests(ledger.engine)
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("DELETE FROM applications")
    assert rebuild([MODEL["applications"]], ledger).differing == ("applications",)
    assert digests(ledger.engine) == before


class BusyLedger(MemoryLedger):
    """Somebody appends whenever the rebuild begins a transaction."""

    def __init__(self, ledger: MemoryLedger, coming: list[Recorded]) -> None:
        super().__init__(ledger.engine, ledger.recorded)
        self.coming = coming
        self.projector = InlineProjector(MODELS)

    def arrive(self) -> None:
        """Append a few entries."""
        arrived, self.coming = self.coming[:5], self.coming[5:]
        if arrived:
            self.append(arrived, self.projector)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a transaction that sees one state, entries and views alike."""
        self.arrive()
        size = len(self.recorded)
        with super().snapshot() as connection:
            connection.execute(sa.select(tables.read_models)).all()
            connection.info["size"] = size
            yield connection
            del connection.info["size"]
        self.arrive()

    def locked(self) -> AbstractContextManager[Connection]:
        """Give a transaction that holds the ledger lock."""
        self.arrive()
        return super().locked()

    def entries(self, connection: Connection, after: int) -> Generator[Recorded, None, None]:
        """Yield the entries that the transaction sees."""
        size = connection.info.get("size", len(self.recorded))
        return (each for each in super().entries(connection, after) if each.position <= size)


def test_what_is_appended_during_a_rebuild_is_in_it(ledger: MemoryLedger) -> None:
    entries = list(generate(ENTRIES + 100, seed=21))
    busy = BusyLedger(ledger, entries[ENTRIES:])
    rebuilt = rebuild(MODELS, busy)
    assert rebuilt.position == len(busy.recorded) > ENTRIES + 10
    assert rebuilt.differing == ()
    busy.append(busy.coming, busy.projector)
    assert digests(ledger.engine) == replayed_digests(ledger.engine, entries)


class PowerCutError(Exception):
    """The process ends here."""


class DyingLedger(MemoryLedger):
    """The process dies at the end of its n-th transaction, before or after the commit."""

    def __init__(self, ledger: MemoryLedger, transactions: int, *, committed: bool) -> None:
        super().__init__(ledger.engine, ledger.recorded)
        self.left = transactions
        self.committed = committed

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that may write, unless it is too late."""
        self.left -= 1
        with super().writing() as connection:
            yield connection
            if self.left == 0 and not self.committed:
                raise PowerCutError
        if self.left == 0:
            raise PowerCutError

    def locked(self) -> AbstractContextManager[Connection]:
        """Give a transaction that holds the ledger lock."""
        return self.writing()


@pytest.mark.parametrize("committed", [False, True])
def test_a_crash_anywhere_leaves_what_serves_and_the_next_run_works(
    ledger: MemoryLedger,
    committed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    before = digests(ledger.engine)
    transactions = 0
    while True:
        transactions += 1
        try:
            rebuild(MODELS, DyingLedger(ledger, transactions, committed=committed))
        except PowerCutError:
            assert digests(ledger.engine) == before
        else:
            break
    assert transactions > 15
    assert digests(ledger.engine) == before
    with ledger.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
    assert not [name for name in names if name.endswith("__next")]


def test_rights_on_the_tables_stay(ledger: MemoryLedger) -> None:
    if ledger.engine.dialect.name != "postgresql":
        pytest.skip("SQLite knows no rights")
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS rebuild_reader")
        connection.exec_driver_sql("CREATE ROLE rebuild_reader")
        connection.exec_driver_sql("GRANT SELECT ON memberships TO rebuild_reader")
    rebuild(MODELS, ledger)
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("SET LOCAL ROLE rebuild_reader")
        day = date(2024, 1, 1)
        assert rows_as_of(connection, MODEL["memberships"], AsOf(ENTRIES, day))
    with begin_writing(ledger.engine) as connection:
        connection.exec_driver_sql("DROP OWNED BY rebuild_reader")
        connection.exec_driver_sql("DROP ROLE rebuild_reader")


def test_a_reader_in_the_way_makes_the_switch_wait_and_then_give_up(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ledger.engine.dialect.name != "postgresql":
        pytest.skip("SQLite's readers keep what they read")
    monkeypatch.setattr(rebuilding, "LOCK_TIMEOUT_MS", 50)
    before = digests(ledger.engine)
    with ledger.engine.begin() as reader:
        reader.execute(sa.select(tables.parties)).first()
        with pytest.raises(sa.exc.OperationalError):
            rebuild(MODELS, ledger)
    assert digests(ledger.engine) == before
    assert rebuild(MODELS, ledger).differing == ()
