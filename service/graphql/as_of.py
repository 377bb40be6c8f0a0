"""The ``asOf`` argument: which entries to take into account, and for which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias

import sqlalchemy as sa
import strawberry

from projections.as_of import AsOf, position_at
from projections.tables import LAST_DAY
from service.graphql.context import Context, Info
from service.graphql.errors import InvalidArgumentError
from service.graphql.guard import path_of
from service.ledger import tables


@strawberry.input(
    one_of=True, name="AsOfPoint", description="A point in the ledger, in one of two ways."
)
class AsOfPoint:
    """Exactly one of the two is given."""

    position: int | None = strawberry.field(
        default=strawberry.UNSET, description="The last entry to take into account, from 1."
    )
    recorded_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Take into account what was recorded by then. Clocks go backwards: the last position "
            "counts up to which no recorded time is later."
        ),
    )


@strawberry.input(
    name="AsOf",
    description=(
        "What an answer describes: the ledger up to a point, and a day. It selects data only: "
        "who may see what, and which listings are shown, is judged now."
    ),
)
class AsOfInput:
    """A point, a day, both, or neither."""

    at: AsOfPoint | None = strawberry.field(
        default=None, description="The ledger up to there; up to its head if left out."
    )
    effective_on: date | None = strawberry.field(
        default=None,
        description=(
            "The day on which facts are to hold. If left out, the day that it was for the "
            "coalition at the point asked for; today where none was."
        ),
    )


AsOfArgument: TypeAlias = Annotated[
    AsOfInput | None,
    strawberry.argument(description="What the answer describes: the present if left out."),
]


def resolve(info: Info, given: AsOfInput | None, *, since_founding: bool = True) -> AsOf:
    """Return what an argument means in this request, and note it for the response.

    Args:
        info: the field's.
        given: its argument.
        since_founding: the day may not lie before the founding; history's may.

    Raises:
        InvalidArgumentError: the point lies ahead of the ledger, or point or day before it, or
            the day stands for no end.
    """
    context = info.context
    if given is None or (given.at is None and given.effective_on is None):
        return context.now
    position, day = position_of(context, given.at, "asOf.at")
    effective = given.effective_on or day
    if since_founding and effective < context.coalition.founded_on:
        message = f"The coalition was founded on {context.coalition.founded_on}."
        raise InvalidArgumentError("asOf.effectiveOn", "not-before-founding", message)
    if effective > LAST_DAY:
        message = f"The last day that can be asked for is {LAST_DAY}."
        raise InvalidArgumentError("asOf.effectiveOn", "not-after-the-last-day", message)
    as_of = AsOf(position, effective, current=position == context.snapshot.position)
    context.resolved(path_of(info.path), as_of)
    return as_of


def position_of(context: Context, point: AsOfPoint | None, argument: str) -> tuple[int, date]:
    """Return the position of a point, and the day that it was there; the head's for none.

    Args:
        context: the request.
        point: what was given.
        argument: the argument that gave it, for the error.

    Raises:
        InvalidArgumentError: the point lies ahead of the ledger, or before it.
    """
    head = context.snapshot.position
    if point is None:
        return head, context.today
    if isinstance(point.recorded_at, datetime):
        return _recorded(context, point.recorded_at, argument)
    position = point.position
    if not isinstance(position, int):
        message = "Give a position or a recorded time."
        raise InvalidArgumentError(argument, "one-of", message)
    if position > head:
        message = f"The ledger ends at position {head}; {position} lies in the future."
        raise InvalidArgumentError(f"{argument}.position", "not-in-the-future", message)
    if position < 1:
        message = f"Positions begin at 1; {position} is none."
        raise InvalidArgumentError(f"{argument}.position", "not-before-founding", message)
    return position, context.known(("day", position), lambda: _day(context, position))


def _recorded(context: Context, recorded_at: datetime, argument: str) -> tuple[int, date]:
    if recorded_at > context.ledger.clock():
        message = "The recorded time lies in the future."
        raise InvalidArgumentError(f"{argument}.recordedAt", "not-in-the-future", message)
    position = position_at(context.connection, int(recorded_at.timestamp()))
    if position < 1:
        message = "Nothing was recorded by then: the ledger begins later."
        raise InvalidArgumentError(f"{argument}.recordedAt", "not-before-founding", message)
    # An entry may count from a day before it was recorded, never the founding itself.
    day = recorded_at.astimezone(context.zone).date()
    return min(position, context.snapshot.position), max(day, context.coalition.founded_on)


def _day(context: Context, position: int) -> date:
    entries = tables.entries
    recorded_max = context.connection.execute(
        sa.select(entries.c.recorded_max).where(entries.c.position == position)
    ).scalar_one()
    day = datetime.fromtimestamp(recorded_max, context.zone).date()
    return max(day, context.coalition.founded_on)
