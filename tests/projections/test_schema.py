"""Migrations make the schema that the code declares, and the database guards what it must."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, ProgrammingError

from projections import generations, grants, schema, tables
from projections.inline import InlineProjector
from projections.tables import read_models
from service.ledger import tables as ledger_tables
from service.ledger.engine import begin_writing, create_engine
from tests.projections.ledgers import MODELS
from tests.projections.streams import generate

UPSERT = (
    "INSERT INTO {table} SELECT * FROM {table} WHERE true "
    "ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
)

ROWS: dict[str, dict[str, object]] = {
    "entries": {
        "position": 1,
        "stream": "stream",
        "version": 1,
        "type": "type",
        "entry_id": "entry",
        "recorded_at": 0,
        "recorded_max": 0,
        "data": b"data",
        "leaf_hash": b"hash",
    },
    "documents": {"sha256": "00", "kind": "policy", "content": b"text"},
    "outcomes": {
        "principal": "somebody",
        "command_id": "command",
        "input_mac": b"mac",
        "outcome": b"outcome",
    },
    "ledger": {"id": 1, "origin": "origin", "key_store": "keys", "coalition": "coalition"},
}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A database with one row in each table that is append-only."""
    with begin_writing(engine) as connection:
        for name, row in ROWS.items():
            connection.execute(sa.insert(ledger_tables.metadata.tables[name]), [row])
    return engine


def test_migrations_make_what_the_code_declares(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        declared = [ledger_tables.metadata, tables.metadata]
        assert compare_metadata(context, declared) == []  # type: ignore[arg-type]


def test_migrated_tables_and_indexes_are_defined_as_declared_ones(database_url: str) -> None:
    engine = create_engine(database_url)
    with begin_writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            for table in tables.metadata.tables.values():
                for index in table.indexes:
                    generations.restrict(index)
        ledger_tables.metadata.create_all(connection)
        tables.metadata.create_all(connection)
        declared = definitions(engine, connection)
        ledger_tables.metadata.drop_all(connection)
        tables.metadata.drop_all(connection)
        schema.upgrade(connection)
        assert definitions(engine, connection) == declared
    engine.dispose()


@pytest.mark.parametrize("reached", ["0023_name_corrections", "0034_entries_by_day"])
def test_a_sqlite_file_whose_views_were_rebuilt_is_brought_up_to_date(
    tmp_path: Path, reached: str
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with begin_writing(engine) as connection:
        schema.upgrade(connection, reached)
        views = {model.table.name for model in MODELS}
        found = connection.exec_driver_sql(
            "SELECT name, sql, tbl_name FROM sqlite_master WHERE sql LIKE 'CREATE INDEX %'"
        ).all()
        indexes = [(name, sql) for name, sql, table in found if table in views]
        # As a rebuild leaves them, which cannot rename them.
        for name, sql in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
            connection.exec_driver_sql(sql.replace(name, f"{name}__next", 1))
        assert len(indexes) > 10
        schema.upgrade(connection)
        upgraded = definitions(engine, connection)
    engine.dispose()
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    with begin_writing(fresh) as connection:
        schema.upgrade(connection)
        assert upgraded == definitions(fresh, connection)
    fresh.dispose()


def test_rows_of_tables_that_are_made_anew_stay(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection, "0045_terms_in_order")
        key, term = ("stream:a", "k1"), ("name", "a term", "a party", 1, 2)
        connection.exec_driver_sql("INSERT INTO subject_keys VALUES (?, ?)", key)
        connection.exec_driver_sql("INSERT INTO party_terms VALUES (?, ?, ?, ?, ?)", term)
        schema.upgrade(connection)
        for table, row in ((ledger_tables.subject_keys, key), (tables.party_terms, term)):
            assert connection.execute(sa.select(table)).all() == [row]
    engine.dispose()


def definitions(engine: Engine, connection: sa.Connection) -> set[tuple[str, ...]]:
    """Return how the database itself describes tables and indexes."""
    if engine.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type IN ('table', 'index') AND name <> 'alembic_version'"
        )
        return {(name, " ".join(sql.split())) for name, sql in found if sql is not None}
    found = connection.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename <> 'alembic_version' "
        "UNION ALL SELECT table_name || '.' || column_name, data_type || is_nullable "
        "|| coalesce(collation_name, '') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
    )
    return {(name, definition) for name, definition in found}


