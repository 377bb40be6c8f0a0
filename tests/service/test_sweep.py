"""The sweep: what is overdue is found by an index, done once, and keeps nothing else waiting."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from domain.coalition.vote import CloseVote
from domain.policy import Policy
from domain.terms import Ballot, VoteId, VotePhase
from projections import votes
from projections.as_of import AsOf
from service import due, sweep
from service.deadline import DueKind
from service.deadlines import DEADLINES
from service.ledger.alone import Alone
from service.security.access import COMMANDS, may
from tests.service.assembly import Assembly
from tests.service.coalition import POLICY

(CLOSING,) = (each for each in DEADLINES if each.kind is DueKind.VOTE_CLOSES)


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    made = Assembly(database_url, tmp_path, partners=3)
    yield made
    made.coalition.close()


def phase_of(assembly: Assembly, vote: VoteId) -> VotePhase:
    with assembly.coalition.ledger.read() as snapshot:
        now = AsOf(snapshot.position, assembly.today, current=True)
        return votes.by_ids(snapshot.connection, now, [vote])[vote].phase


def position_of(assembly: Assembly) -> int:
    with assembly.coalition.ledger.read() as snapshot:
        return snapshot.position


def test_a_vote_is_closed_once_its_last_day_is_over_and_not_again(assembly: Assembly) -> None:
    ledger = assembly.coalition.ledger
    vote = assembly.open(assembly.apply(), days=7)
    assembly.coalition.clock.advance(days=7)
    assert sweep.sweep(ledger) == sweep.Swept((), ())

    assembly.coalition.clock.advance(days=1)
    swept = sweep.sweep(ledger)
    assert ([due.about for due in swept.done], swept.failed) == ([vote], ())
    assert phase_of(assembly, vote) is VotePhase.CLOSED
    position = position_of(assembly)
    assert sweep.sweep(ledger) == sweep.Swept((), ())
    assert position_of(assembly) == position


def test_the_entry_says_that_the_system_did_it(assembly: Assembly) -> None:
    assembly.open(assembly.apply(), days=1)
    assembly.coalition.clock.advance(days=2)
    sweep.sweep(assembly.coalition.ledger)
    with assembly.coalition.ledger.read() as snapshot:
        data = snapshot.connection.exec_driver_sql(
            "SELECT data FROM entries ORDER BY position DESC LIMIT 1"
        ).scalar_one()
    assert b'"actor":"system"' in bytes(data)


def test_a_day_to_come_shows_what_a_sweep_would_do_and_nothing_happens(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply(), days=30)
    position = position_of(assembly)
    (due,) = sweep.find(assembly.coalition.ledger, date(2030, 1, 1), [CLOSING])
    assert (due.about, due.command) == (vote, CloseVote(vote=vote))
    assert position_of(assembly) == position


def test_what_fails_keeps_nothing_else_from_being_done(assembly: Assembly) -> None:
    first, second = assembly.open(assembly.apply()), assembly.open(assembly.apply())
    assembly.coalition.clock.advance(days=8)
    spoilt = replace(
        CLOSING,
        act=lambda vote: CloseVote(vote=VoteId("f" * 32) if vote == first else VoteId(vote)),
    )
    swept = sweep.sweep(assembly.coalition.ledger, [spoilt])
    assert [due.about for due in swept.done] == [second]
    assert [failed.due.about for failed in swept.failed] == [first]
    assert phase_of(assembly, second) is VotePhase.CLOSED
    # It is found again, and its command is judged afresh.
    assert [due.about for due in sweep.sweep(assembly.coalition.ledger).done] == [first]


@pytest.mark.parametrize("voters", [3, 0])
def test_what_follows_from_a_vote_that_is_closed_is_foretold(
    assembly: Assembly, voters: int
) -> None:
    ledger = assembly.coalition.ledger
    application = assembly.apply()
    vote = assembly.open(application)
    for place in range(voters):
        assembly.cast(vote, place, Ballot.APPROVE)
    assembly.coalition.clock.advance(days=POLICY.deadlines.application_expiry_days + 1)
    foretold = sweep.foretell(ledger)
    assert [each.about for each in foretold.unless_voted] == [application]
    assert sweep.foretell(ledger, assembly.today - timedelta(days=1)).unless_voted == []
    done = [each.about for each in sweep.sweep(ledger).done]
    certain = [each.about for each in foretold.due]
    assert vote in certain
    assert done == (certain if voters else [*certain, application])
    assert sweep.foretell(ledger) == sweep.Foretold([], [], drafts=0, files=0)


def test_two_sweeps_at_once_do_one_thing(assembly: Assembly) -> None:
    made = [assembly.open(assembly.apply()) for _ in range(3)]
    assembly.coalition.clock.advance(days=8)
    before = position_of(assembly)
    other = assembly.coalition.reopen()
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(sweep.sweep, [assembly.coalition.ledger, other]))
    finally:
        other.close()
    assert position_of(assembly) == before + len(made)


def test_nothing_is_read_but_what_is_due(assembly: Assembly) -> None:
    with assembly.coalition.ledger.read() as snapshot:
        connection = snapshot.connection
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL plans by size, and these tables are small")
        asked: list[tuple[str, Any]] = []
        sa.event.listen(
            connection,
            "before_cursor_execute",
            lambda _, __, statement, parameters, *___: asked.append((statement, parameters)),
        )
        every = [
            replace(each, act=lambda about: CloseVote(vote=VoteId(about))) for each in DEADLINES
        ]
        list(due.overdue(connection, [(date.min, POLICY)], assembly.today, every))
        found = [each for each in asked if "FROM coalition" not in each[0]]
        # Of the one agreement that has a text: who holds an earlier one, and who another.
        by_text = ["tier=? AND agreement=? AND text_version<?", "tier=? AND agreement=?"]
        wanted = [
            (deadline, seek)
            for deadline in every
            for seek in (by_text if deadline.narrow else [f"{deadline.since.name}<?"])
        ]
        for (deadline, seek), (statement, parameters) in zip(wanted, found, strict=True):
            plan = str(
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            )
            assert "USING INDEX" in plan, (deadline.kind, plan)
            assert seek in plan, (deadline.kind, plan)
            # Every state that a membership ever had, or every member, would be read otherwise.
            (index,) = (each for each in deadline.table.indexes if f" {each.name} " in plan)
            condition = str(index.dialect_options["sqlite"]["where"])
            assert ("effective_to = " in condition) == ("effective_to" in deadline.table.c)


def test_the_system_does_what_has_a_deadline_and_nothing_else() -> None:
    system = {name for name in COMMANDS if may(sweep.SYSTEM, name)}
    swept = {type(each.act("0" * 32)).__name__ for each in DEADLINES if each.act is not None}
    # Besides, the sweep deletes old files, and the service says of itself what its state is.
    assert system == swept | {"AttestState", "DeleteEvidenceFiles"}


def test_a_sweeper_goes_on_after_a_sweep_that_failed(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply(), days=1)
    assembly.coalition.clock.advance(days=2)
    ledger = assembly.coalition.ledger
    faults = iter([sa.exc.OperationalError("SELECT", {}, Exception("gone"))])
    read = ledger.policy

    def failing_once(connection: sa.Connection, sha256: str) -> Policy:
        for fault in faults:
            raise fault
        return read(connection, sha256)

    ledger.policy = failing_once  # type: ignore[method-assign]
    sweeper = sweep.Sweeper(ledger, every_s=0.02)
    sweeper.start()
    deadline = time.monotonic() + 20
    while phase_of(assembly, vote) is VotePhase.OPEN:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    sweeper.close()
    assert "sweeper" not in [thread.name for thread in threading.enumerate()]


def test_one_process_sweeps_and_another_takes_over_when_it_is_killed(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, places = assembly.coalition.ledger, assembly.coalition.places
    swept = threading.Event()

    def sweeping(_: object) -> sweep.Swept:
        swept.set()
        return sweep.Swept((), ())

    monkeypatch.setattr(sweep, "sweep", sweeping)
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sweeping", places.database_url, places.keys_url]
    )
    lock = Alone(ledger.engine, "sweep", sweep._LOCK)
    deadline = time.monotonic() + 20
    while lock.is_held():
        lock.release()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    sweeper = sweep.Sweeper(ledger, every_s=0.02)
    sweeper.start()
    try:
        assert not swept.wait(0.5)
        other.kill()
        other.wait()
        assert swept.wait(20)
    finally:
        other.kill()
        sweeper.close()
    assert lock.is_held()
    lock.release()


def test_a_sweeper_that_is_off_never_starts(assembly: Assembly) -> None:
    sweeper = sweep.Sweeper(assembly.coalition.ledger, every_s=0)
    sweeper.start()
    assert "sweeper" not in [thread.name for thread in threading.enumerate()]
    sweeper.close()
