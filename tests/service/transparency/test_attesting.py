"""Read models are attested when they follow from the entries, and found out when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.audit.log import Audited, Trust, audit_log
from domain.audit.rows import MODELS
from domain.coalition.erasure import ExpungeValue
from domain.membership.membership import SendAgreement
from domain.terms import EntryId
from service.auditing.sources import opened
from service.ledger import tables
from service.ledger.custody import attested
from service.ledger.engine import begin_writing
from service.ledger.request import Accepted
from service.security.principal import Role
from service.transparency.attesting import ContradictedError, attest, attest_if_due
from service.transparency.bundle import write_bundle
from tests.service.coalition import Coalition, organisation
from tests.service.transparency.conftest import SignedLog

TIER = "collaborative-partner"
FAR_OFF = 4_000_000_000


@pytest.fixture
def coalition(signed_log: SignedLog) -> Coalition:
    """A coalition in which something has happened."""
    made = signed_log.coalition
    version, sha256 = made.publish("partner-agreement", "An agreement, invented.")
    admitted = made.admit(TIER, organisation(ein=made.ein()))
    made.sign(admitted, "partner-agreement", version, sha256)
    made.set_seats(TIER, 9)
    return made


def audited(log: SignedLog, folder: Path) -> Audited:
    log.signer.sign()
    write_bundle(log.coalition.ledger, folder / "log.tar")
    keys = [key.verifier for key in log.signer.keys]
    with opened(str(folder / "log.tar")) as read:
        return audit_log(read, Trust(keys=keys, now=FAR_OFF))


def positions(outcome: object) -> list[int]:
    assert isinstance(outcome, Accepted)
    return [each.position for each in outcome.entries]


def test_an_auditor_computes_what_is_attested(
    signed_log: SignedLog, coalition: Coalition, tmp_path: Path
) -> None:
    with coalition.ledger.read() as snapshot:
        head = snapshot.position
    first = positions(attest(coalition.ledger))
    assert first == [head + 1 + place for place in range(len(MODELS))]
    coalition.set_seats(TIER, 10)
    assert len(positions(attest(coalition.ledger))) == len(MODELS)
    assert audited(signed_log, tmp_path).attestations == 2 * len(MODELS)
    with coalition.ledger.read() as snapshot:
        found = attested(snapshot.connection, coalition.ledger.coalition)
    assert [event.model for _, event in found] == sorted(MODELS)
    assert {event.position for _, event in found} == {first[-1] + 1}


def test_nothing_is_attested_where_nothing_happened(coalition: Coalition) -> None:
    assert positions(attest(coalition.ledger))
    assert positions(attest(coalition.ledger)) == []


def test_it_is_due_once_a_day_on_which_something_happened(coalition: Coalition) -> None:
    assert not attest_if_due(coalition.ledger)
    coalition.clock.advance(days=1)
    assert attest_if_due(coalition.ledger)
    assert not attest_if_due(coalition.ledger)
    coalition.clock.advance(days=1)
    assert not attest_if_due(coalition.ledger)
    coalition.set_seats(TIER, 10)
    assert attest_if_due(coalition.ledger)


def test_an_erasure_changes_no_attestation(
    signed_log: SignedLog, coalition: Coalition, tmp_path: Path
) -> None:
    attest(coalition.ledger)
    with coalition.ledger.engine.connect() as connection:
        entry = connection.execute(
            sa.select(tables.entries.c.entry_id).where(tables.entries.c.position == 1)
        ).scalar_one()
    coalition.must(ExpungeValue(entry=EntryId(entry), field="source"), Role.OPERATOR)
    attest(coalition.ledger)
    assert audited(signed_log, tmp_path).attestations == 2 * len(MODELS)


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("memberships", "tier", "ally-network", "row of memberships"),
        ("memberships", "status", "agreement-pending", "row of memberships"),
        ("memberships", "version", 99, "row of memberships"),
        ("applications", "phase", "declined", "row of applications"),
        ("coalition", "seats", "{}", "row of coalition"),
        ("coalition", "name", "Another", "row of coalition"),
    ],
)
def test_an_edited_row_is_found_by_the_position_of_its_last_entry(
    coalition: Coalition, table: str, column: str, value: object, said: str
) -> None:
    engine = coalition.ledger.engine
    with begin_writing(engine) as connection:
        place = connection.execute(
            sa.text(f"SELECT id FROM {table} ORDER BY from_position DESC LIMIT 1")  # noqa: S608
        ).scalar_one()
        last = connection.execute(
            sa.select(sa.func.max(tables.entries.c.position)).where(
                tables.entries.c.stream == place
            )
        ).scalar_one()
        connection.execute(
            sa.text(f"UPDATE {table} SET {column} = :value WHERE id = :id"),  # noqa: S608
            {"value": value, "id": place},
        )
    with pytest.raises(ContradictedError, match=said) as found:
        attest(coalition.ledger)
    assert found.value.position == last


def test_a_row_that_was_taken_out_or_put_in_is_found(coalition: Coalition) -> None:
    with begin_writing(coalition.ledger.engine) as connection:
        connection.execute(sa.text("DELETE FROM applications"))
    with pytest.raises(ContradictedError, match="row of applications"):
        attest(coalition.ledger)


def tamper(coalition: Coalition, statement: str) -> None:
    """Change what the database keeps from being changed, as whoever owns the machine can."""
    engine = coalition.ledger.engine
    with begin_writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE entries DISABLE TRIGGER USER"))
        else:
            for change in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER entries_refuses_{change}"))
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("stream = 'f'", "columns"),
        ("version = version + 1000", "columns"),
        ("type = 'coalition.founded.v1'", "columns"),
        ("entry_id = 'f'", "columns"),
        ("recorded_at = recorded_at + 100000", "columns"),
        ("effective = '2001-01-01'", "columns"),
        ("leaf_hash = data", "hash beside it"),
        ("data = leaf_hash", "domain line"),
    ],
)
@pytest.mark.parametrize("confidential", [False, True])
def test_a_column_that_does_not_go_with_the_bytes_is_found(
    coalition: Coalition, change: str, said: str, *, confidential: bool
) -> None:
    compared = "=" if confidential else "<>"
    with coalition.ledger.engine.connect() as connection:
        position = connection.execute(
            sa.text(
                f"SELECT max(position) FROM entries WHERE type {compared} 'confidential'"  # noqa: S608
            )
        ).scalar_one()
    tamper(coalition, f"UPDATE entries SET {change} WHERE position = {position}")  # noqa: S608
    with pytest.raises(ContradictedError, match=said) as found:
        attest(coalition.ledger)
    assert found.value.position == position


def test_an_entry_that_is_missing_or_changed_with_its_hash_is_found(coalition: Coalition) -> None:
    tamper(coalition, "DELETE FROM entries WHERE position = 7")
    with pytest.raises(ContradictedError, match="missing") as found:
        attest(coalition.ledger)
    assert found.value.position == 7


def test_what_is_attested_is_sent_agreements_too(coalition: Coalition) -> None:
    attest(coalition.ledger)
    admitted = coalition.admit(TIER, organisation("Another One", ein=coalition.ein()))
    coalition.must(SendAgreement(membership=admitted.membership), Role.DIRECTOR)
    assert len(positions(attest(coalition.ledger))) == len(MODELS)
