"""Reviews: the confidential side of an application, in a stream of its own."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff, revealed, revealed_or
from domain.membership.evidence_files import EvidenceFileDeleted
from domain.membership.plans import (
    ASSESSED,
    ImprovementPlanOpened,
    MilestoneMet,
    Plan,
    PlanClosed,
    PlanEvent,
    PlanOverdue,
    ReviewReplaced,
)
from domain.terms import (
    ApplicationId,
    Assessment,
    Key,
    PartyId,
    PrincipalId,
    Recommendation,
    ReviewId,
    Text,
    VoteId,
)


class ReviewerAssigned(Event, frozen=True, kw_only=True):
    """A person is to review the application."""

    stored_name: ClassVar[str] = "review.reviewer_assigned.v1"
    confidential: ClassVar[bool] = True

    application: Staff[ApplicationId] = UNSET
    reviewer: Staff[PrincipalId] = UNSET


class RequirementFound(Event, frozen=True, kw_only=True):
    """A reviewer found a requirement met or not met.

    Attributes:
        ein_told: of an EIN that was verified, the version in the party's stream of the entry by
            which it, or the sponsor that shares its own, was what it was. Entries from before it
            could be corrected lack it.
    """

    stored_name: ClassVar[str] = "review.requirement_found.v1"
    confidential: ClassVar[bool] = True

    requirement: Staff[str] = UNSET
    met: Staff[bool] = UNSET
    note: Staff[str | None] = UNSET
    ein_told: Staff[int | None] = UNSET


class StandardAssessed(Event, frozen=True, kw_only=True):
    """A reviewer assessed the applicant by one minimum standard of the class."""

    stored_name: ClassVar[str] = "review.standard_assessed.v1"
    confidential: ClassVar[bool] = True

    standard: Staff[str] = UNSET
    assessment: Staff[Assessment] = UNSET
    note: Staff[str | None] = UNSET


class ReviewRecorded(Event, frozen=True, kw_only=True):
    """What the review recommends, with its reasons."""

    stored_name: ClassVar[str] = "review.recorded.v1"
    confidential: ClassVar[bool] = True

    recommendation: Staff[Recommendation] = UNSET
    reasons: Staff[str] = UNSET


class DeclineExplained(Event, frozen=True, kw_only=True):
    """Why the application was declined: the clauses not met, and a note."""

    stored_name: ClassVar[str] = "review.decline_explained.v1"
    confidential: ClassVar[bool] = True

    clauses: Staff[list[str]] = UNSET
    note: Staff[str | None] = UNSET


class ConflictDeclared(Event, frozen=True, kw_only=True):
    """Somebody said what keeps them, or their organisation, from judging the applicant.

    Attributes:
        application: the application.
        declarer: who said it.
        party: the organisation that will not vote; ``None`` where it is the declarer alone
            who stands aside.
        details: what it is.
    """

    stored_name: ClassVar[str] = "review.conflict_declared.v1"
    confidential: ClassVar[bool] = True

    application: Staff[ApplicationId] = UNSET
    declarer: Staff[PrincipalId] = UNSET
    party: Staff[PartyId | None] = UNSET
    details: Staff[str] = UNSET


class ReviewerRecused(Event, frozen=True, kw_only=True):
    """A person has no further part in the application."""

    stored_name: ClassVar[str] = "review.reviewer_recused.v1"
    confidential: ClassVar[bool] = True

    application: Staff[ApplicationId] = UNSET
    reviewer: Staff[PrincipalId] = UNSET
    reason: Staff[str | None] = UNSET


ReviewEvent = (
    ReviewerAssigned
    | RequirementFound
    | StandardAssessed
    | PlanEvent
    | ReviewRecorded
    | DeclineExplained
    | ConflictDeclared
    | ReviewerRecused
    | EvidenceFileDeleted
)


class AssignReviewer(Command, frozen=True, kw_only=True):
    """Ask somebody to review an application."""

    application: ApplicationId
    reviewer: PrincipalId


class RecordFinding(Command, frozen=True, kw_only=True):
    """Find a requirement met or not met, whatever its kind."""

    application: ApplicationId
    requirement: Key
    met: bool
    note: Text | None = None


class AssessStandard(Command, frozen=True, kw_only=True):
    """Assess the applicant by one minimum standard of the tier's class."""

    application: ApplicationId
    standard: Key
    assessment: Assessment
    note: Text | None = None


class RecordReview(Command, frozen=True, kw_only=True):
    """Complete the review with a recommendation and its reasons."""

    application: ApplicationId
    recommendation: Recommendation
    reasons: Text


class DeclareConflict(Command, frozen=True, kw_only=True):
    """Say what keeps one from judging, and have no further part in it.

    Either it is an ``application`` that one does not judge; or a ``vote`` in which one has a vote,
    whatever it is about. With a ``party``, its organisation stands aside; the director, where it
    is ``by_director``.
    """

    declarer: PrincipalId
    details: Text
    application: ApplicationId | None = None
    vote: VoteId | None = None
    party: PartyId | None = None
    by_director: bool = False


