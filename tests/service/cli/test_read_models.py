"""`coalition replay`, `coalition rebuild`, `coalition db upgrade`, `coalition schema print`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.graphql.schema import print_schema
from service.ledger.engine import begin_writing, create_engine
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault
from tests.service.coalition import KEK, Coalition, individual, organisation


@pytest.fixture
def lived(database_url: str, tmp_path: Path) -> Installation:
    """An installation whose coalition has some history."""
    coalition = Coalition(database_url, tmp_path)
    coalition.clock.advance(days=30)
    coalition.admit("coalition-member", organisation(ein=coalition.ein()))
    coalition.clock.now += timedelta(days=30)
    coalition.submit("community-network", individual())
    coalition.close()
    place = Installation(tmp_path, database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    assert KEK.kek_id
    return place


def rows(place: Installation, *arguments: str) -> list[dict[str, object]]:
    lines = place.must("replay", "--json", *arguments).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_a_replay_is_what_the_views_say(lived: Installation) -> None:
    replayed = rows(lived, "--model=memberships")
    engine = create_engine(lived.database_url)
    with engine.connect() as connection:
        stored = connection.execute(
            sa.text("SELECT id, tier FROM memberships WHERE to_position = 9223372036854775807")
        ).all()
    engine.dispose()
    assert {(row["id"], row["tier"]) for row in replayed} == {tuple(row) for row in stored}


def test_a_replay_is_as_of_a_position_and_a_day(lived: Installation) -> None:
    everything = rows(lived)
    assert [row["model"] for row in rows(lived, "--as-of=1")] == ["coalition"]
    assert rows(lived, "--as-of=0") == []
    assert rows(lived, "--as-of=5") != everything
    before = rows(lived, "--model=memberships", "--effective-on=2020-01-01")
    assert before == []
    counts = dict(line.split() for line in lived.must("replay").stdout.splitlines())
    assert int(counts["applications"]) == 2


def test_a_replay_goes_no_further_than_the_ledger(lived: Installation) -> None:
    assert_fault(lived.run("replay", "--as-of=100000"), 2, "ends at position")
    assert_fault(lived.run("replay", "--model=nothing"), 2, "memberships")


def test_a_replay_brings_no_listings_of_the_past_back(lived: Installation) -> None:
    assert "listings" in lived.must("replay").stdout
    assert "listings" not in lived.must("replay", "--as-of=5").stdout
    assert_fault(lived.run("replay", "--as-of=5", "--model=listings"), 2, "listings", "memberships")
    assert_fault(lived.run("replay", "--effective-on=9999-12-31"), 2, "9999-12-30")


def test_a_rebuild_finds_and_mends_rows_that_were_changed(lived: Installation) -> None:
    before = rows(lived)
    first = json.loads(lived.must("rebuild", "--json").stdout)
    assert first["differing"] == []
    engine = create_engine(lived.database_url)
    with begin_writing(engine) as connection:
        connection.execute(sa.text("UPDATE memberships SET tier = 'ally-network'"))
    engine.dispose()
    second = lived.must("rebuild", "--json")
    made = json.loads(second.stdout)
    assert made["differing"] == ["memberships"]
    assert "memberships" in second.stderr
    assert made["digests"] == first["digests"]
    assert json.loads(lived.must("rebuild", "--json").stdout)["differing"] == []
    assert rows(lived) == before


def test_one_read_model_can_be_rebuilt(lived: Installation) -> None:
    made = json.loads(lived.must("rebuild", "--json", "--model=memberships").stdout)
    assert list(made["digests"]) == ["memberships"]
    assert_fault(lived.run("rebuild", "--model=nothing"), 2, "nothing", "memberships")


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(place: Installation) -> None:
    place.must(*FOUNDING)
    for name in ("COALITION_KEK_FILE", "COALITION_KEYS_URL"):
        del place.environment[name]
    result = place.must("db", "upgrade")
    assert result.stdout == ""
    assert "already" in result.stderr


def test_an_upgrade_makes_the_schema_of_an_empty_database(
    postgres_url: str, tmp_path: Path
) -> None:
    place = Installation(tmp_path, postgres_url)
    assert "now" in place.must("db", "upgrade").stderr
    place.must(*FOUNDING)


def test_an_upgrade_gives_the_role_that_serves_its_rights(
    postgres_url: str, tmp_path: Path
) -> None:
    role = f"api_{sa.make_url(postgres_url).database}"
    owner = create_engine(postgres_url)
    with begin_writing(owner) as connection:
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
    try:
        api_url = sa.make_url(postgres_url).set(username=role)
        place = Installation(tmp_path, api_url.render_as_string(hide_password=False))
        place.environment["COALITION_MIGRATION_URL"] = postgres_url
        place.must("db", "upgrade")
        place.must(*FOUNDING)
        made = place.must("keys", "create", "--role=director", "--label=Avery").stdout
        place.must("keys", "revoke", made.split(".")[0])
        place.must("rebuild")
        place.must("replay")
        api = create_engine(place.database_url)
        for forbidden in ("UPDATE entries SET stream = 'x'", "DROP TABLE entries"):
            with (
                pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"),
                api.begin() as connection,
            ):
                connection.execute(sa.text(forbidden))
        api.dispose()
    finally:
        with begin_writing(owner) as connection:
            connection.execute(sa.text(f'DROP OWNED BY "{role}"'))
            connection.execute(sa.text(f'DROP ROLE "{role}"'))
        owner.dispose()


def test_the_schema_is_printed_as_the_code_has_it(small_place: Installation) -> None:
    small_place.environment = dict.fromkeys(small_place.environment, "")
    assert small_place.must("schema", "print").stdout == print_schema()
