"""Appeals: that a decision is looked at again, by which vote, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.ledger.recorded import Recorded
from domain.membership.application import AppealDecided, AppealFiled, AppealPutToVote
from domain.membership.standing import (
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
)
from domain.terms import AppealOutcome
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on
from projections.reading import View
from projections.tables import appeals


class AppealRow(Row, frozen=True, gc=False):
    """The last appeal against what was decided of an application or membership, whose id it has.

    Attributes:
        filed_position: the entry that hides the grounds.
        vote: the vote that decides it; ``None`` before it is opened.
        outcome: what came of it; ``None`` before.
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


MODEL = ReadModel(
    version=2,
    table=appeals,
    row_type=AppealRow,
    folds=folds_of(
        on(AppealFiled, _filed),
        on(AppealPutToVote, changing(_put_to_vote)),
        on(AppealDecided, changing(_decided)),
        on(StandingAppealFiled, _filed),
        on(StandingAppealPutToVote, changing(_put_to_vote)),
        on(StandingAppealDecided, changing(_decided)),
    ),
)

VIEW = View(appeals, AppealRow)


def by_subjects(
    connection: Connection, as_of: AsOf, subjects: Iterable[str]
) -> dict[str, AppealRow]:
    """Return the last appeal of applications or memberships, by id; without one, left out."""
    return VIEW.by_ids(connection, as_of, subjects)
