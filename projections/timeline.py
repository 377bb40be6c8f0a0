"""How rows get their versions: from which position on, and for which days.

An entry at position p, effective from day e, sets a row for the days [e, ∞). Whatever held for
those days is closed at p; of a row that began before e, the days up to e are set again from p.
Order comes from positions, never from time: the row that an entry changes is the one that the
entry before it left, even where that one took effect later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Generic

import msgspec

from domain.ledger.recorded import Recorded
from projections.model import ReadModel, RowT, Terms
from projections.tables import FOREVER, OPEN

ALWAYS = date(1, 1, 1)
"""``effective_from`` of rows that know no days."""


class Version(msgspec.Struct, Generic[RowT], gc=False):
    """A row with the positions and days that it describes.

    Attributes:
        stored: the database has it, possibly still open.
    """

    row: RowT
    from_position: int
    to_position: int = OPEN
    effective_from: date = ALWAYS
    effective_to: date = FOREVER
    stored: bool = False

    def holds(self, position: int, effective: date) -> bool:
        """Whether this is the row as of a position, on a day."""
        return (
            self.from_position <= position < self.to_position
            and self.effective_from <= effective < self.effective_to
        )


class TermVersion(msgspec.Struct, gc=False):
    """A term by which a row is found, with the positions for which it is."""

    facet: str
    term: str
    id: str
    from_position: int
    to_position: int = OPEN
    stored: bool = False


class Timelines(Generic[RowT]):
    """The open rows of one read model, by stream, and what entries do to them.

    ``closed`` and ``closed_terms`` gather what is no longer open, for the driver to take. Of a read
    model without history they gather only what is stored, for the driver to delete.
    """

    def __init__(self, model: ReadModel[RowT]) -> None:
        self.model = model
        self.open: dict[str, tuple[Version[RowT], ...]] = {}
        self.open_terms: dict[str, dict[tuple[str, str], TermVersion]] = {}
        self.closed: list[Version[RowT]] = []
        self.closed_terms: list[TermVersion] = []
        self._folds = model.folds
        self._terms = model.index.terms if model.index is not None else None

    def step(self, recorded: Recorded) -> None:
        """Take one entry in. Entries come in the order of their positions.

        Raises:
            MissingRowError: the entry continues a row that is not there.
            HiddenValueMissingError: a reference that the row needs was not opened.
        """
        event = recorded.event
        stream = recorded.envelope.stream
        held = self.open.pop(stream, ())
        last = held[-1] if held else None
        before = None if last is None or last.effective_to != FOREVER else last.row
        after = self._folds[type(event)](before, event, recorded)
        if after is before:
            self.open[stream] = held
            return
        position = recorded.position
        if self.model.bitemporal:
            kept = self._make_room(held, position, recorded.envelope.effective)
            if after is not None:
                kept.append(Version(after, position, effective_from=recorded.envelope.effective))
            self.open[stream] = tuple(kept)
        else:
            for version in held:
                self._close(version, position)
            self.open[stream] = () if after is None else (Version(after, position),)
        if self._terms is not None:
            terms: Terms = frozenset() if after is None else self._terms(after)
            self._set_terms(stream, terms, position)

    def restore(self, stream: str, versions: Iterable[Version[RowT]]) -> None:
        """Take in what the database holds open for a stream, in the order of days."""
        held = tuple(versions)
        self.open[stream] = held
        if self._terms is not None and held:
            terms = self._terms(held[-1].row)
            # Since when a term holds is not needed to close it.
            self.open_terms[stream] = {
                (facet, term): TermVersion(facet, term, stream, 0, stored=True)
                for facet, term in terms
            }

    def forget(self, streams: Iterable[str]) -> None:
        """Drop what is known of some streams."""
        for stream in streams:
            self.open.pop(stream, None)
            self.open_terms.pop(stream, None)

    def _close(self, version: Version[RowT], position: int) -> None:
        version.to_position = position
        if self.model.history or version.stored:
            self.closed.append(version)

    def _make_room(
        self, held: Sequence[Version[RowT]], position: int, effective: date
    ) -> list[Version[RowT]]:
        """Close what held from a day on, and return what is left before it."""
        kept = []
        for version in held:
            if version.effective_to <= effective:
                kept.append(version)
                continue
            self._close(version, position)
            if version.effective_from < effective:
                kept.append(
                    Version(
                        version.row,
                        position,
                        effective_from=version.effective_from,
                        effective_to=effective,
                    )
                )
        return kept

    def _set_terms(self, stream: str, terms: Terms, position: int) -> None:
        held = self.open_terms.pop(stream, {})
        for key in [key for key in held if key not in terms]:
            ended = held.pop(key)
            ended.to_position = position
            if self.model.history or ended.stored:
                self.closed_terms.append(ended)
        for facet, term in terms:
            if (facet, term) not in held:
                held[facet, term] = TermVersion(facet, term, stream, position)
        if held:
            self.open_terms[stream] = held


def by_event(timelines: Sequence[Timelines[Any]]) -> dict[type, tuple[Timelines[Any], ...]]:
    """Return which read models each type of event concerns."""
    found: dict[type, tuple[Timelines[Any], ...]] = {}
    for each in timelines:
        for event_type in each.model.folds:
            found[event_type] = (*found.get(event_type, ()), each)
    return found
