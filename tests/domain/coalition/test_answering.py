"""Whom a vote may end says what it has to say to those who vote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.vote import AnswerTermination, TerminationAnswered
from domain.decision import Fact, RefusalCode
from domain.terms import VoteId, VoteOutcome
from tests.domain.coalition.votes import CLOSES, VOTE, closed, opened, partners, seats
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    MEMBER,
    MEMBER_AGREEMENT,
    admitted,
    founded,
    organisation,
    published,
    ready,
    signed,
)
from tests.domain.membership.standings import put_to_vote, withdrawn
from tests.domain.specification import Specification

ANSWER = AnswerTermination(vote=VOTE, answer="We tell everybody whom we refer to.")
AGAIN = replace(ANSWER, answer="We have told everybody since.")
ANSWERED = Fact(VOTE, TerminationAnswered(answer=ANSWER.answer))

coalition = Specification().given(founded(seats=3), organisation(), partners(2))
active = coalition.given(published(MEMBER_AGREEMENT), admitted(MEMBER), signed(MEMBER_AGREEMENT))
voting = active.given(put_to_vote())


def test_the_member_answers_until_the_last_day_of_the_vote() -> None:
    voting.when(ANSWER).then(ANSWERED)
    voting.when(ANSWER, today=CLOSES, effective=CLOSES).then(ANSWERED)
    late = CLOSES + timedelta(days=1)
    voting.when(ANSWER, today=late, effective=late).then_refused(
        RefusalCode.WRONG_PHASE, "votes.open"
    )


def test_what_is_said_last_counts_and_the_same_again_is_said_already() -> None:
    answered = voting.given(ANSWERED)
    answered.when(ANSWER).then_nothing()
    answered.when(AGAIN).then(Fact(VOTE, TerminationAnswered(answer=AGAIN.answer)))


@pytest.mark.parametrize("outcome", [VoteOutcome.PASSED, VoteOutcome.FAILED, VoteOutcome.MOOT])
def test_nobody_answers_what_is_closed(outcome: VoteOutcome) -> None:
    voting.given(closed(outcome)).when(ANSWER).then_refused(RefusalCode.WRONG_PHASE, "votes.open")


def test_who_has_left_has_nothing_to_answer() -> None:
    voting.given(withdrawn()).when(ANSWER).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_an_answer_is_of_the_day_on_which_it_is_given() -> None:
    voting.when(ANSWER, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date.today", field="effectiveOn"
    )


def test_a_vote_that_ends_no_membership_is_not_answered() -> None:
    coalition.given(ready(MEMBER), opened(seats(1, 2))).when(ANSWER).then_refused(
        RefusalCode.INVALID_INPUT, "known-vote", field="vote"
    )
    voting.when(replace(ANSWER, vote=VoteId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-vote", field="vote"
    )
