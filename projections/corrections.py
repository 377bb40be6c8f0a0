"""Corrections: which texts of which entries read otherwise, and where they say so."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.correction import EntryCorrected
from domain.ledger.recorded import Recorded
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on
from projections.reading import View
from projections.tables import corrections


class Made(msgspec.Struct, frozen=True, gc=False):
    """One correction: of which field, and the entry that hides what it reads now."""

    field: str
    position: int


class CorrectionsRow(Row, frozen=True, gc=False):
    """The corrections of one entry, which gives the row its id.

    Attributes:
        made: in their order; of a field, the last counts.
        version: of the stream.
    """

    made: tuple[Made, ...]
    version: int

    def of(self, field: str) -> Made | None:
        """Return the correction of a field that counts."""
        return next((each for each in reversed(self.made) if each.field == field), None)


def _corrected(
    row: CorrectionsRow | None, event: EntryCorrected, recorded: Recorded
) -> CorrectionsRow:
    before = () if row is None else row.made
    return CorrectionsRow(
        id=recorded.envelope.stream,
        made=(*before, Made(event.field, recorded.position)),
        version=recorded.envelope.version,
    )


MODEL = ReadModel(
    version=1,
    table=corrections,
    row_type=CorrectionsRow,
    folds=folds_of(on(EntryCorrected, _corrected)),
)

VIEW = View(corrections, CorrectionsRow)


def by_entries(
    connection: Connection, as_of: AsOf, entries: Iterable[str]
) -> dict[str, CorrectionsRow]:
    """Return the corrections by the id of the entry corrected; others are left out."""
    return VIEW.by_ids(connection, as_of, entries)
