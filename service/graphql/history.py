"""Histories: the entries of a stream as a connection, read for all siblings at once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from projections.as_of import AsOf
from projections.paging import Page, Window
from service.graphql import entries
from service.graphql.context import Context
from service.graphql.entries import EntryRow
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.types.entry import Entry, EntryBatch

BY_POSITION: Final = Order[EntryRow]("entries/position", tuple[int], lambda row: (row.position,))


class Histories:
    """The histories of sibling streams.

    Args:
        context: the request.
        streams: ids of the streams.
        as_of: the position up to which entries are taken into account.
        confidential: whether entries that show neither their type nor their stream are among
            them.
    """

    def __init__(
        self,
        context: Context,
        streams: Sequence[str],
        as_of: AsOf,
        *,
        confidential: bool = True,
    ) -> None:
        self._context = context
        self._streams = streams
        self._as_of = as_of
        self._confidential = confidential
        self._pages: dict[Window, tuple[dict[str, Page[EntryRow]], EntryBatch]] = {}

    def connection(self, stream: str, arguments: PageArguments) -> Connection[Entry]:
        """Return a page of the history of one of the streams."""
        window = window_of(self._context, BY_POSITION, arguments)
        return Connection[Entry](
            paged=Paged(
                self._context,
                BY_POSITION,
                window,
                read=lambda window: self._read(window)[0][stream],
                nodes=lambda rows: self._nodes(window, rows),
                count=lambda: self._totals.get(stream, 0),
            )
        )

    def _nodes(self, window: Window, rows: Sequence[EntryRow]) -> list[Entry]:
        objects = self._read(window)[1].objects
        return [objects[row.position] for row in rows]

    def _read(self, window: Window) -> tuple[dict[str, Page[EntryRow]], EntryBatch]:
        if window not in self._pages:
            position = self._as_of.position
            found = entries.histories(
                self._context.connection,
                self._streams,
                position,
                window,
                confidential=self._confidential,
            )
            rows = [row for page in found.values() for row in page.rows]
            self._pages[window] = found, EntryBatch(self._context, rows)
        return self._pages[window]

    @functools.cached_property
    def _totals(self) -> dict[str, int]:
        return entries.history_totals(
            self._context.connection,
            self._streams,
            self._as_of.position,
            confidential=self._confidential,
        )
