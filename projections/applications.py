"""Which applications there are: by what is asked for, by whom, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import ApplicationKind, ApplicationPhase
from projections import reviews
from projections.application_folds import ApplicationRow
from projections.as_of import AsOf
from projections.paging import Key, Page, Window
from projections.reading import View, among
from projections.tables import applications


class ApplicationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which applications are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        decided_since: those that were decided on this day or later.
        decided_until: those that were decided on this day or earlier.
    """

    kinds: Sequence[ApplicationKind] | None = None
    phases: Sequence[ApplicationPhase] | None = None
    tiers: Sequence[str] | None = None
    parties: Sequence[str] | None = None
    applicant: str | None = None
    reviewer: str | None = None
    decided_since: date | None = None
    decided_until: date | None = None


VIEW = View(applications, ApplicationRow)


def page(
    connection: Connection, as_of: AsOf, wanted: ApplicationFilter, window: Window
) -> Page[ApplicationRow]:
    """Return one page of applications, in the order of their submission."""
    columns = [applications.c.submitted_at, applications.c.id]
    return VIEW.page(connection, as_of, _conditions(wanted, as_of), columns, window)


def key(row: ApplicationRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.submitted_at, row.id)


def total(connection: Connection, as_of: AsOf, wanted: ApplicationFilter) -> int:
    """Return how many applications there are."""
    return VIEW.total(connection, as_of, _conditions(wanted, as_of))


def count_by_phase_and_tier(
    connection: Connection, as_of: AsOf, phases: Sequence[ApplicationPhase]
) -> dict[tuple[str, str], int]:
    """Return how many applications stand in each of some phases, by phase and tier."""
    columns = applications.c
    select = (
        sa.select(columns.phase, columns.tier, sa.func.count())
        .where(as_of.rows_of(applications), columns.phase.in_(list(phases)))
        .group_by(columns.phase, columns.tier)
    )
    return {(phase, tier): number for phase, tier, number in connection.execute(select)}


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, ApplicationRow]:
    """Return applications by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def _conditions(wanted: ApplicationFilter, as_of: AsOf) -> list[sa.ColumnElement[bool]]:
    columns = applications.c
    conditions = [
        *among(columns.kind, wanted.kinds),
        *among(columns.phase, wanted.phases),
        *among(columns.tier, wanted.tiers),
        *among(columns.party, wanted.parties),
    ]
    if wanted.applicant is not None:
        conditions.append(columns.applicant == wanted.applicant)
    if wanted.reviewer is not None:
        conditions.append(reviews.assigned_to(columns.review, wanted.reviewer, as_of))
    if wanted.decided_since is not None:
        conditions.append(columns.decided_on >= wanted.decided_since)
    if wanted.decided_until is not None:
        conditions.append(columns.decided_on <= wanted.decided_until)
    return conditions
