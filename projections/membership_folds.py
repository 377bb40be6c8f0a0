"""Memberships: how each entry changes the row of one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.appealing import CONTESTED
from domain.membership.assent import Assent, ResigningMissed, ResigningRequired
from domain.membership.membership import (
    AgreementSent,
    AgreementSigned,
    MemberAdmitted,
    Membership,
    MembershipEvent,
    TierChanged,
    evolve,
)
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipPassed,
    MembershipReinstated,
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
    Standing,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    SuspensionLifted,
)
from domain.membership.term import (
    MembershipRenewed,
    ParticipationRecorded,
    ParticipationWithdrawn,
    RenewalMissed,
    RenewalOpened,
    Term,
)
from domain.terms import (
    AssentPhase,
    Basis,
    MembershipId,
    MembershipStatus,
    RenewalPhase,
    StaffRole,
)
from projections.model import (
    MissingRowError,
    ReadModel,
    Row,
    changing,
    folds_of,
    on,
    opened_names,
)
from projections.tables import memberships


class Signed(msgspec.Struct, frozen=True, gc=False):
    """A signature under one version of an agreement.

    Attributes:
        agreement: which agreement.
        version: the version signed.
        sha256: the text's hash.
        signed_on: the day from which it counts.
        position: the entry, which hides who signed and in what capacity.
    """

    agreement: str
    version: int
    sha256: str
    signed_on: date
    position: int


class StandingChange(msgspec.Struct, frozen=True, gc=False):
    """From when on a membership has a standing.

    Attributes:
        standing: the standing.
        since: the day from which it holds.
        position: the entry, which hides the reasons.
        until: the day on which a suspension is meant to be lifted.
        vote: the vote that it rests on, where there was one.
    """

    standing: MembershipStatus
    since: date
    position: int
    until: date | None = None
    vote: str | None = None


class MembershipRow(Row, frozen=True, gc=False):
    """A membership.

    Attributes:
        party: the member.
        application: the application that led here; ``None`` for a founding partner.
        since: the day of admission.
        agreement: the agreement that it is to hold by what was decided, as the domain's rules keep
            it; what the policy asks of its tier may be another, until it is asked.
        signed_version: the version of it last signed.
        sent_version: the version of it last sent.
        agreements: every signature, in order.
        sent: the version last sent, by agreement.
        assent: where the member stands to that agreement, as the domain's rules keep it.
        asking: its phase; ``None`` of a membership that has ended, of which nothing is asked.
        asking_day: its day.
        text_version: the version of the text that is signed, or to be signed again.
        term: where it stands in its term, as the domain's rules keep it.
        renewal: its phase; ``None`` as for ``asking``.
        renewal_day: its day.
        standing: what befell it, as the domain's rules keep it.
        standings: every standing that it had, in order; the last one is ``status``.
        suspended_through: the last day of its suspension; ``None`` where no day is meant.
        freed_on: the day on which that suspension ends by itself; ``None`` without one, or
            where it hangs on what the member is to do.
        contestable_on: the day of a suspension or termination that may still be appealed, or on
            which the director wrote down that it left, for as long as the policy says; ``None``
            without one, or where it was appealed.
        appealed_on: the day on which that appeal was filed; ``None`` without one that is open, or
            that was won by who waits for its place.
        standards_position: the entry that hides how the standards of the tier's class are met:
            the admission, or the last change of tier.
        admitted_position: the admission.
        version: of the stream.
        updated_position: the last entry taken into account.
    """

    party: str
    tier: str
    membership_class: str
    status: MembershipStatus
    basis: Basis
    application: str | None
    since: date
    agreement: str
    signed_version: int | None
    sent_version: int | None
    agreements: tuple[Signed, ...]
    sent: dict[str, int]
    assent: Assent
    asking: AssentPhase | None
    asking_day: date
    text_version: int | None
    term: Term
    renewal: RenewalPhase | None
    renewal_day: date
    standing: Standing
    standings: tuple[StandingChange, ...]
    suspended_through: date | None
    freed_on: date | None
    contestable_on: date | None
    appealed_on: date | None
    standards_position: int
    admitted_position: int
    version: int
    updated_position: int


def _admitted(_: MembershipRow | None, event: MemberAdmitted, recorded: Recorded) -> MembershipRow:
    envelope = recorded.envelope
    state = evolve(Membership(id=MembershipId(envelope.stream)), event, envelope.effective)
    status = _status(state)
    return MembershipRow(
        id=envelope.stream,
        party=revealed(event.party),
        tier=event.tier,
        membership_class=event.membership_class,
        status=status,
        basis=event.basis,
        application=event.application,
        since=envelope.effective,
        agreement=event.agreement,
        signed_version=None,
        sent_version=None,
        agreements=(),
        sent={},
        **_deadlines(state),
        appealed_on=None,
        standing=state.standing,
        standings=(StandingChange(status, envelope.effective, recorded.position),),
        standards_position=recorded.position,
        admitted_position=recorded.position,
        version=envelope.version,
        updated_position=recorded.position,
    )


def _sent(row: MembershipRow, event: AgreementSent, recorded: Recorded) -> MembershipRow:
    return _evolved(row, event, recorded)


def _signed(row: MembershipRow, event: AgreementSigned, recorded: Recorded) -> MembershipRow:
    signed = Signed(
        agreement=event.agreement,
        version=event.version,
        sha256=event.sha256,
        signed_on=recorded.envelope.effective,
        position=recorded.position,
    )
    return _evolved(row, event, recorded, agreements=(*row.agreements, signed))


def _tier_changed(row: MembershipRow, event: TierChanged, recorded: Recorded) -> MembershipRow:
    return _evolved(
        row,
        event,
        recorded,
        membership_class=event.membership_class,
        standards_position=recorded.position,
    )


def _suspended(row: MembershipRow, event: MembershipSuspended, recorded: Recorded) -> MembershipRow:
    return _evolved(row, event, recorded, until=event.until)


def _withdrawn(row: MembershipRow, event: MembershipWithdrawn, recorded: Recorded) -> MembershipRow:
    left = _evolved(row, event, recorded)
    if recorded.envelope.actor != StaffRole.DIRECTOR:
        return left
    return msgspec.structs.replace(left, contestable_on=recorded.envelope.effective)


def _terminated(
    row: MembershipRow, event: MembershipTerminated, recorded: Recorded
) -> MembershipRow:
    return _evolved(row, event, recorded, vote=event.vote)


def _reinstated(
    row: MembershipRow, event: MembershipReinstated, recorded: Recorded
) -> MembershipRow:
    return _evolved(row, event, recorded, vote=event.vote, membership_class=event.membership_class)


def _passed(row: MembershipRow, event: MembershipPassed, recorded: Recorded) -> MembershipRow:
    return _evolved(row, event, recorded, party=revealed(event.party))


def _evolved(
    row: MembershipRow,
    event: MembershipEvent,
    recorded: Recorded,
    *,
    until: date | None = None,
    vote: str | None = None,
    **changes: object,
) -> MembershipRow:
    """Change a row as the domain's rules change a membership: standing is theirs to say.

    Args:
        row: the row before the entry.
        event: the entry's.
        recorded: the entry.
        until: the day on which the new standing is meant to end.
        vote: the vote that the new standing rests on.
        changes: columns that the rules do not look at.
    """
    before = Membership(
        id=MembershipId(row.id),
        version=row.version,
        tier=row.tier,
        since=row.since,
        agreement=row.agreement,
        sent=row.sent,
        signed={each.agreement: each.version for each in row.agreements},
        assent=row.assent,
        term=row.term,
        standing=row.standing,
    )
    effective = recorded.envelope.effective
    state = evolve(before, event, effective)
    status = _status(state)
    standings = row.standings
    if status is not row.status:
        change = StandingChange(status, effective, recorded.position, until, vote)
        standings = (*standings, change)
    return msgspec.structs.replace(
        row,
        tier=state.tier,
        status=status,
        agreement=state.agreement,
        signed_version=state.signed.get(state.agreement),
        sent_version=state.sent.get(state.agreement),
        sent=state.sent,
        **_deadlines(state),
        appealed_on=(row.appealed_on or effective) if _under_appeal(state) else None,
        standing=state.standing,
        standings=standings,
        version=recorded.envelope.version,
        updated_position=recorded.position,
        **changes,
    )


def _deadlines(state: Membership) -> dict[str, Any]:
    """Return the columns by which `service.deadlines` finds what is due."""
    live = _status(state).is_live
    return {
        "assent": state.assent,
        "asking": state.assent.phase if live else None,
        "asking_day": state.assent.day,
        "text_version": state.assent.version if live else None,
        "term": state.term,
        "renewal": state.term.phase if live else None,
        "renewal_day": state.term.day,
        **_standing_columns(state),
    }


def _standing_columns(state: Membership) -> dict[str, Any]:
    suspension = state.standing.suspension if state.status is MembershipStatus.SUSPENDED else None
    until = None if suspension is None else suspension.until
    decision = state.standing.decision if state.status in CONTESTED else None
    return {
        "suspended_through": None if until is None else until - timedelta(days=1),
        "freed_on": None if suspension is None or suspension.conditional else until,
        "contestable_on": None if decision is None or decision.appeal else decision.on,
    }


def _under_appeal(state: Membership) -> bool:
    if state.standing.won is not UNSET:
        return True
    decision = state.standing.decision
    return state.status in CONTESTED and decision is not None and decision.under_appeal


def _status(state: Membership) -> MembershipStatus:
    if state.status is None:
        message = f"membership {state.id} has no status after its admission"
        raise MissingRowError(message)
    return state.status


MODEL = ReadModel(
    version=10,
    table=memberships,
    row_type=MembershipRow,
    folds=folds_of(
        on(MemberAdmitted, _admitted),
        on(AgreementSent, changing(_sent)),
        on(AgreementSigned, changing(_signed)),
        on(TierChanged, changing(_tier_changed)),
        on(MembershipSuspended, changing(_suspended)),
        on(SuspensionLifted, changing(_evolved)),
        on(MembershipWithdrawn, changing(_withdrawn)),
        on(MembershipTerminated, changing(_terminated)),
        on(MembershipReinstated, changing(_reinstated)),
        on(MembershipLapsed, changing(_evolved)),
        on(MembershipMerged, changing(_evolved)),
        on(MembershipPassed, changing(_passed)),
        on(RenewalOpened, changing(_evolved)),
        on(RenewalMissed, changing(_evolved)),
        on(MembershipRenewed, changing(_evolved)),
        on(ParticipationRecorded, changing(_evolved)),
        on(ParticipationWithdrawn, changing(_evolved)),
        on(ResigningRequired, changing(_evolved)),
        on(ResigningMissed, changing(_evolved)),
        on(StandingAppealFiled, changing(_evolved)),
        on(StandingAppealPutToVote, changing(_evolved)),
        on(StandingAppealDecided, changing(_evolved)),
    ),
    opens=opened_names(
        [
            MemberAdmitted,
            MembershipPassed,
            MembershipReinstated,
            MembershipSuspended,
            ParticipationRecorded,
            ParticipationWithdrawn,
        ]
    ),
    bitemporal=True,
)
