"""Connections (Relay): pages by keyset, with sealed cursors, counted only where asked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

import msgspec
import strawberry

from projections.paging import Key, Page, Window
from service.graphql.context import Context
from service.graphql.cursors import CursorError
from service.graphql.declare import field, object_type
from service.graphql.errors import InvalidArgumentError

DEFAULT_PAGE: Final = 25
LARGEST_PAGE: Final = 100

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(description="How many from the start: 25 if neither is given, up to 100."),
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor.")
]
Last: TypeAlias = Annotated[
    int | None, strawberry.argument(description="How many from the end instead, up to 100.")
]
Before: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor.")
]


class PageArguments(msgspec.Struct, frozen=True):
    """The four arguments of a connection, as they were given."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class Order(msgspec.Struct, Generic[RowT], frozen=True):
    """An order of a list: cursors made for one open only there.

    Attributes:
        name: of the list and its order, such as ``memberships/since``.
        key_type: of the values that it goes by.
        key: the values of a row.
    """

    name: str
    key_type: type[tuple[Any, ...]]
    key: Callable[[RowT], Key]


def window_of(
    context: Context, order: Order[Any], arguments: PageArguments, *, descending: bool = False
) -> Window:
    """Return the part of a list that paging arguments ask for.

    Raises:
        InvalidArgumentError: a number is out of range, both ends are asked for, or a cursor
            is none of this list.
    """
    first, last = arguments.first, arguments.last
    if first is not None and last is not None:
        raise InvalidArgumentError("last", "one-end", "Give first or last, not both.")
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= LARGEST_PAGE:
            message = f"{name} is a number from 0 to {LARGEST_PAGE}, and {number} is not."
            raise InvalidArgumentError(name, "page-size", message)
    limit = last if last is not None else first
    return Window(
        limit=DEFAULT_PAGE if limit is None else limit,
        after=_place(context, order, "after", arguments.after),
        before=_place(context, order, "before", arguments.before),
        backward=last is not None,
        descending=descending,
    )


def _place(context: Context, order: Order[Any], name: str, cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    try:
        return context.cursors.open(order.name, cursor, order.key_type)
    except CursorError:
        message = f"{name} is no cursor of this list and order."
        raise InvalidArgumentError(name, "cursor", message) from None


class Paged(Generic[RowT, NodeT]):
    """One page that is read when it is first looked at, and counted when that is asked for.

    Args:
        context: the request.
        order: the list's order.
        window: which part of it.
        read: reads the page.
        nodes: makes the objects of a page's rows, in order, as siblings of each other.
        count: counts the whole list.
    """

    def __init__(
        self,
        context: Context,
        order: Order[RowT],
        window: Window,
        *,
        read: Callable[[Window], Page[RowT]],
        nodes: Callable[[Sequence[RowT]], Sequence[NodeT]],
        count: Callable[[], int],
    ) -> None:
        self._context = context
        self._order = order
        self.window = window
        self._read = read
        self._nodes = nodes
        self.count = count

    @functools.cached_property
    def page(self) -> Page[RowT]:
        """The rows."""
        return self._read(self.window)

    @functools.cached_property
    def nodes(self) -> Sequence[NodeT]:
        """The objects of the rows."""
        return self._nodes(self.page.rows)

    def cursor(self, place: int) -> str:
        """Return the cursor of the row at a place of the page, from 0."""
        return self._context.cursors.seal(self._order.name, self._order.key(self.page.rows[place]))


@object_type
class PageInfo:
    """Where a page lies in its list."""

    paged: strawberry.Private[Paged[Any, Any]]

    @field
    def has_next_page(self) -> bool:
        """Whether there is more after this page."""
        window = self.paged.window
        return window.before is not None if window.backward else self.paged.page.more

    @field
    def has_previous_page(self) -> bool:
        """Whether there is more before this page."""
        window = self.paged.window
        return self.paged.page.more if window.backward else window.after is not None

    @field
    def start_cursor(self) -> str | None:
        """The first cursor of the page; null when it is empty."""
        return self.paged.cursor(0) if self.paged.page.rows else None

    @field
    def end_cursor(self) -> str | None:
        """The last cursor of the page; null when it is empty."""
        rows = self.paged.page.rows
        return self.paged.cursor(len(rows) - 1) if rows else None


@object_type
class Edge(Generic[NodeT]):
    """One place of a page."""

    paged: strawberry.Private[Paged[Any, Any]]
    place: strawberry.Private[int]
    node: NodeT = strawberry.field(description="What stands there.")

    @field
    def cursor(self) -> str:
        """Names the place, for `after` and `before`."""
        return self.paged.cursor(self.place)


@object_type
class Connection(Generic[NodeT]):
    """A page of a list."""

    paged: strawberry.Private[Paged[Any, Any]]

    @field
    def edges(self) -> list[Edge[NodeT]]:
        """The places of the page, with their cursors."""
        return [
            Edge(paged=self.paged, place=place, node=node)
            for place, node in enumerate(self.paged.nodes)
        ]

    @field
    def nodes(self) -> list[NodeT]:
        """What stands there, without the cursors."""
        return list(self.paged.nodes)

    @field
    def page_info(self) -> PageInfo:
        """Where the page lies in the list."""
        return PageInfo(paged=self.paged)

    @field
    def total_count(self) -> int:
        """How many there are in the whole list. Counted when asked for."""
        return self.paged.count()
