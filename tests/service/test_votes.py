"""Votes through the real ledger: what races, what is sealed, and what replays."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.coalition.vote import CastVote, CloseVote
from domain.decision import Refusal, RefusalCode
from domain.membership.membership import AdmitMember
from domain.membership.review import DeclareConflict, RecordFinding, RecuseReviewer
from domain.membership.ties import DeclareAffiliation
from domain.terms import Affiliation, Ballot, MembershipId, PrincipalId, VoteId
from projections import votes
from projections.as_of import AsOf
from projections.votes import VoteRow
from service.ledger.request import Accepted, NotAllowed
from service.security.principal import Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import new_id, organisation


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    """Five partners who may vote, on SQLite and on PostgreSQL."""
    made = Assembly(database_url, tmp_path, partners=5)
    yield made
    made.coalition.close()


def row_of(assembly: Assembly, vote: VoteId) -> VoteRow:
    with assembly.coalition.ledger.read() as snapshot:
        now = AsOf(snapshot.position, assembly.today, current=True)
        return votes.by_ids(snapshot.connection, now, [vote])[vote]


def refusal(outcome: object) -> RefusalCode:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_a_member_is_admitted_by_vote_from_opening_to_tally(assembly: Assembly) -> None:
    application = assembly.apply()
    vote = assembly.open(application)
    admit = AdmitMember(application=application, membership=MembershipId(new_id()))
    assert refusal(assembly.coalition.run(admit, Role.COMMITTEE)) is RefusalCode.WRONG_PHASE
    ballots = [Ballot.APPROVE, Ballot.APPROVE, Ballot.APPROVE, Ballot.AGAINST, Ballot.AGAINST]
    for number, ballot in enumerate(ballots):
        assert isinstance(assembly.cast(vote, number, ballot), Accepted)
    assert isinstance(assembly.close(vote), Accepted)
    row = row_of(assembly, vote)
    assert row.tally is not None
    assert (row.tally.approve, row.tally.against, row.tally.abstain) == (3, 2, 0)
    assert (row.outcome, row.policy) == ("passed", "cate@1")
    assembly.coalition.must(admit, Role.COMMITTEE)


def test_two_racing_ballots_of_one_partner_count_once(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply())
    other = assembly.coalition.reopen()
    ledgers = [assembly.coalition.ledger, other] * 8
    requests = [
        assembly.coalition.request(
            CastVote(vote=vote, ballot=[Ballot.APPROVE, Ballot.AGAINST][place % 2]),
            assembly.speaker(0),
        )
        for place in range(len(ledgers))
    ]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(
            threads.map(lambda pair: pair[0].execute(pair[1]), zip(ledgers, requests, strict=True))
        )
    other.close()
    cast = [each for each in outcomes if isinstance(each, Accepted) and each.entries]
    repeated = [each for each in outcomes if isinstance(each, Accepted) and not each.entries]
    refused = [each for each in outcomes if isinstance(each, Refusal)]
    assert (len(cast), len(repeated), len(refused)) == (1, 7, 8)
    assert {each.code for each in refused} == {RefusalCode.ALREADY_VOTED}


def test_racing_closes_count_once_and_no_ballot_follows(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply())
    for number in range(4):
        assembly.cast(vote, number, Ballot.APPROVE)
    assembly.coalition.clock.advance(days=8)
    requests = [
        assembly.coalition.request(
            CloseVote(vote=vote), assembly.coalition.principals[Role.COMMITTEE]
        )
        for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(assembly.coalition.ledger.execute, requests))
    assert sorted(len(each.entries) for each in outcomes if isinstance(each, Accepted)) == [
        *[0] * 7,
        1,
    ]
    late = assembly.cast(vote, 4, Ballot.AGAINST)
    assert refusal(late) is RefusalCode.WRONG_PHASE
    assert row_of(assembly, vote).tally is None


def test_a_ballot_races_the_close_and_is_counted_or_refused(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply(), days=1)
    for number in range(4):
        assembly.cast(vote, number, Ballot.APPROVE if number else Ballot.AGAINST)
    with ThreadPoolExecutor(2) as threads:
        last = threads.submit(assembly.cast, vote, 4, Ballot.AGAINST)
        close = threads.submit(assembly.close, vote)
        assert isinstance(last.result(), Accepted)
        if not isinstance(close.result(), Accepted):
            assert refusal(close.result()) is RefusalCode.TOO_EARLY
            assert isinstance(assembly.close(vote), Accepted)
    tally = row_of(assembly, vote).tally
    assert tally is not None
    assert tally.turnout == 5


def test_the_electorate_is_fixed_when_the_vote_opens(assembly: Assembly) -> None:
    vote = assembly.open(assembly.apply())
    later = assembly.coalition.admit(
        "collaborative-partner", organisation("Later House", ein=assembly.coalition.ein())
    )
    cast = CastVote(vote=vote, ballot=Ballot.APPROVE)
    outcome = assembly.coalition.run(cast, assembly.coalition.representative(later.party))
    assert refusal(outcome) is RefusalCode.NOT_IN_ELECTORATE


def test_an_affiliate_stands_aside(assembly: Assembly) -> None:
    application = assembly.apply()
    tie = DeclareAffiliation(
        party=assembly.partners[0].party,
        affiliate=assembly.applicant,
        affiliation=Affiliation.SPONSORS,
    )
    assembly.coalition.must(tie, assembly.speaker(0))
    vote = assembly.open(application)
    outcome = assembly.cast(vote, 0, Ballot.APPROVE)
    assert refusal(outcome) is RefusalCode.CONFLICT_OF_INTEREST


def test_a_member_that_declared_a_conflict_stands_aside(assembly: Assembly) -> None:
    application = assembly.apply()
    speaker = assembly.speaker(2)
    # Whoever somebody says they speak for, they stand aside for their own.
    conflict = DeclareConflict(
        application=application,
        declarer=PrincipalId("somebody else"),
        party=assembly.partners[0].party,
        details="Our boards overlap.",
    )
    assembly.coalition.must(conflict, speaker)
    vote = assembly.open(application)
    assert refusal(assembly.cast(vote, 2, Ballot.APPROVE)) is RefusalCode.CONFLICT_OF_INTEREST
    assert isinstance(assembly.cast(vote, 0, Ballot.APPROVE), Accepted)


def test_a_recused_reviewer_can_do_nothing_more(assembly: Assembly) -> None:
    coalition = assembly.coalition
    submitted = coalition.submit(TIER, organisation(ein=coalition.ein()))
    coalition.review(submitted.application, TIER, "nonprofit-501c3")
    recuse = RecuseReviewer(
        application=submitted.application, reviewer=coalition.principals[Role.REVIEWER].id
    )
    coalition.must(recuse, Role.DIRECTOR)
    found = RecordFinding(application=submitted.application, requirement="any", met=True)
    assert isinstance(coalition.run(found, Role.REVIEWER), NotAllowed)


def test_whoever_has_a_conflict_decides_nothing(assembly: Assembly) -> None:
    application = assembly.apply()
    committee = assembly.coalition.principals[Role.COMMITTEE]
    conflict = DeclareConflict(
        application=application, declarer=committee.id, details="My sister applied."
    )
    assembly.coalition.must(conflict, committee)
    admit = AdmitMember(application=application, membership=MembershipId(new_id()))
    assert isinstance(assembly.coalition.run(admit, committee), NotAllowed)


@pytest.mark.parametrize("who", [role for role in Role if role is not Role.REPRESENTATIVE])
def test_nobody_else_casts_a_ballot(assembly: Assembly, who: Role) -> None:
    vote = assembly.open(assembly.apply())
    outcome = assembly.coalition.run(CastVote(vote=vote, ballot=Ballot.APPROVE), who)
    if who is Role.DIRECTOR:
        assert refusal(outcome) is RefusalCode.NOT_IN_ELECTORATE
    else:
        assert isinstance(outcome, NotAllowed)
