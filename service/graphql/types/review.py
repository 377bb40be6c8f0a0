"""Reviews: the confidential side of an application."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

import strawberry

from domain.membership.requirements import unmet_clause
from domain.terms import Assessment, Recommendation
from projections.as_of import AsOf
from projections.conflicts import ConflictRow
from projections.reviews import ReviewRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.receipts import UnmetRequirement, unmet_requirement
from service.graphql.rules import rules_at
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.security.access import Resource

_FIELDS: Final = {
    "data.requirement": "Finding.requirement",
    "data.met": "Finding.met",
    "data.note": "Finding.note",
    "data.standard": "StandardAssessment.standard",
    "data.assessment": "StandardAssessment.assessment",
    "data.due": "ImprovementPlan.due",
    "data.steps": "ImprovementPlan.steps",
    "data.recommendation": "Review.recommendation",
    "data.reasons": "Review.reasons",
    "data.clauses": "Decline.clauses",
    "data.declarer": "InterestConflict.declarer",
    "data.party": "InterestConflict.party",
    "data.details": "InterestConflict.details",
    "actorId": "Review.conflicted",
}
"""Hidden values of the entries of a review, by the field that shows them."""

ValueT = TypeVar("ValueT")


def review_positions(row: ReviewRow | None, aside: ConflictRow | None) -> Iterable[int]:
    """Yield the positions of the entries that hold what a review found, and who stands aside."""
    if row is not None:
        yield from row.finding_positions
        yield from row.assessment_positions
        yield from row.plan_positions
        for position in (row.recorded_position, row.declined_position):
            if position is not None:
                yield position
    if aside is not None:
        yield from aside.declared_positions


class ReviewBatch:
    """The entries of reviews that are siblings in a response.

    Args:
        context: the request.
        positions: where they are, with what each application is to the viewer.
        as_of: what is shown.
    """

    def __init__(self, context: Context, positions: Mapping[int, Resource], as_of: AsOf) -> None:
        self.context = context
        self.as_of = as_of
        self.positions = positions

    @functools.cached_property
    def values(self) -> HiddenValues:
        """What they hide."""
        return HiddenValues(self.context, self.positions, _FIELDS)

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries themselves."""
        return entries_at(self.context, sorted(self.positions))


@object_type
class Finding:
    """Whether a reviewer found a requirement met."""

    position: strawberry.Private[int]
    batch: strawberry.Private[ReviewBatch]
    resource: strawberry.Private[Resource]
    requirement: str = strawberry.field(description="The policy clause.")
    met: bool | None = strawberry.field(description="Whether it is met.")
    note: str | None = strawberry.field(description="What the reviewer noted.")

    @field
    def entry(self) -> Entry | None:
        """The entry that records it."""
        return self.batch.entries.objects.get(self.position)


@object_type
class StandardAssessment:
    """How a reviewer found the applicant to stand to a minimum standard."""

    position: strawberry.Private[int]
    batch: strawberry.Private[ReviewBatch]
    resource: strawberry.Private[Resource]
    standard: str = strawberry.field(description="The policy clause.")
    assessment: Assessment | None = strawberry.field(description="What was found.")
    note: str | None = strawberry.field(description="What the reviewer noted.")

    @field
    def entry(self) -> Entry | None:
        """The entry that records it."""
        return self.batch.entries.objects.get(self.position)


@object_type
class ImprovementPlan:
    """How and until when a standard that is worked towards will be met."""

    position: strawberry.Private[int]
    batch: strawberry.Private[ReviewBatch]
    resource: strawberry.Private[Resource]
    standard: str = strawberry.field(description="The policy clause.")
    due: date | None = strawberry.field(description="The day by which it is to be met.")
    steps: str | None = strawberry.field(description="What was agreed.")

    @field
    def entry(self) -> Entry | None:
        """The entry that records it."""
        return self.batch.entries.objects.get(self.position)


@object_type
class Decline:
    """Why an application was declined. The applicant reads the clauses; the note is for staff."""

    position: strawberry.Private[int]
    batch: strawberry.Private[ReviewBatch]
    resource: strawberry.Private[Resource]
    tier: strawberry.Private[str]

    @field
    def clauses(self) -> list[str] | None:
        """The policy clauses not met."""
        return self.batch.values.value(self.position, "data.clauses", list[str])

    @field
    def unmet(self) -> list[UnmetRequirement] | None:
        """The same, each with what is missing and what would satisfy it, by the version of the
        policy that the decision was made under.
        """
        rules = rules_at(self.batch.context, self.batch.as_of)
        adopted = [each for each in rules.coalition.policies if each.position < self.position]
        policy = rules.file(adopted[-1])
        found = [unmet_clause(each, self.tier, policy) for each in self.clauses() or []]
        return [unmet_requirement(each) for each in found]

    @field
    def note(self) -> str | None:
        """What the committee noted."""
        return self.batch.values.value(self.position, "data.note", str)


@object_type
class InterestConflict:
    """What keeps somebody, or an organisation, from judging it."""

    resource: strawberry.Private[Resource]
    declarer: strawberry.ID | None = strawberry.field(description="Who declared it.")
    party: strawberry.ID | None = strawberry.field(
        description="The organisation that stands aside in votes; null for the person alone."
    )
    details: str | None = strawberry.field(description="What it is.")


