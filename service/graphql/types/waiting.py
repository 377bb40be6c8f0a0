"""What an application waits for: whom, how long, and what the applicant was asked."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import strawberry

from domain.membership.ending import deadline_of
from domain.membership.phases import EXPIRING
from domain.membership.waiting import AWAITED
from domain.policy import Deadlines
from domain.terms import ApplicationPhase, Awaited, VoteOutcome
from projections import queue, votes
from projections.application_folds import ApplicationRow, Asked
from projections.as_of import AsOf
from projections.reviews import ReviewRow
from projections.votes import VoteRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.rules import rules_at
from service.security.access import Resource

_FIELDS: Final = {
    "data.question": "InformationRequest.question",
    "data.answer": "InformationRequest.answer",
    "data.reason": "Application.withdrawalReason",
}


class WaitingBatch:
    """What applications that are siblings in a response wait for.

    Args:
        context: the request.
        rows: the applications' rows.
        resources: what each application is to the viewer, by its id.
        as_of: what the rows describe.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[ApplicationRow],
        resources: Mapping[str, Resource],
        as_of: AsOf,
    ) -> None:
        self._context = context
        self._as_of = as_of
        self._rows = rows
        self._resources = resources

    @functools.cached_property
    def values(self) -> HiddenValues:
        """Hidden values of questions, answers and withdrawals."""
        positions = {
            position: self._resources[row.id]
            for row in self._rows
            for position in _positions(row)
            if position is not None
        }
        return HiddenValues(self._context, positions, _FIELDS)

    def _deadlines(self, row: ApplicationRow) -> Deadlines:
        """Return the deadlines that the sweep goes by: of the policy of the submission."""
        rules = rules_at(self._context, self._as_of)
        return rules.file(rules.adopted_by(row.submitted_on)).deadlines

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """The place in line of each of the applications that wait for a seat."""
        waitlisted = (row for row in self._rows if row.phase is ApplicationPhase.WAITLISTED)
        tiers = {row.tier for row in waitlisted}
        return queue.places(self._context.connection, self._as_of, tiers) if tiers else {}

    def waiting(self, row: ApplicationRow, review: ReviewRow | None) -> Waiting | None:
        """Return what an application waits for; ``None`` where nothing is left to do."""
        on = AWAITED.get(row.phase)
        if on is None:
            return None
        if row.phase is ApplicationPhase.IN_REVIEW and (review is None or not review.reviewers):
            on = Awaited.DIRECTOR
        return Waiting(
            resource=self._resources[row.id],
            on=on,
            since=row.phase_since,
            days=max(0, (self._as_of.effective - row.phase_since).days),
            paused_days=row.clock.paused_days,
            place=self.places.get(row.id),
            row=row,
            batch=self,
        )

    def expires_on(self, row: ApplicationRow) -> date | None:
        """Return the last day before an application or its seat is lost."""
        if row.phase not in EXPIRING:
            return row.due_from if row.phase is ApplicationPhase.SEAT_OFFERED else None
        vote = self._votes.get(row.id)
        if vote is not None and vote.said_no and row.clock.due is None:
            return None
        passed = vote is not None and vote.outcome is VoteOutcome.PASSED
        passed_on = vote.closed_on if vote is not None and passed else None
        return deadline_of(row.clock, self._deadlines(row), passed_on)[1]

    @functools.cached_property
    def _votes(self) -> dict[str, VoteRow]:
        """The last vote on each of the applications that expire."""
        expiring = [row.id for row in self._rows if row.phase in EXPIRING]
        return votes.latest_on(self._context.connection, self._as_of, expiring)

    def requests(self, row: ApplicationRow) -> list[InformationRequest]:
        """Return what the applicant was asked."""
        resource = self._resources[row.id]
        return [InformationRequest(asked=each, batch=self, resource=resource) for each in row.asked]


@object_type
class InformationRequest:
    """The applicant was asked something."""

    asked: strawberry.Private[Asked]
    batch: strawberry.Private[WaitingBatch]
    resource: strawberry.Private[Resource]

    @field
    def question(self) -> str | None:
        """What was asked."""
        return self.batch.values.value(self.asked.position, "data.question", str)

    @field
    def asked_on(self) -> date:
        """The day from which the clock stands still."""
        return self.asked.on

    @field
    def due(self) -> date:
        """The last day for the answer."""
        return self.asked.due

    @field
    def answer(self) -> str | None:
        """What was answered; null until there is an answer."""
        position = self.asked.answered_position
        return None if position is None else self.batch.values.value(position, "data.answer", str)

    @field
    def answered_on(self) -> date | None:
        """The day from which the clock goes on; null until there is an answer."""
        return self.asked.answered_on


@object_type
class Waiting:
    """For whom an application waits, and how long it has."""

    resource: strawberry.Private[Resource]
    row: strawberry.Private[ApplicationRow]
    batch: strawberry.Private[WaitingBatch]
    on: Awaited = strawberry.field(description="Who has to do the next thing.")
    since: date = strawberry.field(description="The day since which it waits for them.")
    days: int = strawberry.field(description="Days since then.")
    paused_days: int = strawberry.field(
        description="Days that count for no deadline: those of answered questions."
    )
    place: int | None = strawberry.field(
        description="Its place among those who wait for a seat of its tier, from 1; null unless it "
        "is on the waitlist."
    )

    @field
    def expires_on(self) -> date | None:
        """The last day before it or its seat is lost; null where there is none, as once those who
        vote have said no, and it is to be declined.
        """
        return self.batch.expires_on(self.row)


def _positions(row: ApplicationRow) -> Sequence[int | None]:
    asked = [position for each in row.asked for position in (each.position, each.answered_position)]
    return [*asked, row.withdrawn_position]
