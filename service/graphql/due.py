"""The list of deadlines: what it may be filtered by, who sees which, and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, TypeAlias

import msgspec
import strawberry

from domain.terms import PartyId
from projections import mergers
from service import due
from service.deadline import Due, DueKind
from service.due import DueFilter
from service.graphql.context import Context
from service.graphql.filters import check_filter
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.types.due import DueBatch, DueDate
from service.graphql.voters import open_on_own, voting_of
from service.security.access import READ, Kind, Resource, may
from service.security.principal import Role

_BY_DAY: Final = Order[Due]("due-dates/day", tuple[date, str, str], lambda each: each.key)


@strawberry.input(
    name="DueDateFilter", description="Which deadlines are wanted. Leave a field out to want any."
)
class DueDateFilterInput:
    """Restrictions that hold together."""

    kinds: list[DueKind] | None = strawberry.field(
        default=None, description="What is to have happened."
    )
    until: date | None = strawberry.field(default=None, description="Due by this day.")


DueDateFilterArgument: TypeAlias = Annotated[
    DueDateFilterInput | None, strawberry.argument(description="Which deadlines are wanted.")
]


def due_date_page(
    context: Context, given: DueDateFilterInput | None, arguments: PageArguments
) -> Connection[DueDate]:
    """Return a page of the deadlines that concern the viewer, the earliest first."""
    given = given or DueDateFilterInput()
    check_filter(given)
    wanted = _own(context, DueFilter(kinds=given.kinds, until=given.until, today=context.today))
    connection = context.connection
    policies = due.policies_of(context.ledger, connection, context.coalition)

    def nodes(found: Sequence[Due]) -> Sequence[DueDate]:
        return DueBatch(context, found).objects

    return Connection[DueDate](
        paged=Paged(
            context,
            _BY_DAY,
            window_of(context, _BY_DAY, arguments),
            read=lambda window: due.page(connection, policies, wanted, window),
            nodes=nodes,
            count=lambda: due.total(connection, policies, wanted),
        )
    )


def _own(context: Context, wanted: DueFilter) -> DueFilter:
    """Restrict what is asked for to what is the viewer's: to others it is absent."""
    principal = context.principal
    if may(principal, READ, Resource(kind=Kind.APPLICATION)):
        return wanted if may(principal, READ, field="Review.plans") else _without_plans(wanted)
    if principal.role is Role.APPLICANT:
        return msgspec.structs.replace(wanted, applicant=principal.id)
    if principal.role is Role.REPRESENTATIVE and principal.party is not None:
        connection, now = context.connection, context.now
        parties = tuple(map(PartyId, mergers.with_parts(connection, now, [principal.party])))
        votes = (*voting_of(context).votes, *open_on_own(context))
        return msgspec.structs.replace(wanted, parties=parties, votes=votes)
    return msgspec.structs.replace(wanted, kinds=[])


def _without_plans(wanted: DueFilter) -> DueFilter:
    """Leave out plans: a reviewer sees those of the applications that they were assigned there."""
    kinds = list(DueKind) if wanted.kinds is None else wanted.kinds
    others = [kind for kind in kinds if kind is not DueKind.IMPROVEMENT_PLAN]
    return msgspec.structs.replace(wanted, kinds=others)
