"""Reviews: which entries of the confidential stream hold findings, assessments and plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.evidence_files import EvidenceFileDeleted
from domain.membership.plans import ImprovementPlanOpened
from domain.membership.review import (
    ConflictDeclared,
    DeclineExplained,
    RequirementFound,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewRecorded,
    StandardAssessed,
)
from projections.as_of import AsOf
from projections.model import ReadModel, Row, TermIndex, Terms, folds_of, on, opened_names
from projections.reading import View
from projections.tables import applications, review_terms, reviews

REVIEWER: Final = "reviewer"
"""The facet of the people assigned."""


class ReviewRow(Row, frozen=True, gc=False):
    """A review. What was found stays in the entries; a row only says which they are.

    Attributes:
        application: the application reviewed; ``None`` until a reviewer is assigned.
        reviewers: who was assigned and not recused, in order.
        recorded_position: the recommendation and its reasons.
        declined_position: why the application was declined.
        version: of the stream.
    """

    application: str | None
    reviewers: tuple[str, ...]
    finding_positions: tuple[int, ...]
    assessment_positions: tuple[int, ...]
    plan_positions: tuple[int, ...]
    recorded_position: int | None
    declined_position: int | None
    version: int


def _begun(row: ReviewRow | None, recorded: Recorded) -> ReviewRow:
    # A decline without a review explains itself in a stream that nobody was assigned to.
    return row or ReviewRow(
        id=recorded.envelope.stream,
        application=None,
        reviewers=(),
        finding_positions=(),
        assessment_positions=(),
        plan_positions=(),
        recorded_position=None,
        declined_position=None,
        version=0,
    )


def _assigned(row: ReviewRow | None, event: ReviewerAssigned, recorded: Recorded) -> ReviewRow:
    row = _begun(row, recorded)
    reviewer = revealed(event.reviewer)
    others = tuple(each for each in row.reviewers if each != reviewer)
    return _changed(
        row, recorded, application=revealed(event.application), reviewers=(*others, reviewer)
    )


def _found(row: ReviewRow | None, _: RequirementFound, recorded: Recorded) -> ReviewRow:
    row = _begun(row, recorded)
    positions = (*row.finding_positions, recorded.position)
    return _changed(row, recorded, finding_positions=positions)


def _assessed(row: ReviewRow | None, _: StandardAssessed, recorded: Recorded) -> ReviewRow:
    row = _begun(row, recorded)
    positions = (*row.assessment_positions, recorded.position)
    return _changed(row, recorded, assessment_positions=positions)


def _planned(row: ReviewRow | None, _: ImprovementPlanOpened, recorded: Recorded) -> ReviewRow:
    row = _begun(row, recorded)
    return _changed(row, recorded, plan_positions=(*row.plan_positions, recorded.position))


def _recommended(row: ReviewRow | None, _: ReviewRecorded, recorded: Recorded) -> ReviewRow:
    return _changed(_begun(row, recorded), recorded, recorded_position=recorded.position)


def _explained(row: ReviewRow | None, _: DeclineExplained, recorded: Recorded) -> ReviewRow:
    return _changed(_begun(row, recorded), recorded, declined_position=recorded.position)


def _recused(row: ReviewRow | None, event: ReviewerRecused, recorded: Recorded) -> ReviewRow:
    row = _begun(row, recorded)
    reviewer = revealed(event.reviewer)
    others = tuple(each for each in row.reviewers if each != reviewer)
    return _changed(row, recorded, reviewers=others)


def _noted(
    row: ReviewRow | None, _: ConflictDeclared | EvidenceFileDeleted, recorded: Recorded
) -> ReviewRow:
    return _changed(_begun(row, recorded), recorded)


def _changed(row: ReviewRow, recorded: Recorded, **changes: object) -> ReviewRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version, **changes)


def _terms(row: ReviewRow) -> Terms:
    return frozenset((REVIEWER, reviewer) for reviewer in row.reviewers)


MODEL = ReadModel(
    version=1,
    table=reviews,
    row_type=ReviewRow,
    folds=folds_of(
        on(ReviewerAssigned, _assigned),
        on(RequirementFound, _found),
        on(StandardAssessed, _assessed),
        on(ImprovementPlanOpened, _planned),
        on(ReviewRecorded, _recommended),
        on(DeclineExplained, _explained),
        on(ConflictDeclared, _noted),
        on(EvidenceFileDeleted, _noted),
        on(ReviewerRecused, _recused),
    ),
    opens=opened_names([ReviewerAssigned, ReviewerRecused]),
    index=TermIndex(table=review_terms, terms=_terms),
)

VIEW = View(reviews, ReviewRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, ReviewRow]:
    """Return reviews by id, as an application names them; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def by_application(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, ReviewRow]:
    """Return reviews by the application reviewed; applications without one are left out."""
    select = (
        sa.select(applications.c.id.label("application_id"), *VIEW.columns)
        .join(reviews, reviews.c.id == applications.c.review)
        .where(
            applications.c.id.in_(list(ids)), as_of.rows_of(applications), as_of.rows_of(reviews)
        )
    )
    return {row[0]: VIEW.codec.decode(row[1:]) for row in connection.execute(select)}


def has_reviewer(review: sa.ColumnElement[str], as_of: AsOf) -> sa.ColumnElement[bool]:
    """Return the condition that a review has somebody who was assigned and not recused."""
    found = reviews.alias()
    return sa.exists().where(found.c.id == review, found.c.reviewers != "[]", as_of.rows_of(found))


def assigned_to(
    review: sa.ColumnElement[str], reviewer: str, as_of: AsOf
) -> sa.ColumnElement[bool]:
    """Return the condition that a review was given to somebody."""
    terms = review_terms.alias()
    return sa.exists().where(
        terms.c.facet == REVIEWER,
        terms.c.term == reviewer,
        terms.c.review == review,
        as_of.rows_of(terms),
    )
