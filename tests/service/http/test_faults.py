"""What happens when something does not work: a retryable answer, and nothing given away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from psycopg import sql

from service.ledger.engine import begin_writing
from tests.databases import connect
from tests.service.coalition import Coalition
from tests.service.http.conftest import serving

QUERY = {"query": "{ __typename }"}


def _losing_tables(coalition: Coalition) -> Callable[[], None]:
    """Take the ledger's end away, so that nothing can be read as of a position."""
    return _changing(coalition, "ALTER TABLE head RENAME TO gone")


def test_a_ledger_that_does_not_answer_is_503_with_when_to_ask_again(
    small_coalition: Coalition,
) -> None:
    with serving(small_coalition) as client:
        _losing_tables(small_coalition)()
        for response in (
            client.get("/graphql", params=QUERY),
            client.post("/graphql", json={"query": "{ policy { version } }"}),
        ):
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) > 0
            (error,) = response.json()["errors"]
            assert error["extensions"]["code"] == "UNAVAILABLE"
            assert "data" not in response.json()
            assert "head" not in response.text


def test_other_hosts_are_refused(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client:
        for path in ("/graphql", "/livez", "/readyz", "/"):
            assert client.get(path, headers={"host": "evil.example.com"}).status_code == 400


def test_every_answer_keeps_browsers_strict(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client:
        for path in ("/graphql", "/livez", "/readyz", "/nothing-there"):
            headers = client.get(path).headers
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-frame-options"] == "DENY"
            assert "server" not in headers


def test_it_is_ready_when_all_that_it_needs_is_there(coalition: Coalition) -> None:
    with serving(coalition) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (
            200,
            {"status": "ready", "reasons": []},
        )
        assert client.get("/livez").status_code == 200


def _reasons(coalition: Coalition, breaking: Callable[[], object]) -> list[str]:
    """Return why a process that was ready is not, after something broke."""
    with serving(coalition) as client:
        breaking()
        response = client.get("/readyz")
        assert response.status_code == 503
        # The process is well: a restart would not help.
        assert client.get("/livez").status_code == 200
        reasons: list[str] = response.json()["reasons"]
        return reasons


def _changing(coalition: Coalition, statement: str) -> Callable[[], None]:
    def change() -> None:
        with begin_writing(coalition.ledger.engine) as connection:
            connection.execute(sa.text(statement))

    return change


def test_it_is_not_ready_with_the_schema_of_another_release(coalition: Coalition) -> None:
    change = _changing(coalition, "UPDATE alembic_version SET version_num = '9999'")
    assert _reasons(coalition, change) == ["the schema is not of this release"]


def test_it_is_not_ready_with_read_models_of_another_release(coalition: Coalition) -> None:
    change = _changing(coalition, "UPDATE read_models SET version = 0 WHERE name = 'reviews'")
    assert _reasons(coalition, change) == ["read models are to be rebuilt"]


def test_it_is_not_ready_when_the_ledger_cannot_be_read(coalition: Coalition) -> None:
    assert _reasons(coalition, _losing_tables(coalition)) == ["the ledger cannot be read"]


def test_it_is_not_ready_without_its_keys(coalition: Coalition) -> None:
    def lose_keys() -> None:
        store = Path(coalition.places.keys_url.removeprefix("sqlite:///"))
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()
        # What is open would go on reading the files that have no name any more.
        coalition.ledger.keys._engine.dispose()

    assert _reasons(coalition, lose_keys) == ["the key store does not answer"]


def test_it_is_not_ready_when_commits_are_not_durable_on_sqlite(
    small_coalition: Coalition,
) -> None:
    def careless(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.cursor().execute("PRAGMA synchronous=NORMAL")

    engine = small_coalition.ledger.engine
    sa.event.listen(engine, "connect", careless)
    reasons = _reasons(small_coalition, engine.dispose)
    assert reasons == ["the database has synchronous below FULL"]


def test_it_is_not_ready_when_commits_are_not_durable_on_postgresql(
    postgres_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(postgres_url, tmp_path)
    try:
        with connect(postgres_url) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
            )
        reasons = _reasons(coalition, coalition.ledger.engine.dispose)
        assert reasons == ["the database has synchronous_commit off"]
    finally:
        coalition.close()
