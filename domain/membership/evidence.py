"""What an applicant gives to show that a requirement is met."""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_name,
    refuse_too_early,
)
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestedShare,
    AttestPopulationShare,
    Evidence,
    EvidenceAttached,
    PopulationShareAttested,
    refuse_phase,
)
from domain.membership.party import Party
from domain.membership.phases import UNDECIDED
from domain.membership.requirements import refuse_tier_gone, requirements_of
from domain.membership.review import Review
from domain.policy import Policy, RequirementKind

_GREATEST_COUNT = 1_000_000_000


def decide_attach_evidence(
    application: Application,
    review: Review,
    party: Party,
    command: AttachEvidence,
    moment: Moment,
    policy: Policy,
    *,
    is_kept: bool,
) -> Decision:
    """Attach something to any requirement but the party's type, which a rule computes.

    Also after the review, since a yes may be waiting for nothing else. Refuses once the application
    is decided, a requirement that is not asked of the party, one that was found met (the finding
    was made without it), the worksheet of a share that nobody attested, and the hash of a file that
    nobody sent.

    Args:
        application: what it is attached to.
        review: what was found.
        party: who applies.
        command: what is attached.
        moment: when it is decided.
        policy: the policy in force.
        is_kept: whether the file that it names is among those of the application.
    """
    allowed = set(RequirementKind) - {RequirementKind.PARTY_TYPE}
    if refusal := _refuse(application, moment, policy):
        return refusal
    if refusal := _refuse_requirement(application, party, command.requirement, policy, allowed):
        return refusal
    attached = Evidence(command.description, command.sha256)
    if attached in application.evidence.get(command.requirement, ()):
        return []
    if refusal := _refuse_found(review, command.requirement) or _refuse_unattested(
        application, party, command.requirement, policy
    ):
        return refusal
    if command.sha256 is not None and not is_kept:
        return refuse_input(
            "sha256",
            "evidence.file",
            "No file of this application has this hash.",
            "The hash that sending the file was answered with, or none.",
        )
    event = EvidenceAttached(
        requirement=None,
        clause=command.requirement,
        description=command.description,
        sha256=command.sha256,
    )
    return [Fact(application.id, event)]


def decide_attest_population_share(
    application: Application,
    review: Review,
    party: Party,
    command: AttestPopulationShare,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """State the share of a population among all whom the applicant serves.

    Any share may be stated; whether it is enough is for the review. Refuses numbers that
    are no share, a period that is none or not over yet, a requirement of another kind, and
    one that was found met.
    """
    if refusal := _refuse(application, moment, policy):
        return refusal
    kinds = {RequirementKind.POPULATION_SHARE}
    if refusal := _refuse_requirement(application, party, command.requirement, policy, kinds):
        return refusal
    if refusal := _refuse_numbers(command) or _refuse_period(command, moment):
        return refusal
    share = AttestedShare(
        numerator=command.numerator,
        denominator=command.denominator,
        basis=command.basis,
        period_start=command.period_start,
        period_end=command.period_end,
    )
    if application.shares.get(command.requirement) == share:
        return []
    if refusal := _refuse_found(review, command.requirement):
        return refusal
    event = PopulationShareAttested(
        requirement=None,
        clause=command.requirement,
        numerator=command.numerator,
        denominator=command.denominator,
        basis=command.basis,
        period_start=command.period_start,
        period_end=command.period_end,
    )
    return [Fact(application.id, event)]


def _refuse(application: Application, moment: Moment, policy: Policy) -> Refusal | None:
    return (
        refuse_phase(application, *UNDECIDED)
        or refuse_too_early(moment, application.since)
        or refuse_tier_gone(application, policy)
    )


def _refuse_requirement(
    application: Application,
    party: Party,
    requirement: str,
    policy: Policy,
    kinds: set[RequirementKind],
) -> Refusal | None:
    allowed = [
        each.id for each in requirements_of(application, party, policy) if each.kind in kinds
    ]
    return None if requirement in allowed else refuse_name("requirement", requirement, allowed)


def _refuse_found(review: Review, requirement: str) -> Refusal | None:
    """Refuse what would change what a reviewer's finding rests on."""
    finding = review.findings.get(requirement)
    if finding is None or not finding.met:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "requirement.found-met",
        "The requirement was found met by what was given before.",
        "A new finding that it is not met, which opens it again.",
        field="requirement",
    )


def _refuse_unattested(
    application: Application, party: Party, requirement: str, policy: Policy
) -> Refusal | None:
    """Refuse what would show a share that nobody attested: a rule goes by its numbers alone."""
    asked = {each.id: each.kind for each in requirements_of(application, party, policy)}
    if (
        asked[requirement] is not RequirementKind.POPULATION_SHARE
        or requirement in application.shares
    ):
        return None
    return refuse_input(
        "requirement",
        "share.attested",
        "A share is stated in numbers, which a worksheet then shows.",
        "attestPopulationShare for this requirement first.",
    )


def _refuse_numbers(command: AttestPopulationShare) -> Refusal | None:
    if not 0 < command.denominator <= _GREATEST_COUNT:
        return refuse_input(
            "denominator",
            "share.denominator",
            f"A share of {command.denominator} is none.",
            f"The number of all people served, from 1 to {_GREATEST_COUNT}.",
        )
    if not 0 <= command.numerator <= command.denominator:
        return refuse_input(
            "numerator",
            "share.numerator",
            f"{command.numerator} of {command.denominator} is not a part of the whole.",
            f"A number of people from 0 to {command.denominator}.",
        )
    return None


def _refuse_period(command: AttestPopulationShare, moment: Moment) -> Refusal | None:
    if command.period_start > command.period_end:
        return refuse_input(
            "periodStart",
            "share.period",
            "The period ends before it starts.",
            f"A start of {command.period_end} or earlier.",
        )
    if command.period_end > moment.today:
        return refuse_input(
            "periodEnd",
            "share.period",
            "The period is not over yet.",
            f"An end of {moment.today} or earlier.",
        )
    return None
