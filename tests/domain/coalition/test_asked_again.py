"""A vote that said no is not asked again at once, and one that passed does not hold for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.vote import OpenVote, VoteOpened
from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationReviewed
from domain.membership.review import RecordReview, ReviewRecorded
from domain.membership.standing import ReinstateMembership, TerminateMembership
from domain.policy import VoteKind
from domain.terms import BallotsId, Recommendation, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    LATER,
    OPTIONAL,
    VOTE,
    ask,
    closed,
    moot,
    opened,
    partners,
    seats,
)
from tests.domain.examples import (
    APPLICATION,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    REVIEW,
    admitted,
    founded,
    organisation,
    published,
    ready,
    signed,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    put_to_vote,
    reinstated,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

NO = VoteOutcome.FAILED
OTHER = "provider.trauma-informed"
APPEAL_OVER = TODAY + timedelta(days=CATE.deadlines.appeal_window_days)
MANDATE_OVER = TODAY + timedelta(days=CATE.deadlines.application_expiry_days)
DAY = timedelta(days=1)

coalition = Specification().given(founded(seats=3), organisation(), partners(2))
asked = coalition.given(ready(MEMBER), opened(seats(1, 2)))
refused = asked.given(closed(NO))
active = coalition.given(published(MEMBER_AGREEMENT), admitted(MEMBER), signed(MEMBER_AGREEMENT))


def again(kind: VoteKind = VoteKind.ADMISSION, **about: object) -> OpenVote:
    """Return the command that asks by a later vote, for its longest."""
    question = replace(
        ask(kind), vote=LATER, ballots=BallotsId(an_id("later")), closes_on=MANDATE_OVER
    )
    return replace(question, **about)


END = again(VoteKind.TERMINATION, application=None, membership=MEMBERSHIP, clauses=[CLAUSE])
RETURN = again(application=None, membership=MEMBERSHIP)
RETURN_LATE = replace(RETURN, closes_on=MANDATE_OVER + 2 * DAY)
BY_VOTE = ReinstateMembership(membership=MEMBERSHIP, vote=VOTE)
SAY = RecordReview(
    application=APPLICATION, recommendation=Recommendation.ADMIT, reasons="They have trained since."
)
SAID = [
    Fact(REVIEW, ReviewRecorded(recommendation=SAY.recommendation, reasons=SAY.reasons)),
    Fact(APPLICATION, ApplicationReviewed()),
]


def test_who_said_no_to_an_application_is_asked_again_after_another_recommendation() -> None:
    refused.when(again()).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    refused.when(SAY).then(*SAID)
    refused.given(SAID).when(again()).then_accepted()
    # Word for word the same is none.
    refused.given(SAID).when(SAY).then_nothing()


@pytest.mark.parametrize("outcome", [closed(NO, quorum_met=False), moot()])
def test_what_too_few_voted_on_is_asked_again_at_once(outcome: Fact) -> None:
    asked.given(outcome).when(again()).then_accepted()
    asked.given(outcome).when(SAY).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_what_nobody_was_asked_and_what_passed_is_recommended_once() -> None:
    for given in (coalition.given(ready(MEMBER)), asked, asked.given(closed(VoteOutcome.PASSED))):
        given.when(SAY).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_to_end_a_membership_is_asked_again_after_days_or_for_other_clauses() -> None:
    held = active.given(voted(NO))
    held.when(END, today=APPEAL_OVER, effective=APPEAL_OVER).then_refused(
        RefusalCode.NOT_YET, "votes.once", because=str(TODAY)
    )
    held.when(END, today=APPEAL_OVER + DAY, effective=APPEAL_OVER + DAY).then_accepted()
    held.when(replace(END, clauses=[CLAUSE, OTHER])).then_accepted()
    active.given(put_to_vote(), closed(NO, quorum_met=False)).when(END).then_accepted()
    # Once it came back, it is another question.
    active.given(voted(NO), withdrawn(), reinstated()).when(END).then_accepted()


def said_no(clauses: list[str], name: str) -> list[Fact]:
    """Return that a vote on ending the membership for some clauses failed."""
    vote = VoteId(an_id(name))
    (question,) = put_to_vote(vote=vote)
    assert isinstance(question.event, VoteOpened)
    return [Fact(vote, replace(question.event, clauses=clauses)), closed(NO, vote=vote)]


def test_what_was_asked_before_something_else_is_not_asked_again_before_as_many_days() -> None:
    both = active.given(said_no([CLAUSE], "one"), said_no([OTHER], "two"))
    for clauses in ([CLAUSE], [OTHER], [CLAUSE, OTHER]):
        both.when(replace(END, clauses=clauses)).then_refused(
            RefusalCode.NOT_YET, "votes.once", because=str(TODAY)
        )
    both.when(END, today=APPEAL_OVER + DAY, effective=APPEAL_OVER + DAY).then_accepted()
    both.when(replace(END, clauses=[OTHER, "provider.client-centered"])).then_accepted()
    # Nor is what nobody counted a question in between.
    moot = active.given(said_no([CLAUSE], "one"), put_to_vote(), closed(NO, quorum_met=False))
    moot.when(END).then_refused(RefusalCode.NOT_YET, "votes.once")


def test_the_days_run_from_the_last_no_on_each_clause() -> None:
    one = active.given(said_no([CLAUSE], "one"))
    later = one.given(said_no([CLAUSE, OTHER], "two"), on=APPEAL_OVER)
    later.when(END, today=APPEAL_OVER + DAY, effective=APPEAL_OVER + DAY).then_refused(
        RefusalCode.NOT_YET, "votes.once", because=str(APPEAL_OVER)
    )


def test_a_no_of_which_the_clauses_are_not_known_was_on_any() -> None:
    active.given(said_no([], "one")).when(END).then_refused(RefusalCode.NOT_YET, "votes.once")


def test_who_left_is_not_voted_on_anew_before_as_many_days() -> None:
    left = active.given(withdrawn(), voted(NO, VoteKind.ADMISSION, 4))
    left.when(RETURN).then_refused(RefusalCode.NOT_YET, "votes.once")
    left.when(RETURN, today=APPEAL_OVER + DAY, effective=APPEAL_OVER + DAY).then_accepted()


def test_what_passed_long_ago_neither_ends_a_membership_nor_brings_it_back() -> None:
    passed = active.given(voted())
    end = TerminateMembership(membership=MEMBERSHIP, vote=VOTE, clauses=[CLAUSE], reason=REASON)
    passed.when(end, today=MANDATE_OVER, effective=MANDATE_OVER).then(terminated())
    late = MANDATE_OVER + DAY
    passed.when(end, today=late, effective=late).then_refused(
        RefusalCode.WRONG_PHASE, "votes.termination", because=f"carried out by {MANDATE_OVER}"
    )
    passed.when(replace(END, closes_on=late), today=MANDATE_OVER).then_refused(
        RefusalCode.WRONG_PHASE, "votes.once"
    )
    asking = replace(END, closes_on=late + DAY)
    passed.when(asking, today=late, effective=late).then_accepted()
    left = active.given(withdrawn(), voted(kind=VoteKind.ADMISSION, version=4))
    for command in (BY_VOTE, replace(BY_VOTE, vote=None)):
        left.when(command, today=late, effective=late).then_refused(
            RefusalCode.WRONG_PHASE, "votes.admission", because=f"carried out by {MANDATE_OVER}"
        )
    # Where the policy asks for no vote, it comes back without one.
    alone = left.under(OPTIONAL).when(replace(BY_VOTE, vote=None), today=late, effective=late)
    alone.then_accepted()
    left.when(RETURN_LATE, today=late, effective=late).then_accepted()
