"""What a read model is: a table, and a pure fold from the entries of a stream to its row.

The fold knows neither databases nor versions of rows; the drivers do. One definition serves
the append transaction (`projections.inline`), a rebuild (`projections.rebuild`) and a replay
(`projections.replay`), so that all three agree.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, cast

import msgspec
import sqlalchemy as sa

from domain.ledger.disclosure import Event
from domain.ledger.recorded import Recorded
from projections.codec import Codec


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of a read model; its fields are the table's columns, in order.

    Attributes:
        id: the stream that the row is folded from.
    """

    id: str


class MissingRowError(LookupError):
    """An entry continues a stream of which the read model has no row.

    The tables do not belong to this ledger or position, or the entry was appended without
    its predecessors: a fault, never an answer to a caller.
    """


RowT = TypeVar("RowT", bound=Row)
EventT = TypeVar("EventT", bound=Event)

Fold: TypeAlias = Callable[[RowT | None, EventT, Recorded], RowT | None]
"""From the row before an entry to the row after it; ``None`` where there is none.

To give the same row back says that the entry is none of the read model's business.
"""

Terms: TypeAlias = frozenset[tuple[str, str]]
"""What a row can be found by: pairs of facet and term."""


def on(event_type: type[EventT], fold: Fold[RowT, EventT]) -> dict[type[Event], Fold[RowT, Any]]:
    """Say how a read model changes by one type of event."""
    return {event_type: cast("Fold[RowT, Any]", fold)}


def changing(
    change: Callable[[RowT, EventT, Recorded], RowT],
) -> Fold[RowT, EventT]:
    """Make a fold of a change to a row that must be there.

    Raises:
        MissingRowError: raised by the fold, when there is no row.
    """

    def fold(row: RowT | None, event: EventT, recorded: Recorded) -> RowT | None:
        if row is None:
            message = f"entry {recorded.position}: {event.stored_name} finds no row"
            raise MissingRowError(message)
        return change(row, event, recorded)

    return fold


@dataclasses.dataclass(frozen=True, kw_only=True)
class TermIndex(Generic[RowT]):
    """A side table that finds rows by term, kept by the drivers.

    Attributes:
        table: columns facet, term, the row's id, and the two positions.
        terms: what a row is to be found by.
    """

    table: sa.Table
    terms: Callable[[RowT], Terms]

    @functools.cached_property
    def key(self) -> sa.Column[str]:
        """The column that holds the id of the row found."""
        return self.table.c[2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReadModel(Generic[RowT]):
    """One read model.

    Attributes:
        name: its name, and its table's.
        version: to be raised with every change of the fold that changes rows; tables made by
            another version are to be rebuilt.
        table: the columns of the row, followed by those that the drivers keep.
        row_type: the row.
        folds: how each type of event changes the row; other types leave it alone.
        opens: stored names of the events of which hidden staff values are needed.
        bitemporal: whether rows hold from a date on, besides from a position on.
        history: whether rows that hold no more are kept. Without, a replaced row is deleted with
            its terms: the tables know the present only, and no question about the past.
        index: how rows are found by term.
    """

    version: int
    table: sa.Table
    row_type: type[RowT]
    folds: Mapping[type[Event], Fold[RowT, Any]]
    opens: frozenset[str] = frozenset()
    bitemporal: bool = False
    history: bool = True
    index: TermIndex[RowT] | None = None

    @property
    def name(self) -> str:
        """The read model's name, and its table's."""
        return self.table.name

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The table of the rows, and the side table if there is one."""
        return (self.table,) if self.index is None else (self.table, self.index.table)

    @functools.cached_property
    def codec(self) -> Codec[RowT]:
        """From rows to the values of columns and back."""
        return Codec(self.row_type)

    def apply(self, row: RowT | None, recorded: Recorded) -> RowT | None:
        """Return the row after an entry.

        Raises:
            MissingRowError: the entry continues a row that is not there.
            HiddenValueMissingError: a reference that the row needs was not opened.
        """
        fold = self.folds.get(type(recorded.event))
        return row if fold is None else fold(row, recorded.event, recorded)


def folds_of(
    *parts: dict[type[Event], Fold[RowT, Any]],
) -> Mapping[type[Event], Fold[RowT, Any]]:
    """Join what `on` gave."""
    joined: dict[type[Event], Fold[RowT, Any]] = {}
    for part in parts:
        joined |= part
    return joined


def opened_names(events: Iterable[type[Event]]) -> frozenset[str]:
    """Return the stored names of event types, for `ReadModel.opens`."""
    return frozenset(event.stored_name for event in events)
