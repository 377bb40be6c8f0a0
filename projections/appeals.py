"""Appeals: that a decision is looked at again, by which vote, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.recorded import Recorded
from domain.membership.application import AppealDecided, AppealFiled, AppealPutToVote
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipReinstated,
    MembershipTerminated,
    MembershipWithdrawn,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    StandingEvent,
    SuspensionLifted,
)
from domain.membership.waiting import ApplicationWithdrawn
from domain.terms import AppealOutcome
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on
from projections.paging import Key, Page, Window
from projections.reading import View
from projections.tables import appeals


class AppealRow(Row, frozen=True, gc=False):
    """The last appeal against what was decided of an application or membership, whose id it has.

    Attributes:
        filed_position: the entry that hides the grounds.
        vote: the vote that decides it; ``None`` before it is opened.
        outcome: what came of it; ``None`` while it is open.
    """

    filed_on: date
    filed_position: int
    vote: str | None = None
    outcome: AppealOutcome | None = None
    decided_on: date | None = None


def _filed(
    _: AppealRow | None, __: AppealFiled | StandingAppealFiled, recorded: Recorded
) -> AppealRow:
    return AppealRow(
        id=recorded.envelope.stream,
        filed_on=recorded.envelope.effective,
        filed_position=recorded.position,
    )


def _put_to_vote(
    row: AppealRow, event: AppealPutToVote | StandingAppealPutToVote, _: Recorded
) -> AppealRow:
    return msgspec.structs.replace(row, vote=event.vote)


def _decided(
    row: AppealRow, event: AppealDecided | StandingAppealDecided, recorded: Recorded
) -> AppealRow:
    return msgspec.structs.replace(
        row, outcome=event.outcome, decided_on=recorded.envelope.effective
    )


def _moot(
    row: AppealRow | None, _: StandingEvent | ApplicationWithdrawn, recorded: Recorded
) -> AppealRow | None:
    """Nothing is left to look at again, whatever came of an appeal."""
    if row is None or row.outcome is not None:
        return row
    return msgspec.structs.replace(
        row, outcome=AppealOutcome.MOOT, decided_on=recorded.envelope.effective
    )


MODEL = ReadModel(
    version=3,
    table=appeals,
    row_type=AppealRow,
    folds=folds_of(
        on(AppealFiled, _filed),
        on(AppealPutToVote, changing(_put_to_vote)),
        on(AppealDecided, changing(_decided)),
        on(ApplicationWithdrawn, _moot),
        on(StandingAppealFiled, _filed),
        on(StandingAppealPutToVote, changing(_put_to_vote)),
        on(StandingAppealDecided, changing(_decided)),
        on(SuspensionLifted, _moot),
        on(MembershipTerminated, _moot),
        on(MembershipWithdrawn, _moot),
        on(MembershipLapsed, _moot),
        on(MembershipMerged, _moot),
        on(MembershipReinstated, _moot),
    ),
)

VIEW = View(appeals, AppealRow)


def page(
    connection: Connection, as_of: AsOf, window: Window, *, decided: bool | None
) -> Page[AppealRow]:
    """Return one page of the last appeal of each, in the order of filing."""
    return VIEW.page(
        connection, as_of, _conditions(decided=decided), [appeals.c.filed_position], window
    )


def key(row: AppealRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.filed_position,)


def total(connection: Connection, as_of: AsOf, *, decided: bool | None) -> int:
    """Return how many there are."""
    return VIEW.total(connection, as_of, _conditions(decided=decided))


def by_subjects(
    connection: Connection, as_of: AsOf, subjects: Iterable[str]
) -> dict[str, AppealRow]:
    """Return the last appeal of applications or memberships, by id; without one, left out."""
    return VIEW.by_ids(connection, as_of, subjects)


def _conditions(*, decided: bool | None) -> list[sa.ColumnElement[bool]]:
    if decided is None:
        return []
    is_open = appeals.c.outcome.is_(None)
    return [~is_open if decided else is_open]
