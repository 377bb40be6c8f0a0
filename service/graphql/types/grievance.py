"""Grievances, for the staff and those who have a part in them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import strawberry

from domain.terms import GrievanceOutcome, PartyId, StaffRole
from projections import grievances, mergers
from projections.as_of import AsOf
from projections.grievances import GrievanceRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.describing import describe
from service.graphql.entries import by_ids
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.types.entry import Entry, EntryBatch
from service.graphql.types.membership import Membership, memberships_by_id
from service.graphql.types.node import Node
from service.security.access import READ, Kind, Resource, may

_FILED: Final = {"data.text": "Grievance.text"}
_RESOLVED: Final = {
    "data.outcome": "Grievance.outcome",
    "data.resolution": "Grievance.resolution",
}

describe(
    StaffRole,
    "In which role somebody on the staff acts as a grievance is about.",
    {
        StaffRole.REVIEWER: "As a reviewer.",
        StaffRole.COMMITTEE: "As a member of the committee.",
        StaffRole.DIRECTOR: "As the director.",
    },
)
describe(
    GrievanceOutcome,
    "What came of a grievance.",
    {
        GrievanceOutcome.UPHELD: "The member was right.",
        GrievanceOutcome.DISMISSED: "There was no cause for it.",
    },
)


class GrievanceBatch:
    """Grievances that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the grievances' rows; those that the viewer may not know of are left out.
        as_of: what the rows describe.
    """

    def __init__(self, context: Context, rows: Sequence[GrievanceRow], as_of: AsOf) -> None:
        self.context = context
        self.as_of = as_of
        self.resources = _resources(context, rows)
        self.rows = [row for row in rows if may(context.principal, READ, self.resources[row.id])]

    @functools.cached_property
    def objects(self) -> dict[str, Grievance]:
        """The grievances, by id."""
        return {
            row.id: Grievance(
                id=global_id(NodeKind.GRIEVANCE, row.id),
                row=row,
                batch=self,
                resource=self.resources[row.id],
            )
            for row in self.rows
        }

    @functools.cached_property
    def filed(self) -> HiddenValues:
        """What was complained of."""
        positions = {row.filed_position: self.resources[row.id] for row in self.rows}
        return HiddenValues(self.context, positions, _FILED)

    @functools.cached_property
    def resolved(self) -> HiddenValues:
        """What came of it."""
        positions = {
            row.resolved_position: self.resources[row.id]
            for row in self.rows
            if row.resolved_position is not None
        }
        return HiddenValues(self.context, positions, _RESOLVED)

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The members that complain and are complained of, by id."""
        ids = {each for row in self.rows for each in (row.membership, row.against) if each}
        return memberships_by_id(self.context, sorted(ids), self.as_of)

    @functools.cached_property
    def decisions(self) -> dict[str, Entry]:
        """The entries that are complained of, by id."""
        ids = [row.entry for row in self.rows if row.entry is not None]
        rows = by_ids(self.context.connection, ids)
        objects = EntryBatch(self.context, rows).objects
        return {row.entry_id: objects[row.position] for row in rows}


@object_type
class Grievance(Node):
    """A member complains of a decision or of conduct."""

    row: strawberry.Private[GrievanceRow]
    batch: strawberry.Private[GrievanceBatch]
    resource: strawberry.Private[Resource]

    @field
    def member(self) -> Membership | None:
        """The member that complains; not shown to the one that it is about."""
        return self.batch.memberships.get(self.row.membership)

    @field
    def against(self) -> Membership | None:
        """The member whose conduct it is about, if it is about one."""
        against = self.row.against
        return None if against is None else self.batch.memberships.get(against)

    @field
    def decision(self) -> Entry | None:
        """The entry of the decision that it is about, if it is about one."""
        return None if self.row.entry is None else self.batch.decisions.get(self.row.entry)

    @field
    def role(self) -> StaffRole | None:
        """The role in which somebody acts as it is about, if it is about that."""
        return self.row.role

    @field
    def text(self) -> str | None:
        """What the member complains of, in its words."""
        return self.batch.filed.value(self.row.filed_position, "data.text", str)

    @field
    def filed_on(self) -> date:
        """The day on which it was filed."""
        return self.row.filed_on

    @field
    def outcome(self) -> GrievanceOutcome | None:
        """What came of it; null until it is answered."""
        position = self.row.resolved_position
        if position is None:
            return None
        return self.batch.resolved.value(position, "data.outcome", GrievanceOutcome)

    @field
    def resolution(self) -> str | None:
        """The answer, in words."""
        position = self.row.resolved_position
        return (
            None
            if position is None
            else self.batch.resolved.value(position, "data.resolution", str)
        )

    @field
    def resolved_on(self) -> date | None:
        """The day on which it was answered."""
        return self.row.resolved_on

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version


def grievances_by_id(context: Context, ids: Iterable[str], as_of: AsOf) -> dict[str, Grievance]:
    """Return the grievances that the viewer may know of, by id, in one statement."""
    rows = grievances.by_ids(context.connection, as_of, ids)
    return GrievanceBatch(context, list(rows.values()), as_of).objects


def _resources(context: Context, rows: Sequence[GrievanceRow]) -> dict[str, Resource]:
    """Return what grievances are to the viewer: after a merger, the survivor's as well.

    Whoever filed one keeps it while they are part of another party, and whoever it is about knows
    of it. Where those two have become one, it stays with who filed it: to merge is no way to read
    what was said of oneself.
    """
    viewer = context.principal.party
    parties = {each for row in rows for each in (row.party, row.against_party) if each}
    ends = mergers.ends_of(context.connection, context.now, parties)

    def now(party: str) -> PartyId:
        return PartyId(party if party == viewer else ends[party])

    def resource(row: GrievanceRow) -> Resource:
        against = row.against_party
        within = against is not None and ends[row.party] == ends[against]
        return Resource(
            kind=Kind.GRIEVANCE,
            party=PartyId(row.party) if within else now(row.party),
            against=None if against is None else now(against),
        )

    return {row.id: resource(row) for row in rows}
