"""A sweep reads what is due, and ten times as many members are no more to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.membership.membership import SendAgreement
from domain.terms import Ballot
from projections.tables import applications, memberships, votes
from service import due, sweep
from service.ledger.engine import begin_writing
from service.security.principal import Role
from tests.reads import counted
from tests.service.assembly import Assembly
from tests.service.coalition import POLICY, Admitted, Coalition, new_id, organisation

TIER = "coalition-member"
AGREEMENT = POLICY.agreement_for(TIER).id
FEW = 300
MANY = 10 * FEW
LATE = 3


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    made = Assembly(database_url, tmp_path, partners=1)
    yield made
    made.coalition.close()


def settled(assembly: Assembly) -> dict[sa.Table, list[dict[str, Any]]]:
    """Leave a closed vote, an approved application and its member; return their rows."""
    coalition = assembly.coalition
    vote = assembly.open(assembly.apply())
    assembly.cast(vote, 0, Ballot.APPROVE)
    assembly.close(vote)
    coalition.sign(admitted(coalition), AGREEMENT, *coalition.publish(AGREEMENT, "As members."))
    with coalition.ledger.read() as snapshot:
        return {
            table: [dict(row) for row in snapshot.connection.execute(sa.select(table)).mappings()]
            for table in (memberships, applications, votes)
        }


def admitted(coalition: Coalition) -> Admitted:
    """Return a member that has signed nothing."""
    return coalition.admit(TIER, organisation(ein=coalition.ein()))


def grow(coalition: Coalition, rows: dict[sa.Table, list[dict[str, Any]]], times: int) -> None:
    """Add so many copies of all rows, each of somebody else."""
    with begin_writing(coalition.ledger.engine) as connection:
        for table, every in rows.items():
            own = ("id", "party", "application", "ballots")
            copies = [
                row | {name: new_id() for name in own if row.get(name)} for row in every * times
            ]
            connection.execute(sa.insert(table), copies)
        connection.exec_driver_sql("ANALYZE")


def test_ten_times_as_many_members_are_no_more_to_read(assembly: Assembly) -> None:
    coalition = assembly.coalition
    rows = settled(assembly)
    late = {admitted(coalition).membership for _ in range(LATE)}
    for each in late:
        coalition.must(SendAgreement(membership=each), Role.DIRECTOR)
    vote = assembly.open(assembly.apply(), days=1)
    coalition.clock.advance(days=POLICY.deadlines.agreement_signing_days + 1)
    read = []
    for more in (FEW, MANY - FEW):
        grow(coalition, rows, more)
        with coalition.ledger.read() as snapshot, counted(snapshot.connection) as counting:
            found = list(due.overdue(snapshot.connection, [(date.min, POLICY)], assembly.today))
        assert {each.about for each in found} == late | {vote}
        read.append(counting)
    few, many = read
    assert few["statements"] == many["statements"]
    assert many["work"] < 1.1 * few["work"]
    # On SQLite it takes a few steps to read a row.
    assert many["work"] < MANY
    # Whatever is found is done, too.
    assert {each.about for each in sweep.sweep(coalition.ledger).done} == late | {vote}
