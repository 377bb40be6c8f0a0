"""docker-compose.yml is valid, hardened, and gives each role no more than it needs."""

import importlib.resources
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from jsonschema import Draft202012Validator
from sqlalchemy import make_url

from tests.databases import PostgresServer, connect
from tests.service.cli.conftest import FOUNDING, Installation

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@pytest.fixture(scope="module")
def prepared_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server on which deploy/databases.sql has run."""
    with tempfile.TemporaryDirectory(prefix="coalition-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for role in ("owner", "api", "keys"):
            (folder / f"{role}_password").write_text(f"secret of {role}\n")
        script = (ROOT / "deploy/databases.sql").read_text()
        with PostgresServer(folder / "server") as server:
            subprocess.run(
                [
                    server.program("psql"),
                    "--no-psqlrc",
                    f"--host={server.folder}",
                    "--username=postgres",
                    "--quiet",
                ],
                input=script.replace("/run/secrets", name),
                check=True,
                text=True,
            )
            yield server


def session(server: PostgresServer, role: str, database: str) -> psycopg.Connection:
    url = make_url(server.url(database)).set(username=role)
    return connect(url.render_as_string(hide_password=False))


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((schemas / "compose-spec.json").read_text())
    errors = Draft202012Validator(schema).iter_errors(compose)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_every_container_is_read_only_and_without_capabilities(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")
        assert "cap_add" not in service


def test_ports_are_published_on_the_loopback_address_only(compose: dict[str, Any]) -> None:
    published = [port for s in compose["services"].values() for port in s.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_secrets_come_from_files_and_only_those_a_container_needs(compose: dict[str, Any]) -> None:
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())
    assert set(compose["services"]["serve"]["secrets"]) == {"api_password", "keys_password", "kek"}
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name or value.startswith("/run/secrets/")


def test_the_api_may_read_and_append_but_not_rewrite(prepared_server: PostgresServer) -> None:
    with session(prepared_server, "coalition_owner", "ledger") as owner:
        owner.execute("CREATE TABLE entries (position bigint GENERATED ALWAYS AS IDENTITY, b int)")
    with session(prepared_server, "coalition_api", "ledger") as api:
        api.execute("INSERT INTO entries (b) VALUES (7)")
        assert api.execute("SELECT b FROM entries").fetchall() == [(7,)]
        for statement in (
            "UPDATE entries SET b = 8",
            "DELETE FROM entries",
            "TRUNCATE entries",
            "DROP TABLE entries",
            "CREATE TABLE mine (b int)",
            "CREATE TEMPORARY TABLE mine (b int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                api.execute(statement)


@pytest.mark.parametrize(
    ("role", "database"),
    [("coalition_api", "keys"), ("coalition_owner", "keys"), ("coalition_keys", "ledger")],
)
def test_keys_and_ledger_are_out_of_each_others_reach(
    prepared_server: PostgresServer, role: str, database: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        session(prepared_server, role, database)


def test_the_key_store_has_a_database_of_its_own(prepared_server: PostgresServer) -> None:
    with session(prepared_server, "coalition_keys", "keys") as keys:
        keys.execute("CREATE TABLE kept (b int)")
        keys.execute("DELETE FROM kept")


def test_backups_have_the_files_of_evidence_that_the_service_has(compose: dict[str, Any]) -> None:
    serve, operate = compose["services"]["serve"], compose["services"]["operate"]
    for name in ("COALITION_EVIDENCE_FOLDER", "COALITION_SIGNED_FILE"):
        assert operate["environment"][name] == serve["environment"][name]
    assert set(serve["volumes"]) < set(operate["volumes"])
    image = (ROOT / "Dockerfile").read_text()
    for volume in serve["volumes"]:
        assert f" {volume.partition(':')[2]}" in image


def test_each_role_backs_up_and_restores_with_what_it_may_do(
    prepared_server: PostgresServer, tmp_path: Path
) -> None:
    with connect(prepared_server.url()) as administrator:
        administrator.execute("CREATE DATABASE lost OWNER coalition_owner")
        administrator.execute("GRANT CONNECT ON DATABASE lost TO coalition_api")

    def as_role(role: str, database: str) -> str:
        url = make_url(prepared_server.url(database)).set(username=f"coalition_{role}")
        return url.render_as_string(hide_password=False)

    def named(ledger: str) -> dict[str, str]:
        return {
            "COALITION_MIGRATION_URL": as_role("owner", ledger),
            "COALITION_DATABASE_URL": as_role("api", ledger),
            "COALITION_KEYS_URL": as_role("keys", "keys"),
            "COALITION_SIGNED_FILE": str(tmp_path / "signed"),
            "COALITION_API_ROLE": "coalition_api",
        }

    place = Installation(tmp_path, "", named("lost"))
    place.must("db", "upgrade")
    place.must(*FOUNDING)
    place.must("backup", "ledger", str(tmp_path / "ledger"))
    place.must("backup", "keys", str(tmp_path / "keys"))
    with connect(prepared_server.url()) as administrator:
        administrator.execute("CREATE DATABASE found OWNER coalition_owner")
        administrator.execute("GRANT CONNECT ON DATABASE found TO coalition_api")
    place.environment |= named("found")
    place.must("restore", "ledger", str(tmp_path / "ledger"))

    made = place.must("keys", "create", "--role", "operator", "--label", "works", "--json")
    assert json.loads(made.stdout)
    assert "Nothing happened" not in place.must("attest").stderr
    with (
        connect(as_role("api", "found")) as api,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        api.execute("DELETE FROM entries")
