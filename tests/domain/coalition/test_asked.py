"""What was put to a vote: the open ones, and the last of each kind on the same."""

from __future__ import annotations

from collections.abc import Iterable

from domain.coalition.asked import Asked
from domain.decision import Fact
from domain.policy import VoteKind
from domain.terms import VoteId, VoteOutcome
from tests.domain.coalition.votes import closed, opened, seat, seats
from tests.domain.examples import policy_with
from tests.domain.world import an_id

FIRST, SECOND, THIRD = (VoteId(an_id(f"the {each} vote")) for each in ("first", "second", "third"))
BOTH = (VoteKind.POLICY, VoteKind.MISSION_AND_VALUES)


def asked(facts: Iterable[Fact]) -> Asked:
    """Return what was put to a vote by some facts."""
    found = Asked()
    for fact in facts:
        found.apply(fact.stream, fact.event)
    return found


def on_a_member(vote: VoteId, kind: VoteKind) -> list[Fact]:
    return opened(seats(1), kind=kind, application=None, membership=seat(2), vote=vote)


def test_a_vote_is_open_until_it_is_closed() -> None:
    one, two = opened(seats(1), vote=FIRST), opened(seats(1), vote=SECOND)
    found = asked([*one, *two, closed(VoteOutcome.PASSED, vote=FIRST)])
    assert found.open_votes == {SECOND}


def test_of_each_kind_the_last_vote_on_a_member_counts() -> None:
    termination, admission = VoteKind.TERMINATION, VoteKind.ADMISSION
    found = asked(
        [
            *on_a_member(FIRST, termination),
            *on_a_member(SECOND, admission),
            *on_a_member(THIRD, termination),
        ]
    )
    assert found.last(seat(2), [termination]) == THIRD
    assert found.last(seat(2), [admission]) == SECOND
    assert found.last(seat(2), [VoteKind.APPEAL]) is None
    assert found.last(seat(3), [termination]) is None


def test_of_several_kinds_the_one_that_was_opened_last_counts() -> None:
    file = policy_with()

    def on_it(vote: VoteId, kind: VoteKind) -> list[Fact]:
        return opened(seats(1), kind=kind, application=None, proposal=file, vote=vote)

    before = [*on_it(FIRST, BOTH[0]), *on_it(SECOND, BOTH[1])]
    assert asked(before).last(file.sha256, BOTH) == SECOND
    assert asked([*before, *on_it(THIRD, BOTH[0])]).last(file.sha256, BOTH) == THIRD
