import multiprocessing
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from service.ledger.engine import (
    CACHE_KIB,
    UnusableDatabaseError,
    begin_writing,
    create_engine,
    refuse_affected_sqlite,
)

BUSY_SQL = sa.text("PRAGMA busy_timeout = 50")


@pytest.fixture
def sqlite(sqlite_url: str) -> Engine:
    engine = create_engine(sqlite_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    return engine


def count(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM t")).scalar_one())


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 51, 2)])
def test_sqlite_that_can_corrupt_a_wal_database_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(UnusableDatabaseError, match=r"can corrupt .* pysqlite3 0\.6\.1"):
        refuse_affected_sqlite(version)


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 51, 3), (3, 53, 4)])
def test_sqlite_outside_the_affected_versions_is_accepted(version: tuple[int, ...]) -> None:
    refuse_affected_sqlite(version)


@pytest.mark.parametrize(
    "url",
    ["mysql://host/db", "postgresql+asyncpg://host/db", "sqlite://", "sqlite:///:memory:", "x", ""],
)
def test_another_kind_of_database_is_refused_with_what_to_use(url: str) -> None:
    with pytest.raises(UnusableDatabaseError, match="use sqlite:///path"):
        create_engine(url)


def test_a_malformed_url_is_not_repeated_since_it_may_hold_a_password() -> None:
    with pytest.raises(UnusableDatabaseError) as refused:
        create_engine("postgresql//user:hunter2@host")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("secure_delete", "expected"), [(False, 0), (True, 1)])
def test_sqlite_connections_are_durable_and_strict(
    sqlite_url: str, *, secure_delete: bool, expected: int
) -> None:
    engine = create_engine(sqlite_url, secure_delete=secure_delete)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": 5000,
        "secure_delete": expected,
        "cache_size": -CACHE_KIB,
    }
    with engine.connect() as connection:
        found = {name: connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found == wanted


def test_a_reader_takes_no_lock_that_a_writer_would_wait_for(sqlite: Engine) -> None:
    with sqlite.connect() as reader:
        before = reader.execute(sa.text("SELECT count(*) FROM t")).scalar()
        started_s = time.monotonic()
        with begin_writing(sqlite) as writer:
            writer.execute(sa.text("INSERT INTO t VALUES (1)"))
        assert time.monotonic() - started_s < 1
        # Nor does it see what was written since it began: its answers are of one moment.
        assert reader.execute(sa.text("SELECT count(*) FROM t")).scalar() == before == 0
    assert count(sqlite) == 1


def test_a_writer_takes_the_lock_at_once(sqlite: Engine) -> None:
    with begin_writing(sqlite), sqlite.connect() as other:
        other.execute(BUSY_SQL)
        other.rollback()
        with pytest.raises(OperationalError, match="locked"):
            other.execution_options(coalition_writes=True).begin()
    with begin_writing(sqlite) as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))
    assert count(sqlite) == 1


def test_a_pooled_connection_that_wrote_is_a_reader_again(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url, pool_size=1)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    other = create_engine(sqlite_url)
    with engine.begin() as reader:
        reader.execute(sa.text("SELECT count(*) FROM t"))
        with begin_writing(other) as writer:
            writer.execute(sa.text("INSERT INTO t VALUES (1)"))
    assert count(engine) == 1


def test_a_rollback_closes_the_transaction(sqlite: Engine) -> None:
    def write_and_fail() -> None:
        with begin_writing(sqlite) as connection:
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    driver_connection = sqlite.raw_connection()
    assert driver_connection.driver_connection is not None
    assert not driver_connection.driver_connection.in_transaction
    driver_connection.close()
    assert count(sqlite) == 0


def test_a_commit_closes_the_transaction(sqlite: Engine) -> None:
    with begin_writing(sqlite) as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))
        driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    assert not driver_connection.in_transaction


def test_errors_do_not_show_values(database_url: str) -> None:
    engine = create_engine(database_url)
    with pytest.raises(sa.exc.DBAPIError) as failed, engine.begin() as connection:
        connection.execute(sa.text("SELECT * FROM missing WHERE n = :n"), {"n": "planted"})
    assert "planted" not in str(failed.value)
    engine.dispose()


def test_writing_commits_on_both_databases(database_url: str) -> None:
    engine = create_engine(database_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))
    assert count(engine) == 1
    engine.dispose()


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_with_bounded_waits(
    postgres_url: str, driver: str
) -> None:
    engine = create_engine(f"{driver}:{postgres_url.partition(':')[2]}")
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        assert driver_connection is not None
        given = driver_connection.info.get_parameters()
    engine.dispose()
    assert given["connect_timeout"] == "3"
    assert given["tcp_user_timeout"] == "5000"
    assert given["target_session_attrs"] == "read-write"


def test_options_in_a_postgresql_url_win(postgres_url: str) -> None:
    engine = create_engine(f"{postgres_url}&target_session_attrs=any&connect_timeout=1")
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        assert driver_connection is not None
        given = driver_connection.info.get_parameters()
    engine.dispose()
    assert given.get("target_session_attrs", "any") == "any"
    assert given["connect_timeout"] == "1"


def insert_rows(url: str, rows: int) -> None:
    engine = create_engine(url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS t (n INTEGER)"))
    for _ in range(rows):
        with begin_writing(engine) as connection:
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))


def test_processes_that_open_a_new_file_together_all_write(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    url = f"sqlite:///{tmp_path}/new.db"
    processes = [context.Process(target=insert_rows, args=(url, 20)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert count(create_engine(url)) == 80
