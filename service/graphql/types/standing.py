"""Standings: whether a membership may act, from when on, and why."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import strawberry

from domain.terms import MembershipStatus
from projections import membership_folds
from projections.as_of import AsOf
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.security.access import Resource

if TYPE_CHECKING:
    from service.graphql.types.vote import Vote

LazyVote: TypeAlias = Annotated["Vote", strawberry.lazy("service.graphql.types.vote")]

_REASONS: Final = {
    "data.reason": "StandingChange.reason",
    "data.clauses": "StandingChange.clauses",
    "data.condition": "StandingChange.condition",
}


class StandingChangeBatch:
    """The standings of memberships that are siblings in a response.

    Args:
        context: the request.
        resources: what each membership is to the viewer, by its id.
        rows: the memberships' rows.
        as_of: what the rows describe.
    """

    def __init__(
        self,
        context: Context,
        resources: Mapping[str, Resource],
        rows: Sequence[MembershipRow],
        as_of: AsOf,
    ) -> None:
        self.context = context
        self.resources = resources
        self.as_of = as_of
        self._changes = [(row.id, each) for row in rows for each in row.standings]

    def of(self, row: MembershipRow) -> list[StandingChange]:
        """Return the standings of a membership, in order."""
        resource = self.resources[row.id]
        return [
            StandingChange(change=each, batch=self, resource=resource) for each in row.standings
        ]

    @functools.cached_property
    def reasons(self) -> HiddenValues:
        """Why memberships came to their standings."""
        positions = {each.position: self.resources[id_] for id_, each in self._changes}
        return HiddenValues(self.context, positions, _REASONS)

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries by which memberships came to their standings."""
        return entries_at(self.context, [each.position for _, each in self._changes])

    @functools.cached_property
    def votes(self) -> dict[str, Vote]:
        """The votes that standings rest on, by id."""
        from service.graphql.types.vote import votes_by_id  # noqa: PLC0415 - a cycle of types

        ids = {each.vote for _, each in self._changes if each.vote is not None}
        return votes_by_id(self.context, ids, self.as_of)


@object_type
class StandingChange:
    """From when on a membership has a standing, and why."""

    change: strawberry.Private[membership_folds.StandingChange]
    batch: strawberry.Private[StandingChangeBatch]
    resource: strawberry.Private[Resource]

    @field
    def standing(self) -> MembershipStatus:
        """The standing."""
        return self.change.standing

    @field
    def since(self) -> date:
        """The day from which it holds."""
        return self.change.since

    @field
    def until(self) -> date | None:
        """The day on which a suspension is meant to be lifted; null where that hangs on its
        condition alone, and of any other standing.
        """
        return self.change.until

    @field
    def reason(self) -> str | None:
        """Why, in words."""
        return self.batch.reasons.value(self.change.position, "data.reason", str)

    @field
    def clauses(self) -> list[str] | None:
        """The requirements and standards of the tier that it rests on."""
        return self.batch.reasons.value(self.change.position, "data.clauses", list[str])

    @field
    def condition(self) -> str | None:
        """What the member is to do before a suspension is lifted."""
        return self.batch.reasons.value(self.change.position, "data.condition", str)

    @field
    def vote(self) -> LazyVote | None:
        """The vote that it rests on, where there was one."""
        return None if self.change.vote is None else self.batch.votes.get(self.change.vote)

    @field
    def entry(self) -> Entry:
        """The entry that records it."""
        return self.batch.entries.objects[self.change.position]
