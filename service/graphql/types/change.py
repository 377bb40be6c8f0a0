"""What changed between two points, membership by membership."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Final

import strawberry

from domain.policy import MembershipClassId
from domain.terms import PartyId
from projections import changes
from projections.as_of import AsOf
from projections.changes import Between, Change
from projections.membership_folds import MembershipRow
from service.graphql.as_of import AsOfPoint, position_of
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.errors import InvalidArgumentError
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.graphql.types.membership import Membership, memberships_by_id
from service.security.access import Kind, Resource

Shown = Callable[[MembershipRow], str | int | Enum | None]

_FIELDS: Final[Mapping[str, Shown]] = MappingProxyType(
    {
        "tier": lambda row: row.tier,
        "membershipClass": lambda row: MembershipClassId(row.membership_class),
        "standing": lambda row: row.status,
        "agreement": lambda row: row.agreement,
        "sentVersion": lambda row: row.sent_version,
        "signedVersion": lambda row: row.signed_version,
    }
)
"""What of a membership is compared, by the name that it has in the schema."""


class ChangeBatch:
    """Changes that are siblings in a response.

    Args:
        context: the request.
        rows: the changes.
        as_of: the later point: memberships are shown as of it.
    """

    def __init__(self, context: Context, rows: Sequence[Change], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries that made the changes."""
        return entries_at(self.context, [row.position for row in self.rows])

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The memberships that changed, by id."""
        ids = {row.after.id for row in self.rows}
        return memberships_by_id(self.context, sorted(ids), self.as_of)


@object_type
class FieldChange:
    """One field of a membership, before an entry and after it."""

    field: str = strawberry.field(description="The field of `Membership`.")
    before: str | None = strawberry.field(description="What it was; null where it was nothing.")
    after: str | None = strawberry.field(description="What it is from this entry on.")


@object_type
class MembershipChange:
    """What one entry changed in a membership."""

    row: strawberry.Private[Change]
    batch: strawberry.Private[ChangeBatch]
    resource: strawberry.Private[Resource]

    @field
    def membership(self) -> Membership | None:
        """The membership as of the later point."""
        return self.batch.memberships.get(self.row.after.id)

    @field
    def entry(self) -> Entry:
        """The entry that made the change."""
        return self.batch.entries.objects[self.row.position]

    @field
    def fields(self) -> list[FieldChange]:
        """The fields that changed; none where the entry changed none of them."""
        before, after = self.row.before, self.row.after
        compared = (
            (name, None if before is None else _text(shown(before)), _text(shown(after)))
            for name, shown in _FIELDS.items()
        )
        return [
            FieldChange(field=name, before=was, after=now)
            for name, was, now in compared
            if was != now
        ]


def change_page(
    context: Context, start: AsOfPoint, end: AsOfPoint | None, arguments: PageArguments
) -> Connection[MembershipChange]:
    """Return a page of what changed after one point and up to another.

    Raises:
        InvalidArgumentError: a point is none of the ledger, or the later one comes first.
    """
    earlier, _ = position_of(context, start, "from")
    later, day = position_of(context, end, "to")
    if later < earlier:
        message = f"to is position {later}, which comes before from, {earlier}."
        raise InvalidArgumentError("to", "not-before-from", message)
    between = Between(earlier, later)
    order = Order[Change]("changes/position", tuple[int], changes.key)
    connection = context.connection
    as_of = AsOf(later, day, current=later == context.snapshot.position)

    def nodes(rows: Sequence[Change]) -> Sequence[MembershipChange]:
        batch = ChangeBatch(context, rows, as_of)
        return [
            MembershipChange(
                row=row,
                batch=batch,
                resource=Resource(kind=Kind.MEMBERSHIP, party=PartyId(row.after.party)),
            )
            for row in rows
        ]

    return Connection[MembershipChange](
        paged=Paged(
            context,
            order,
            window_of(context, order, arguments),
            read=lambda window: changes.page(connection, between, window),
            nodes=nodes,
            count=lambda: changes.total(connection, between),
        )
    )


def _text(value: str | int | Enum | None) -> str | None:
    if value is None:
        return None
    return value.name if isinstance(value, Enum) else str(value)
