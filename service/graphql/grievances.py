"""The list of grievances: the staff's is of all, a representative's of those of their party."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import strawberry

from projections import grievances, mergers
from projections.grievances import GrievanceFilter, GrievanceRow
from projections.paging import Page, Window
from service.graphql.context import Context
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.types.grievance import Grievance, GrievanceBatch
from service.security.access import READ, Kind, Resource, may

_BY_FILING: Final = Order[GrievanceRow]("grievances/filing", tuple[int], grievances.key)

ResolvedArgument: TypeAlias = Annotated[
    bool | None,
    strawberry.argument(description="Only those that are answered, or only those that are not."),
]


def grievance_page(
    context: Context, arguments: PageArguments, *, resolved: bool | None
) -> Connection[Grievance]:
    """Return a page of the grievances that the viewer may know of, in the order of filing."""
    principal = context.principal
    sees_all = may(principal, READ, Resource(kind=Kind.GRIEVANCE))
    # What one has no part in is absent, from the pages and from the count.
    connection, now = context.connection, context.now
    parties = None if sees_all else _own(context, principal.party or "")
    wanted = GrievanceFilter(resolved=resolved, parties=parties)

    def read(window: Window) -> Page[GrievanceRow]:
        return grievances.page(connection, now, wanted, window)

    def nodes(rows: Sequence[GrievanceRow]) -> Sequence[Grievance]:
        return list(GrievanceBatch(context, rows, now).objects.values())

    return Connection[Grievance](
        paged=Paged(
            context,
            _BY_FILING,
            window_of(context, _BY_FILING, arguments),
            read=read,
            nodes=nodes,
            count=lambda: grievances.total(connection, now, wanted),
        )
    )


def _own(context: Context, party: str) -> list[str]:
    """Return the parties whose grievances a party sees: its own alone where it is a part."""
    connection, now = context.connection, context.now
    if mergers.by_parties(connection, now, [party]):
        return [party]
    return mergers.with_parts(connection, now, [party])
