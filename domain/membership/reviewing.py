"""Reviewing: who reviews, what is found and assessed, what the review recommends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from domain.coalition.recusal import refuse_own_cause
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_for,
    refuse_input,
    refuse_name,
    refuse_too_early,
)
from domain.membership.application import (
    Application,
    ApplicationReviewed,
    ReviewStarted,
    refuse_phase,
)
from domain.membership.improving import refuse_replaced
from domain.membership.party import Party
from domain.membership.phases import AFTER_REVIEW, refuse_settled
from domain.membership.plans import ImprovementPlanOpened, OpenImprovementPlan
from domain.membership.requirements import (
    missing_from_review,
    refuse_tier_gone,
    requirement_objections,
    requirements_of,
    shortfall,
    standard_objections,
)
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    Finding,
    Judgement,
    RecordFinding,
    RecordReview,
    RequirementFound,
    Review,
    ReviewerAssigned,
    ReviewRecorded,
    StandardAssessed,
)
from domain.policy import Policy, RequirementKind
from domain.terms import ApplicationPhase, Assessment, PartyId


def decide_assign_reviewer(
    application: Application,
    review: Review,
    command: AssignReviewer,
    moment: Moment,
    *,
    belongs_to: Collection[PartyId],
    interested: frozenset[PartyId],
) -> Decision:
    """Ask somebody to review; with the first, the review starts.

    Args:
        application: what is to be reviewed.
        review: who reviews it already.
        command: whom to ask.
        moment: when it is decided.
        belongs_to: the organisations that the reviewer is known to belong to.
        interested: the applicant, and whoever is tied to it.

    Where nobody is left who reviewed it, also after the review, which goes on where the application
    is not decided yet; whoever waits for a seat keeps their place. Refuses otherwise once the
    review is complete, the applicant, who would be judging themself, who was recused from it, and
    who belongs to an organisation with an interest in it.
    """
    if command.reviewer in review.reviewers:
        return []
    if command.reviewer in review.recused:
        return refuse(
            RefusalCode.CONFLICT_OF_INTEREST,
            "review.recused",
            "This person was recused from the application.",
            "A reviewer without a conflict of interest.",
            field="reviewer",
        )
    phases = [ApplicationPhase.SUBMITTED, ApplicationPhase.IN_REVIEW]
    if not review.reviewers:
        phases += AFTER_REVIEW
    if refusal := (
        refuse_phase(application, *phases)
        or refuse_too_early(moment, application.since)
        or _refuse_applicant(application, command)
        or refuse_own_cause(belongs_to, interested, "reviewer")
    ):
        return refusal
    assigned = ReviewerAssigned(application=application.id, reviewer=command.reviewer)
    facts = [Fact(application.review, assigned)]
    if application.phase in {ApplicationPhase.SUBMITTED, ApplicationPhase.REVIEWED}:
        facts.append(Fact(application.id, ReviewStarted()))
    return facts


def decide_record_finding(
    application: Application,
    review: Review,
    party: Party,
    command: RecordFinding,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Find a requirement met or not met; a later finding replaces an earlier one.

    After the review, until a decision, what is in the way of a yes is found anew, and nothing else:
    what was not met, an EIN that is another one, reads otherwise or is another sponsor's since it
    was verified, and what the policy asks for since. Refuses before the review, a requirement not
    asked of the party, the party's type, which a rule computes, and *met* where what would show it
    is not on file.
    """
    if refusal := _refuse_look(application, moment, policy):
        return refusal
    askable = {
        each.id: each
        for each in requirements_of(application, party, policy)
        if each.kind is not RequirementKind.PARTY_TYPE
    }
    requirement = askable.get(command.requirement)
    if requirement is None:
        return refuse_name("requirement", command.requirement, askable)
    objections = requirement_objections(application, review, party, policy)
    if refusal := refuse_settled(application, requirement.id, objections):
        return refusal
    is_ein = requirement.kind is RequirementKind.EIN_DETERMINATION
    ein_told = party.ein_told if is_ein else None
    found_before = review.findings.get(requirement.id)
    if found_before == Finding(command.met, command.note, ein_told):
        return []
    if command.met and (unmet := shortfall(requirement, application, party)):
        code = RefusalCode.REQUIREMENT_UNMET
        return refuse(code, unmet.clause, unmet.message, unmet.satisfied_by)
    found = RequirementFound(
        requirement=requirement.id, met=command.met, note=command.note, ein_told=ein_told
    )
    return [Fact(application.review, found)]


