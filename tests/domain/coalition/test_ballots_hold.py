"""Whoever votes whatever, in whatever order: of each who stays the first ballot counts."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from domain.coalition.vote import CastVote, CloseVote, Tally, VoteClosed
from domain.coalition.voting import Voter
from domain.decision import Moment
from domain.terms import Ballot, MembershipId
from tests.domain.coalition.votes import AFTER, CLOSES, VOTE, aside, opened, partners, seat, seats
from tests.domain.examples import PARTNER, founded, organisation, ready
from tests.domain.specification import TODAY
from tests.domain.world import World

VOTERS = [Voter(membership=seat(number)) for number in range(1, 7)] + [Voter(is_director=True)]
attempts = st.lists(
    st.tuples(st.sampled_from(VOTERS), st.sampled_from(Ballot), st.integers(0, 20)), max_size=30
)


@settings(deadline=None)  # an example founds a coalition, which takes a while on a busy machine
@given(attempts, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=5))
def test_one_ballot_each_counts_and_it_is_the_first(
    said: list[tuple[Voter, Ballot, int]], leaving: list[tuple[int, int]]
) -> None:
    world = World()
    given_facts = [
        *founded(seats=8),
        *partners(6),
        organisation(),
        *ready(PARTNER),
        *opened(seats(1, 2, 3, 4, 5), seats(6)),
    ]
    world.append(given_facts, TODAY)
    first: dict[MembershipId | None, Ballot] = {}
    left: set[MembershipId | None] = set()
    for place, (voter, ballot, days) in enumerate(said):
        for number in [each for when, each in leaving if when == place]:
            left.add(seat(number))
            world.append([aside(number)], TODAY)
        day: date = TODAY + timedelta(days=days)
        command = CastVote(vote=VOTE, ballot=ballot)
        decision = world.decide_as(voter, command, Moment(day, day))
        if isinstance(decision, list):
            world.append(decision, day)
        entitled = voter.membership in {*seats(1, 2, 3, 4, 5)} - left
        if entitled and day <= CLOSES:
            first.setdefault(voter.membership, ballot)
        assert isinstance(decision, list) is (entitled and first.get(voter.membership) is ballot)
    decision = world.decide(CloseVote(vote=VOTE), Moment(AFTER, AFTER))
    assert isinstance(decision, list)
    event = decision[0].event
    assert isinstance(event, VoteClosed)
    counted = [ballot for whose, ballot in first.items() if whose not in left]
    assert event.counted == Tally(
        approve=counted.count(Ballot.APPROVE),
        against=counted.count(Ballot.AGAINST),
        abstain=counted.count(Ballot.ABSTAIN),
    )
    # More than half of those who are left.
    assert event.quorum_met == (2 * len(counted) > 5 - len(left))
