"""Improvement plans: how a standard that is worked towards will be met, and what came of it.

They are part of the review in which they were agreed, and stand in its stream.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final

import msgspec

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff
from domain.terms import ApplicationId, Assessment, Key, Line, PlanOutcome, Text


class ImprovementPlanOpened(Event, frozen=True, kw_only=True):
    """How and until when a standard that is worked towards will be met."""

    stored_name: ClassVar[str] = "review.improvement_plan_opened.v1"
    confidential: ClassVar[bool] = True

    standard: Staff[str] = UNSET
    due: Staff[date] = UNSET
    steps: Staff[str] = UNSET
    milestones: Staff[list[str] | None] = UNSET


class MilestoneMet(Event, frozen=True, kw_only=True):
    """The member has come as far as a milestone of its plan.

    Attributes:
        milestone: which one, counted from 1.
    """

    stored_name: ClassVar[str] = "review.milestone_met.v1"
    confidential: ClassVar[bool] = True

    standard: Staff[str] = UNSET
    milestone: Staff[int] = UNSET


class PlanOverdue(Event, frozen=True, kw_only=True):
    """The day by which a plan was to be carried out is over."""

    stored_name: ClassVar[str] = "review.plan_overdue.v1"
    confidential: ClassVar[bool] = True

    standard: Staff[str] = UNSET
    due: Staff[date] = UNSET


class PlanClosed(Event, frozen=True, kw_only=True):
    """A plan has come to its end, carried out or not; the standard is assessed by that."""

    stored_name: ClassVar[str] = "review.plan_closed.v1"
    confidential: ClassVar[bool] = True

    standard: Staff[str] = UNSET
    outcome: Staff[PlanOutcome] = UNSET
    note: Staff[str | None] = UNSET


class ReviewReplaced(Event, frozen=True, kw_only=True):
    """The member was assessed anew: what was agreed before counts no more.

    Attributes:
        application: by which its standards were assessed anew.
    """

    stored_name: ClassVar[str] = "review.replaced.v1"
    confidential: ClassVar[bool] = True

    application: Staff[ApplicationId] = UNSET


PlanEvent = ImprovementPlanOpened | MilestoneMet | PlanOverdue | PlanClosed | ReviewReplaced


class OpenImprovementPlan(Command, frozen=True, kw_only=True):
    """Agree how and until when a standard that is worked towards will be met.

    ``milestones`` are what shows on the way how far it has come, in order.
    """

    application: ApplicationId
    standard: Key
    due: date
    steps: Text
    milestones: Annotated[list[Line], msgspec.Meta(max_length=20)] = msgspec.field(
        default_factory=list
    )


class RecordMilestone(Command, frozen=True, kw_only=True):
    """Say that a member has come to a milestone of its plan, counted from 1."""

    application: ApplicationId
    standard: Key
    milestone: int


class CloseImprovementPlan(Command, frozen=True, kw_only=True):
    """Say that a member's plan was carried out, or will not be."""

    application: ApplicationId
    standard: Key
    outcome: PlanOutcome
    note: Text | None = None


class RecordOverduePlans(Command, frozen=True, kw_only=True):
    """Note which plans of a member are overdue."""

    application: ApplicationId


ASSESSED: Final = {
    PlanOutcome.CARRIED_OUT: Assessment.EXHIBITS,
    PlanOutcome.GIVEN_UP: Assessment.DOES_NOT_MEET,
}
"""How a member stands to a standard once its plan has come to its end."""


class Plan(msgspec.Struct, frozen=True):
    """How and until when a standard will be met.

    Attributes:
        milestones: what shows on the way how far it has come.
        met: which of them were reached, counted from 1.
        overdue: whether it was noted that the day is over.
    """

    due: date
    steps: str
    milestones: tuple[str, ...] = ()
    met: frozenset[int] = frozenset()
    overdue: bool = False
