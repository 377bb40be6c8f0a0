"""API keys: who has one, for how long, and that nothing but the key opens."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from domain.terms import PartyId, PrincipalId
from service.ledger import tables
from service.ledger.engine import begin_writing, create_engine
from service.security import api_keys, issuing, key_ring
from service.security.api_keys import KeyRefusedError
from service.security.issuing import NewKey
from service.security.key_ring import KeyRing
from service.security.principal import Principal, Role
from tests.migrated import give_schema

DIRECTOR = Principal(PrincipalId("d1"), Role.DIRECTOR)
REPRESENTATIVE = Principal(PrincipalId("r1"), Role.REPRESENTATIVE, PartyId("p1"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclasses.dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the schema, and no coalition."""
    give_schema(database_url)
    opened = create_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, so that every question goes to the database."""
    monkeypatch.setattr(key_ring, "CACHE_S", 0.0)


def create(
    engine: Engine,
    principal: Principal = DIRECTOR,
    label: str = "the director's",
    expires: datetime | None = None,
) -> NewKey:
    with begin_writing(engine) as connection:
        return issuing.create(connection, principal, label, now=NOW, expires=expires)


def test_a_key_is_a_public_prefix_and_256_random_bits(engine: Engine) -> None:
    made = create(engine)
    prefix, secret = made.text.split(".")
    assert re.fullmatch("[a-z0-9]{12}", prefix)
    assert re.fullmatch("[A-Za-z0-9_-]{43}", secret)
    assert made.key.prefix == prefix


def test_only_the_hash_of_the_secret_is_stored(engine: Engine) -> None:
    secret = create(engine).text.split(".")[1]
    with engine.connect() as connection:
        row = connection.execute(sa.select(tables.api_keys)).one()
    assert bytes(row.secret_sha256) == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(row)


@pytest.mark.parametrize("principal", [DIRECTOR, REPRESENTATIVE])
def test_a_key_tells_whose_it_is(engine: Engine, principal: Principal) -> None:
    made = create(engine, principal)
    ring = KeyRing(engine)
    assert ring.authenticate(made.text) == principal
    assert ring.authenticate(made.text) == principal


def test_nothing_but_the_key_is_accepted(engine: Engine) -> None:
    text = create(engine).text
    prefix, secret = text.split(".")
    other = create(engine, REPRESENTATIVE).text.split(".")[1]
    ring = KeyRing(engine)
    for wrong in (
        "",
        ".",
        prefix,
        secret,
        f"{prefix}.",
        f".{secret}",
        f"{prefix}.{other}",
        f"{prefix}.{secret[:-1]}",
        f"{prefix}.{secret}=",
        f"{prefix}.{secret}.{secret}",
        f"{prefix}.{secret.swapcase()}",
        f"{prefix.upper()}.{secret}",
        f" {text}",
        f"{text}\n",
        f"{prefix}.{'A' * 43}",
        f"{'z' * 12}.{secret}",
        f"{prefix}.{'é' * 43}",
        f"{prefix}.{hashlib.sha256(secret.encode()).hexdigest()}",
        "\x00" * 56,
    ):
        assert ring.authenticate(wrong) is None
    assert ring.authenticate(text) == DIRECTOR


def test_an_expired_key_is_refused_even_if_it_was_good_a_moment_ago(engine: Engine) -> None:
    clock = Clock()
    ring = KeyRing(engine, clock)
    made = create(engine, expires=NOW + timedelta(seconds=2))
    assert ring.authenticate(made.text) == DIRECTOR
    clock.now += timedelta(seconds=2)
    assert ring.authenticate(made.text) is None


@pytest.mark.usefixtures("quick")
def test_a_revoked_key_is_refused(engine: Engine) -> None:
    made = create(engine)
    ring = KeyRing(engine)
    assert ring.authenticate(made.text) == DIRECTOR
    with begin_writing(engine) as connection:
        revoked = api_keys.revoke(connection, made.key.prefix, now=NOW)
        again = api_keys.revoke(connection, made.key.prefix, now=NOW + timedelta(days=1))
    assert revoked == again
    assert ring.authenticate(made.text) is None


def test_what_was_found_good_is_remembered_for_seconds_only(engine: Engine) -> None:
    made = create(engine)
    ring = KeyRing(engine)
    assert ring.authenticate(made.text) == DIRECTOR
    with begin_writing(engine) as connection:
        api_keys.revoke(connection, made.key.prefix, now=NOW)
    assert ring.authenticate(made.text) == DIRECTOR
    assert key_ring.CACHE_S <= 5
    assert KeyRing(engine).authenticate(made.text) is None


def test_the_memory_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "CACHED_KEYS", 2)
    ring = KeyRing(engine)
    for number in range(4):
        made = create(engine, Principal(PrincipalId(f"d{number}"), Role.DIRECTOR))
        assert ring.authenticate(made.text) is not None
    assert len(ring._good) == 2


def test_of_its_use_the_last_day_is_kept_and_nothing_else(engine: Engine) -> None:
    clock = Clock()
    made = create(engine)
    for day in (date(2026, 11, 23), date(2026, 11, 25)):
        clock.now = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
        assert KeyRing(engine, clock).authenticate(made.text) == DIRECTOR
        with engine.connect() as connection:
            assert api_keys.find(connection, made.key.prefix).last_used_on == day


def test_a_database_that_cannot_be_written_keeps_nobody_out(
    engine: Engine, database_url: str
) -> None:
    made = create(engine)
    reader = create_engine(database_url)
    statement = "PRAGMA query_only = ON"
    if reader.dialect.name == "postgresql":
        statement = "SET default_transaction_read_only = on"

    def read_only(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.cursor().execute(statement)
        if reader.dialect.name == "postgresql":
            connection.commit()

    sa.event.listen(reader, "connect", read_only)
    assert KeyRing(reader).authenticate(made.text) == DIRECTOR
    reader.dispose()
    with engine.connect() as connection:
        assert api_keys.find(connection, made.key.prefix).last_used_on is None


def test_a_principal_changes_from_one_key_to_the_other(engine: Engine) -> None:
    first = create(engine)
    with begin_writing(engine) as connection:
        second = issuing.rotate(connection, first.key.prefix, now=NOW + timedelta(days=1))
    assert second.key.principal == first.key.principal
    assert second.key.label == first.key.label
    ring = KeyRing(engine)
    assert ring.authenticate(first.text) == ring.authenticate(second.text) == DIRECTOR
    with (
        begin_writing(engine) as connection,
        pytest.raises(KeyRefusedError, match=f"revoke {first.key.prefix}"),
    ):
        issuing.rotate(connection, second.key.prefix, now=NOW)
    with begin_writing(engine) as connection:
        api_keys.revoke(connection, first.key.prefix, now=NOW)
        issuing.rotate(connection, second.key.prefix, now=NOW)


def test_a_key_that_is_no_longer_accepted_is_not_rotated(engine: Engine) -> None:
    made = create(engine)
    with begin_writing(engine) as connection:
        api_keys.revoke(connection, made.key.prefix, now=NOW)
        with pytest.raises(KeyRefusedError, match="keys create --principal d1"):
            issuing.rotate(connection, made.key.prefix, now=NOW)


def test_a_principal_acts_in_one_role(engine: Engine) -> None:
    create(engine)
    with pytest.raises(KeyRefusedError, match="one role"):
        create(engine, Principal(DIRECTOR.id, Role.AUDITOR))


@pytest.mark.parametrize(
    ("principal", "label", "reason"),
    [
        (Principal(PrincipalId("x"), Role.PUBLIC), "label", "public"),
        (Principal(PrincipalId("x"), Role.SYSTEM), "label", "the system"),
        (Principal(PrincipalId("x"), Role.REPRESENTATIVE), "label", "party"),
        (Principal(PrincipalId("x"), Role.AUDITOR, PartyId("p")), "label", "no party"),
        (DIRECTOR, "", "label"),
        (DIRECTOR, "two\nlines", "label"),
        (DIRECTOR, "a" * 201, "label"),
    ],
)
def test_what_makes_no_sense_is_refused(
    engine: Engine, principal: Principal, label: str, reason: str
) -> None:
    with pytest.raises(KeyRefusedError, match=reason):
        create(engine, principal, label)


def test_a_key_that_has_expired_already_is_not_made(engine: Engine) -> None:
    with pytest.raises(KeyRefusedError, match="expired"):
        create(engine, expires=NOW)


def test_keys_are_listed_oldest_first(engine: Engine) -> None:
    with begin_writing(engine) as connection:
        made = [
            issuing.create(
                connection,
                Principal(PrincipalId(f"d{number}"), Role.DIRECTOR),
                f"number {number}",
                now=NOW + timedelta(days=number),
            ).key
            for number in range(3)
        ]
        assert api_keys.list_keys(connection) == made
