"""Applications: what is asked for, by whom, and how far it has come."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    AppealPutToVote,
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationPutToVote,
    ApplicationReviewed,
    ApplicationSubmitted,
    EvidenceAttached,
    PopulationShareAttested,
    ReviewStarted,
)
from domain.membership.phases import EXPIRING
from domain.membership.waiting import (
    AWAITED,
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    InformationProvided,
    InformationRequested,
    SeatOffered,
    SeatOfferExpired,
    WaitingClock,
)
from domain.terms import AppealOutcome, ApplicationKind, ApplicationPhase
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.tables import applications


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What the applicant was asked: the entry at ``position`` hides it.

    Attributes:
        due: the last day for the answer.
        answered_position: the entry that hides the answer; ``None`` until there is one.
    """

    position: int
    on: date
    due: date
    answered_position: int | None = None
    answered_on: date | None = None


class ApplicationRow(Row, frozen=True, gc=False):
    """An application.

    Attributes:
        party: who is to become a member.
        review: the confidential stream beside it.
        applicant: who asked.
        membership: the membership whose tier is to change.
        submitted_on: the day from which the submission counts.
        submitted_at: when it was recorded, seconds since 1970, UTC.
        submitted_position: the entry that hides statement and reason.
        phase_since: the day from which the phase holds.
        evidence: what was attached, in order.
        shares: population shares attested, in order; the last one of a requirement counts.
        clauses: the policy's clauses that it was approved or waitlisted by.
        decided_on: the day of the decision.
        asked: what the applicant was asked, in order.
        clock: how long it has waited.
        due_from: the day from which the days of the phase's deadline count: the last one itself
            for an answer and for a seat, and the day of filing for an appeal; ``None`` in a phase
            without one, and of a decline that was upheld.
        withdrawn_position: the entry that hides why it was withdrawn.
        expired_by: the deadline of the policy that passed.
        queued_at: as ``submitted_at`` while somebody has to do something for it.
        waiting_since: as ``phase_since`` while somebody has.
        version: of the stream.
    """

    kind: ApplicationKind
    tier: str
    phase: ApplicationPhase
    party: str
    review: str
    applicant: str
    membership: str | None
    submitted_on: date
    submitted_at: int
    submitted_position: int
    phase_since: date
    evidence: tuple[int, ...]
    shares: tuple[int, ...]
    clauses: tuple[str, ...]
    decided_on: date | None
    asked: tuple[Asked, ...]
    clock: WaitingClock
    due_from: date | None
    withdrawn_position: int | None
    expired_by: str | None
    queued_at: int | None
    waiting_since: date | None
    version: int

    @property
    def ended_on(self) -> date | None:
        """The day of the decision, or from which nobody decides any more."""
        is_open = self.phase in AWAITED
        return None if is_open else self.decided_on or self.phase_since


def _submitted(
    _: ApplicationRow | None, event: ApplicationSubmitted, recorded: Recorded
) -> ApplicationRow:
    envelope = recorded.envelope
    return ApplicationRow(
        id=envelope.stream,
        kind=event.kind,
        tier=event.tier,
        phase=ApplicationPhase.SUBMITTED,
        party=revealed(event.party),
        review=revealed(event.review),
        applicant=revealed(event.applicant),
        membership=revealed(event.membership),
        submitted_on=envelope.effective,
        submitted_at=int(recorded.recorded_at.timestamp()),
        submitted_position=recorded.position,
        phase_since=envelope.effective,
        evidence=(),
        shares=(),
        clauses=(),
        decided_on=None,
        asked=(),
        clock=WaitingClock(started=envelope.effective, since=envelope.effective),
        due_from=envelope.effective,
        withdrawn_position=None,
        expired_by=None,
        queued_at=int(recorded.recorded_at.timestamp()),
        waiting_since=envelope.effective,
        version=envelope.version,
    )


def _evidence(row: ApplicationRow, _: EvidenceAttached, recorded: Recorded) -> ApplicationRow:
    return _changed(row, recorded, evidence=(*row.evidence, recorded.position))


def _share(row: ApplicationRow, _: PopulationShareAttested, recorded: Recorded) -> ApplicationRow:
    return _changed(row, recorded, shares=(*row.shares, recorded.position))


def _review_started(row: ApplicationRow, _: ReviewStarted, recorded: Recorded) -> ApplicationRow:
    return _entered(row, recorded, ApplicationPhase.IN_REVIEW)


def _reviewed(row: ApplicationRow, _: ApplicationReviewed, recorded: Recorded) -> ApplicationRow:
    return _entered(row, recorded, ApplicationPhase.REVIEWED)


def _put_to_vote(
    row: ApplicationRow, _: ApplicationPutToVote, recorded: Recorded
) -> ApplicationRow:
    # The vote knows its application; here it is only a version of this stream.
    return _changed(row, recorded)


def _approved(
    row: ApplicationRow, event: ApplicationApproved, recorded: Recorded
) -> ApplicationRow:
    return _entered(
        row,
        recorded,
        ApplicationPhase.APPROVED,
        clauses=tuple(event.clauses),
        decided_on=recorded.envelope.effective,
    )


