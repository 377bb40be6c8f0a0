"""Corrections: which entries were withdrawn or have texts that read otherwise, and what says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.correction import EntryCorrected, EntryWithdrawn
from domain.ledger.recorded import Recorded
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on
from projections.reading import View
from projections.tables import corrections


class Made(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One correction, and the entry that hides what it says.

    Attributes:
        field: which field reads otherwise; ``None`` if the entry as a whole was withdrawn.
        position: of the entry that says so.
        withdrawn_on: the first day on which what a withdrawn entry recorded stands no more.
    """

    field: str | None
    position: int
    withdrawn_on: date | None = None


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

    @property
    def withdrawn(self) -> Made | None:
        """By what the entry was withdrawn, if it was."""
        return next((each for each in self.made if each.withdrawn_on is not None), None)


def _corrected(
    row: CorrectionsRow | None, event: EntryCorrected, recorded: Recorded
) -> CorrectionsRow:
    return _made(row, Made(event.field, recorded.position), recorded)


def _withdrawn(row: CorrectionsRow | None, _: EntryWithdrawn, recorded: Recorded) -> CorrectionsRow:
    return _made(row, Made(None, recorded.position, recorded.envelope.effective), recorded)


def _made(row: CorrectionsRow | None, made: Made, recorded: Recorded) -> CorrectionsRow:
    before = () if row is None else row.made
    return CorrectionsRow(
        id=recorded.envelope.stream,
        made=(*before, made),
        version=recorded.envelope.version,
    )


MODEL = ReadModel(
    version=1,
    table=corrections,
    row_type=CorrectionsRow,
    folds=folds_of(on(EntryCorrected, _corrected), on(EntryWithdrawn, _withdrawn)),
)

VIEW = View(corrections, CorrectionsRow)


def by_entries(
    connection: Connection, as_of: AsOf, entries: Iterable[str]
) -> dict[str, CorrectionsRow]:
    """Return the corrections by the id of the entry corrected; others are left out."""
    return VIEW.by_ids(connection, as_of, entries)
