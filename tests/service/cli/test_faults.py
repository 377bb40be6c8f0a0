"""What an operator is told when something is missing, wrong or broken."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from service.ledger.engine import begin_writing, create_engine
from service.ledger.key_encryption import create_kek_file
from service.server import listen
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault

COMMANDS = [("serve",), ("replay", "--json"), ("rebuild",)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_key_file(small_place: Installation, command: tuple[str, ...]) -> None:
    small_place.must(*FOUNDING)
    small_place.kek.unlink()
    assert_fault(small_place.run(*command), 3, str(small_place.kek), "backup")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_key_file(small_place: Installation, command: tuple[str, ...]) -> None:
    small_place.must(*FOUNDING)
    small_place.kek.unlink()
    create_kek_file(small_place.kek)
    assert_fault(small_place.run(*command), 3, "key-encryption key", "start again")


def test_a_key_file_that_others_may_read(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.kek.chmod(0o644)
    assert_fault(small_place.run("serve"), 3, f"chmod 600 {small_place.kek}")


def test_a_key_that_is_none(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    del small_place.environment["COALITION_KEK_FILE"]
    small_place.environment["COALITION_KEK"] = "c2VjcmV0"
    result = small_place.run("serve")
    assert_fault(result, 3, "COALITION_KEK", "32 bytes")
    assert "c2VjcmV0" not in result.stderr


def test_a_missing_key_store(place: Installation) -> None:
    place.must(*FOUNDING)
    place.keys.unlink()
    assert_fault(place.run("serve"), 3, "no key store", "backup")


def test_the_key_store_of_another_ledger(small_place: Installation, tmp_path: Path) -> None:
    small_place.must(*FOUNDING)
    folder = tmp_path / "other"
    folder.mkdir()
    other = Installation(folder, f"sqlite:///{folder / 'ledger.db'}")
    other.must(*FOUNDING)
    other.environment["COALITION_DATABASE_URL"] = small_place.database_url
    assert_fault(other.run("serve"), 3, "needs the key store")


@pytest.mark.parametrize("command", [*COMMANDS, ("db", "upgrade"), ("keys", "list")])
def test_a_missing_database_is_not_made(
    small_place: Installation, command: tuple[str, ...]
) -> None:
    create_kek_file(small_place.kek)
    assert_fault(small_place.run(*command), 3, "no ledger", "coalition init")
    assert [each.name for each in small_place.folder.iterdir()] == ["kek"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_half_written_database(small_place: Installation, command: tuple[str, ...]) -> None:
    small_place.must(*FOUNDING)
    file = Path(small_place.database_url.removeprefix("sqlite:///"))
    file.write_bytes(file.read_bytes()[: 4_096 * 3])
    assert_fault(small_place.run(*command), 3, "damaged or half-written", "backup")


def test_a_file_that_is_no_database(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    file = Path(small_place.database_url.removeprefix("sqlite:///"))
    file.write_bytes(b"This is a letter, and no database. " * 400)
    assert_fault(small_place.run("serve"), 3, "damaged or half-written", "backup")


@pytest.mark.parametrize("command", [*COMMANDS, ("keys", "list")])
def test_the_schema_of_another_release(place: Installation, command: tuple[str, ...]) -> None:
    place.must(*FOUNDING)
    engine = create_engine(place.database_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert_fault(place.run(*command), 3, "9999", "coalition db upgrade")


def test_read_models_of_another_release_are_rebuilt_first(place: Installation) -> None:
    place.must(*FOUNDING)
    engine = create_engine(place.database_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("UPDATE read_models SET version = 0 WHERE name = 'reviews'"))
    engine.dispose()
    assert_fault(place.run("serve"), 3, "reviews", "coalition rebuild")
    place.must("rebuild")
    assert place.must("replay").exit_code == 0


def test_a_database_that_is_not_there(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.environment["COALITION_DATABASE_URL"] = (
        f"postgresql://api:hush@/ledger?host={small_place.folder}"
    )
    result = small_place.run("serve")
    assert_fault(result, 3, "COALITION_DATABASE_URL")
    assert "hush" not in result.stderr


def test_an_address_that_is_taken(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        assert_fault(small_place.run("serve", "--port", port), 3, port, "--port")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "99999", "0 to 65535"),
        ("PORT", "tcp://10.0.0.1:8000", "enableServiceLinks"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("WORKER_THREADS", "none", "1 to 1000"),
        ("ALLOWED_HOSTS", "a.*.org", "host names"),
        ("REQUEST_TIMEOUT_S", "-1", "seconds"),
    ],
)
def test_a_setting_that_is_not_allowed_is_named(
    small_place: Installation, name: str, value: str, allowed: str
) -> None:
    small_place.environment[f"COALITION_{name}"] = value
    result = small_place.run("serve")
    assert result.exit_code == 2
    assert f"COALITION_{name} is not allowed" in result.stderr
    assert allowed in result.stderr
    assert value not in result.stderr.replace(allowed, "") or value == "none"


@pytest.mark.parametrize("name", ["DATABASE_URL", "KEYS_URL"])
def test_a_setting_that_is_missing_is_named(small_place: Installation, name: str) -> None:
    del small_place.environment[f"COALITION_{name}"]
    assert_fault(small_place.run("serve"), 2, f"COALITION_{name} is not set")


@pytest.mark.parametrize("both", [True, False])
def test_the_key_is_in_a_file_or_in_the_environment(
    small_place: Installation, *, both: bool
) -> None:
    if both:
        small_place.environment["COALITION_KEK"] = "c2VjcmV0"
    else:
        del small_place.environment["COALITION_KEK_FILE"]
    assert_fault(small_place.run("serve"), 2, "COALITION_KEK_FILE or COALITION_KEK")


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "no url at all"])
def test_a_database_of_another_kind(small_place: Installation, url: str) -> None:
    create_kek_file(small_place.kek)
    small_place.environment["COALITION_DATABASE_URL"] = url
    assert_fault(small_place.run("serve"), 3, "sqlite:///")
