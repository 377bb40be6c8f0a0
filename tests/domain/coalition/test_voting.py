"""Casting and closing: one vote each, sealed until the close, and then counted."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from msgspec.structs import replace

from domain.coalition.ballots import Ballots
from domain.coalition.vote import CloseVote, Vote, VoteClosed, VoteOpened, evolve
from domain.coalition.voting import Voter, decide_close_vote
from domain.decision import Fact, Moment, RefusalCode
from domain.membership.membership import AdmitMember, DeclineApplication
from domain.terms import Ballot, MembershipId, VoteOutcome
from tests.domain.coalition.votes import (
    AFTER,
    CLOSES,
    DIRECTOR,
    VOTE,
    aside,
    cast,
    closed,
    moot,
    opened,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    MEMBERSHIP,
    PARTNER,
    approved,
    clauses,
    founded,
    organisation,
    ready,
)
from tests.domain.specification import Specification

applied = Specification().given(founded(seats=8), partners(5), organisation(), ready(PARTNER))
held = applied.given(opened(seats(1, 2, 3, 4, 5)))
CLOSE = CloseVote(vote=VOTE)
ADMIT = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
APPROVE, AGAINST, ABSTAIN = Ballot.APPROVE, Ballot.AGAINST, Ballot.ABSTAIN


def test_a_partner_votes() -> None:
    held.when(vote(AGAINST), voter=voter(2)).then(cast(2, AGAINST))


def test_a_partner_votes_on_the_last_day() -> None:
    held.when(vote(), voter=voter(2), today=CLOSES, effective=CLOSES).then(cast(2))


def test_the_same_ballot_again_has_already_happened() -> None:
    held.given(cast(2)).when(vote(), voter=voter(2)).then_nothing()


def test_a_second_ballot_does_not_replace_the_first() -> None:
    held.given(cast(2)).when(vote(AGAINST), voter=voter(2)).then_refused(
        RefusalCode.ALREADY_VOTED, "votes.one-each", field="ballot"
    )


def test_who_is_not_in_the_electorate_has_no_vote() -> None:
    for somebody in (voter(9), Voter(), DIRECTOR):
        held.when(vote(), voter=somebody).then_refused(
            RefusalCode.NOT_IN_ELECTORATE, "votes.electorate"
        )


def test_the_recused_have_no_vote() -> None:
    applied.given(opened(seats(1, 2), seats(3))).when(vote(), voter=voter(3)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )


def test_who_stands_aside_since_the_opening_casts_no_ballot() -> None:
    held.given(aside(2)).when(vote(), voter=voter(2)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused", because="has an interest"
    )
    alone = Voter(membership=seat(2), stands_aside=True)
    held.when(vote(), voter=alone).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused", because="something else"
    )


def test_the_director_votes_once_where_they_have_a_vote() -> None:
    with_director = applied.given(opened(seats(1, 2), director_votes=True))
    with_director.when(vote(), voter=DIRECTOR).then(cast(None))
    with_director.given(cast(None)).when(vote(), voter=DIRECTOR).then_nothing()
    with_director.given(cast(None)).when(vote(ABSTAIN), voter=DIRECTOR).then_refused(
        RefusalCode.ALREADY_VOTED, "votes.one-each", field="ballot"
    )


def test_no_ballot_is_taken_after_the_last_day() -> None:
    held.when(vote(), voter=voter(2), today=AFTER, effective=AFTER).then_refused(
        RefusalCode.WRONG_PHASE, "votes.open"
    )


def test_no_ballot_is_taken_after_the_close() -> None:
    held.given(closed(VoteOutcome.FAILED)).when(vote(), voter=voter(2)).then_refused(
        RefusalCode.WRONG_PHASE, "votes.open"
    )


def test_a_ballot_is_of_the_day_on_which_it_is_cast() -> None:
    held.when(vote(), voter=voter(2), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY,
        "effective-date.today",
        field="effectiveOn",
        because="An effective date of",
    )


def test_there_is_no_voting_in_a_vote_that_is_none() -> None:
    for command in (vote(), CLOSE):
        applied.when(command, voter=voter(1)).then_refused(
            RefusalCode.INVALID_INPUT, "known-vote", field="vote"
        )


def test_a_vote_closes_after_its_last_day() -> None:
    held.given(cast(1)).when(CLOSE).then_refused(RefusalCode.TOO_EARLY, "votes.closes-on")
    held.given(cast(1)).when(CLOSE, today=AFTER, effective=AFTER).then(
        closed(VoteOutcome.FAILED, (1, 0, 0), quorum_met=False)
    )


def test_a_vote_closes_early_once_all_have_voted() -> None:
    ballots = [cast(number) for number in range(1, 6)]
    held.given(ballots).when(CLOSE).then(closed(VoteOutcome.PASSED, (5, 0, 0)))


def test_who_stands_aside_since_the_opening_has_left_the_denominator() -> None:
    # More than half must vote: two of five do not, and of three they do.
    voted = held.given(cast(1), cast(2))
    voted.when(CLOSE, today=AFTER, effective=AFTER).then(
        closed(VoteOutcome.FAILED, (2, 0, 0), quorum_met=False)
    )
    voted.given(aside(4), aside(5)).when(CLOSE, today=AFTER, effective=AFTER).then(
        closed(VoteOutcome.PASSED, (2, 0, 0))
    )


def test_a_ballot_of_who_stands_aside_does_not_count() -> None:
    # Two of three for it, and then one of one against.
    voted = held.given(cast(1), cast(2), cast(3, AGAINST), aside(4), aside(5))
    voted.when(CLOSE).then(closed(VoteOutcome.PASSED, (2, 1, 0)))
    voted.given(aside(1), aside(2)).when(CLOSE).then(
        closed(VoteOutcome.FAILED, (0, 1, 0), threshold_met=False)
    )


def test_nobody_waits_for_the_ballot_of_who_stands_aside() -> None:
    given = held.given([cast(number) for number in range(1, 5)])
    given.when(CLOSE).then_refused(RefusalCode.TOO_EARLY, "votes.closes-on")
    given.given(aside(5)).when(CLOSE).then(closed(VoteOutcome.PASSED, (4, 0, 0)))


def test_a_count_is_published_by_the_ballots_that_count() -> None:
    # The policy publishes counts of five and more.
    four = held.given(cast(1), cast(2), cast(3, AGAINST), cast(4, AGAINST))
    four.when(CLOSE, today=AFTER, effective=AFTER).then(
        closed(VoteOutcome.FAILED, (2, 2, 0), threshold_met=False)
    )
    five = four.given(cast(5))
    five.when(CLOSE).then(closed(VoteOutcome.PASSED, (3, 2, 0), public=True))
    five.given(aside(5)).when(CLOSE).then(
        closed(VoteOutcome.FAILED, (2, 2, 0), threshold_met=False)
    )


def test_a_count_with_one_ballot_on_a_side_is_not_published() -> None:
    """Whoever cast it would know what all others said."""
    for one in range(1, 6):
        ballots = [cast(number, AGAINST if number == one else APPROVE) for number in range(1, 6)]
        held.given(ballots).when(CLOSE).then(closed(VoteOutcome.PASSED, (4, 1, 0)))


@pytest.mark.parametrize("least", [2, 5])
def test_no_published_count_tells_one_who_voted_how_another_one_did(least: int) -> None:
    facts = opened(seats(*range(1, 8)))
    (opening,) = [fact.event for fact in facts if isinstance(fact.event, VoteOpened)]
    event = replace(opening, tally_minimum_electorate=least)
    vote = evolve(Vote(id=VOTE), event, DAY_BEFORE)
    voters: list[MembershipId | None] = [*seats(*range(1, 8))]
    published = set[tuple[int, ...]]()
    for numbers in itertools.product(range(8), repeat=3):
        if sum(numbers) > 7:
            continue
        said = [ballot for ballot, many in zip(Ballot, numbers, strict=True) for _ in range(many)]
        ballots = Ballots(id=vote.ballots, cast=dict(zip(voters, said, strict=False)))
        decision = decide_close_vote(vote, ballots, CLOSE, Moment(AFTER, AFTER))
        assert isinstance(decision, list)
        assert isinstance(decision[0].event, VoteClosed)
        if decision[0].event.tally is None:
            continue
        published.add(numbers)
        assert sum(numbers) >= least
        for own in said:
            # What is left may have been said by the others in more than one order, and each of
            # them may have said either of two things.
            others = Counter(said) - Counter([own])
            assert len(others) > 1
    assert {(3, 2, 0), (2, 5, 0), (2, 3, 1)} <= published
    assert ((2, 2, 0) in published) is (least == 2)


def test_a_vote_that_everybody_left_decides_nothing() -> None:
    given = held.given(cast(1), [aside(number) for number in range(1, 6)])
    given.when(CLOSE).then(moot())


def test_closing_twice_happens_once() -> None:
    held.given(closed(VoteOutcome.FAILED)).when(CLOSE).then_nothing()


@pytest.mark.parametrize(
    ("said", "outcome", "quorum_met", "threshold_met"),
    [
        # Of five, more than half must vote, and more than half of those for and against be for.
        ([APPROVE, APPROVE], VoteOutcome.FAILED, False, True),
        ([APPROVE, APPROVE, AGAINST], VoteOutcome.PASSED, True, True),
        ([APPROVE, AGAINST, ABSTAIN], VoteOutcome.FAILED, True, False),
        ([APPROVE, ABSTAIN, ABSTAIN], VoteOutcome.PASSED, True, True),
        ([ABSTAIN, ABSTAIN, ABSTAIN], VoteOutcome.FAILED, True, False),
        ([], VoteOutcome.FAILED, False, False),
    ],
)
def test_quorum_and_threshold_decide(
    *, said: list[Ballot], outcome: VoteOutcome, quorum_met: bool, threshold_met: bool
) -> None:
    ballots = [cast(number, ballot) for number, ballot in enumerate(said, start=1)]
    counted = (said.count(APPROVE), said.count(AGAINST), said.count(ABSTAIN))
    held.given(ballots).when(CLOSE, today=AFTER, effective=AFTER).then(
        closed(
            outcome,
            counted,
            quorum_met=quorum_met,
            threshold_met=threshold_met,
        )
    )


def test_the_recused_leave_the_denominator() -> None:
    # Two of three are a quorum; two of the five that there are would be none.
    few = applied.given(opened(seats(1, 2, 3), seats(4, 5)), cast(1), cast(2))
    few.when(CLOSE, today=AFTER, effective=AFTER).then(closed(VoteOutcome.PASSED, (2, 0, 0)))


def test_the_tally_of_a_small_electorate_is_not_published() -> None:
    small = applied.given(
        opened(seats(1, 2, 3, 4)), cast(1), cast(2), cast(3, AGAINST), cast(4, AGAINST)
    )
    small.when(CLOSE).then(closed(VoteOutcome.FAILED, (2, 2, 0), threshold_met=False))


def test_a_tally_of_one_mind_is_not_published() -> None:
    ballots = [cast(number, AGAINST) for number in range(1, 6)]
    held.given(ballots).when(CLOSE).then(closed(VoteOutcome.FAILED, (0, 5, 0), threshold_met=False))


def test_a_ballot_tells_nothing_by_its_length() -> None:
    assert len({len(ballot.value) for ballot in Ballot}) == 1


def test_an_application_is_not_decided_while_the_vote_on_it_is_open() -> None:
    decline = DeclineApplication(application=APPLICATION, clauses=[clauses(PARTNER)[0]])
    for command in (ADMIT, decline):
        held.when(command).then_refused(RefusalCode.WRONG_PHASE, "votes.admission")


def test_an_application_is_not_approved_against_the_vote() -> None:
    held.given(closed(VoteOutcome.FAILED)).when(ADMIT).then_refused(
        RefusalCode.VOTE_FAILED, "votes.admission"
    )


def test_an_application_is_not_declined_against_the_vote() -> None:
    decline = DeclineApplication(application=APPLICATION, clauses=[clauses(PARTNER)[0]])
    held.given(closed(VoteOutcome.PASSED)).when(decline).then_refused(
        RefusalCode.WRONG_PHASE, "votes.admission"
    )


def test_an_application_is_approved_by_the_vote() -> None:
    passed = held.given(closed(VoteOutcome.PASSED)).when(ADMIT)
    assert passed._decision[0] == Fact(  # type: ignore[index]
        APPLICATION, type(approved().event)(clauses=clauses(PARTNER))
    )


def test_nothing_but_a_vote_admits() -> None:
    applied.when(ADMIT).then_refused(RefusalCode.VOTE_REQUIRED, "votes.admission.required")
