"""Appeals against declines, suspensions and terminations."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Final

import strawberry

from domain.terms import AppealOutcome, AppealPhase, Awaited
from projections import appeals
from projections.appeals import AppealRow
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.describing import describe
from service.graphql.hidden import HiddenValues
from service.graphql.types.node import Node
from service.graphql.types.vote import Vote, votes_by_id
from service.security.access import Resource

_FIELDS: Final = {"data.grounds": "Appeal.grounds"}

describe(
    AppealPhase,
    "Where an appeal stands.",
    {
        AppealPhase.FILED: "It waits to be put to a vote.",
        AppealPhase.PUT_TO_VOTE: "Those who took no part in the decision vote on it.",
        AppealPhase.DECIDED: "The vote has taken effect, or nothing is left to decide.",
    },
)
describe(
    AppealOutcome,
    "What became of the decision.",
    {
        AppealOutcome.UPHELD: "It stands.",
        AppealOutcome.OVERTURNED: "The application is reviewed anew, or the membership goes on"
        " once it has a place.",
        AppealOutcome.MOOT: "Nothing is left to decide: the decision was lifted, or replaced.",
    },
)


class AppealBatch:
    """The appeals of applications, or memberships, that are siblings in a response.

    Args:
        context: the request.
        resources: what each of them is to the viewer, by its id.
        as_of: what they describe.
    """

    def __init__(self, context: Context, resources: Mapping[str, Resource], as_of: AsOf) -> None:
        self.context = context
        self.resources = resources
        self.as_of = as_of

    @functools.cached_property
    def objects(self) -> dict[str, Appeal]:
        """The last appeal of each that had one."""
        return {
            subject: Appeal(row=row, batch=self, resource=self.resources[subject])
            for subject, row in self._rows.items()
        }

    @functools.cached_property
    def votes(self) -> dict[str, Vote]:
        """The votes that decide, by their own id."""
        ids = [row.vote for row in self._rows.values() if row.vote is not None]
        return votes_by_id(self.context, ids, self.as_of)

    @functools.cached_property
    def subjects(self) -> Mapping[str, Node]:
        """What the appeals are about, by its own id."""
        from service.graphql.types.application import (  # noqa: PLC0415 - a cycle of types
            applications_by_id,
        )
        from service.graphql.types.membership import (  # noqa: PLC0415 - a cycle of types
            memberships_by_id,
        )

        ids = [*self._rows]
        return {
            **applications_by_id(self.context, ids, self.as_of),
            **memberships_by_id(self.context, ids, self.as_of),
        }

    @functools.cached_property
    def grounds(self) -> HiddenValues:
        """Why decisions are appealed."""
        positions = {row.filed_position: self.resources[each] for each, row in self._rows.items()}
        return HiddenValues(self.context, positions, _FIELDS)

    @functools.cached_property
    def _rows(self) -> dict[str, AppealRow]:
        return appeals.by_subjects(self.context.connection, self.as_of, self.resources)


@object_type
class Appeal:
    """A decision is looked at again by those who took no part in it."""

    row: strawberry.Private[AppealRow]
    batch: strawberry.Private[AppealBatch]
    resource: strawberry.Private[Resource]

    @field
    def phase(self) -> AppealPhase:
        """Where it stands."""
        if self.row.outcome is not None:
            return AppealPhase.DECIDED
        return AppealPhase.FILED if self.row.vote is None else AppealPhase.PUT_TO_VOTE

    @field
    def about(self) -> Node | None:
        """The application that was declined, or the membership that was suspended or terminated."""
        return self.batch.subjects.get(self.row.id)

    @field
    def filed_on(self) -> date:
        """The day from which it counts as filed."""
        return self.row.filed_on

    @field
    def age_days(self) -> int:
        """Days from then on until it was decided, or until now."""
        return max(
            0, ((self.row.decided_on or self.batch.as_of.effective) - self.row.filed_on).days
        )

    @field
    def waiting_on(self) -> Awaited | None:
        """Who is waited for: the committee has a vote decide it. Null once it is decided."""
        return Awaited.COMMITTEE if self.row.outcome is None else None

    @field
    def grounds(self) -> str | None:
        """Why the decision is wrong, by who appeals."""
        return self.batch.grounds.value(self.row.filed_position, "data.grounds", str)

    @field
    def vote(self) -> Vote | None:
        """The vote of those who decide it; null before it is opened."""
        return None if self.row.vote is None else self.batch.votes.get(self.row.vote)

    @field
    def outcome(self) -> AppealOutcome | None:
        """What became of the decision; null until the appeal is decided."""
        return self.row.outcome

    @field
    def decided_on(self) -> date | None:
        """The day from which it is decided; null until it is."""
        return self.row.decided_on
