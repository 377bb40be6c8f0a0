"""What an applicant gives to show that a requirement is met."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    ApplicationDeclined,
    AttachEvidence,
    AttestPopulationShare,
    EvidenceAttached,
)
from domain.membership.review import RequirementFound
from domain.terms import ApplicationId
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FIRST_TEXT,
    PARTNER,
    REVIEW,
    SECOND_TEXT,
    SHARE,
    attested,
    founded,
    organisation,
    policy_with,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

application = Specification().given(founded(), organisation(), submitted(PARTNER))

ATTACH = AttachEvidence(
    application=APPLICATION,
    requirement=f"{PARTNER}.executive",
    description="A letter that names the executive leader.",
    sha256=FIRST_TEXT,
)
ATTACHED = Fact(
    APPLICATION,
    EvidenceAttached(
        requirement=None,
        clause=ATTACH.requirement,
        description=ATTACH.description,
        sha256=FIRST_TEXT,
    ),
)
SENT = [(APPLICATION, FIRST_TEXT)]
ATTEST = AttestPopulationShare(
    application=APPLICATION,
    requirement=SHARE,
    numerator=80,
    denominator=100,
    basis="people served",
    period_start=date(2025, 1, 1),
    period_end=date(2025, 12, 31),
)
# How the two commands name what they are about.
COMMANDS = [ATTACH, ATTEST]


def test_evidence_is_attached_to_a_requirement() -> None:
    application.when(ATTACH, files=SENT).then(ATTACHED)


def test_evidence_may_be_attached_during_the_review() -> None:
    application.given(review_started()).when(ATTACH, files=SENT).then(ATTACHED)


def test_attaching_the_same_again_changes_nothing() -> None:
    application.given(ATTACHED).when(ATTACH).then_nothing()


def test_a_file_that_nobody_sent_for_the_application_is_not_attached() -> None:
    for sent in ([], [(APPLICATION, SECOND_TEXT)], [(an_id("another"), FIRST_TEXT)]):
        application.when(ATTACH, files=sent).then_refused(
            RefusalCode.INVALID_INPUT, "evidence.file", field="sha256"
        )
    # What was attached stays so once its file is deleted.
    application.given(ATTACHED).when(ATTACH).then_nothing()


def test_more_may_be_attached_to_the_same_requirement() -> None:
    more = replace(ATTACH, description="A second letter.", sha256=None)
    event = EvidenceAttached(
        requirement=None, clause=ATTACH.requirement, description="A second letter.", sha256=None
    )
    application.given(ATTACHED).when(more).then(Fact(APPLICATION, event))
    application.given(ATTACHED, Fact(APPLICATION, event)).when(ATTACH).then_nothing()


def test_a_worksheet_may_be_attached_to_a_share_once_that_is_attested() -> None:
    worksheet = replace(ATTACH, requirement=SHARE, description="A worksheet.", sha256=None)
    event = EvidenceAttached(
        requirement=None, clause=SHARE, description="A worksheet.", sha256=None
    )
    application.given(attested(80, 100)).when(worksheet).then(Fact(APPLICATION, event))
    # By itself it would count for nothing.
    application.when(worksheet).then_refused(
        RefusalCode.INVALID_INPUT,
        "share.attested",
        field="requirement",
        because="attestPopulationShare",
    )
    # What was attached before that was asked stays.
    application.given(Fact(APPLICATION, event)).when(worksheet).then_nothing()


def test_nothing_is_attached_to_the_type_of_party_which_a_rule_computes() -> None:
    application.when(replace(ATTACH, requirement=f"{PARTNER}.type")).then_refused(
        RefusalCode.INVALID_INPUT, "known-requirement", field="requirement"
    )


def test_a_requirement_that_is_not_asked_is_refused_with_those_that_are() -> None:
    application.when(replace(ATTACH, requirement="coalition-member.population")).then_refused(
        RefusalCode.INVALID_INPUT,
        "known-requirement",
        field="requirement",
        because=f"{PARTNER}.direct-service-lead",
    )


def test_a_share_is_attested() -> None:
    application.when(ATTEST).then(attested(80))


def test_a_share_below_the_minimum_may_be_attested_since_the_review_judges_it() -> None:
    application.when(replace(ATTEST, numerator=0)).then(attested(0))


def test_attesting_the_same_share_again_changes_nothing() -> None:
    application.given(attested(80)).when(ATTEST).then_nothing()


def test_a_share_may_be_corrected() -> None:
    application.given(attested(70)).when(ATTEST).then(attested(80))
    application.given(attested(80), attested(70)).when(ATTEST).then(attested(80))


def test_a_share_belongs_to_a_requirement_of_its_kind() -> None:
    application.when(replace(ATTEST, requirement=ATTACH.requirement)).then_refused(
        RefusalCode.INVALID_INPUT, "known-requirement", field="requirement", because=SHARE
    )


@pytest.mark.parametrize("denominator", [0, -1, 1_000_000_001])
def test_a_whole_is_at_least_one_person(denominator: int) -> None:
    application.when(replace(ATTEST, denominator=denominator)).then_refused(
        RefusalCode.INVALID_INPUT, "share.denominator", field="denominator"
    )


@pytest.mark.parametrize("numerator", [-1, 101])
def test_a_part_is_not_more_than_the_whole(numerator: int) -> None:
    application.when(replace(ATTEST, numerator=numerator)).then_refused(
        RefusalCode.INVALID_INPUT, "share.numerator", field="numerator"
    )


def test_a_period_does_not_end_before_it_starts() -> None:
    application.when(replace(ATTEST, period_start=date(2026, 1, 1))).then_refused(
        RefusalCode.INVALID_INPUT, "share.period", field="periodStart"
    )


def test_a_period_is_over() -> None:
    application.when(replace(ATTEST, period_end=date(2026, 3, 3))).then_refused(
        RefusalCode.INVALID_INPUT, "share.period", field="periodEnd"
    )


def test_a_period_may_be_one_day_and_end_today() -> None:
    outcome = application.when(replace(ATTEST, period_start=TODAY, period_end=TODAY))
    assert isinstance(outcome._decision, list)
    assert len(outcome._decision) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_added_to_a_requirement_found_met_until_a_finding_opens_it_again(
    command: AttachEvidence | AttestPopulationShare,
) -> None:
    def found(*, met: bool) -> Fact:
        return Fact(
            REVIEW,
            RequirementFound(requirement=command.requirement, met=met, note=None, ein_told=None),
        )

    added = ATTACHED if command is ATTACH else attested(80)
    judged = application.given(review_started(), attested(70), found(met=True))
    judged.when(command).then_refused(
        RefusalCode.WRONG_PHASE,
        "requirement.found-met",
        field="requirement",
        because="A new finding",
    )
    judged.given(found(met=False)).when(command, files=SENT).then(added)
    judged.given(found(met=False), added, found(met=True)).when(command).then_nothing()


@pytest.mark.parametrize("command", COMMANDS)
def test_something_is_added_after_the_review_and_nothing_once_it_is_decided(
    command: AttachEvidence | AttestPopulationShare,
) -> None:
    application.given(review_started(), reviewed()).when(command, files=SENT).then_accepted()
    application.given(Fact(APPLICATION, ApplicationDeclined())).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="The application is declined."
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_added_to_an_application_that_nobody_made(
    command: AttachEvidence | AttestPopulationShare,
) -> None:
    application.when(replace(command, application=ApplicationId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_added_before_the_application_was_made(
    command: AttachEvidence | AttestPopulationShare,
) -> None:
    application.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_added_for_a_tier_that_the_policy_no_longer_has(
    command: AttachEvidence | AttestPopulationShare,
) -> None:
    renamed = policy_with((PARTNER, "founding-partner"))
    application.under(renamed).when(command).then_refused(
        RefusalCode.POLICY_VERSION, "known-tier", because="cate@2 no longer has"
    )
