"""Who has a vote that is open, and a conflict of interest, stands aside whatever it is about."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.coalition.vote import CloseVote, OpenVote
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealFiled,
    AppealPutToVote,
    ApplicationDeclined,
    ApplicationPutToVote,
)
from domain.membership.contest import DecideAppeal
from domain.membership.membership import AdmitMember
from domain.membership.review import ConflictDeclared, DeclareConflict, ReviewerRecused
from domain.membership.standing import (
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    TerminateMembership,
)
from domain.policy import VoteKind
from domain.terms import AppealOutcome, BallotsId, PartyId, PrincipalId, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    BALLOTS,
    DIRECTOR,
    GROUNDS,
    LATER,
    VOTE,
    aside,
    ask,
    cast,
    closed,
    member,
    moot,
    opened,
    partner,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.deciding.cases import DIRECTS
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    LANTERN,
    MEMBER,
    MEMBERSHIP,
    PARTNER,
    REVIEW,
    admitted,
    founded,
    organisation,
    policy_with,
    ready,
)
from tests.domain.membership.standings import lifted, suspended
from tests.domain.specification import Specification
from tests.domain.world import an_id

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


LATER_BALLOTS = BallotsId(an_id("its later ballots"))


def again(kind: VoteKind, *, by_fallback: bool = False, **about: Any) -> OpenVote:  # noqa: ANN401
    """Return that the same is asked once more."""
    given = ask(kind, by_fallback=by_fallback, **({"application": None} | about))
    return replace(given, vote=LATER, ballots=LATER_BALLOTS)


def opening(asked: list[Fact]) -> Fact:
    """Return the opening of the later vote."""
    return Fact(LATER, replace(asked[0].event, ballots=LATER_BALLOTS))


ENDING: dict[str, Any] = {"kind": VoteKind.TERMINATION, "membership": seat(2)}
POLICY: dict[str, Any] = {"kind": VoteKind.POLICY, "proposal": SECOND}
ABOUT: list[dict[str, Any]] = [ENDING, POLICY]


@pytest.mark.parametrize("about", ABOUT, ids=["termination", "policy"])
def test_what_all_have_left_is_asked_again_of_the_others_or_of_the_fallback(
    about: dict[str, Any],
) -> None:
    ends = about is ENDING
    policy = None if ends else SECOND
    voters, by_rule = (seats(1, 3), seats(2)) if ends else (seats(1, 2, 3), [])
    gone = [left(each) for each in (1, 3)] + ([] if ends else [left(2)])
    held = coalition.given(opened(voters, by_rule, application=None, **about), cast(1), *gone)
    held.when(CloseVote(vote=VOTE)).then(moot())
    over = held.given(moot())
    over.when(again(**about), policy=policy).then_refused(
        RefusalCode.EMPTY_ELECTORATE, f"votes.{about['kind']}.electorate", field="byFallback"
    )
    alone = opened(
        [], seats(1, 2, 3), application=None, director_votes=True, by_fallback=True, **about
    )
    over.when(again(**about, by_fallback=True), policy=policy).then(opening(alone))
    # Who has come since has had no part in it.
    more = over.given(member(4))
    more.when(again(**about), policy=policy).then(
        opening(opened(seats(4), seats(1, 2, 3), application=None, **about))
    )


def test_nobody_is_ended_by_a_vote_that_all_have_left() -> None:
    end = TerminateMembership(membership=seat(2), vote=VOTE, clauses=GROUNDS, reason="As found.")
    held = coalition.given(
        opened(seats(1, 3), seats(2), application=None, **ENDING), left(1), left(3), moot()
    )
    held.when(end).then_refused(RefusalCode.VOTE_FAILED, "votes.termination")


def test_what_failed_while_somebody_voted_is_asked_of_all_again() -> None:
    held = coalition.given(
        opened(seats(1, 3), seats(2), application=None, **ENDING),
        left(1),
        closed(VoteOutcome.FAILED, quorum_met=False),
    )
    held.when(again(**ENDING)).then(
        opening(opened(seats(1, 3), seats(2), application=None, **ENDING))
    )


SUSPENDED = coalition.given(organisation(), admitted(MEMBER), suspended()).given(
    Fact(MEMBERSHIP, StandingAppealFiled(grounds="The books were in order.")),
    opened(
        seats(1, 2, 3),
        kind=VoteKind.APPEAL,
        application=None,
        membership=MEMBERSHIP,
        membership_version=3,
    ),
    Fact(MEMBERSHIP, StandingAppealPutToVote(vote=VOTE)),
)


def test_an_appeal_is_not_decided_by_nobody_and_is_put_to_a_vote_again() -> None:
    decide = DecideAppeal(membership=MEMBERSHIP)
    gone = SUSPENDED.given(left(1), left(2), left(3))
    gone.when(CloseVote(vote=VOTE)).then(moot())
    over = gone.given(moot())
    over.when(decide).then_refused(RefusalCode.VOTE_REQUIRED, "appeal.vote")
    appeal = again(VoteKind.APPEAL, membership=MEMBERSHIP)
    over.when(appeal).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.appeal.electorate", field="byFallback"
    )
    # The director suspended it.
    over.when(replace(appeal, by_fallback=True)).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.appeal.fallback"
    )
    put = Fact(MEMBERSHIP, StandingAppealPutToVote(vote=LATER))
    asked = opening(
        opened(
            seats(4),
            seats(1, 2, 3),
            kind=VoteKind.APPEAL,
            application=None,
            membership=MEMBERSHIP,
            membership_version=4,
        )
    )
    more = over.given(member(4))
    more.when(appeal).then(asked, put)
    # That one counts then, and there is no third.
    passed = Fact(LATER, closed(VoteOutcome.PASSED).event)
    held = more.given(asked, put)
    held.when(decide).then_refused(RefusalCode.VOTE_REQUIRED, "appeal.vote")
    third = replace(appeal, vote=VoteId(an_id("a third")), ballots=BallotsId(an_id("third")))
    held.when(third).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    held.given(passed).when(third).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    held.given(passed).when(decide).then(
        Fact(MEMBERSHIP, StandingAppealDecided(outcome=AppealOutcome.OVERTURNED, vote=LATER)),
        lifted(None),
    )


def test_an_admission_is_not_decided_by_nobody() -> None:
    asked = applied.given(
        opened(seats(1, 2, 3)),
        *(fact for each in (1, 2, 3) for fact in (declared(partner(each)), aside(each))),
        moot(),
    )
    admit = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
    asked.when(admit).then_refused(RefusalCode.VOTE_FAILED, "votes.admission")
    once_more = again(VoteKind.ADMISSION, application=APPLICATION)
    asked.when(once_more).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.admission.electorate", field="byFallback"
    )
    alone = opened([], seats(1, 2, 3), director_votes=True, by_fallback=True)
    put = Fact(APPLICATION, ApplicationPutToVote(vote=LATER))
    asked.when(replace(once_more, by_fallback=True)).then(opening(alone), put)


def test_the_fallback_is_refused_where_the_director_stands_aside_too() -> None:
    alone = Specification().given(founded(seats=8), organisation(), ready(PARTNER))
    recused = replace(RECUSED.event, reviewer=DIRECTS)
    alone.given(Fact(REVIEW, recused)).when(ask(by_fallback=True)).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.admission.fallback"
    )
    policy = again(**POLICY, by_fallback=True)
    left_it = coalition.given(
        opened([], seats(1, 2, 3), application=None, director_votes=True, **POLICY),
        left(None),
        moot(),
    )
    left_it.when(policy, policy=SECOND).then_refused(
        RefusalCode.EMPTY_ELECTORATE,
        "votes.policy.fallback",
        because="or a director without one",
    )