def decide_assess_standard(
    application: Application,
    review: Review,
    command: AssessStandard,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Assess the applicant by a standard; a later assessment replaces an earlier one.

    After the review, until a decision, where it is in the way of a yes. Refuses before the review,
    and a standard that the tier's class does not have.
    """
    objections = standard_objections(application, review, moment, policy)
    if refusal := (
        _refuse_look(application, moment, policy)
        or _refuse_standard(application, command.standard, policy)
        or refuse_settled(application, command.standard, objections)
    ):
        return refusal
    if review.assessments.get(command.standard) == Judgement(command.assessment, command.note):
        return []
    assessed = StandardAssessed(
        standard=command.standard, assessment=command.assessment, note=command.note
    )
    return [Fact(application.review, assessed)]


def decide_open_improvement_plan(
    application: Application,
    review: Review,
    command: OpenImprovementPlan,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Agree how and until when a standard that is worked towards will be met.

    Also after the review, since a yes or a seat may be waiting for nothing but the plan, and once
    there is a member, since a plan may take longer than was thought: the last one counts.
    Refuses a standard that is not assessed as worked towards, a due date that is not after
    today or beyond the policy's longest plan, and once the member was assessed anew.
    """
    if refusal := (
        _refuse_look(application, moment, policy, ApplicationPhase.APPROVED)
        or refuse_replaced(review)
        or _refuse_standard(application, command.standard, policy)
    ):
        return refusal
    plan = review.plans.get(command.standard)
    wanted = (command.due, command.steps, tuple(command.milestones))
    if plan is not None and (plan.due, plan.steps, plan.milestones) == wanted:
        return []
    judgement = review.assessments.get(command.standard)
    if judgement is None or judgement.assessment is not Assessment.WORKS_TOWARDS:
        return refuse(
            RefusalCode.STANDARD_UNMET,
            command.standard,
            "Only a standard that is worked towards has an improvement plan.",
            "An assessment that the applicant works towards the standard.",
            field="standard",
        )
    if refusal := _refuse_due(command, moment, policy):
        return refusal
    opened = ImprovementPlanOpened(
        standard=command.standard,
        due=command.due,
        steps=command.steps,
        milestones=command.milestones or None,
    )
    return [Fact(application.review, opened)]


def decide_record_review(
    application: Application,
    review: Review,
    party: Party,
    vote: Vote | None,
    command: RecordReview,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Complete the review with a recommendation, which binds nobody.

    Once more after a vote that said no: those who are asked again are told something else. Refuses
    outside the review otherwise, and while a requirement has no finding or a standard no
    assessment; the refusal lists them all.

    Args:
        application: what is reviewed.
        review: what was found.
        party: whose application it is.
        vote: the last vote on it, if there was one.
        command: what is recommended, and why.
        moment: when that is.
        policy: the policy in force.
    """
    if (
        application.phase is ApplicationPhase.REVIEWED
        and review.recommendation is command.recommendation
        and review.reasons == command.reasons
    ):
        return []
    again = [ApplicationPhase.REVIEWED] if vote is not None and vote.said_no else []
    if refusal := _refuse(application, moment, policy, ApplicationPhase.IN_REVIEW, *again):
        return refusal
    if refusal := refuse_for([*missing_from_review(application, review, party, policy)]):
        return refusal
    recorded = ReviewRecorded(recommendation=command.recommendation, reasons=command.reasons)
    return [Fact(application.review, recorded), Fact(application.id, ApplicationReviewed())]


def _refuse_look(
    application: Application, moment: Moment, policy: Policy, *phases: ApplicationPhase
) -> Refusal | None:
    """Refuse to find or agree anything before the review, and once it is decided."""
    return _refuse(application, moment, policy, ApplicationPhase.IN_REVIEW, *AFTER_REVIEW, *phases)


def _refuse(
    application: Application, moment: Moment, policy: Policy, *phases: ApplicationPhase
) -> Refusal | None:
    return (
        refuse_phase(application, *phases)
        or refuse_too_early(moment, application.since)
        or refuse_tier_gone(application, policy)
    )


def _refuse_applicant(application: Application, command: AssignReviewer) -> Refusal | None:
    if command.reviewer != application.applicant:
        return None
    return refuse_input(
        "reviewer",
        "own-application",
        "Nobody reviews their own application.",
        "A reviewer other than the applicant.",
    )


def _refuse_standard(application: Application, standard: str, policy: Policy) -> Refusal | None:
    allowed = [each.id for each in policy.standards_for(application.tier)]
    return None if standard in allowed else refuse_name("standard", standard, allowed)


def _refuse_due(command: OpenImprovementPlan, moment: Moment, policy: Policy) -> Refusal | None:
    longest_days = policy.deadlines.improvement_plan_maximum_days
    last = moment.today + timedelta(days=longest_days)
    if moment.today < command.due <= last:
        return None
    return refuse_input(
        "due",
        "deadlines.improvement_plan_maximum_days",
        f"A plan is due after today and within {longest_days} days.",
        f"A due date after {moment.today} and not after {last}.",
    )
