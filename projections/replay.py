"""Read models in memory, as of any position: what an auditor computes.

Of a read model without history there is only the present, whatever the position asked for: in
memory that is what the last entry taken in left, in the database what the last one appended did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from domain.ledger.recorded import Recorded
from projections.model import ReadModel, Row, RowT
from projections.timeline import TermVersion, Timelines, Version, by_event


class Replay:
    """Every version of every row that some entries make, as far as history is kept.

    Args:
        models: the read models.
    """

    def __init__(self, models: Sequence[ReadModel[Any]]) -> None:
        self._timelines = {model.name: Timelines(model) for model in models}
        self._by_event = by_event(list(self._timelines.values()))

    def extend(self, recorded: Iterable[Recorded]) -> None:
        """Take in further entries, in the order of their positions."""
        for entry in recorded:
            for timelines in self._by_event.get(type(entry.event), ()):
                timelines.step(entry)

    def versions(self, model: ReadModel[RowT]) -> list[Version[RowT]]:
        """Return every version of every row that is kept, in no order."""
        timelines = self._timelines[model.name]
        opened = (version for held in timelines.open.values() for version in held)
        return [*timelines.closed, *opened]

    def terms(self, model: ReadModel[Any]) -> list[TermVersion]:
        """Return every version of every term that is kept, in no order."""
        timelines = self._timelines[model.name]
        opened = (term for held in timelines.open_terms.values() for term in held.values())
        return [*timelines.closed_terms, *opened]

    def rows(self, model: ReadModel[RowT], position: int, effective: date) -> list[RowT]:
        """Return the rows as of a position taken in already, on a day, by id."""
        held = (
            each.row
            for each in self.versions(model)
            if not model.history or each.holds(position, effective)
        )
        return sorted(held, key=_id)


def replay(
    models: Sequence[ReadModel[Any]], recorded: Iterable[Recorded], upto: int, effective: date
) -> dict[str, list[Row]]:
    """Return each read model's rows as of a position, on a day, by id.

    Args:
        models: the read models.
        recorded: entries from the first on; those after ``upto`` are not taken in.
        upto: the position.
        effective: the day.
    """
    made = Replay(models)
    made.extend(entry for entry in recorded if entry.position <= upto)
    return {model.name: made.rows(model, upto, effective) for model in models}


def _id(row: Row) -> str:
    return row.id
