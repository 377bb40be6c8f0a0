"""Applications: the public phases of asking for admission or for another tier."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command, Refusal, RefusalCode, in_words, refuse, refuse_unknown
from domain.ledger.disclosure import UNSET, Event, Public, Staff, revealed, revealed_or
from domain.membership.contest import Contestable
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    InformationProvided,
    InformationRequested,
    Place,
    SeatOffered,
    SeatOfferExpired,
    WaitingClock,
    WaitingEvent,
)
from domain.terms import (
    AppealOutcome,
    AppealPhase,
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    Key,
    Line,
    MembershipId,
    PartyId,
    PrincipalId,
    ReviewId,
    Sha256,
    Text,
    TierChangeReason,
    VoteId,
)


class ApplicationSubmitted(Event, frozen=True, kw_only=True):
    """A party asks for admission to a tier or to come back, or a member for another tier.

    The party is hidden: a declined application must not be traced to a listed name.

    Attributes:
        sponsor: what the sponsor is called that the applicant names; left out where it names none.
    """

    stored_name: ClassVar[str] = "application.submitted.v1"

    kind: Public[ApplicationKind]
    tier: Public[str]
    party: Staff[PartyId] = UNSET
    review: Staff[ReviewId] = UNSET
    applicant: Staff[PrincipalId] = UNSET
    membership: Staff[MembershipId | None] = UNSET
    reason: Staff[TierChangeReason | None] = UNSET
    statement: Staff[str | None] = UNSET
    sponsor: Staff[str | None] = UNSET


class EvidenceAttached(Event, frozen=True, kw_only=True):
    """The applicant gave something that is to show that a requirement is met.

    ``requirement`` is of the first releases: clauses of one type of party told the type of it.
    """

    stored_name: ClassVar[str] = "application.evidence_attached.v1"

    requirement: Public[str | None]
    clause: Staff[str] = UNSET
    description: Staff[str] = UNSET
    sha256: Staff[str | None] = UNSET


class PopulationShareAttested(Event, frozen=True, kw_only=True):
    """The applicant states which share of the people served belongs to a population."""

    stored_name: ClassVar[str] = "application.population_share_attested.v1"

    requirement: Public[str | None]
    clause: Staff[str] = UNSET
    numerator: Staff[int] = UNSET
    denominator: Staff[int] = UNSET
    basis: Staff[str] = UNSET
    period_start: Staff[date] = UNSET
    period_end: Staff[date] = UNSET


class ReviewStarted(Event, frozen=True, kw_only=True):
    """A reviewer took the application up, or the review goes on: after an appeal, or a recusal."""

    stored_name: ClassVar[str] = "application.review_started.v1"


class ApplicationReviewed(Event, frozen=True, kw_only=True):
    """The review is complete; what it recommends stays in the review."""

    stored_name: ClassVar[str] = "application.reviewed.v1"


class ApplicationPutToVote(Event, frozen=True, kw_only=True):
    """A vote on the application was opened; the decision waits for it."""

    stored_name: ClassVar[str] = "application.put_to_vote.v1"

    vote: Public[VoteId]


class ApplicationApproved(Event, frozen=True, kw_only=True):
    """The coalition said yes, by these clauses of the policy."""

    stored_name: ClassVar[str] = "application.approved.v1"

    clauses: Public[list[str]]


class ApplicationDeclined(Event, frozen=True, kw_only=True):
    """The coalition said no; the reasons stay in the review."""

    stored_name: ClassVar[str] = "application.declined.v1"


class AppealFiled(Event, frozen=True, kw_only=True):
    """The applicant asks others to look at the decision again."""

    stored_name: ClassVar[str] = "application.appeal_filed.v1"

    grounds: Staff[str] = UNSET


class AppealPutToVote(Event, frozen=True, kw_only=True):
    """Those who took no part in the decision vote on the appeal."""

    stored_name: ClassVar[str] = "application.appeal_put_to_vote.v1"

    vote: Public[VoteId]


class AppealDecided(Event, frozen=True, kw_only=True):
    """The decision stands, or the application is open for another one."""

    stored_name: ClassVar[str] = "application.appeal_decided.v1"

    outcome: Public[AppealOutcome]
    vote: Public[VoteId]


ApplicationEvent = (
    ApplicationSubmitted
    | EvidenceAttached
    | PopulationShareAttested
    | ReviewStarted
    | ApplicationReviewed
    | ApplicationPutToVote
    | ApplicationApproved
    | ApplicationDeclined
    | AppealFiled
    | AppealPutToVote
    | AppealDecided
    | WaitingEvent
)


class SubmitApplication(Command, frozen=True, kw_only=True):
    """Ask for admission to a tier.

    Exactly one of ``organisation``, ``individual`` (a new party, under the id
    ``party``) or neither (``party`` is already registered) is given.
    """

    application: ApplicationId
    review: ReviewId
    party: PartyId
    applicant: PrincipalId
    tier: Key
    organisation: OrganisationDetails | None = None
    individual: IndividualDetails | None = None
    statement: Text | None = None


class RequestTierChange(Command, frozen=True, kw_only=True):
    """Ask for another tier for a membership; it is reviewed like an admission."""

    application: ApplicationId
    review: ReviewId
    applicant: PrincipalId
    membership: MembershipId
    tier: Key
    reason: TierChangeReason
    statement: Text | None = None


class AttachEvidence(Command, frozen=True, kw_only=True):
    """Give something that shows that a requirement is met.

    ``sha256`` commits to a file that stays outside the ledger.
    """

    application: ApplicationId
    requirement: Key
    description: Text
    sha256: Sha256 | None = None


class AttestPopulationShare(Command, frozen=True, kw_only=True):
    """State a population share: ``numerator`` of ``denominator``, counted on ``basis``."""

    application: ApplicationId
    requirement: Key
    numerator: int
    denominator: int
    basis: Line
    period_start: date
    period_end: date


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was attached: what it is, and the hash of its file, if it is one."""

    description: str
    sha256: str | None


class AttestedShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share as the applicant stated it."""

    numerator: int
    denominator: int
    basis: str
    period_start: date
    period_end: date


class Application(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What rules need to know of an application. Version 0 is one never submitted.

    Attributes:
        membership: the one that asks for another tier, or is to go on; ``None`` for a first one.
        evidence: what was attached, by requirement.
        shares: attested share by requirement; the last one counts.
        vote: the last vote on it; ``None`` while there was none.
        recommended_since: whether a review was completed since the last vote.
        decline: the decline, while it stands.
        clock: how long it has waited.
        question: what the applicant is asked; ``None`` while nothing is.
        place: where it stands on the waitlist; ``None`` before it is on it.
        ended: the day from which it is declined, withdrawn or expired, the last time that it was.
    """

    id: ApplicationId
    version: int = 0
    kind: ApplicationKind = ApplicationKind.ADMISSION
    phase: ApplicationPhase | None = None
    tier: str = ""
    party: PartyId = PartyId("")
    review: ReviewId = ReviewId("")
    applicant: PrincipalId = PrincipalId("")
    membership: MembershipId | None = None
    reason: TierChangeReason | None = None
    since: date | None = None
    evidence: dict[str, frozenset[Evidence]] = {}
    shares: dict[str, AttestedShare] = {}
    vote: VoteId | None = None
    recommended_since: bool = False
    decline: Contestable | None = None
    clock: WaitingClock = WaitingClock()
    question: str | None = None
    place: Place | None = None
    ended: date | None = None


