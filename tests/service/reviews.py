"""All that is said of an application from its submission to a complete review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from domain.decision import Command
from domain.membership.application import AttachEvidence, AttestPopulationShare
from domain.membership.review import AssessStandard, AssignReviewer, RecordFinding, RecordReview
from domain.policy import PartyType, Policy, Requirement, RequirementKind
from domain.terms import ApplicationId, Assessment, PrincipalId, Recommendation
from service.security.principal import Role


def review(
    application: ApplicationId,
    policy: Policy,
    tier: str,
    party_type: str,
    reviewer: PrincipalId,
    assessments: Mapping[str, Assessment],
) -> Iterator[tuple[Role, Command]]:
    """Yield who says what: all requirements are met, and the review recommends to admit.

    `assessments` are of standards that are not simply exhibited.
    """
    yield Role.DIRECTOR, AssignReviewer(application=application, reviewer=reviewer)
    for requirement in policy.requirements_for(tier, PartyType(party_type)):
        if requirement.kind is not RequirementKind.PARTY_TYPE:
            yield Role.APPLICANT, shown(application, requirement)
            found = RecordFinding(application=application, requirement=requirement.id, met=True)
            yield Role.REVIEWER, found
    for standard in policy.standards_for(tier):
        assessment = assessments.get(standard.id, Assessment.EXHIBITS)
        assess = AssessStandard(
            application=application, standard=standard.id, assessment=assessment
        )
        yield Role.REVIEWER, assess
    recommend = RecordReview(
        application=application,
        recommendation=Recommendation.ADMIT,
        reasons="All that the tier asks for was found.",
    )
    yield Role.REVIEWER, recommend


def shown(application: ApplicationId, requirement: Requirement) -> Command:
    """Return what an applicant shows to meet a requirement."""
    if requirement.kind is RequirementKind.POPULATION_SHARE:
        return AttestPopulationShare(
            application=application,
            requirement=requirement.id,
            numerator=80,
            denominator=100,
            basis="people served",
            period_start=date(2022, 1, 1),
            period_end=date(2022, 12, 31),
        )
    return AttachEvidence(
        application=application,
        requirement=requirement.id,
        description=f"Evidence for {requirement.id}",
    )
