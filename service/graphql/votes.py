"""The list of votes: what it may be filtered by, and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import strawberry

from domain.policy import VoteKind
from domain.terms import VotePhase
from projections import votes
from projections.votes import VoteFilter, VoteRow
from service.graphql.context import Context
from service.graphql.filters import check_filter
from service.graphql.ids import NodeKind, own_id
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.types.vote import Vote, VoteBatch

_BY_OPENING: Final = Order[VoteRow]("votes/opening", tuple[int, str], votes.key)


@strawberry.input(
    name="VoteFilter", description="Which votes are wanted. Leave a field out to want any."
)
class VoteFilterInput:
    """Restrictions that hold together."""

    kinds: list[VoteKind] | None = strawberry.field(default=None, description="What they decide.")
    phases: list[VotePhase] | None = strawberry.field(default=None, description="Where they stand.")
    application: strawberry.ID | None = strawberry.field(
        default=None, description="The application that they are about."
    )


VoteFilterArgument: TypeAlias = Annotated[
    VoteFilterInput | None, strawberry.argument(description="Which votes are wanted.")
]


def vote_page(
    context: Context, given: VoteFilterInput | None, arguments: PageArguments
) -> Connection[Vote]:
    """Return a page of votes, in the order of their opening."""
    given = given or VoteFilterInput()
    check_filter(given)
    applications = None
    if given.application is not None:
        # That a vote is about an application stands in the log; which one, its id says.
        application = own_id(NodeKind.APPLICATION, given.application)
        applications = [] if application is None else [application]
    wanted = VoteFilter(kinds=given.kinds, phases=given.phases, applications=applications)
    connection, now = context.connection, context.now

    def nodes(rows: Sequence[VoteRow]) -> Sequence[Vote]:
        return list(VoteBatch(context, rows, now).objects.values())

    return Connection[Vote](
        paged=Paged(
            context,
            _BY_OPENING,
            window_of(context, _BY_OPENING, arguments),
            read=lambda window: votes.page(connection, now, wanted, window),
            nodes=nodes,
            count=lambda: votes.total(connection, now, wanted),
        )
    )