def evolve(state: Application, event: ApplicationEvent, effective: date) -> Application:
    """Return the application after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case ApplicationSubmitted():
            return replace(
                state,
                kind=event.kind,
                phase=ApplicationPhase.SUBMITTED,
                tier=event.tier,
                party=revealed(event.party),
                review=revealed(event.review),
                applicant=revealed(event.applicant),
                membership=revealed(event.membership),
                reason=revealed_or(event.reason, None),
                clock=WaitingClock(started=effective, since=effective),
            )
        case EvidenceAttached():
            attached = Evidence(revealed_or(event.description, ""), revealed(event.sha256))
            clause = event.requirement or revealed(event.clause)
            given = state.evidence.get(clause, frozenset()) | {attached}
            return replace(state, evidence=state.evidence | {clause: given})
        case PopulationShareAttested():
            share = AttestedShare(
                numerator=revealed(event.numerator),
                denominator=revealed(event.denominator),
                basis=revealed_or(event.basis, ""),
                period_start=revealed(event.period_start),
                period_end=revealed(event.period_end),
            )
            clause = event.requirement or revealed(event.clause)
            return replace(state, shares=state.shares | {clause: share})
        case ReviewStarted():
            return replace(state, phase=ApplicationPhase.IN_REVIEW)
        case ApplicationReviewed():
            return replace(state, phase=ApplicationPhase.REVIEWED, recommended_since=True)
        case ApplicationPutToVote():
            return replace(state, vote=event.vote, recommended_since=False)
        case ApplicationApproved():
            return replace(state, phase=ApplicationPhase.APPROVED)
        case ApplicationDeclined():
            decline = Contestable(on=effective, vote=state.vote)
            return replace(state, phase=ApplicationPhase.DECLINED, decline=decline, ended=effective)
        case AppealFiled() | AppealPutToVote() | AppealDecided():
            return _appealed(state, event, effective)
        case _ if isinstance(event, WaitingEvent):
            return _waited(state, event, effective)
        case _:
            assert_never(event)


def _appealed(
    state: Application, event: AppealFiled | AppealPutToVote | AppealDecided, effective: date
) -> Application:
    decline = state.decline or Contestable(on=effective)
    match event:
        case AppealFiled():
            decline = decline.with_appeal(AppealPhase.FILED)
            return replace(state, phase=ApplicationPhase.APPEALED, decline=decline)
        case AppealPutToVote():
            return replace(state, decline=decline.put_to_vote(event.vote))
        case AppealDecided():
            if event.outcome is AppealOutcome.UPHELD:
                decline = decline.with_appeal(AppealPhase.DECIDED)
                phase = ApplicationPhase.DECLINED
                return replace(state, phase=phase, decline=decline, ended=effective)
            # Another decision is to be made, which a vote before this one cannot carry.
            return replace(
                state,
                phase=ApplicationPhase.REVIEWED,
                vote=None,
                decline=None,
                clock=WaitingClock(started=effective, since=effective),
            )


def _waited(state: Application, event: WaitingEvent, effective: date) -> Application:
    match event:
        case InformationRequested():
            return replace(
                state,
                phase=ApplicationPhase.AWAITING_APPLICANT,
                clock=state.clock.stopped(event, state.phase, effective),
                question=revealed_or(event.question, ""),
            )
        case InformationProvided():
            clock = state.clock.going_on(effective)
            return replace(state, phase=state.clock.resumes, clock=clock, question=None)
        case ApplicationWithdrawn():
            return replace(state, phase=ApplicationPhase.WITHDRAWN, ended=effective)
        case ApplicationExpired():
            return replace(state, phase=ApplicationPhase.EXPIRED, ended=effective)
        case ApplicationWaitlisted() | SeatOfferExpired():
            place = Place(since=effective)
            return replace(state, phase=ApplicationPhase.WAITLISTED, place=place)
        case SeatOffered():
            place = Place(since=effective, until=event.until)
            return replace(state, phase=ApplicationPhase.SEAT_OFFERED, place=place)


def refuse_phase(application: Application, *allowed: ApplicationPhase) -> Refusal | None:
    """Refuse what an application's phase does not allow, and one never submitted."""
    if application.phase is None:
        return refuse_unknown("application")
    if application.phase in allowed:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "application.phase",
        f"The application is {in_words(application.phase)}.",
        f"An application that is {in_words(*allowed)}.",
    )
