"""Files of evidence that are deleted: by whom, when, and once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    ApplicationDeclined,
    AttachEvidence,
    EvidenceAttached,
)
from domain.membership.evidence_files import (
    DeleteEvidenceFile,
    DeleteEvidenceFiles,
    EvidenceFileDeleted,
)
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
)
from domain.terms import AppealOutcome
from tests.domain.coalition.votes import VOTE
from tests.domain.examples import (
    APPLICATION,
    FIRST_TEXT,
    PARTNER,
    REVIEW,
    SECOND_TEXT,
    approved,
    founded,
    organisation,
    ready,
    review_started,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Outcome, Specification
from tests.domain.world import an_id

TIER = "community-network"
WINDOW = timedelta(days=CATE.deadlines.appeal_window_days)
DAY = timedelta(days=1)
SENT = [(APPLICATION, FIRST_TEXT)]
BOTH = [*SENT, (APPLICATION, SECOND_TEXT)]
DELETE = DeleteEvidenceFile(
    application=APPLICATION, sha256=FIRST_TEXT, reason="It names somebody whom we help."
)
CLEAR = DeleteEvidenceFiles(application=APPLICATION)

applied = Specification().given(founded(), organisation(), submitted(TIER))
whole = Specification().given(founded(), organisation(), ready(TIER))
declined = whole.given(Fact(APPLICATION, ApplicationDeclined()))
appealed = declined.given(Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")))
withdrawn = applied.given(Fact(APPLICATION, ApplicationWithdrawn(reason=None)))
expired = applied.given(
    Fact(APPLICATION, ApplicationExpired(deadline="deadlines.application_expiry_days"))
)
waitlisted = whole.given(Fact(APPLICATION, ApplicationWaitlisted(clauses=["x"])))
UPHELD = Fact(APPLICATION, AppealDecided(outcome=AppealOutcome.UPHELD, vote=VOTE))


def gone(sha256: str, reason: str | None = None) -> Fact:
    return Fact(
        REVIEW,
        EvidenceFileDeleted(
            application=APPLICATION, file=sha256[:32], sha256=sha256, reason=reason
        ),
    )


GONE = gone(FIRST_TEXT, DELETE.reason)


def cleared(given: Specification, day: date) -> Outcome:
    return given.when(CLEAR, files=BOTH, today=day, effective=day)


@pytest.mark.parametrize("given", [applied, applied.given(review_started()), withdrawn, expired])
def test_a_file_is_deleted_once_whatever_it_is_attached_to(given: Specification) -> None:
    given.when(DELETE, files=SENT).then(GONE)
    given.given(GONE).when(DELETE, files=SENT).then_nothing()


def test_what_was_decided_keeps_no_file_from_who_gave_it() -> None:
    for given in (declined, whole.given(approved())):
        given.when(DELETE, files=SENT).then(GONE)


@pytest.mark.parametrize("given", [whole, waitlisted, appealed])
def test_what_a_recommendation_rests_on_is_deleted_by_the_director_alone(
    given: Specification,
) -> None:
    given.when(DELETE, files=SENT).then_refused(RefusalCode.WRONG_PHASE, "evidence.relied-on")
    given.when(DELETE, files=SENT, by_director=True).then(GONE)


def test_nobody_deletes_what_is_not_kept() -> None:
    for sent in ([], [(APPLICATION, SECOND_TEXT)], [(an_id("another"), FIRST_TEXT)]):
        applied.when(DELETE, files=sent).then_refused(
            RefusalCode.INVALID_INPUT, "evidence.file", field="sha256"
        )
    Specification().given(founded()).when(DELETE, files=SENT).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


def test_a_file_is_deleted_today_and_on_no_day_before() -> None:
    later = TODAY + WINDOW + DAY
    for command in (DELETE, CLEAR):
        withdrawn.when(command, files=SENT, today=later, effective=TODAY).then_refused(
            RefusalCode.TOO_EARLY, "effective-date.today", field="effectiveOn"
        )


def test_a_file_that_is_deleted_is_attached_no_more() -> None:
    attach = AttachEvidence(
        application=APPLICATION,
        requirement=f"{PARTNER}.executive",
        description="A letter.",
        sha256=FIRST_TEXT,
    )
    given = Specification().given(founded(), organisation(), submitted(PARTNER))
    given.when(attach, files=SENT).then_accepted()
    given.given(GONE).when(attach, files=SENT).then_refused(
        RefusalCode.INVALID_INPUT, "evidence.file", field="sha256"
    )
    attached = EvidenceAttached(
        requirement=attach.requirement, description="A letter.", sha256=FIRST_TEXT
    )
    given.given(Fact(APPLICATION, attached), GONE).when(attach, files=SENT).then_nothing()


@pytest.mark.parametrize("given", [declined, withdrawn, expired])
def test_what_came_to_nothing_keeps_its_files_for_the_days_of_an_appeal(
    given: Specification,
) -> None:
    cleared(given, TODAY + WINDOW).then_refused(RefusalCode.NOT_YET, "deadlines.appeal_window_days")
    cleared(given, TODAY + WINDOW + DAY).then(gone(FIRST_TEXT), gone(SECOND_TEXT))
    left = given.given(GONE)
    cleared(left, TODAY + WINDOW + DAY).then(gone(SECOND_TEXT))
    cleared(left.given(gone(SECOND_TEXT)), TODAY + WINDOW + DAY).then_nothing()
    given.when(CLEAR).then_nothing()


def test_the_days_begin_again_when_an_appeal_is_decided() -> None:
    later = TODAY + WINDOW
    upheld = appealed.given(UPHELD, on=later)
    cleared(upheld, later + WINDOW).then_refused(
        RefusalCode.NOT_YET, "deadlines.appeal_window_days"
    )
    cleared(upheld, later + WINDOW + DAY).then_accepted()


@pytest.mark.parametrize("given", [applied, whole, appealed, waitlisted, whole.given(approved())])
def test_what_is_under_way_or_was_approved_keeps_its_files(given: Specification) -> None:
    cleared(given, TODAY + 10 * WINDOW).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_a_file_that_was_sent_again_is_another_one() -> None:
    again = replace(DELETE, reason=None)
    earlier = Fact(
        REVIEW,
        EvidenceFileDeleted(
            application=APPLICATION, file=an_id("before"), sha256=FIRST_TEXT, reason=None
        ),
    )
    applied.given(earlier).when(again, files=SENT).then(gone(FIRST_TEXT))
