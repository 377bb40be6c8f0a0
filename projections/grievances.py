"""Grievances: who complains, what of, and whether it was answered; what was said stays hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.grievance import GrievanceFiled, GrievanceResolved
from domain.terms import StaffRole
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.paging import Key, Page, Window
from projections.reading import View
from projections.tables import grievances


class GrievanceRow(Row, frozen=True, gc=False):
    """A grievance.

    Attributes:
        membership: the member that complains.
        party: its party.
        against: the member whose conduct it is about.
        against_party: that one's party.
        entry: the decision that it is about.
        role: in which role somebody acted as it is about.
        filed_position: the entry that hides what was said.
        resolved_position: the entry that hides what came of it; ``None`` before.
        version: of the stream.
    """

    membership: str
    party: str
    against: str | None
    against_party: str | None
    entry: str | None
    role: StaffRole | None
    filed_on: date
    filed_position: int
    resolved_on: date | None
    resolved_position: int | None
    version: int


def _filed(_: GrievanceRow | None, event: GrievanceFiled, recorded: Recorded) -> GrievanceRow:
    envelope = recorded.envelope
    return GrievanceRow(
        id=envelope.stream,
        membership=revealed(event.membership),
        party=revealed(event.party),
        against=revealed(event.against),
        against_party=revealed(event.against_party),
        entry=revealed(event.entry),
        role=revealed(event.role),
        filed_on=envelope.effective,
        filed_position=recorded.position,
        resolved_on=None,
        resolved_position=None,
        version=envelope.version,
    )


def _resolved(row: GrievanceRow, _: GrievanceResolved, recorded: Recorded) -> GrievanceRow:
    return msgspec.structs.replace(
        row,
        resolved_on=recorded.envelope.effective,
        resolved_position=recorded.position,
        version=recorded.envelope.version,
    )


MODEL = ReadModel(
    version=1,
    table=grievances,
    row_type=GrievanceRow,
    folds=folds_of(on(GrievanceFiled, _filed), on(GrievanceResolved, changing(_resolved))),
    opens=opened_names([GrievanceFiled]),
)

VIEW = View(grievances, GrievanceRow)


class GrievanceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which grievances are asked for. ``None`` asks for nothing.

    Attributes:
        parties: those that these parties have a part in: that they filed, or that are about them.
    """

    resolved: bool | None = None
    parties: Collection[str] | None = None


def page(
    connection: Connection, as_of: AsOf, wanted: GrievanceFilter, window: Window
) -> Page[GrievanceRow]:
    """Return one page of grievances, in the order in which they were filed."""
    order = [grievances.c.filed_position]
    return VIEW.page(connection, as_of, _conditions(wanted), order, window)


def key(row: GrievanceRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.filed_position,)


def total(connection: Connection, as_of: AsOf, wanted: GrievanceFilter) -> int:
    """Return how many grievances there are."""
    return VIEW.total(connection, as_of, _conditions(wanted))


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, GrievanceRow]:
    """Return grievances by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def _conditions(wanted: GrievanceFilter) -> list[sa.ColumnElement[bool]]:
    columns = grievances.c
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.resolved is not None:
        is_open = columns.resolved_position.is_(None)
        conditions.append(~is_open if wanted.resolved else is_open)
    if wanted.parties is not None:
        conditions.append(
            sa.or_(columns.party.in_(wanted.parties), columns.against_party.in_(wanted.parties))
        )
    return conditions
