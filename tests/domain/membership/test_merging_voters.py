"""Of two organisations that become one, one vote remains."""

from __future__ import annotations

from domain.coalition.vote import CloseVote, Tally, VoteClosed, VotersMerged
from domain.decision import Fact, RefusalCode
from domain.policy import VoteKind
from domain.terms import Ballot, MembershipId, VoteOutcome
from tests.domain.coalition.votes import (
    AFTER,
    CLOSES,
    VOTE,
    affiliated,
    aside,
    ask,
    cast,
    closed,
    member,
    opened,
    partner,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.examples import (
    FERRY,
    LANTERN,
    MEMBER,
    NETWORK,
    founded,
    organisation,
    ready,
)
from tests.domain.membership.mergers import (
    ONE,
    SEPARATE,
    TEXTS,
    TWO,
    apart,
    coalition,
    merge,
    together,
)
from tests.domain.specification import Specification


def under_way(*ballots: Fact, recused: list[MembershipId] | None = None) -> Specification:
    electorate = [each for each in seats(1, 2, 3, 4, 5) if each not in (recused or [])]
    given = Specification().given(founded(seats=9), *TEXTS, partners(5), ready(MEMBER))
    return given.given(opened(electorate, recused), list(ballots))


def one_vote(*, aside: bool = False) -> Fact:
    return Fact(VOTE, VotersMerged(survivor=seat(1), ended=seat(2), stands_aside=aside))


def merged_in_vote(*, aside: bool = False) -> list[Fact]:
    ended, *rest = together()
    return [ended, one_vote(aside=aside), *rest]


def count(given: Specification) -> Tally:
    outcome = given.when(CloseVote(vote=VOTE), today=AFTER, effective=AFTER)
    decision = outcome._decision
    assert isinstance(decision, list)
    event = decision[0].event
    assert isinstance(event, VoteClosed)
    assert isinstance(event.counted, Tally)
    return event.counted


def test_in_a_vote_that_is_open_one_vote_of_the_two_remains() -> None:
    under_way().when(merge()).then(*merged_in_vote())
    given = under_way().given(merged_in_vote())
    given.when(vote(), voter=voter(1)).then(cast(1))
    given.when(vote(), voter=voter(2)).then_refused(
        RefusalCode.NOT_IN_ELECTORATE, "votes.electorate"
    )


def test_a_ballot_of_either_is_the_ballot_of_the_one() -> None:
    given = under_way(cast(2, Ballot.AGAINST)).given(merged_in_vote())
    given.when(vote(Ballot.AGAINST), voter=voter(1)).then_nothing()
    given.when(vote(Ballot.APPROVE), voter=voter(1)).then_refused(
        RefusalCode.ALREADY_VOTED, "votes.one-each", field="ballot"
    )
    assert count(given) == Tally(approve=0, against=1, abstain=0)


def test_where_both_voted_the_survivor_s_ballot_counts_and_once() -> None:
    given = under_way(cast(2, Ballot.AGAINST), cast(1), cast(3), cast(4), cast(5))
    given = given.given(merged_in_vote())
    assert count(given) == Tally(approve=4, against=0, abstain=0)
    # Four may vote and did: there is nobody to wait for.
    given.when(CloseVote(vote=VOTE)).then_accepted()


def test_the_quorum_is_of_those_who_have_a_vote_still() -> None:
    # Three of five is more than half, and two of four is not.
    given = under_way(cast(1), cast(2)).given(merged_in_vote())
    outcome = given.when(CloseVote(vote=VOTE), today=AFTER, effective=AFTER)
    outcome.then(
        closed(VoteOutcome.FAILED, (1, 0, 0), quorum_met=False),
    )


def test_who_stands_aside_makes_the_other_stand_aside() -> None:
    recused = [seat(2)]
    under_way(recused=recused).when(merge()).then(*merged_in_vote(aside=True))
    given = under_way(cast(1), cast(3), recused=recused).given(merged_in_vote(aside=True))
    given.when(vote(), voter=voter(1)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )
    assert count(given) == Tally(approve=1, against=0, abstain=0)


def test_who_becomes_one_with_an_affiliate_of_whom_a_vote_is_about_leaves_it() -> None:
    # The ferry is a member of no tier: of the two there is one membership.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), organisation(FERRY))
    given = given.given(ready(MEMBER), affiliated(LANTERN, FERRY), opened(seats(1, 2, 3)))
    first, *rest = together(ONE, FERRY, ended=None)
    given.when(merge(ONE, FERRY, None)).then(aside(1), first, *rest)


def test_an_interest_of_either_is_that_of_the_one() -> None:
    # The second one is an affiliate of the applicant, and had no vote when this one was opened.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), ready(MEMBER))
    given = given.given(opened(seats(2, 3)), affiliated(LANTERN, ONE))
    ended, *rest = together()
    given.when(merge()).then(ended, one_vote(aside=True), *rest)
    given = under_way(aside(2))
    given.when(merge()).then(*merged_in_vote(aside=True))


def test_a_vote_that_neither_has_a_part_in_is_left_alone() -> None:
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), member(4, NETWORK))
    given = given.given(ready(MEMBER), opened(seats(1, 2, 3)))
    given.when(merge(ONE, partner(4), seat(1))).then(*together(ONE, partner(4), ended=seat(4)))


def test_a_merger_waits_for_a_vote_about_either() -> None:
    given = coalition(partners(2), organisation(), ready(MEMBER), opened(seats(1, 2)))
    given.when(merge(ONE, LANTERN)).then_refused(RefusalCode.WRONG_PHASE, "merger.open-vote")
    about = opened(seats(1), kind=VoteKind.TERMINATION, application=None, membership=seat(2))
    coalition(partners(2), about).when(merge()).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-vote"
    )


def test_they_are_not_separated_while_a_vote_is_open_in_which_they_became_one_voter() -> None:
    for given in (
        under_way(cast(2, Ballot.AGAINST)).given(merged_in_vote()),
        under_way(aside(2)).given(merged_in_vote(aside=True)),
    ):
        given.when(SEPARATE).then_refused(
            RefusalCode.WRONG_PHASE, "merger.one-voter", because=str(CLOSES)
        )
        over = given.given(closed(VoteOutcome.FAILED, (0, 1, 0), quorum_met=False))
        decision = over.when(SEPARATE)._decision
        assert isinstance(decision, list)
        assert decision[:2] == apart(reinstated=seat(2))


def test_they_are_separated_while_a_vote_is_open_in_which_they_were_one_from_the_first() -> None:
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), ready(MEMBER))
    given = given.given(together(), opened(seats(1, 3)))
    given.when(SEPARATE).then_accepted()


def test_the_ties_of_the_two_are_the_ties_of_the_one() -> None:
    # The second partner was tied to the applicant; the first one is, as soon as they are one.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3), ready(MEMBER))
    given = given.given(affiliated(LANTERN, TWO), together())
    given.when(ask()).then(*opened(seats(3), [seat(1)]))
    # And whoever was tied to a part stands aside when it is about the whole.
    given = Specification().given(founded(seats=9), *TEXTS, partners(3))
    given = given.given(affiliated(TWO, partner(3)), together())
    question = ask(VoteKind.TERMINATION, application=None, membership=seat(1))
    given.when(question).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.termination.electorate", field="byFallback"
    )
