"""`coalition init`: a coalition where there is none, from wherever an earlier run stopped."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from projections import schema
from service.ledger.engine import begin_writing, create_engine
from service.ledger.key_encryption import LocalKeyEncryption, create_kek_file
from service.ledger.keys import KeyStore
from tests.domain.policy.files import CATE_TOML
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault


def test_it_founds_a_coalition(place: Installation) -> None:
    result = place.must(*FOUNDING, "--json")
    made = json.loads(result.stdout)
    assert made["origin"] == "test.example/ledger"
    assert made["position"] > 0
    assert stat.S_IMODE(place.kek.stat().st_mode) == 0o600
    assert "coalition serve" in result.stderr


def test_it_refuses_where_there_is_a_coalition_and_changes_nothing(place: Installation) -> None:
    place.must(*FOUNDING)
    before = place.must("replay", "--json").stdout
    assert_fault(place.run(*FOUNDING), 3, "already", "coalition serve")
    assert place.must("replay", "--json").stdout == before


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_that_was_interrupted_is_repeated(place: Installation, steps: int) -> None:
    create_kek_file(place.kek)
    if steps > 1:
        KeyStore.create(f"sqlite:///{place.keys}", LocalKeyEncryption.from_file(place.kek)).close()
    if steps > 2:
        engine = create_engine(place.database_url)
        with begin_writing(engine) as connection:
            schema.upgrade(connection)
        engine.dispose()
    place.must(*FOUNDING)
    assert "memberships" in place.must("replay").stdout


def test_before_the_founding_other_commands_say_what_comes_first(place: Installation) -> None:
    create_kek_file(place.kek)
    for command in (("serve",), ("replay",), ("rebuild",), ("keys", "list")):
        assert_fault(place.run(*command), 3, "coalition init")


def test_a_lost_key_file_is_not_replaced_by_another(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.kek.unlink()
    Path(small_place.database_url.removeprefix("sqlite:///")).unlink()
    assert_fault(small_place.run(*FOUNDING), 3, str(small_place.kek), "backup")
    assert not small_place.kek.exists()


def test_a_policy_that_cannot_be_used_makes_nothing(small_place: Installation) -> None:
    file = small_place.folder / "policy.toml"
    file.write_text("tiers = 7\n")
    assert_fault(small_place.run(*FOUNDING, f"--policy={file}"), 2, "policy", "line 1")
    assert [each.name for each in small_place.folder.iterdir()] == ["policy.toml"]


def test_a_founding_that_the_rules_refuse_can_be_corrected(small_place: Installation) -> None:
    refused = small_place.run(*FOUNDING, "--seats=no-such-tier=3")
    assert refused.exit_code == 1
    assert "rules refuse" in refused.stderr
    small_place.must(*FOUNDING)


def test_the_rules_that_refuse_are_named_with_what_would_satisfy_them(
    small_place: Installation,
) -> None:
    refused = small_place.run(*FOUNDING, "--seats=gold=3")
    assert_fault(refused, 1, "seats: ", '"gold"', "rule known-tier", "One of: collaborative-")
    file = small_place.folder / "first.toml"
    file.write_text(f"{TOML}{TOML.replace('Harbour Light', 'Quay Street Group')}")
    refused = small_place.run(*FOUNDING, f"--partners={file}")
    told = ("partners[1].ein: Partner 2, Quay Street Group: ", "one-provider-per-ein", "An EIN ")
    assert_fault(refused, 1, *told)
    refused = small_place.run(*FOUNDING, "--effective-on=2999-01-01")
    assert_fault(refused, 1, "effectiveOn: ", "2999-01-01", "rule effective-date", "or earlier")
    assert [each.name for each in small_place.folder.iterdir()] == ["first.toml"]


def test_after_a_run_that_was_interrupted_the_log_keeps_its_name(small_place: Installation) -> None:
    survivor = f"--source={SURVIVOR}"
    told = ("test.example/ledger", "empty database")
    assert small_place.run(*FOUNDING, survivor).exit_code == 1
    assert_fault(small_place.run(*FOUNDING, "--origin=other.example/ledger"), 3, *told)
    assert json.loads(small_place.must(*FOUNDING, "--json").stdout)["origin"] == told[0]


def test_after_a_refusal_the_origin_is_that_of_the_run_that_founds(place: Installation) -> None:
    assert place.run(*FOUNDING, "--origin=wrong.example/ledger", "--seats=gold=3").exit_code == 1
    made = place.must(*FOUNDING, "--origin=right.example/ledger", "--json").stdout
    assert json.loads(made)["origin"] == "right.example/ledger"
    assert "right.example/ledger" in place.must("log", "keys").stdout
    again = place.run(*FOUNDING, "--origin=other.example/ledger")
    assert_fault(again, 3, "already", "coalition serve")
    assert "right.example/ledger" in place.must("log", "keys").stdout


@pytest.mark.parametrize(
    "wrong",
    [
        *("--origin=", "--origin=a b", "--origin=a+b", "--origin=a\tb", "--name=", "--name=  "),
        *("--source=", f"--name={'n' * 201}", f"--source={'s' * 501}", "--source=a\nb"),
    ],
)
def test_an_option_that_cannot_be_written_makes_nothing(
    small_place: Installation, wrong: str
) -> None:
    assert_fault(small_place.run(*FOUNDING, wrong), 2, wrong.partition("=")[0])
    assert [*small_place.folder.iterdir()] == []


def test_a_time_zone_that_does_not_exist_makes_nothing(small_place: Installation) -> None:
    file = small_place.folder / "policy.toml"
    file.write_bytes(CATE_TOML.replace(b"America/Chicago", b"Mars/One"))
    told = ("line 18: time_zone:", '"Mars/One"', "time-zone database")
    for more in ((), ("--effective-on=2026-01-05",)):
        assert_fault(small_place.run(*FOUNDING, f"--policy={file}", *more), 2, *told)
    assert [each.name for each in small_place.folder.iterdir()] == ["policy.toml"]


def test_what_follows_without_seats_or_partners_is_said(small_place: Installation) -> None:
    unlimited = [each for each in FOUNDING if not each.startswith("--seats")]
    said = small_place.must(*unlimited).stderr
    assert "without --seats collaborative-partner=N nobody can be admitted" in said
    assert "without --partners there is nobody" in said


def test_nothing_is_said_where_there_are_seats_and_partners(small_place: Installation) -> None:
    file = small_place.folder / "first.toml"
    file.write_text(TOML)
    assert "Careful" not in small_place.must(*FOUNDING, f"--partners={file}").stderr


@pytest.mark.parametrize("seats", ["x", "collaborative-partner", "collaborative-partner=", "a=-1"])
def test_seats_are_a_tier_and_a_number(small_place: Installation, seats: str) -> None:
    assert_fault(small_place.run(*FOUNDING, f"--seats={seats}"), 2, "--seats", "number")


SURVIVOR = "The survivor is 15 years old"
"""What the writer alone refuses, after the log has its name."""

TOML = """
[[partners]]
tier = "collaborative-partner"
name = "Harbour Light"
party_type = "nonprofit-501c3"
ein = "43-1300010"
counties = ["29510"]
"""

JSON = """
{"partners": [{"tier": "collaborative-partner", "name": "Harbour Light",
               "party_type": "nonprofit-501c3", "ein": "431300010", "counties": ["29510"]}]}
"""


@pytest.mark.parametrize(("name", "content"), [("first.toml", TOML), ("first.json", JSON)])
def test_the_first_partners_come_from_a_file(
    small_place: Installation, name: str, content: str
) -> None:
    file = small_place.folder / name
    file.write_text(content)
    small_place.must(*FOUNDING, f"--partners={file}")
    rows = [json.loads(line) for line in small_place.must("replay", "--json").stdout.splitlines()]
    (membership,) = (row for row in rows if row["model"] == "memberships")
    assert membership["tier"] == "collaborative-partner"


@pytest.mark.parametrize(
    "content",
    [
        *("", "partners = 7", "[[partners]]\nteir = 'x'", "[[partners]]\nname = 'x'"),
        "partners = " + 10_000 * "[",
    ],
)
def test_a_file_of_partners_with_mistakes_makes_nothing(
    small_place: Installation, content: str
) -> None:
    file = small_place.folder / "partners.toml"
    file.write_text(content)
    assert_fault(small_place.run(*FOUNDING, f"--partners={file}"), 2, str(file))
    assert not small_place.kek.exists()
