"""Declining an application: by which clauses, and when."""

from __future__ import annotations

from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationDeclined
from domain.membership.membership import DeclineApplication
from domain.membership.requirements import unmet_clause
from domain.membership.review import DeclineExplained, RequirementFound, StandardAssessed
from domain.policy import RequirementKind
from domain.terms import Assessment, VoteOutcome
from tests.domain.coalition.votes import closed, opened, passed, seats
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    PARTNER,
    REVIEW,
    SHARE,
    assessed,
    found_met,
    founded,
    organisation,
    policy_with,
    ready,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import Specification

coalition = Specification().given(founded(seats=2), organisation())
STANDARD = "provider.trauma-informed"
UNFIT = StandardAssessed(standard=STANDARD, assessment=Assessment.DOES_NOT_MEET, note=None)
MET = f"{PARTNER}.executive"
DECLINE = DeclineApplication(
    application=APPLICATION, clauses=[SHARE, STANDARD, SHARE], note="Too few."
)
EXPLAINED = Fact(REVIEW, DeclineExplained(clauses=[SHARE, STANDARD], note="Too few."))
DECLINED = Fact(APPLICATION, ApplicationDeclined())
in_review = coalition.given(submitted(PARTNER), review_started())


def test_an_application_is_declined_by_clauses_each_named_once() -> None:
    in_review.when(DECLINE).then(EXPLAINED, DECLINED)
    coalition.given(ready(PARTNER)).when(DECLINE).then(EXPLAINED, DECLINED)


def test_declining_for_the_same_reasons_again_changes_nothing() -> None:
    in_review.given(EXPLAINED, DECLINED).when(DECLINE).then_nothing()


def test_a_declined_application_is_not_declined_for_other_reasons() -> None:
    in_review.given(EXPLAINED, DECLINED).when(replace(DECLINE, note=None)).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="declined"
    )


def test_an_application_is_not_declined_unread() -> None:
    coalition.given(submitted(PARTNER)).when(DECLINE).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="in review, reviewed"
    )


def test_an_application_that_nobody_made_is_not_declined() -> None:
    coalition.when(DECLINE).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


def test_an_application_is_not_declined_before_it_was_made() -> None:
    in_review.when(DECLINE, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_a_decline_names_at_least_one_clause() -> None:
    in_review.when(replace(DECLINE, clauses=[])).then_refused(
        RefusalCode.INVALID_INPUT, "reasons-by-requirement", field="clauses", because=SHARE
    )


def test_a_decline_names_clauses_of_the_tier_only() -> None:
    command = replace(DECLINE, clauses=[SHARE, "ally-network.support"])
    in_review.when(command).then_refused(
        RefusalCode.INVALID_INPUT, "known-clauses", field="clauses", because="ally-network.support"
    )


def test_where_the_policy_no_longer_has_the_tier_the_tier_is_the_clause() -> None:
    gone = in_review.under(policy_with((PARTNER, "founding-partner")))
    gone.when(DECLINE).then_refused(
        RefusalCode.INVALID_INPUT, "known-clauses", field="clauses", because=PARTNER
    )
    gone.when(replace(DECLINE, clauses=[PARTNER], note=None)).then(
        Fact(REVIEW, DeclineExplained(clauses=[PARTNER], note=None)), DECLINED
    )


def test_each_clause_says_what_is_missing_and_what_would_satisfy_it() -> None:
    satisfied = {
        each.kind: unmet_clause(each.id, tier.id, CATE).satisfied_by
        for tier in CATE.tiers
        for each in tier.requirements
    }
    assert satisfied == {
        RequirementKind.PARTY_TYPE: "A party of a type that the tier admits.",
        RequirementKind.EIN_DETERMINATION: (
            "An EIN, with a determination that a reviewer verifies."
        ),
        RequirementKind.POPULATION_SHARE: (
            "An attested share of at least 75 %, with evidence that shows it."
        ),
        RequirementKind.EVIDENCE: "Evidence in which a reviewer sees it.",
        RequirementKind.COMMITMENT: "An application from which a reviewer sees it.",
    }
    share, standard = (unmet_clause(each, PARTNER, CATE) for each in (SHARE, STANDARD))
    assert (share.clause, share.message[:13]) == (SHARE, "Not found met")
    assert (standard.clause, standard.message) == (
        STANDARD,
        "Neither exhibited nor worked towards: Trauma Informed.",
    )
    assert "improvement plan" in standard.satisfied_by


def test_of_a_tier_that_is_gone_it_says_so() -> None:
    gone = unmet_clause("gone", "gone", CATE)
    assert (gone.message, gone.satisfied_by) == (
        "cate@1 has no such tier.",
        "An application to another tier.",
    )


def test_a_vote_that_said_yes_is_no_way_around_a_clause_that_is_not_met() -> None:
    # Otherwise it could be neither admitted nor declined.
    lacking = coalition.given(
        submitted(PARTNER),
        review_started(),
        found_met(PARTNER, but=SHARE),
        assessed(PARTNER, but=STANDARD),
        Fact(REVIEW, RequirementFound(requirement=SHARE, met=False, note=None)),
        Fact(REVIEW, UNFIT),
        reviewed(),
    )
    only = replace(DECLINE, clauses=[SHARE, STANDARD])
    lacking.given(passed()).when(only).then(EXPLAINED, DECLINED)
    lacking.given(passed()).when(replace(only, clauses=[SHARE, MET])).then_refused(
        RefusalCode.WRONG_PHASE, "votes.admission", because="passed"
    )
    lacking.given(opened(seats(1))).when(only).then_refused(
        RefusalCode.WRONG_PHASE, "votes.admission", because="open until"
    )
    gone = lacking.given(passed()).under(policy_with((PARTNER, "founding-partner")))
    gone.when(replace(DECLINE, clauses=[PARTNER], note=None)).then(
        Fact(REVIEW, DeclineExplained(clauses=[PARTNER], note=None)), DECLINED
    )


def test_what_nobody_has_looked_at_is_no_reason_against_a_vote_that_said_yes() -> None:
    new = f'id = "{PARTNER}.executive"'
    asks_more = policy_with((new, new.replace("executive", "leader")))
    voted_in = coalition.given(ready(PARTNER), passed()).under(asks_more)
    only = replace(DECLINE, clauses=[f"{PARTNER}.leader"])
    voted_in.when(only).then_refused(RefusalCode.WRONG_PHASE, "votes.admission")
    unmet = RequirementFound(requirement=f"{PARTNER}.leader", met=False, note=None)
    voted_in.given(Fact(REVIEW, unmet)).when(only).then_accepted()


def test_a_no_needs_no_vote() -> None:
    coalition.given(ready(PARTNER)).when(DECLINE).then(EXPLAINED, DECLINED)
    coalition.given(ready(PARTNER), opened(seats(1)), closed(VoteOutcome.FAILED)).when(
        DECLINE
    ).then(EXPLAINED, DECLINED)
