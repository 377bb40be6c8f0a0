"""Whether a party meets what a tier asks: its requirements and its class's standards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.decision import (
    Moment,
    Objection,
    Refusal,
    RefusalCode,
    Unmet,
    object_to,
    refuse,
    refuse_input,
    refuse_name,
)
from domain.membership.application import Application
from domain.membership.eligibility import has_ein, type_objections
from domain.membership.party import Party
from domain.membership.plans import Plan
from domain.membership.review import Finding, Review
from domain.policy import PartyType, Policy, Requirement, RequirementKind, Standard
from domain.terms import Assessment

_FOUND_ANEW = "A finding that it is met, by what the applicant gives for it; or a decline."
_ASSESSED_ANEW = "An assessment that it is met, or worked towards with a plan; or a decline."


def refuse_tier_gone(application: Application, policy: Policy) -> Refusal | None:
    """Refuse to go on with an application to a tier that the policy no longer has."""
    if policy.has_tier(application.tier):
        return None
    return refuse(
        RefusalCode.POLICY_VERSION,
        "known-tier",
        f"{policy.ref} no longer has the tier {application.tier}.",
        "Declining the application, or a policy version that has the tier.",
    )


def requirements_of(
    application: Application, party: Party, policy: Policy
) -> tuple[Requirement, ...]:
    """Return what the tier asks of a party of this type."""
    return policy.requirements_for(application.tier, PartyType(party.party_type))


def shortfall(requirement: Requirement, application: Application, party: Party) -> Unmet | None:
    """Return what a requirement lacks on file, without which nobody may find it met."""
    match requirement.kind:
        case RequirementKind.EIN_DETERMINATION if not has_ein(party):
            return Unmet(
                requirement.id,
                "No EIN was given, and no sponsor is named.",
                "A party that has given its EIN, or the sponsor whose EIN it shares.",
            )
        case RequirementKind.EVIDENCE if requirement.id not in application.evidence:
            return Unmet(
                requirement.id, "Nothing was attached for it.", "Evidence for this requirement."
            )
        case RequirementKind.POPULATION_SHARE:
            return _share_shortfall(requirement, application)
        case _:
            return None


def is_outdated(finding: Finding, party: Party) -> bool:
    """Whether the EIN, or who shares theirs, is another one or reads otherwise since a finding."""
    return finding.ein_told not in {None, party.ein_told}


def missing_from_review(
    application: Application, review: Review, party: Party, policy: Policy
) -> Iterator[Objection]:
    """Object to each requirement without a finding and each standard without an assessment."""
    for requirement in requirements_of(application, party, policy):
        finding = review.findings.get(requirement.id)
        if finding is not None and is_outdated(finding, party):
            yield _outdated(requirement)
        if requirement.kind is RequirementKind.PARTY_TYPE or finding is not None:
            continue
        yield object_to(
            RefusalCode.REQUIREMENT_UNMET,
            requirement.id,
            f"No finding says whether it is met: {requirement.text}",
            "A finding, met or not met.",
        )
    for standard in policy.standards_for(application.tier):
        if standard.id not in review.assessments:
            yield object_to(
                RefusalCode.REQUIREMENT_UNMET,
                standard.id,
                f"The standard is not assessed: {standard.name}.",
                "An assessment of the applicant by this standard.",
            )


def requirement_objections(
    application: Application, review: Review, party: Party, policy: Policy
) -> Iterator[Objection]:
    """Object to each requirement of the tier that is not met."""
    yield from type_objections(policy.tier(application.tier), party.party_type)
    for requirement in requirements_of(application, party, policy):
        if requirement.kind is RequirementKind.PARTY_TYPE:
            continue
        finding = review.findings.get(requirement.id)
        if finding is None or not finding.met:
            yield object_to(
                RefusalCode.REQUIREMENT_UNMET,
                requirement.id,
                f"Not found met: {requirement.text}",
                _FOUND_ANEW,
            )
        elif is_outdated(finding, party):
            yield _outdated(requirement)
        elif unmet := shortfall(requirement, application, party):
            yield Objection(code=RefusalCode.REQUIREMENT_UNMET, unmet=unmet)


def standard_objections(
    application: Application, review: Review, moment: Moment, policy: Policy
) -> Iterator[Objection]:
    """Object to each standard that is neither exhibited nor worked towards with a plan.

    A plan that is due by today is none any more: it was not kept.
    """
    for standard in policy.standards_for(application.tier):
        judgement = review.assessments.get(standard.id)
        if judgement is None or judgement.assessment is Assessment.DOES_NOT_MEET:
            yield object_to(
                RefusalCode.STANDARD_UNMET,
                standard.id,
                f"Neither exhibited nor worked towards: {standard.name}.",
                _ASSESSED_ANEW,
            )
        elif judgement.assessment is Assessment.WORKS_TOWARDS:
            yield from _plan_objections(standard, review.plans.get(standard.id), moment)


def clauses_of(application: Application, policy: Policy) -> list[str]:
    """Return the clauses that an admission names: requirements, then standards.

    It rests on those too that are asked of one type of party alone; but what it names is public,
    and a party's type is not.
    """
    requirements = shared(policy.tier(application.tier).requirements)
    return requirements + [each.id for each in policy.standards_for(application.tier)]


def shared(requirements: Iterable[Requirement]) -> list[str]:
    """Return those clauses that are asked of all who have the tier, whatever their type."""
    return [each.id for each in requirements if not each.applies_to]


def refuse_clauses(clauses: Sequence[str], tier: str, policy: Policy) -> Refusal | None:
    """Refuse a decision against somebody that names no reason by requirement (invariant 8).

    Reasons are the clauses of the tier's requirements and of its class's standards. Where the
    policy no longer has the tier, the one clause there is to cite is its id.
    """
    allowed = [tier]
    if policy.has_tier(tier):
        requirements = [each.id for each in policy.tier(tier).requirements]
        allowed = requirements + [each.id for each in policy.standards_for(tier)]
    if not clauses:
        return refuse_input(
            "clauses",
            "reasons-by-requirement",
            "The decision names at least one clause that is not met.",
            f"One or more of: {', '.join(allowed)}.",
        )
    if unknown := [clause for clause in clauses if clause not in allowed]:
        return refuse_name("clauses", unknown[0], allowed, "clause")
    return None


def _outdated(requirement: Requirement) -> Objection:
    return object_to(
        RefusalCode.REQUIREMENT_UNMET,
        requirement.id,
        "The EIN, or the sponsor whose EIN it shares, was changed since it was verified.",
        "A finding by a reviewer about what it is now.",
    )


def unmet_clause(clause: str, tier: str, policy: Policy) -> Unmet:
    """Return what a clause that a decision cites says is missing, and what would satisfy it.

    Args:
        clause: one that `refuse_clauses` lets pass.
        tier: the one asked for.
        policy: the version that the decision was made under.
    """
    if not policy.has_tier(tier):
        return Unmet(clause, f"{policy.ref} has no such tier.", "An application to another tier.")
    for requirement in policy.tier(tier).requirements:
        if requirement.id == clause:
            return Unmet(clause, f"Not found met: {requirement.text}", _satisfaction(requirement))
    named = {each.id: each.name for each in policy.standards_for(tier)}
    return Unmet(
        clause,
        f"Neither exhibited nor worked towards: {named.get(clause, clause)}.",
        "Exhibiting it, or an improvement plan by which it is worked towards.",
    )


def _satisfaction(requirement: Requirement) -> str:
    """Return what would satisfy a requirement, in a sentence."""
    match requirement.kind:
        case RequirementKind.PARTY_TYPE:
            return "A party of a type that the tier admits."
        case RequirementKind.EIN_DETERMINATION:
            return "An EIN, with a determination that a reviewer verifies."
        case RequirementKind.POPULATION_SHARE if requirement.share is not None:
            least = requirement.share.minimum_percent
            return f"An attested share of at least {least} %, with evidence that shows it."
        case RequirementKind.COMMITMENT:
            return "An application from which a reviewer sees it."
        case _:
            return "Evidence in which a reviewer sees it."


def _plan_objections(standard: Standard, plan: Plan | None, moment: Moment) -> Iterator[Objection]:
    if plan is None:
        yield object_to(
            RefusalCode.STANDARD_UNMET,
            standard.id,
            f"Worked towards without an improvement plan: {standard.name}.",
            "An improvement plan for the standard, with a due date.",
        )
    elif plan.due < moment.today:
        yield object_to(
            RefusalCode.STANDARD_UNMET,
            standard.id,
            f"The improvement plan was due on {plan.due}: {standard.name}.",
            "An improvement plan for the standard that is due later.",
        )


def _share_shortfall(requirement: Requirement, application: Application) -> Unmet | None:
    share, required = application.shares.get(requirement.id), requirement.share
    if required is None:
        return None
    satisfied_by = f"An attested share of at least {required.minimum_percent} %."
    if share is None:
        return Unmet(requirement.id, "No share was attested.", satisfied_by)
    if required.is_met_by(share.numerator, share.denominator):
        return None
    message = (
        f"{share.numerator} of {share.denominator} served is less than"
        f" {required.minimum_percent} %."
    )
    return Unmet(requirement.id, message, satisfied_by)
