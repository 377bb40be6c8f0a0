"""Files of evidence that were deleted: which, and which entries say so."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.evidence_files import EvidenceFileDeleted
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import deleted_files


class DeletedFilesRow(Row, frozen=True, gc=False):
    """The files of an application that were deleted, in order, by the stream of its review.

    Attributes:
        application: what they were sent for.
        files: the ids by which they were kept.
        entries: the positions of the entries that say so, likewise.
    """

    application: str
    files: tuple[str, ...]
    entries: tuple[int, ...]


def _deleted(
    row: DeletedFilesRow | None, event: EvidenceFileDeleted, recorded: Recorded
) -> DeletedFilesRow:
    row = row or DeletedFilesRow(
        id=recorded.envelope.stream,
        application=revealed(event.application),
        files=(),
        entries=(),
    )
    return msgspec.structs.replace(
        row,
        files=(*row.files, revealed(event.file)),
        entries=(*row.entries, recorded.position),
    )


MODEL = ReadModel(
    version=1,
    table=deleted_files,
    row_type=DeletedFilesRow,
    folds=folds_of(on(EvidenceFileDeleted, _deleted)),
    opens=opened_names([EvidenceFileDeleted]),
)

VIEW = View(deleted_files, DeletedFilesRow)

_NOW: Final = AsOf(0, date.max, current=True)


def rows(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[DeletedFilesRow]:
    """Return what was deleted until now of the applications that meet conditions."""
    return VIEW.rows(connection, _NOW, *conditions)
