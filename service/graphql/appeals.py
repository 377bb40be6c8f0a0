"""The list of appeals, against declines, suspensions and terminations alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import strawberry

from projections import appeals
from projections.appeals import AppealRow
from projections.paging import Page, Window
from service.graphql.context import Context, Info
from service.graphql.declare import field
from service.graphql.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    PageArguments,
    Paged,
    window_of,
)
from service.graphql.types.appeal import Appeal, AppealBatch
from service.graphql.types.application import Application, applications_by_id
from service.graphql.types.membership import Membership, memberships_by_id

_BY_FILING: Final = Order[AppealRow]("appeals/filing", tuple[int], appeals.key)

DecidedArgument: TypeAlias = Annotated[
    bool | None,
    strawberry.argument(description="Only those that are decided, or only those that are open."),
]


def appeal_page(
    context: Context, arguments: PageArguments, *, decided: bool | None
) -> Connection[Appeal]:
    """Return a page of appeals. Who may ask for it may know of every application."""
    connection, now = context.connection, context.now

    def read(window: Window) -> Page[AppealRow]:
        return appeals.page(connection, now, window, decided=decided)

    def nodes(rows: Sequence[AppealRow]) -> Sequence[Appeal]:
        ids = [row.id for row in rows]
        subjects: dict[str, Application | Membership] = {
            **applications_by_id(context, ids, now),
            **memberships_by_id(context, ids, now),
        }
        resources = {each: subject.resource for each, subject in subjects.items()}
        found = AppealBatch(context, resources, now).objects
        return [found[each] for each in ids]

    return Connection[Appeal](
        paged=Paged(
            context,
            _BY_FILING,
            window_of(context, _BY_FILING, arguments),
            read=read,
            nodes=nodes,
            count=lambda: appeals.total(connection, now, decided=decided),
        )
    )


@strawberry.type
class AppealQueries:
    """The query of appeals."""

    @field
    def appeals(
        self,
        info: Info,
        decided: DecidedArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Appeal] | None:
        """The last appeal about each application and membership that had one, in the order of
        filing: what waits longest comes first. For staff.
        """
        arguments = PageArguments(first, after, last, before)
        return appeal_page(info.context, arguments, decided=decided)
