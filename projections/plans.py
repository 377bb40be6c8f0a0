"""Improvement plans: which entries hold them, how far they have come, and when the next is due.

Which standard a plan is for stays in the entries; here it is a keyed hash, by which its later
entries are found. The day by which a plan is due stands in clear, since it is found by index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.plans import (
    ImprovementPlanOpened,
    MilestoneMet,
    PlanClosed,
    PlanOverdue,
    ReviewReplaced,
)
from domain.membership.review import ReviewerAssigned, StandardAssessed
from domain.terms import ApplicationPhase, Assessment, PlanPhase
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.reading import View
from projections.tables import applications, improvement_plans


class PlanProgress(msgspec.Struct, frozen=True, gc=False):
    """One plan.

    Attributes:
        position: the entry that opened it, and hides what was agreed.
        due: the day by which it is to be carried out.
        phase: where it stands.
        met: which milestones were reached, counted from 1, in order.
    """

    position: int
    due: date
    phase: PlanPhase = PlanPhase.OPEN
    met: tuple[int, ...] = ()


class PlansRow(Row, frozen=True, gc=False):
    """The plans of one review.

    Attributes:
        application: the application reviewed.
        plans: the last plan for each standard, by a keyed hash of the standard.
        due: the earliest day of those that are open, and not noted as overdue.
        version: of the stream.
    """

    application: str
    plans: dict[str, PlanProgress]
    due: date | None
    version: int


def _assigned(row: PlansRow | None, event: ReviewerAssigned, recorded: Recorded) -> PlansRow:
    if row is not None:
        return row
    return PlansRow(
        id=recorded.envelope.stream,
        application=revealed(event.application),
        plans={},
        due=None,
        version=recorded.envelope.version,
    )


def model(blind: Callable[[str], str]) -> ReadModel[PlansRow]:
    """Return the read model.

    Args:
        blind: keyed hash of a standard.
    """

    def opened(row: PlansRow, event: ImprovementPlanOpened, recorded: Recorded) -> PlansRow:
        plan = PlanProgress(recorded.position, revealed(event.due))
        return _with(row, recorded, row.plans | {blind(revealed(event.standard)): plan})

    def assessed(row: PlansRow, event: StandardAssessed, recorded: Recorded) -> PlansRow:
        standard = blind(revealed(event.standard))
        if event.assessment is Assessment.WORKS_TOWARDS or standard not in row.plans:
            return row
        others = {each: plan for each, plan in row.plans.items() if each != standard}
        return _with(row, recorded, others)

    def progressed(
        row: PlansRow, event: MilestoneMet | PlanOverdue | PlanClosed, recorded: Recorded
    ) -> PlansRow:
        standard = blind(revealed(event.standard))
        plan = row.plans.get(standard)
        if plan is None:
            return row
        return _with(row, recorded, row.plans | {standard: _after(plan, event)})

    return ReadModel(
        version=1,
        table=improvement_plans,
        row_type=PlansRow,
        folds=folds_of(
            on(ReviewerAssigned, _assigned),
            on(ImprovementPlanOpened, changing(opened)),
            on(StandardAssessed, changing(assessed)),
            on(MilestoneMet, changing(progressed)),
            on(PlanOverdue, changing(progressed)),
            on(PlanClosed, changing(progressed)),
            on(ReviewReplaced, changing(_replaced)),
        ),
        opens=opened_names(
            [
                ReviewerAssigned,
                ImprovementPlanOpened,
                StandardAssessed,
                MilestoneMet,
                PlanOverdue,
                ReviewReplaced,
                PlanClosed,
            ]
        ),
    )


def _after(plan: PlanProgress, event: MilestoneMet | PlanOverdue | PlanClosed) -> PlanProgress:
    match event:
        case MilestoneMet():
            return msgspec.structs.replace(plan, met=(*plan.met, revealed(event.milestone)))
        case PlanOverdue():
            return msgspec.structs.replace(plan, phase=PlanPhase.OVERDUE)
        case PlanClosed():
            return msgspec.structs.replace(plan, phase=PlanPhase(revealed(event.outcome).value))


def _replaced(row: PlansRow, _: ReviewReplaced, recorded: Recorded) -> PlansRow:
    """Let the plans that are open be so no longer; how the others ended stays."""
    waiting = {PlanPhase.OPEN, PlanPhase.OVERDUE}
    plans = {
        standard: msgspec.structs.replace(plan, phase=PlanPhase.REPLACED)
        if plan.phase in waiting
        else plan
        for standard, plan in row.plans.items()
    }
    return _with(row, recorded, plans)


def _with(row: PlansRow, recorded: Recorded, plans: dict[str, PlanProgress]) -> PlansRow:
    open_ones = [plan.due for plan in plans.values() if plan.phase is PlanPhase.OPEN]
    return msgspec.structs.replace(
        row,
        plans=plans,
        due=min(open_ones, default=None),
        version=recorded.envelope.version,
    )


VIEW = View(improvement_plans, PlansRow)


def of_members(
    connection: Connection, as_of: AsOf, parties: Iterable[str]
) -> list[tuple[str, str | None, PlansRow]]:
    """Return the plans of the approved applications of parties.

    Returns:
        Of each: the application, the membership whose tier it changed, if it did, and the plans.
    """
    select = (
        sa.select(applications.c.id, applications.c.membership, *VIEW.columns)
        .join(improvement_plans, improvement_plans.c.id == applications.c.review)
        .where(
            applications.c.party.in_(list(parties)),
            applications.c.phase == ApplicationPhase.APPROVED.value,
            as_of.rows_of(applications),
            as_of.rows_of(improvement_plans),
        )
    )
    return [(row[0], row[1], VIEW.codec.decode(row[2:])) for row in connection.execute(select)]
