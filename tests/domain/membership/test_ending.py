"""Applications that end without a decision."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.coalition.vote import Tally, VoteClosed
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    ApplicationDeclined,
    ApplicationPutToVote,
)
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWithdrawn,
    ExpireApplication,
    InformationProvided,
    InformationRequested,
    WithdrawApplication,
)
from domain.terms import AppealOutcome, VoteOutcome
from tests.domain.coalition.votes import VOTE, cast, moot, opened, seats
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    approved,
    founded,
    organisation,
    ready,
    review_started,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Outcome, Specification

TIER = "community-network"
WITHDRAW = WithdrawApplication(application=APPLICATION, reason="We merged with another group.")
WITHDRAWN = Fact(APPLICATION, ApplicationWithdrawn(reason="We merged with another group."))
EXPIRE = ExpireApplication(application=APPLICATION)
EXPIRED = Fact(APPLICATION, ApplicationExpired(deadline="deadlines.application_expiry_days"))
UNANSWERED = Fact(APPLICATION, ApplicationExpired(deadline="deadlines.information_request_days"))
LAST_DAY = TODAY + timedelta(days=CATE.deadlines.application_expiry_days)
DUE = TODAY + timedelta(days=CATE.deadlines.information_request_days)
DAY = timedelta(days=1)

ASKED = Fact(APPLICATION, InformationRequested(due=DUE, question="Which counties?"))
ANSWERED = Fact(APPLICATION, InformationProvided(answer="Both."))

applied = Specification().given(founded(), organisation(), submitted(TIER))
in_review = applied.given(review_started())
asked = in_review.given(ASKED)
whole = Specification().given(founded(), organisation(), ready(TIER))
voting = whole.given(opened(seats(2)), Fact(APPLICATION, ApplicationPutToVote(vote=VOTE)))
undecided = [applied, in_review, asked, whole]
declined = whole.given(Fact(APPLICATION, ApplicationDeclined()))
over = [declined, whole.given(approved()), declined.given(Fact(APPLICATION, AppealFiled()))]


def on(given: Specification, day: date) -> Outcome:
    """Let the application expire on a day."""
    return given.when(EXPIRE, today=day, effective=day)


def closed(outcome: VoteOutcome, *, quorum_met: bool = True) -> Fact:
    none = Tally(approve=0, against=0, abstain=0)
    event = VoteClosed(
        outcome=outcome, quorum_met=quorum_met, threshold_met=True, tally=None, counted=none
    )
    return Fact(VOTE, event)


@pytest.mark.parametrize("given", undecided)
def test_whatever_is_undecided_can_be_withdrawn_once(given: Specification) -> None:
    given.when(WITHDRAW).then(WITHDRAWN)
    given.given(WITHDRAWN).when(WITHDRAW).then_nothing()


def test_a_vote_on_what_is_withdrawn_ends_with_it() -> None:
    voting.when(WITHDRAW).then(WITHDRAWN, moot())
    # What was said stays counted for staff, and decides nothing.
    voting.given(cast(2)).when(WITHDRAW).then(WITHDRAWN, moot((1, 0, 0)))


def test_the_director_writes_down_no_withdrawal_around_a_vote_on_it() -> None:
    whole.when(WITHDRAW, by_director=True).then(WITHDRAWN)
    for given in (voting, voting.given(closed(VoteOutcome.PASSED))):
        given.when(WITHDRAW, by_director=True).then_refused(
            RefusalCode.WRONG_PHASE, "votes.admission"
        )
        given.when(WITHDRAW).then_accepted()
    voting.given(closed(VoteOutcome.FAILED)).when(WITHDRAW, by_director=True).then(WITHDRAWN)


@pytest.mark.parametrize("given", over)
def test_what_is_decided_is_neither_withdrawn_nor_does_it_expire(given: Specification) -> None:
    given.when(WITHDRAW).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    on(given, LAST_DAY + DAY).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_what_nobody_submitted_is_neither_withdrawn_nor_does_it_expire() -> None:
    for command in (WITHDRAW, EXPIRE):
        Specification().given(founded()).when(command).then_refused(
            RefusalCode.INVALID_INPUT, "known-application", field="application"
        )


def test_nothing_is_withdrawn_from_before_it_was_submitted() -> None:
    applied.when(WITHDRAW, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


@pytest.mark.parametrize("given", [applied, in_review, whole])
def test_an_application_expires_the_day_after_the_policys_last_one(given: Specification) -> None:
    rule = "deadlines.application_expiry_days"
    on(given, LAST_DAY).then_refused(RefusalCode.NOT_YET, rule)
    on(given, LAST_DAY + DAY).then(EXPIRED)
    on(given.given(EXPIRED), LAST_DAY + DAY).then_nothing()


def test_an_expiry_does_not_hold_from_a_day_on_which_there_was_still_time() -> None:
    late = LAST_DAY + 10 * DAY
    applied.when(EXPIRE, today=late, effective=LAST_DAY).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    applied.when(EXPIRE, today=late, effective=LAST_DAY + DAY).then(EXPIRED)


def test_a_question_without_an_answer_lets_it_expire_by_its_own_deadline() -> None:
    on(asked, DUE).then_refused(RefusalCode.NOT_YET, "deadlines.information_request_days")
    on(asked, DUE + DAY).then(UNANSWERED)


def test_the_days_of_a_question_do_not_count() -> None:
    answered = asked.given(ANSWERED, on=TODAY + timedelta(days=25))
    on(answered, LAST_DAY + timedelta(days=25)).then_refused(
        RefusalCode.NOT_YET, "deadlines.application_expiry_days"
    )
    on(answered, LAST_DAY + timedelta(days=26)).then(EXPIRED)


def test_who_votes_on_it_is_not_overtaken_by_the_calendar() -> None:
    late = LAST_DAY + DAY
    rule = "votes.admission"
    on(voting, late).then_refused(RefusalCode.WRONG_PHASE, rule)
    # Those who said no are answered by a decline; of too few nobody knows what all would say.
    on(voting.given(closed(VoteOutcome.FAILED)), late).then_refused(RefusalCode.WRONG_PHASE, rule)
    on(voting.given(closed(VoteOutcome.FAILED, quorum_met=False)), late).then(EXPIRED)


def test_what_was_voted_for_is_carried_out_within_as_many_days_again() -> None:
    passed = voting.given(closed(VoteOutcome.PASSED), on=TODAY + 10 * DAY)
    on(passed, LAST_DAY + 10 * DAY).then_refused(
        RefusalCode.NOT_YET, "deadlines.application_expiry_days"
    )
    on(passed, LAST_DAY + 11 * DAY).then(EXPIRED)


@pytest.mark.parametrize("outcome", [VoteOutcome.PASSED, VoteOutcome.FAILED])
def test_a_question_without_an_answer_ends_it_whatever_was_voted(outcome: VoteOutcome) -> None:
    # Where the last reviewer stands aside, what is complete is reviewed again.
    unanswered = voting.given(closed(outcome), review_started()[-1], ASKED)
    on(unanswered, DUE).then_refused(RefusalCode.NOT_YET, "deadlines.information_request_days")
    on(unanswered, DUE + DAY).then(UNANSWERED)


def test_after_an_overturned_decline_the_clock_starts_anew() -> None:
    overturned = declined.given(
        Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")),
        Fact(APPLICATION, AppealDecided(outcome=AppealOutcome.OVERTURNED, vote=VOTE)),
        on=LAST_DAY,
    )
    on(overturned, LAST_DAY + DAY).then_refused(
        RefusalCode.NOT_YET, "deadlines.application_expiry_days"
    )
