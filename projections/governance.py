"""What the coalition keeps of itself: workgroups, library, funding, and history as claims.

Every text stays in its entry, at ``position``; ``entry`` is that entry's id, by which corrections
of it are found. Rows hold from the day on which what they describe began.
"""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.funding import FundingEnded, FundingRecorded
from domain.coalition.history import HistoryRecorded
from domain.coalition.publications import (
    LibraryItemPublished,
    LineageRecorded,
    StandardsPublished,
)
from domain.coalition.workgroup import WorkgroupDissolved, WorkgroupFormed
from domain.ledger.recorded import Recorded
from domain.terms import DatePrecision, PublicationKind
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on
from projections.reading import View
from projections.tables import claims, fundings, publications, workgroups


class WorkgroupRow(Row, frozen=True, gc=False):
    """A workgroup."""

    formed_on: date
    precision: DatePrecision
    dissolved_on: date | None
    entry: str
    position: int
    version: int


class PublicationRow(Row, frozen=True, gc=False):
    """Something in the library.

    Attributes:
        wave: of the standards; of others, the wave that they go with.
        supersedes: what it takes the place of.
        workgroup: the workgroup that worked them out.
    """

    kind: PublicationKind
    wave: int | None
    sha256: str | None
    supersedes: str | None
    workgroup: str | None
    published_on: date
    precision: DatePrecision
    entry: str
    position: int
    version: int


class FundingRow(Row, frozen=True, gc=False):
    """A funding; ``until`` is the first day of the last day, month or year, if that is known.

    Attributes:
        ended_position: of the entry that wrote down the end, if one did.
    """

    since: date
    precision: DatePrecision
    until: date | None
    until_precision: DatePrecision | None
    ended_position: int | None
    entry: str
    position: int
    version: int


class ClaimRow(Row, frozen=True, gc=False):
    """What a source says happened."""

    happened_on: date
    precision: DatePrecision
    contradicts: tuple[str, ...]
    entry: str
    position: int
    version: int


def _formed(_: WorkgroupRow | None, event: WorkgroupFormed, recorded: Recorded) -> WorkgroupRow:
    return WorkgroupRow(
        id=recorded.envelope.stream,
        formed_on=recorded.envelope.effective,
        precision=event.precision,
        dissolved_on=None,
        entry=recorded.envelope.entry_id,
        position=recorded.position,
        version=recorded.envelope.version,
    )


def _dissolved(row: WorkgroupRow, _: WorkgroupDissolved, recorded: Recorded) -> WorkgroupRow:
    return msgspec.structs.replace(
        row, dissolved_on=recorded.envelope.effective, version=recorded.envelope.version
    )


def _standards(
    _: PublicationRow | None, event: StandardsPublished, recorded: Recorded
) -> PublicationRow:
    return PublicationRow(
        id=recorded.envelope.stream,
        kind=PublicationKind.STANDARDS,
        wave=event.wave,
        sha256=event.sha256,
        supersedes=event.supersedes,
        workgroup=event.workgroup,
        published_on=recorded.envelope.effective,
        precision=event.precision,
        entry=recorded.envelope.entry_id,
        position=recorded.position,
        version=recorded.envelope.version,
    )


def _item(
    _: PublicationRow | None, event: LibraryItemPublished, recorded: Recorded
) -> PublicationRow:
    return PublicationRow(
        id=recorded.envelope.stream,
        kind=event.kind,
        wave=event.wave,
        sha256=event.sha256,
        supersedes=None,
        workgroup=None,
        published_on=recorded.envelope.effective,
        precision=event.precision,
        entry=recorded.envelope.entry_id,
        position=recorded.position,
        version=recorded.envelope.version,
    )


def _follows(row: PublicationRow, event: LineageRecorded, recorded: Recorded) -> PublicationRow:
    return msgspec.structs.replace(
        row, supersedes=event.supersedes, version=recorded.envelope.version
    )


def _funded(_: FundingRow | None, event: FundingRecorded, recorded: Recorded) -> FundingRow:
    return FundingRow(
        id=recorded.envelope.stream,
        since=recorded.envelope.effective,
        precision=event.precision,
        until=event.until,
        until_precision=event.until_precision,
        ended_position=None,
        entry=recorded.envelope.entry_id,
        position=recorded.position,
        version=recorded.envelope.version,
    )


def _ended(row: FundingRow, event: FundingEnded, recorded: Recorded) -> FundingRow:
    return msgspec.structs.replace(
        row,
        until=recorded.envelope.effective,
        until_precision=event.precision,
        ended_position=recorded.position,
        version=recorded.envelope.version,
    )


def _claimed(_: ClaimRow | None, event: HistoryRecorded, recorded: Recorded) -> ClaimRow:
    return ClaimRow(
        id=recorded.envelope.stream,
        happened_on=recorded.envelope.effective,
        precision=event.precision,
        contradicts=tuple(event.contradicts),
        entry=recorded.envelope.entry_id,
        position=recorded.position,
        version=recorded.envelope.version,
    )


WORKGROUPS = ReadModel(
    version=1,
    table=workgroups,
    row_type=WorkgroupRow,
    folds=folds_of(on(WorkgroupFormed, _formed), on(WorkgroupDissolved, changing(_dissolved))),
    bitemporal=True,
)
PUBLICATIONS = ReadModel(
    version=1,
    table=publications,
    row_type=PublicationRow,
    folds=folds_of(
        on(StandardsPublished, _standards),
        on(LibraryItemPublished, _item),
        on(LineageRecorded, changing(_follows)),
    ),
    bitemporal=True,
)
FUNDINGS = ReadModel(
    version=1,
    table=fundings,
    row_type=FundingRow,
    folds=folds_of(on(FundingRecorded, _funded), on(FundingEnded, changing(_ended))),
    bitemporal=True,
)
CLAIMS = ReadModel(
    version=1,
    table=claims,
    row_type=ClaimRow,
    folds=folds_of(on(HistoryRecorded, _claimed)),
    bitemporal=True,
)

WORKGROUP_VIEW = View(workgroups, WorkgroupRow)
PUBLICATION_VIEW = View(publications, PublicationRow)
FUNDING_VIEW = View(fundings, FundingRow)
CLAIM_VIEW = View(claims, ClaimRow)


def all_workgroups(connection: Connection, as_of: AsOf) -> list[WorkgroupRow]:
    """Return every workgroup that was formed, the earliest first."""
    rows = WORKGROUP_VIEW.rows(connection, as_of)
    return sorted(rows, key=lambda row: (row.formed_on, row.position))


def library(connection: Connection, as_of: AsOf) -> list[PublicationRow]:
    """Return everything that was published, the earliest first."""
    rows = PUBLICATION_VIEW.rows(connection, as_of)
    return sorted(rows, key=lambda row: (row.published_on, row.position))


def all_funding(connection: Connection, as_of: AsOf) -> list[FundingRow]:
    """Return every funding that has begun, the earliest first."""
    rows = FUNDING_VIEW.rows(connection, as_of)
    return sorted(rows, key=lambda row: (row.since, row.position))


def all_claims(connection: Connection, as_of: AsOf) -> list[ClaimRow]:
    """Return every claim about what happened until then, in the order in which it happened."""
    rows = CLAIM_VIEW.rows(connection, as_of)
    return sorted(rows, key=lambda row: (row.happened_on, row.position))