def _declined(row: ApplicationRow, _: ApplicationDeclined, recorded: Recorded) -> ApplicationRow:
    effective = recorded.envelope.effective
    declined = _entered(row, recorded, ApplicationPhase.DECLINED, decided_on=effective)
    return msgspec.structs.replace(declined, due_from=effective)


def _appealed(row: ApplicationRow, _: AppealFiled, recorded: Recorded) -> ApplicationRow:
    appealed = _entered(row, recorded, ApplicationPhase.APPEALED)
    return msgspec.structs.replace(appealed, due_from=recorded.envelope.effective)


def _appeal_put_to_vote(
    row: ApplicationRow, _: AppealPutToVote, recorded: Recorded
) -> ApplicationRow:
    return _changed(row, recorded)


def _appeal_decided(
    row: ApplicationRow, event: AppealDecided, recorded: Recorded
) -> ApplicationRow:
    if event.outcome is AppealOutcome.UPHELD:
        return _entered(row, recorded, ApplicationPhase.DECLINED)
    effective = recorded.envelope.effective
    clock = WaitingClock(started=effective, since=effective)
    return _entered(row, recorded, ApplicationPhase.REVIEWED, decided_on=None, clock=clock)


def _requested(
    row: ApplicationRow, event: InformationRequested, recorded: Recorded
) -> ApplicationRow:
    effective = recorded.envelope.effective
    return _entered(
        row,
        recorded,
        ApplicationPhase.AWAITING_APPLICANT,
        asked=(*row.asked, Asked(recorded.position, effective, event.due)),
        clock=row.clock.stopped(event, row.phase, effective),
    )


def _provided(row: ApplicationRow, _: InformationProvided, recorded: Recorded) -> ApplicationRow:
    effective = recorded.envelope.effective
    *before, last = row.asked
    answered = msgspec.structs.replace(
        last, answered_position=recorded.position, answered_on=effective
    )
    return _entered(
        row,
        recorded,
        row.clock.resumes or row.phase,
        asked=(*before, answered),
        clock=row.clock.going_on(effective),
    )


def _withdrawn(row: ApplicationRow, _: ApplicationWithdrawn, recorded: Recorded) -> ApplicationRow:
    position = recorded.position
    return _entered(row, recorded, ApplicationPhase.WITHDRAWN, withdrawn_position=position)


def _expired(row: ApplicationRow, event: ApplicationExpired, recorded: Recorded) -> ApplicationRow:
    return _entered(row, recorded, ApplicationPhase.EXPIRED, expired_by=event.deadline)


def _waitlisted(
    row: ApplicationRow, event: ApplicationWaitlisted, recorded: Recorded
) -> ApplicationRow:
    clauses = tuple(event.clauses)
    return _entered(row, recorded, ApplicationPhase.WAITLISTED, clauses=clauses)


def _offered(row: ApplicationRow, event: SeatOffered, recorded: Recorded) -> ApplicationRow:
    offered = _entered(row, recorded, ApplicationPhase.SEAT_OFFERED)
    return msgspec.structs.replace(offered, due_from=event.until)


def _offer_expired(row: ApplicationRow, _: SeatOfferExpired, recorded: Recorded) -> ApplicationRow:
    return _entered(row, recorded, ApplicationPhase.WAITLISTED)


def _entered(
    row: ApplicationRow, recorded: Recorded, phase: ApplicationPhase, **changes: object
) -> ApplicationRow:
    effective = recorded.envelope.effective
    entered = _changed(row, recorded, phase=phase, phase_since=effective, **changes)
    due_from = entered.clock.due_from if phase in EXPIRING else None
    waits = phase in AWAITED
    return msgspec.structs.replace(
        entered,
        due_from=due_from,
        queued_at=row.submitted_at if waits else None,
        waiting_since=effective if waits else None,
    )


def _changed(row: ApplicationRow, recorded: Recorded, **changes: object) -> ApplicationRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version, **changes)


MODEL = ReadModel(
    version=6,
    table=applications,
    row_type=ApplicationRow,
    folds=folds_of(
        on(ApplicationSubmitted, _submitted),
        on(EvidenceAttached, changing(_evidence)),
        on(PopulationShareAttested, changing(_share)),
        on(ReviewStarted, changing(_review_started)),
        on(ApplicationReviewed, changing(_reviewed)),
        on(ApplicationPutToVote, changing(_put_to_vote)),
        on(ApplicationApproved, changing(_approved)),
        on(ApplicationDeclined, changing(_declined)),
        on(AppealFiled, changing(_appealed)),
        on(AppealPutToVote, changing(_appeal_put_to_vote)),
        on(AppealDecided, changing(_appeal_decided)),
        on(InformationRequested, changing(_requested)),
        on(InformationProvided, changing(_provided)),
        on(ApplicationWithdrawn, changing(_withdrawn)),
        on(ApplicationExpired, changing(_expired)),
        on(ApplicationWaitlisted, changing(_waitlisted)),
        on(SeatOffered, changing(_offered)),
        on(SeatOfferExpired, changing(_offer_expired)),
    ),
    opens=opened_names([ApplicationSubmitted]),
)