@object_type
class Review:
    """The review of an application. Seen by those who decide, not by the applicant.

    Who votes on it sees what was found and recommended, and why; also afterwards, of what was
    there at the close, if they cast a ballot.
    """

    row: strawberry.Private[ReviewRow | None]
    conflict_row: strawberry.Private[ConflictRow | None]
    batch: strawberry.Private[ReviewBatch]
    resource: strawberry.Private[Resource]
    tier: strawberry.Private[str]

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means to whoever reviews or decides
        the application.
        """
        return 0 if self.row is None else self.row.version

    @field
    def reviewers(self) -> list[strawberry.ID] | None:
        """Who was assigned, in order."""
        return [] if self.row is None else [strawberry.ID(each) for each in self.row.reviewers]

    @field
    def recused(self) -> list[strawberry.ID] | None:
        """Who has no part in it, in order."""
        row = self.conflict_row
        return [] if row is None else [strawberry.ID(each) for each in row.recused]

    @field
    def conflicts(self) -> list[InterestConflict] | None:
        """The conflicts of interest that were declared, in order."""
        positions = () if self.conflict_row is None else self.conflict_row.declared_positions
        return [
            InterestConflict(
                resource=self.resource,
                declarer=self._id(position, "declarer", None),
                party=self._id(position, "party", NodeKind.PARTY),
                details=self._value(position, "details", str),
            )
            for position in positions
        ]

    @field
    def conflicted(self) -> bool | None:
        """Whether anything of it was found or recommended by somebody who stands aside since."""
        row, aside = self.row, self.conflict_row
        if row is None or aside is None:
            return False
        found = (*row.finding_positions, *row.assessment_positions, *row.plan_positions)
        said = found if row.recorded_position is None else (*found, row.recorded_position)
        values = self.batch.values
        return any(values.value(position, "actorId", str) in aside.recused for position in said)

    @field
    def findings(self) -> list[Finding]:
        """The last finding about each requirement."""
        positions = () if self.row is None else self.row.finding_positions
        return [
            Finding(
                position=position,
                batch=self.batch,
                resource=self.resource,
                requirement=requirement,
                met=self._value(position, "met", bool),
                note=self._value(position, "note", str),
            )
            for requirement, position in self._last(positions, "requirement")
        ]

    @field
    def assessments(self) -> list[StandardAssessment]:
        """The last assessment by each standard."""
        positions = () if self.row is None else self.row.assessment_positions
        return [
            StandardAssessment(
                position=position,
                batch=self.batch,
                resource=self.resource,
                standard=standard,
                assessment=self._value(position, "assessment", Assessment),
                note=self._value(position, "note", str),
            )
            for standard, position in self._last(positions, "standard")
        ]

    @field
    def plans(self) -> list[ImprovementPlan] | None:
        """The last improvement plan for each standard.

        A plan ends when the standard is assessed otherwise.
        """
        positions = () if self.row is None else self.row.plan_positions
        assessed = self._assessed_since()
        return [
            ImprovementPlan(
                position=position,
                batch=self.batch,
                resource=self.resource,
                standard=standard,
                due=self._value(position, "due", date),
                steps=self._value(position, "steps", str),
            )
            for standard, position in self._last(positions, "standard")
            if position > assessed.get(standard, 0)
        ]

    @field
    def recommendation(self) -> Recommendation | None:
        """What the review recommends; null until it is complete."""
        return self._recorded("recommendation", Recommendation)

    @field
    def reasons(self) -> str | None:
        """The reasons for the recommendation."""
        return self._recorded("reasons", str)

    @field
    def decline(self) -> Decline | None:
        """Why the application was declined, if it was."""
        position = None if self.row is None else self.row.declined_position
        if position is None:
            return None
        return Decline(position=position, batch=self.batch, resource=self.resource, tier=self.tier)

    def _assessed_since(self) -> dict[str, int]:
        """Return the position since which each standard is assessed as it is."""
        since: dict[str, int] = {}
        assessed: dict[str, Assessment | None] = {}
        for position in () if self.row is None else self.row.assessment_positions:
            standard = self._value(position, "standard", str)
            assessment = self._value(position, "assessment", Assessment)
            if standard is not None and (
                standard not in since or assessed[standard] is not assessment
            ):
                since[standard], assessed[standard] = position, assessment
        return since

    def _recorded(self, name: str, kind: type[ValueT]) -> ValueT | None:
        position = None if self.row is None else self.row.recorded_position
        return None if position is None else self._value(position, name, kind)

    def _value(self, position: int, name: str, kind: type[ValueT]) -> ValueT | None:
        return self.batch.values.value(position, f"data.{name}", kind)

    def _id(self, position: int, name: str, kind: NodeKind | None) -> strawberry.ID | None:
        found = self._value(position, name, str)
        if found is None or kind is None:
            return None if found is None else strawberry.ID(found)
        return global_id(kind, found)

    def _last(self, positions: Sequence[int], name: str) -> list[tuple[str, int]]:
        """Return the last position for each subject; the last one counts."""
        found = {self._value(position, name, str): position for position in positions}
        return [(subject, position) for subject, position in found.items() if subject is not None]
