"""`coalition keys …`: made, listed, changed and revoked by an operator."""

from __future__ import annotations

import json

import pytest

from service.ledger.engine import create_engine
from service.security.key_ring import KeyRing
from service.security.principal import Principal
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault


def authenticate(place: Installation, text: str) -> Principal | None:
    engine = create_engine(place.database_url)
    try:
        return KeyRing(engine).authenticate(text)
    finally:
        engine.dispose()


def test_a_key_is_made_listed_changed_and_revoked(place: Installation) -> None:
    place.must(*FOUNDING)
    # Whoever manages keys needs no access to the key-encryption key.
    for name in ("COALITION_KEK_FILE", "COALITION_KEYS_URL"):
        del place.environment[name]
    made = place.must("keys", "create", "--role=director", "--label=Avery")
    text = made.stdout.strip()
    prefix = text.split(".")[0]
    assert text not in made.stderr
    principal = authenticate(place, text)
    assert principal is not None
    assert principal.role == "director"

    listed = place.must("keys", "list")
    assert prefix in listed.stdout
    assert "active" in listed.stdout
    assert text.split(".")[1] not in listed.stdout

    second = json.loads(place.must("keys", "rotate", prefix, "--days=0", "--json").stdout)
    assert authenticate(place, second["key"]) == principal
    assert second["expires"] is None

    revoked = json.loads(place.must("keys", "revoke", prefix, "--json").stdout)
    assert revoked["state"] == "revoked"
    assert authenticate(place, text) is None
    assert authenticate(place, second["key"]) == principal
    states = [
        json.loads(line)["state"]
        for line in place.must("keys", "list", "--json").stdout.splitlines()
    ]
    assert sorted(states) == ["active", "revoked"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "--role=king", "--label=x"), "director"),
        (("create", "--role=public", "--label=x"), "director"),
        (("create", "--role=representative", "--label=x"), "party"),
        (("create", "--role=auditor", "--label=x", "--party=p"), "party"),
        (("create", "--role=auditor", "--label=x", "--subject=s"), "--issuer"),
        (("revoke", "abcdefgh"), "keys list"),
        (("rotate", "abcdefgh"), "keys list"),
    ],
)
def test_what_makes_no_sense_is_refused(
    small_place: Installation, arguments: tuple[str, ...], said: str
) -> None:
    small_place.must(*FOUNDING)
    assert_fault(small_place.run("keys", *arguments), 2, said)


def test_tokens_of_an_issuer_can_be_the_key(place: Installation) -> None:
    place.must(*FOUNDING)
    made = place.must(
        *("keys", "create", "--role=reviewer", "--label=x"),
        *("--issuer=https://id.example.org", "--subject=248289761001"),
    )
    assert made.stdout == ""
    listed = json.loads(place.must("keys", "list", "--json").stdout)
    assert listed["prefix"] in made.stderr
    assert "248289761001" not in json.dumps(listed)
    assert json.loads(place.must("keys", "revoke", listed["prefix"], "--json").stdout)["state"]


def test_a_link_to_sign_in_is_made_for_a_key(place: Installation) -> None:
    place.must(*FOUNDING)
    prefix = place.must("keys", "create", "--role=auditor", "--label=x").stdout.split(".")[0]
    made = place.must("keys", "link", prefix, "--url=https://ledger.example.org/")
    assert made.stdout.startswith("https://ledger.example.org/sign-in?token=")
    place.must("keys", "revoke", prefix)
    assert_fault(place.run("keys", "link", prefix, "--url=https://x"), 2, "revoked")