class RecuseReviewer(Command, frozen=True, kw_only=True):
    """Let somebody have no further part in an application, or none from the start.

    The director stands aside from the vote on it too, where it is they, which ``by_themself`` says.
    """

    application: ApplicationId
    reviewer: PrincipalId
    reason: Text | None = None
    by_themself: bool = False


class Finding(msgspec.Struct, frozen=True):
    """Whether a requirement was found met, and a note.

    Attributes:
        ein_told: which entry told the EIN that was verified; see `RequirementFound`.
    """

    met: bool
    note: str | None
    ein_told: int | None = None


class Judgement(msgspec.Struct, frozen=True):
    """How the applicant stands to a standard, and a note."""

    assessment: Assessment
    note: str | None


class Decline(msgspec.Struct, frozen=True):
    """Why an application was declined."""

    clauses: tuple[str, ...]
    note: str | None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a review.

    Attributes:
        findings: by requirement; the last finding counts.
        assessments: by standard; the last one counts.
        plans: by standard; the last one counts, until the assessment becomes another one.
        replaced: whether the member was assessed anew, so that none of it counts any more.
        recused: who has no part in it any more, or never had.
        conflicted: parties that said they have a conflict of interest.
        deleted_files: the ids of the files of evidence that were deleted.
    """

    id: ReviewId
    version: int = 0
    reviewers: frozenset[PrincipalId] = frozenset()
    recused: frozenset[PrincipalId] = frozenset()
    conflicted: frozenset[PartyId] = frozenset()
    findings: dict[str, Finding] = {}
    assessments: dict[str, Judgement] = {}
    plans: dict[str, Plan] = {}
    replaced: bool = False
    recommendation: Recommendation | None = None
    reasons: str = ""
    decline: Decline | None = None
    deleted_files: frozenset[str] = frozenset()


def evolve(state: Review, event: ReviewEvent, _effective: date) -> Review:
    """Return the review after an event; from when it holds makes no difference here."""
    state = replace(state, version=state.version + 1)
    match event:
        case ReviewerAssigned():
            return replace(state, reviewers=state.reviewers | {revealed(event.reviewer)})
        case RequirementFound():
            finding = Finding(
                revealed(event.met),
                revealed_or(event.note, None),
                revealed_or(event.ein_told, None),
            )
            return replace(state, findings=state.findings | {revealed(event.requirement): finding})
        case StandardAssessed():
            standard = revealed(event.standard)
            judgement = Judgement(revealed(event.assessment), revealed_or(event.note, None))
            before = state.assessments.get(standard)
            plans = state.plans
            if before is not None and before.assessment is not judgement.assessment:
                plans = {name: plan for name, plan in plans.items() if name != standard}
            return replace(
                state, assessments=state.assessments | {standard: judgement}, plans=plans
            )
        case ReviewRecorded():
            return replace(
                state,
                recommendation=revealed(event.recommendation),
                reasons=revealed_or(event.reasons, ""),
            )
        case DeclineExplained():
            decline = Decline(tuple(revealed(event.clauses)), revealed_or(event.note, None))
            return replace(state, decline=decline)
        case ConflictDeclared():
            party = revealed(event.party)
            parties = frozenset[PartyId]() if party is None else {party}
            return replace(state, conflicted=state.conflicted | parties)
        case ReviewerRecused():
            person = {revealed(event.reviewer)}
            return replace(
                state, reviewers=state.reviewers - person, recused=state.recused | person
            )
        case EvidenceFileDeleted():
            deleted = state.deleted_files | {revealed(event.file)}
            return replace(state, deleted_files=deleted)
        case _ if isinstance(event, PlanEvent):
            return _planned(state, event)
        case _:
            assert_never(event)


def _planned(state: Review, event: PlanEvent) -> Review:
    if isinstance(event, ReviewReplaced):
        return replace(state, plans={}, replaced=True)
    standard = revealed(event.standard)
    plan = state.plans.get(standard, Plan(date.min, ""))
    others = {name: each for name, each in state.plans.items() if name != standard}
    match event:
        case ImprovementPlanOpened():
            milestones = revealed_or(event.milestones, None) or []
            plan = Plan(revealed(event.due), revealed_or(event.steps, ""), tuple(milestones))
        case MilestoneMet():
            plan = replace(plan, met=plan.met | {revealed(event.milestone)})
        case PlanOverdue():
            plan = replace(plan, overdue=True)
        case PlanClosed():
            judgement = Judgement(ASSESSED[revealed(event.outcome)], revealed_or(event.note, None))
            assessments = state.assessments | {standard: judgement}
            return replace(state, plans=others, assessments=assessments)
    return replace(state, plans=others | {standard: plan})
