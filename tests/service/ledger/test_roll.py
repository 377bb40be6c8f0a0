"""The roll is read when the writer first needs it: what is over is not read with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.coalition.coalition import SetSeats
from domain.coalition.vote import OpenVote
from domain.decision import Refusal
from domain.membership.contest import FileAppeal
from domain.membership.membership import DeclineApplication
from domain.membership.register import Register
from domain.membership.ties import MergeParties
from domain.policy import VoteKind
from domain.terms import ApplicationId, BallotsId, PartyId, VoteId
from projections.tables import applications
from service.ledger.engine import begin_writing
from service.ledger.request import Accepted
from service.ledger.roll import load_register
from service.security.principal import Role
from tests.reads import counted
from tests.service.assembly import PARTNER, TIER, Assembly
from tests.service.coalition import POLICY, Coalition, new_id

CLAUSE = POLICY.tier(TIER).requirements[0].id
FEW = 300
MANY = 10 * FEW


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    made = Assembly(database_url, tmp_path, partners=1)
    yield made
    made.coalition.close()


def declined(assembly: Assembly) -> tuple[PartyId, ApplicationId]:
    """Return who was declined, and which application of theirs."""
    application = assembly.apply()
    decline = DeclineApplication(application=application, clauses=[CLAUSE])
    assembly.coalition.must(decline, Role.COMMITTEE)
    return assembly.applicant, application


def appealed(coalition: Coalition, party: PartyId, application: ApplicationId) -> None:
    """Let whoever was declined appeal."""
    appeal = FileAppeal(application=application, grounds="Nobody asked us.")
    coalition.must(appeal, coalition.representative(party))


def grow(coalition: Coalition, application: ApplicationId, times: int) -> None:
    """Add so many copies of an application, each of somebody else."""
    with begin_writing(coalition.ledger.engine) as connection:
        is_it = applications.c.id == application
        rows = connection.execute(sa.select(applications).where(is_it)).mappings().all()
        copies = []
        for after in range(times):
            # With the phases that each has been in, since views keep the past; one a second.
            own = {name: new_id() for name in ("id", "party", "applicant", "review")}
            for row in rows:
                at = {"submitted_at": row["submitted_at"] + after}
                at |= {"queued_at": at["submitted_at"]} if row["queued_at"] else {}
                copies.append({**row, **own, **at})
        connection.execute(sa.insert(applications), copies)
        connection.exec_driver_sql("ANALYZE")


def test_ten_times_as_many_declines_are_no_more_to_read(assembly: Assembly) -> None:
    coalition = assembly.coalition
    party, contested = declined(assembly)
    appealed(coalition, party, contested)
    _, settled = declined(assembly)
    waiting = assembly.apply()
    read = []
    for more in (FEW, MANY - FEW):
        grow(coalition, settled, more)
        with coalition.ledger.read() as snapshot, counted(snapshot.connection) as counting:
            roll: Register = load_register(snapshot.connection, lambda ein: ein)
        assert roll.applying.of(party) == [contested]
        assert roll.applying.of(assembly.applicant) == [waiting]
        read.append(counting)
    few, many = read
    assert few["statements"] == many["statements"]
    assert many["work"] < 1.1 * few["work"]
    # On SQLite it takes a few steps to read a row.
    assert many["work"] < MANY


def test_what_was_declined_long_ago_opens_again_for_all_who_serve_the_ledger(
    assembly: Assembly,
) -> None:
    coalition = assembly.coalition
    party, application = declined(assembly)
    partner = assembly.partners[0]
    merge = MergeParties(survivor=partner.party, merged=party, reason="One board now.")

    director = coalition.principals[Role.DIRECTOR]
    appeal = FileAppeal(application=application, grounds="Nobody asked us.")
    with closing(coalition.reopen()) as filer, closing(coalition.reopen()) as follower:
        for ledger, seats in ((filer, 7), (follower, 8)):
            # It has a roll of its own by now.
            ask = coalition.request(SetSeats(tier=PARTNER, seats=seats), director)
            assert isinstance(ledger.execute(ask), Accepted)
        filed = filer.execute(coalition.request(appeal, coalition.representative(party)))
        assert isinstance(filed, Accepted)
        with closing(coalition.reopen()) as fresh:
            for ledger in (filer, follower, fresh):
                refused = ledger.execute(coalition.request(merge, director))
                assert isinstance(refused, Refusal)
                assert refused.rule == "merger.open-application"


def test_the_votes_of_each_kind_on_a_member_are_read_in_order(assembly: Assembly) -> None:
    coalition, member = assembly.coalition, assembly.partners[0].membership
    votes = [VoteId(new_id()) for _ in range(2)]
    for vote in votes:
        ask = OpenVote(
            vote=vote,
            ballots=BallotsId(new_id()),
            kind=VoteKind.TERMINATION,
            closes_on=assembly.today + timedelta(days=1),
            membership=member,
            clauses=["provider.trauma-informed"],
            reason="The funds were not accounted for.",
            by_fallback=True,
        )
        coalition.must(ask, Role.COMMITTEE)
        if vote is votes[0]:
            coalition.clock.advance(days=2)
            assembly.close(vote)
    with coalition.ledger.read() as snapshot:
        asked = load_register(snapshot.connection, lambda ein: ein).asked
    assert asked.about(member, [VoteKind.TERMINATION]) == votes
    assert asked.last(member, [VoteKind.TERMINATION]) == votes[1]
    assert asked.about(member, [VoteKind.ADMISSION]) == []
    assert asked.open_votes == {votes[1]}
