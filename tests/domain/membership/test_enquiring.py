"""Asking the applicant: the clock stands still, and nothing overlaps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationDeclined, AttachEvidence, EvidenceAttached
from domain.membership.review import RecordFinding, RecuseReviewer, ReviewerRecused
from domain.membership.waiting import (
    ApplicationWithdrawn,
    InformationProvided,
    InformationRequested,
    ProvideInformation,
    RequestInformation,
)
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    REVIEW,
    REVIEWER,
    founded,
    organisation,
    ready,
    review_started,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import World

TIER = "community-network"
ASK = RequestInformation(application=APPLICATION, question="Which counties?")
ANSWER = ProvideInformation(application=APPLICATION, answer="Both.")
DUE = TODAY + timedelta(days=CATE.deadlines.information_request_days)
ASKED = Fact(APPLICATION, InformationRequested(due=DUE, question="Which counties?"))
ANSWERED = Fact(APPLICATION, InformationProvided(answer="Both."))

applied = Specification().given(founded(), organisation(), submitted(TIER))
in_review = applied.given(review_started())


@pytest.mark.parametrize("given", [applied, in_review])
def test_whoever_looks_at_an_application_asks_for_what_is_missing(given: Specification) -> None:
    given.when(ASK).then(ASKED)
    given.given(ASKED).when(ANSWER).then(ANSWERED)


def test_the_same_question_twice_is_asked_once() -> None:
    in_review.given(ASKED).when(ASK).then_nothing()
    in_review.given(ASKED, ANSWERED).when(ASK).then(ASKED)


def test_one_thing_is_asked_at_a_time() -> None:
    another = RequestInformation(application=APPLICATION, question="Since when?")
    in_review.given(ASKED).when(another).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_what_is_reviewed_or_over_is_asked_nothing() -> None:
    whole = Specification().given(founded(), organisation(), ready(TIER))
    for given in (
        whole,
        whole.given(Fact(APPLICATION, ApplicationDeclined())),
        applied.given(Fact(APPLICATION, ApplicationWithdrawn(reason=None))),
    ):
        given.when(ASK).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_who_was_not_asked_does_not_answer() -> None:
    in_review.when(ANSWER).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    in_review.given(ASKED, ANSWERED).when(ANSWER).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_what_nobody_submitted_is_neither_asked_about_nor_answered_for() -> None:
    for command in (ASK, ANSWER):
        Specification().given(founded()).when(command).then_refused(
            RefusalCode.INVALID_INPUT, "known-application", field="application"
        )


def test_two_pauses_do_not_overlap() -> None:
    for given, command in (
        (in_review, ASK),
        (in_review.given(ASKED), ANSWER),
        (in_review.given(ASKED, ANSWERED), ASK),
    ):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def test_an_answer_that_is_late_counts_while_the_application_is_not_ended() -> None:
    late = DUE + timedelta(days=10)
    in_review.given(ASKED).when(ANSWER, today=late, effective=late).then(ANSWERED)


def test_while_an_answer_is_awaited_the_applicant_attaches_and_nobody_finds() -> None:
    requirement = f"{TIER}.interest"
    attach = AttachEvidence(application=APPLICATION, requirement=requirement, description="A map.")
    waiting = in_review.given(ASKED)
    find = RecordFinding(application=APPLICATION, requirement=requirement, met=True)
    waiting.when(find).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    attached = EvidenceAttached(
        requirement=None, clause=requirement, description="A map.", sha256=None
    )
    waiting.when(attach).then(Fact(APPLICATION, attached))


def test_a_reviewer_may_be_recused_while_an_answer_is_awaited() -> None:
    recused = ReviewerRecused(application=APPLICATION, reviewer=REVIEWER, reason=None)
    in_review.given(ASKED).when(RecuseReviewer(application=APPLICATION, reviewer=REVIEWER)).then(
        Fact(REVIEW, recused)
    )


@pytest.mark.parametrize("started", [False, True])
def test_an_answer_lets_the_application_go_on_where_it_was(started: bool) -> None:  # noqa: FBT001
    world = World()
    world.append([*founded(), organisation(), submitted(TIER)], TODAY)
    if started:
        world.append(review_started(), TODAY)
    before = world.application(APPLICATION)
    world.append([ASKED], TODAY + timedelta(days=3))
    world.append([ANSWERED], TODAY + timedelta(days=8))
    world.append([ASKED], TODAY + timedelta(days=20))
    world.append([ANSWERED], TODAY + timedelta(days=21))
    after = world.application(APPLICATION)
    assert after.phase is before.phase
    assert after.clock.paused_days == 6
    assert after.question is None
    assert after.clock.days(TODAY + timedelta(days=30)) == 24


def test_the_clock_stands_still_while_an_answer_is_awaited() -> None:
    world = World()
    world.append([*founded(), organisation(), submitted(TIER)], TODAY)
    world.append([ASKED], TODAY + timedelta(days=3))
    clock = world.application(APPLICATION).clock
    assert [clock.days(TODAY + timedelta(days=day)) for day in (0, 2, 3, 9)] == [0, 2, 3, 3]
