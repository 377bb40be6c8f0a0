"""Conflicts of interest: who has no part in a review, and which entries say why."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.review import ConflictDeclared, ReviewerRecused
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import conflicts


class ConflictRow(Row, frozen=True, gc=False):
    """The conflicts of interest in a review, by the stream of the review.

    Attributes:
        application: the application reviewed.
        recused: the people who have no part in it, in order.
        declared_positions: the entries that say who declared what.
    """

    application: str
    recused: tuple[str, ...]
    declared_positions: tuple[int, ...]


def _begun(row: ConflictRow | None, application: str, recorded: Recorded) -> ConflictRow:
    return row or ConflictRow(
        id=recorded.envelope.stream, application=application, recused=(), declared_positions=()
    )


def _declared(row: ConflictRow | None, event: ConflictDeclared, recorded: Recorded) -> ConflictRow:
    row = _begun(row, revealed(event.application), recorded)
    positions = (*row.declared_positions, recorded.position)
    return msgspec.structs.replace(row, declared_positions=positions)


def _recused(row: ConflictRow | None, event: ReviewerRecused, recorded: Recorded) -> ConflictRow:
    row = _begun(row, revealed(event.application), recorded)
    return msgspec.structs.replace(row, recused=(*row.recused, revealed(event.reviewer)))


MODEL = ReadModel(
    version=1,
    table=conflicts,
    row_type=ConflictRow,
    folds=folds_of(on(ConflictDeclared, _declared), on(ReviewerRecused, _recused)),
    opens=opened_names([ConflictDeclared, ReviewerRecused]),
)

VIEW = View(conflicts, ConflictRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, ConflictRow]:
    """Return conflicts by the id of the review; reviews without any are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def streams_of(connection: Connection, as_of: AsOf, person: str) -> frozenset[str]:
    """Return the applications that somebody has no part in, and their reviews, by id."""
    # Quoted, a name is found whole; how it is written down is the row's affair.
    named = msgspec.json.encode(person).decode()
    rows = VIEW.rows(connection, as_of, conflicts.c.recused.contains(named, autoescape=True))
    return frozenset(each for row in rows for each in (row.id, row.application))
