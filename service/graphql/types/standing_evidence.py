"""Why a member stands where it does: what the decision rested on, step by step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from domain.terms import Assessment
from projections.as_of import AsOf
from projections.membership_folds import MembershipRow
from service.faults import CorruptLedgerError
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.rules import rules_at
from service.graphql.types.entry import Entry, EntryBatch, OpenEntry, entries_at
from service.graphql.types.evidence import Evidence, PopulationShare
from service.graphql.types.policy import Policy, Requirement, Standard
from service.graphql.types.review import Finding, ImprovementPlan, Review, StandardAssessment
from service.security.access import READ, Resource, may

if TYPE_CHECKING:
    from service.graphql.types.application import Application
    from service.graphql.types.signature import SignedAgreement
    from service.graphql.types.vote import Vote

LazyApplication: TypeAlias = Annotated[
    "Application", strawberry.lazy("service.graphql.types.application")
]
LazySigned: TypeAlias = Annotated[
    "SignedAgreement", strawberry.lazy("service.graphql.types.signature")
]
LazyVote: TypeAlias = Annotated["Vote", strawberry.lazy("service.graphql.types.vote")]


class StandingBatch:
    """What the standing of sibling memberships rests on, read for all of them at once.

    Args:
        context: the request.
        rows: the memberships' rows.
        as_of: what the rows describe.
    """

    def __init__(self, context: Context, rows: Sequence[MembershipRow], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def decisions(self) -> EntryBatch:
        """The admission, or the last change of tier, of each membership."""
        return entries_at(self.context, [row.standards_position for row in self.rows])

    def decision(self, row: MembershipRow) -> OpenEntry:
        """Return the decision by which a membership has its tier."""
        found = self.decisions.objects[row.standards_position]
        if not isinstance(found, OpenEntry):
            message = f"the decision at {row.standards_position} is confidential"
            raise CorruptLedgerError(message)
        return found

    def application(self, row: MembershipRow) -> Application | None:
        """Return the application that was decided, if the viewer may know of it."""
        return self._applications.get(self.asked[row.id] or "")

    def vote(self, row: MembershipRow) -> Vote | None:
        """Return the vote that decided, if there was one."""
        return self._votes.get(self.asked[row.id] or "")

    @functools.cached_property
    def asked(self) -> dict[str, str | None]:
        """The applications that were decided, by membership."""
        return {row.id: self.decision(row).parsed.data.get("application") for row in self.rows}

    @functools.cached_property
    def _applications(self) -> dict[str, Application]:
        from service.graphql.types.application import (  # noqa: PLC0415 - a cycle of types
            applications_by_id,
        )

        wanted = [each for each in self.asked.values() if each is not None]
        return applications_by_id(self.context, wanted, self.as_of)

    @functools.cached_property
    def _votes(self) -> dict[str, Vote]:
        from service.graphql.types.vote import votes_on  # noqa: PLC0415 - a cycle of types

        wanted = [each for each in self.asked.values() if each is not None]
        return votes_on(self.context, wanted, self.as_of) if wanted else {}


class Steps:
    """What an application holds for each clause; nothing where the viewer may not know of it."""

    def __init__(self, application: Application | None) -> None:
        self._application = application

    def evidence(self, requirement: str) -> list[Evidence]:
        """Return what was attached for a requirement, in order."""
        given = (self._application.evidence() if self._application else None) or []
        return [each for each in given if each.requirement() == requirement]

    def share(self, requirement: str) -> PopulationShare | None:
        """Return the population share that was stated last for a requirement."""
        given = (self._application.population_shares() if self._application else None) or []
        return next((each for each in given if each.requirement() == requirement), None)

    def finding(self, requirement: str) -> Finding | None:
        """Return the last finding about a requirement."""
        findings = [] if self._review is None else self._review.findings()
        return next((each for each in findings if each.requirement == requirement), None)

    def concern(self, requirement: str) -> bool:
        """Whether something was given for a requirement, or found."""
        return bool(self.evidence(requirement) or self.finding(requirement))

    def assessment(self, standard: str) -> StandardAssessment | None:
        """Return the last assessment by a standard."""
        assessments = [] if self._review is None else self._review.assessments()
        return next((each for each in assessments if each.standard == standard), None)

    def plan(self, standard: str) -> ImprovementPlan | None:
        """Return the plan for a standard."""
        plans = (self._review.plans() if self._review else None) or []
        return next((each for each in plans if each.standard == standard), None)

    @functools.cached_property
    def _review(self) -> Review | None:
        return None if self._application is None else self._application.review()


@object_type
class RequirementEvidence:
    """What showed that a requirement is met."""

    steps: strawberry.Private[Steps]
    resource: strawberry.Private[Resource]
    requirement: Requirement = strawberry.field(description="The requirement.")

    @field
    def evidence(self) -> list[Evidence] | None:
        """What was attached for it, in order."""
        return self.steps.evidence(self.requirement.key)

    @field
    def population_share(self) -> PopulationShare | None:
        """The population share as it was stated last; null where none was asked."""
        return self.steps.share(self.requirement.key)

    @field
    def finding(self) -> Finding | None:
        """What the reviewer found; its entry says in which role."""
        return self.steps.finding(self.requirement.key)


@object_type
class StandardEvidence:
    """What showed that a minimum standard is exhibited or worked towards."""

    steps: strawberry.Private[Steps]
    resource: strawberry.Private[Resource]
    standard: Standard = strawberry.field(description="The standard.")
    assessment: Assessment | None = strawberry.field(description="What the decision went by.")

    @field
    def assessed(self) -> StandardAssessment | None:
        """How the reviewer assessed it; its entry says in which role."""
        return self.steps.assessment(self.standard.key)

    @field
    def plan(self) -> ImprovementPlan | None:
        """The improvement plan, where the standard is worked towards."""
        return self.steps.plan(self.standard.key)


@object_type
class StandingEvidence:
    """Why a member has its tier: the decision, the clauses of the policy that it found met, and
    what each rested on. Every step names its entry, whose inclusion can be proved.
    """

    row: strawberry.Private[MembershipRow]
    batch: strawberry.Private[StandingBatch]
    resource: strawberry.Private[Resource]
    assessments: strawberry.Private[Callable[[], Mapping[str, Assessment]]]
    signed: LazySigned | None = strawberry.field(
        name="agreement", description="The last signature under the agreement of the tier."
    )

    @field
    def decision(self) -> Entry:
        """The admission, or the last change of tier."""
        return self.batch.decision(self.row)

    @field
    def policy(self) -> Policy:
        """The version of the policy that the decision was made under."""
        reference = self.batch.decision(self.row).policy()
        rules = rules_at(self.batch.context, self.batch.as_of)
        for adopted in rules.coalition.policies:
            policy = rules.file(adopted)
            if policy.ref == reference:
                return Policy.of(policy, adopted)
        message = f"a decision was made under {reference}, which was never adopted"
        raise CorruptLedgerError(message)

    @field
    def application(self) -> LazyApplication | None:
        """The application that was decided; null for a founding partner before it was reviewed."""
        return self.batch.application(self.row)

    @field
    def vote(self) -> LazyVote | None:
        """The vote on it; null where there was none."""
        return self.batch.vote(self.row)

    @field
    def requirements(self) -> list[RequirementEvidence]:
        """The requirements that the decision found met. One that is asked of some types of party
        alone is here for those who may see what was given for it, or found.
        """
        return [
            RequirementEvidence(
                steps=self._steps, resource=self._concerns, requirement=Requirement.of(each)
            )
            for each in self.policy().policy.tier(self.row.tier).requirements
            if each.id in self._clauses or (self._sees_evidence and self._steps.concern(each.id))
        ]

    @field
    def standards(self) -> list[StandardEvidence]:
        """The minimum standards that it found exhibited or worked towards."""
        found = self.assessments()
        return [
            StandardEvidence(
                steps=self._steps,
                resource=self._concerns,
                standard=Standard(key=each.id, name=each.name),
                assessment=found.get(each.id),
            )
            for each in self.policy().policy.standards_for(self.row.tier)
            if each.id in self._clauses
        ]

    @functools.cached_property
    def _steps(self) -> Steps:
        return Steps(self.batch.application(self.row))

    @functools.cached_property
    def _sees_evidence(self) -> bool:
        principal = self.batch.context.principal
        return may(principal, READ, self._concerns, "RequirementEvidence.evidence")

    @functools.cached_property
    def _concerns(self) -> Resource:
        """What the decision is to the viewer: the application, or the membership alone."""
        application = self.batch.application(self.row)
        return self.resource if application is None else application.resource

    @functools.cached_property
    def _clauses(self) -> frozenset[str]:
        return frozenset(self.batch.decision(self.row).parsed.data["clauses"])
