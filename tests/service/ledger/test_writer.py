"""The one writer: decided under the lock, executed once, and faults lose nothing."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from domain.coalition.coalition import SetSeats
from domain.decision import Refusal, RefusalCode
from domain.ledger.entry import parse_entry
from domain.ledger.merkle import Frontier, leaf_hash
from domain.membership.application import AttachEvidence, SubmitApplication
from domain.membership.membership import AdmitMember
from domain.membership.party import PublishListing
from domain.terms import ApplicationId, MembershipId, PartyId, ReviewId
from service.faults import UnavailableError
from service.ledger import tables
from service.ledger.request import Accepted, Conflict, NotAllowed, Outcome
from service.security.principal import Role
from tests.service.coalition import Admitted, Coalition, individual, new_id, organisation
from tests.service.ledger.rows import all_entries, everything

PARTNER = "collaborative-partner"
NETWORK = "community-network"


def test_positions_are_contiguous_and_the_head_is_the_root_of_every_entry(
    coalition: Coalition,
) -> None:
    def submit() -> None:
        for _ in range(20):
            coalition.submit(NETWORK, organisation())

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = all_entries(coalition)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 5 + 2 * 8 * 20
    with coalition.ledger.engine.connect() as connection:
        size, frontier = connection.execute(
            sa.select(tables.head.c.size, tables.head.c.frontier)
        ).one()
    hashes = [leaf_hash(bytes(row.data)) for row in rows]
    assert size == len(rows)
    assert Frontier.from_bytes(bytes(frontier)).root() == Frontier().extend(hashes).root()
    assert [bytes(row.leaf_hash) for row in rows] == hashes


def test_the_columns_beside_an_entry_say_what_its_bytes_say(coalition: Coalition) -> None:
    coalition.admit(NETWORK, organisation())

    for row in all_entries(coalition):
        entry = parse_entry(bytes(row.data))
        assert entry.entry_id == row.entry_id
        if entry.envelope is None:
            assert row.type == "confidential"
        else:
            assert entry.type == row.type
            assert entry.envelope.stream == row.stream
            assert entry.envelope.version == row.version
            assert entry.envelope.effective == row.effective
            assert int(entry.envelope.at.timestamp()) == row.recorded_at


def test_an_id_tells_the_day_and_no_more(coalition: Coalition) -> None:
    """Of a confidential entry the day is all that may be known of its time."""
    coalition.admit(NETWORK, organisation())

    rows = all_entries(coalition)
    for row in rows:
        recorded_at = datetime.fromtimestamp(row.recorded_at, UTC)
        assert row.entry_id[:8] == f"{recorded_at:%Y%m%d}"
    drawn = [row.entry_id[8:] for row in rows]
    assert all(len(bytes.fromhex(each)) == 12 for each in drawn)
    assert drawn != sorted(drawn)


def _reviewed(coalition: Coalition, count: int) -> list[ApplicationId]:
    applications = []
    for place in range(count):
        submitted = coalition.submit(PARTNER, organisation(f"Racer {place}", ein=coalition.ein()))
        coalition.review(submitted.application, PARTNER, "nonprofit-501c3")
        applications.append(submitted.application)
    return applications


def test_of_many_racing_for_the_last_seat_exactly_one_gets_it(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 2)
    applications = _reviewed(coalition, 12)

    futures = [
        coalition.ledger.submit(
            coalition.request(
                AdmitMember(application=application, membership=MembershipId(new_id())),
                coalition.principals[Role.COMMITTEE],
            )
        )
        for application in applications
    ]
    outcomes = [future.result(30) for future in wait(futures).done]

    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert {outcome.code for outcome in refused} == {RefusalCode.TIER_FULL}
    assert len(refused) == 11


def test_two_processes_share_one_ledger_and_still_fill_a_tier_exactly(
    coalition: Coalition,
) -> None:
    coalition.set_seats(PARTNER, 5)
    applications = _reviewed(coalition, 10)
    other = coalition.reopen()

    futures = [
        (coalition.ledger, other)[place % 2].submit(
            coalition.request(
                AdmitMember(application=application, membership=MembershipId(new_id())),
                coalition.principals[Role.COMMITTEE],
            )
        )
        for place, application in enumerate(applications)
    ]
    outcomes = [future.result(30) for future in futures]
    other.close()

    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 4
    positions = [row.position for row in all_entries(coalition)]
    assert positions == list(range(1, len(positions) + 1))


def test_a_refusal_is_judged_afresh(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 1)
    (application,) = _reviewed(coalition, 1)
    request = coalition.request(
        AdmitMember(application=application, membership=MembershipId(new_id())),
        coalition.principals[Role.COMMITTEE],
    )
    refused = coalition.ledger.execute(request)

    coalition.set_seats(PARTNER, 2)
    admitted = coalition.ledger.execute(request)

    assert isinstance(refused, Refusal)
    assert isinstance(admitted, Accepted)


def test_a_stale_expected_version_is_a_conflict_that_changes_nothing(
    coalition: Coalition,
) -> None:
    coalition.set_seats(PARTNER, 9)
    before = everything(coalition)

    outcome = coalition.run(SetSeats(tier=PARTNER, seats=10), Role.DIRECTOR, expected_version=1)

    assert isinstance(outcome, Conflict)
    assert outcome.expected == 1
    assert outcome.actual > 1
    assert everything(coalition) == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DIRECTOR])
def test_who_may_not_and_what_is_not_there_look_alike(
    small_coalition: Coalition, role: Role
) -> None:
    submitted = small_coalition.submit(NETWORK, organisation())
    before = everything(small_coalition)

    for application in (submitted.application, new_id(), submitted.party):
        command = AttachEvidence(
            application=application,  # type: ignore[arg-type]
            requirement="community-network.interest",
            description="We want to help.",
        )
        who = msgspec.structs.replace(small_coalition.principals[role], id=new_id())
        outcome: Outcome = small_coalition.run(command, who)
        assert outcome == NotAllowed("AttachEvidence")

    assert everything(small_coalition) == before


def test_an_effective_date_before_the_party_began_is_refused_and_changes_nothing(
    coalition: Coalition,
) -> None:
    admitted = coalition.admit(NETWORK, organisation())
    before = everything(coalition)

    outcome = coalition.run(
        PublishListing(party=admitted.party, name="Harbour Light Cooperative"),
        coalition.representative(admitted.party),
        effective_on=date(2001, 1, 1),
    )

    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.TOO_EARLY
    assert outcome.field == "effectiveOn"
    assert everything(coalition) == before


class _FaultyError(Exception):
    pass


def test_of_many_commands_in_one_batch_a_faulty_one_fails_alone(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = "Poisoned Cooperative"
    executor = coalition.ledger._executor
    project = executor._projector.apply_batch

    def apply_batch(connection: sa.Connection, recorded: list[object]) -> None:
        project(connection, recorded)  # type: ignore[arg-type]
        if any(poisoned in repr(entry) for entry in recorded):
            raise _FaultyError

    monkeypatch.setattr(executor._projector, "apply_batch", apply_batch)
    applicant = coalition.principals[Role.APPLICANT]
    size = len(all_entries(coalition))

    futures = []
    for place in range(64):
        name = poisoned if place == 40 else f"Sound Cooperative {place}"
        command = _submission(coalition, name)
        futures.append(coalition.ledger.submit(coalition.request(command, applicant)))
    wait(futures)

    faults = [place for place, future in enumerate(futures) if future.exception() is not None]
    assert faults == [40]
    assert isinstance(futures[40].exception(), _FaultyError)
    assert len(all_entries(coalition)) == size + 2 * 63


def _submission(coalition: Coalition, name: str) -> SubmitApplication:
    return SubmitApplication(
        application=ApplicationId(new_id()),
        review=ReviewId(new_id()),
        party=PartyId(new_id()),
        applicant=coalition.principals[Role.APPLICANT].id,
        tier=NETWORK,
        organisation=organisation(name),
    )


def test_states_of_a_transaction_that_failed_are_forgotten(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted: Admitted = coalition.admit(NETWORK, organisation())
    executor = coalition.ledger._executor

    def fail(*_: object) -> None:
        raise _FaultyError

    with monkeypatch.context() as broken:
        broken.setattr(executor._projector, "apply_batch", fail)
        with pytest.raises(_FaultyError):
            coalition.admit(NETWORK, organisation("Never Admitted"))

    again = coalition.admit(NETWORK, organisation("Admitted After All"))
    memberships = everything(coalition)["memberships"]
    assert {row[0] for row in memberships} >= {admitted.membership, again.membership}
    assert [row.position for row in all_entries(coalition)] == list(
        range(1, len(all_entries(coalition)) + 1)
    )


def test_a_closed_ledger_takes_no_more_commands(small_coalition: Coalition) -> None:
    small_coalition.ledger.writer.close()

    with pytest.raises(UnavailableError):
        small_coalition.set_seats(PARTNER, 9)


def test_personal_values_stand_nowhere_in_the_ledgers_files(
    small_coalition: Coalition, tmp_path: Path
) -> None:
    small_coalition.admit(NETWORK, individual("Quillonia Unrepeatable"))

    for file in tmp_path.iterdir():
        assert b"Quillonia" not in file.read_bytes(), file
        assert b"robin@example.org" not in file.read_bytes(), file


def test_a_caller_that_gave_up_does_not_stop_the_writer(coalition: Coalition) -> None:
    director = coalition.principals[Role.DIRECTOR]
    futures = [
        coalition.ledger.submit(coalition.request(SetSeats(tier=PARTNER, seats=seats), director))
        for seats in range(9, 60)
    ]
    for future in futures[::2]:
        future.cancel()

    assert isinstance(coalition.set_seats(PARTNER, 99), Accepted)


def test_a_listener_that_fails_does_not_stop_the_writer(small_coalition: Coalition) -> None:
    def fail(_: int) -> None:
        raise _FaultyError

    small_coalition.ledger.writer.on_commit(fail)

    assert isinstance(small_coalition.set_seats(PARTNER, 9), Accepted)
    assert isinstance(small_coalition.set_seats(PARTNER, 10), Accepted)
