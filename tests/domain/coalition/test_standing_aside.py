"""Who has a vote that is open, and a conflict of interest, stands aside whatever it is about."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.vote import CloseVote
from domain.decision import Fact, RefusalCode
from domain.membership.application import AppealFiled, AppealPutToVote, ApplicationDeclined
from domain.membership.review import ConflictDeclared, DeclareConflict, ReviewerRecused
from domain.policy import VoteKind
from domain.terms import PartyId, PrincipalId, VoteOutcome
from tests.domain.coalition.votes import (
    BALLOTS,
    DIRECTOR,
    VOTE,
    aside,
    cast,
    closed,
    opened,
    partner,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    LANTERN,
    PARTNER,
    REVIEW,
    founded,
    organisation,
    policy_with,
    ready,
)
from tests.domain.specification import Specification

SPEAKER = PrincipalId("a representative")
WHY = "We are to run their programme."
SECOND = policy_with()

coalition = Specification().given(founded(seats=8), partners(3))
applied = coalition.given(organisation(), ready(PARTNER))
KINDS = {
    "termination": coalition.given(
        opened(
            seats(1, 3),
            seats(2),
            kind=VoteKind.TERMINATION,
            application=None,
            membership=seat(2),
            director_votes=True,
        )
    ),
    "appeal": coalition.given(
        opened(
            seats(1, 3),
            seats(2),
            kind=VoteKind.APPEAL,
            application=None,
            membership=seat(2),
            director_votes=True,
        )
    ),
    "policy": coalition.given(
        opened(
            seats(1, 2, 3),
            kind=VoteKind.POLICY,
            application=None,
            proposal=SECOND,
            director_votes=True,
        )
    ),
}
"""Votes that are about no application, in which the first and third partner and the director
have a vote."""
voting = pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)


def says(party: PartyId | None, *, by_director: bool = False) -> DeclareConflict:
    return DeclareConflict(
        vote=VOTE, declarer=SPEAKER, details=WHY, party=party, by_director=by_director
    )


def left(number: int | None) -> Fact:
    """Return that a partner, or the director, stands aside by what they say."""
    fact = aside(number)
    return Fact(BALLOTS, replace(fact.event, declarer=SPEAKER, details=WHY))


@voting
def test_a_member_stands_aside_in_any_vote_and_its_ballot_counts_no_more(
    given: Specification,
) -> None:
    given.when(says(partner(1))).then(left(1))
    gone = given.given(cast(1), left(1))
    gone.when(says(partner(1))).then_nothing()
    gone.when(vote(), voter=voter(1)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )
    others = [cast(each) for each in (2, 3) if given is KINDS["policy"] or each == 3]
    count = (len(others) + 1, 0, 0)
    gone.given(*others, cast(None)).when(CloseVote(vote=VOTE)).then(
        closed(VoteOutcome.PASSED, count)
    )


@voting
def test_the_director_stands_aside_where_they_vote(given: Specification) -> None:
    said = says(None, by_director=True)
    given.when(said).then(left(None))
    gone = given.given(left(None))
    gone.when(said).then_nothing()
    gone.when(vote(), voter=DIRECTOR).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "votes.recused"
    )
    coalition.given(
        opened(seats(1, 3), seats(2), kind=VoteKind.POLICY, application=None, proposal=SECOND)
    ).when(said).then_refused(RefusalCode.NOT_IN_ELECTORATE, "votes.electorate")


@voting
def test_who_has_no_vote_does_not_stand_aside(given: Specification) -> None:
    for said in (says(LANTERN), says(partner(7)), says(None)):
        given.when(said).then_refused(RefusalCode.NOT_IN_ELECTORATE, "votes.electorate")


def test_who_stands_aside_by_rule_already_has_nothing_to_say() -> None:
    KINDS["termination"].when(says(partner(2))).then_nothing()


@voting
def test_nobody_stands_aside_once_the_vote_is_closed_or_before_it_was_opened(
    given: Specification,
) -> None:
    given.given(closed(VoteOutcome.FAILED)).when(says(partner(1))).then_refused(
        RefusalCode.WRONG_PHASE, "votes.open"
    )
    given.when(says(partner(1)), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    coalition.when(says(partner(1))).then_refused(
        RefusalCode.INVALID_INPUT, "known-vote", field="vote"
    )


def test_a_conflict_is_about_an_application_or_a_vote() -> None:
    given = applied.given(opened(seats(1, 2, 3)))
    for wrong in (
        replace(says(partner(1)), vote=None),
        replace(says(partner(1)), application=APPLICATION),
    ):
        given.when(wrong).then_refused(RefusalCode.INVALID_INPUT, "conflict.subject", field="vote")


def declared(party: PartyId | None) -> Fact:
    event = ConflictDeclared(application=APPLICATION, declarer=SPEAKER, party=party, details=WHY)
    return Fact(REVIEW, event)


RECUSED = Fact(REVIEW, ReviewerRecused(application=APPLICATION, reviewer=SPEAKER, reason=None))
declined = applied.given(
    Fact(APPLICATION, ApplicationDeclined()),
    Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")),
    opened(seats(1, 2, 3), kind=VoteKind.APPEAL, director_votes=True),
    Fact(APPLICATION, AppealPutToVote(vote=VOTE)),
)


@pytest.mark.parametrize(
    "given",
    [applied.given(opened(seats(1, 2, 3), director_votes=True)), declined],
    ids=["admission", "appeal"],
)
def test_a_conflict_in_a_vote_on_an_application_is_one_about_that(given: Specification) -> None:
    given.when(says(partner(1))).then(declared(partner(1)), aside(1))
    given.given(declared(partner(1)), aside(1)).when(says(partner(1))).then_nothing()
    given.when(says(None, by_director=True)).then(declared(None), RECUSED, aside(None))
    # Whoever has no vote says it of the application.
    given.when(says(None)).then_refused(RefusalCode.NOT_IN_ELECTORATE, "votes.electorate")