def test_a_fresh_database_is_current_and_its_views_are_up_to_date(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert schema.current(connection) is None
        assert not schema.is_current(connection)
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
    with begin_writing(engine) as connection:
        # Once more changes nothing.
        schema.upgrade(connection)
        assert schema.is_current(connection)
        assert schema.current(connection) == schema.head()
        assert schema.outdated(connection, MODELS) == []
    engine.dispose()


def test_views_made_by_another_version_of_the_fold_are_named(engine: Engine) -> None:
    with begin_writing(engine) as connection:
        connection.execute(
            sa.update(read_models).where(read_models.c.name == "reviews").values(version=0)
        )
        connection.execute(sa.delete(read_models).where(read_models.c.name == "parties"))
        assert schema.outdated(connection, MODELS) == ["parties", "reviews"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
        UPSERT,
        "TRUNCATE {table}",
    ],
)
def test_what_is_appended_cannot_be_changed(filled: Engine, change: str) -> None:
    only = {"TRUNCATE": "postgresql", "REPLACE": "sqlite"}
    if any(word in change and filled.dialect.name != only[word] for word in only):
        pytest.skip("the database knows no such statement")
    for name in ledger_tables.APPEND_ONLY:
        table = ledger_tables.metadata.tables[name]
        key = ", ".join(column.name for column in table.primary_key.columns)
        statement = change.format(table=name, column=table.columns.keys()[-1], key=key)
        with begin_writing(filled) as connection:
            before = connection.execute(sa.select(table)).all()
        with (
            pytest.raises(DBAPIError, match=f"{name} is append-only"),
            begin_writing(filled) as connection,
        ):
            connection.exec_driver_sql(statement)
        with begin_writing(filled) as connection:
            assert connection.execute(sa.select(table)).all() == before


@pytest.fixture
def role(postgres_server_url: str) -> Iterator[str]:
    """A role of the server that nobody has given anything."""
    name = f"api_{secrets.token_hex(4)}"
    server = create_engine(postgres_server_url)
    with server.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name}")
    yield name
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE {name}")
    server.dispose()


@pytest.fixture
def restricted(role: str, postgres_url: str) -> Iterator[Engine]:
    """A database with every table, in which the role may do what the API needs."""
    engine = create_engine(postgres_url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
        grants.grant_api(connection, role)
        grants.grant_api(connection, role)

    @sa.event.listens_for(engine, "begin")
    def _become(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL ROLE {role}")

    yield engine
    sa.event.remove(engine, "begin", _become)
    with begin_writing(engine) as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
    engine.dispose()


def test_the_api_role_appends_and_keeps_the_views(restricted: Engine) -> None:
    with begin_writing(restricted) as connection:
        for name, row in ROWS.items():
            connection.execute(sa.insert(ledger_tables.metadata.tables[name]), [row])
        InlineProjector(MODELS).apply_batch(connection, list(generate(300, seed=31)))
        assert schema.is_current(connection)
        assert schema.outdated(connection, MODELS) == []


def test_the_api_role_can_change_nothing_else(restricted: Engine) -> None:
    statements = [
        *(f"UPDATE {name} SET {next(iter(ROWS[name]))} = NULL" for name in ROWS),  # noqa: S608
        *(f"DELETE FROM {name}" for name in ROWS),  # noqa: S608
        *(f"TRUNCATE {name}" for name in ROWS),
        *(f"ALTER TABLE {name} DISABLE TRIGGER ALL" for name in ROWS),
        *(f"DROP TRIGGER {name}_append_only ON {name}" for name in ROWS),
        "TRUNCATE memberships",
        "DROP TABLE memberships",
        "UPDATE read_models SET version = 2",
        "UPDATE alembic_version SET version_num = ''",
        "CREATE TABLE planted (id integer)",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS ''",
    ]
    for statement in statements:
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
            begin_writing(restricted) as connection,
        ):
            connection.exec_driver_sql(statement)


def test_what_the_grants_call_append_only_is_what_the_ledger_does() -> None:
    assert set(ledger_tables.APPEND_ONLY) == grants.APPEND_ONLY


def test_the_columns_of_rows_are_those_of_their_tables() -> None:
    for model in MODELS:
        kept = ["from_position", "to_position"]
        kept += ["effective_from", "effective_to"] if model.bitemporal else []
        assert [column.name for column in model.table.columns] == [*model.codec.columns, *kept]
