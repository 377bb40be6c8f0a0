"""Memberships: admission, agreement, tier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import (
    Command,
    Moment,
    Refusal,
    RefusalCode,
    in_words,
    refuse,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Personal, Public, Staff, revealed
from domain.membership import assent as assents
from domain.membership import redress as redresses
from domain.membership import standing as standings
from domain.membership import term as terms
from domain.membership.assent import Assent, AssentEvent
from domain.membership.redress import Redress
from domain.membership.standing import (
    MembershipPassed,
    MembershipReinstated,
    Standing,
    StandingEvent,
)
from domain.membership.term import Term, TermEvent
from domain.terms import (
    ACTING,
    LIVE,
    ApplicationId,
    Assessment,
    Basis,
    Key,
    Line,
    MembershipId,
    MembershipStatus,
    Name,
    PartyId,
    PersonId,
    RenewalPhase,
    Sha256,
    Text,
    TierChangeReason,
)


class MemberAdmitted(Event, frozen=True, kw_only=True):
    """A party became a member. Stream: the membership.

    Attributes:
        agreement: the agreement that the tier asks to be signed.
        clauses: the policy's clauses found met: requirements, then standards.
        standards: assessment by standard; in detail it stays with staff.
    """

    stored_name: ClassVar[str] = "membership.admitted.v1"

    basis: Public[Basis]
    tier: Public[str]
    membership_class: Public[str]
    agreement: Public[str]
    application: Public[ApplicationId | None]
    clauses: Public[list[str]]
    party: Staff[PartyId] = UNSET
    standards: Staff[dict[str, Assessment]] = UNSET


class AgreementSent(Event, frozen=True, kw_only=True):
    """The agreement went out to be signed. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.agreement_sent.v1"

    agreement: Public[str]
    version: Public[int]
    sha256: Public[str]


class AgreementSigned(Event, frozen=True, kw_only=True):
    """The member signed one version of an agreement. Stream: the membership."""

    stored_name: ClassVar[str] = "membership.agreement_signed.v1"
    person_field: ClassVar[str | None] = "signatory"

    agreement: Public[str]
    version: Public[int]
    sha256: Public[str]
    signatory: Staff[PersonId] = UNSET
    capacity: Staff[str] = UNSET
    signatory_name: Personal[str] = UNSET


class TierChanged(Event, frozen=True, kw_only=True):
    """The membership moved from one tier to another. Stream: the membership.

    Both are the same where a member was found, later, to meet what its own tier asks for; as is
    whoever came back by an application, whose return says which tier that is.

    Attributes:
        agreement: the agreement that the new tier asks to be signed.
        signed: whether the member has signed the text of it that is current at the change.
    """

    stored_name: ClassVar[str] = "membership.tier_changed.v1"

    from_tier: Public[str]
    to_tier: Public[str]
    membership_class: Public[str]
    agreement: Public[str]
    reason: Public[TierChangeReason]
    application: Public[ApplicationId]
    clauses: Public[list[str]]
    signed: Public[bool]
    standards: Staff[dict[str, Assessment]] = UNSET


MembershipEvent = (
    MemberAdmitted
    | AgreementSent
    | AgreementSigned
    | TierChanged
    | StandingEvent
    | TermEvent
    | AssentEvent
)


class AdmitMember(Command, frozen=True, kw_only=True):
    """Decide an application for admission with yes; ``membership`` is the new id.

    It is not used where the party had a membership: that one goes on.
    """

    application: ApplicationId
    membership: MembershipId


class DeclineApplication(Command, frozen=True, kw_only=True):
    """Decide an application with no, by the clauses that are not met."""

    application: ApplicationId
    clauses: list[Key]
    note: Text | None = None


class ChangeTier(Command, frozen=True, kw_only=True):
    """Decide a member's application, for another tier or for its own, with yes."""

    application: ApplicationId


class SendAgreement(Command, frozen=True, kw_only=True):
    """Send the current text of the tier's agreement to be signed."""

    membership: MembershipId


class SignAgreement(Command, frozen=True, kw_only=True):
    """Sign one version of the tier's agreement.

    ``agreement``, ``version`` and ``sha256`` name the text that was read and signed;
    they must be the current one. ``capacity`` is what entitles the person to sign.
    """

    membership: MembershipId
    agreement: Key
    version: int
    sha256: Sha256
    signatory: PersonId
    signatory_name: Name
    capacity: Line


class Membership(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What rules need to know of a membership. Version 0 is one never admitted.

    Attributes:
        since: the effective date of the admission.
        last_effective: the effective date of the last entry, before which nothing more
            can hold.
        application: the application that it was admitted by; ``None`` for a founding
            partner.
        assessed_by: the application in whose review its standards were assessed last; ``None``
            for a founding partner at first.
        agreement: the agreement that it is to hold by what was decided: the one of its tier as it
            entered that, or that it signed or was asked to sign since.
        sent: version sent, by agreement.
        signed: version signed, by agreement.
        assent: where the member stands to that agreement.
        term: where it stands in its term.
        standing: whether it is suspended, or has ended.
        redress: what it is not suspended for again at once.
        placed_on: the day from which the member has its place in the present tier.
    """

    id: MembershipId
    version: int = 0
    party: PartyId = PartyId("")
    tier: str = ""
    since: date | None = None
    last_effective: date | None = None
    application: ApplicationId | None = None
    assessed_by: ApplicationId | None = None
    agreement: str = ""
    sent: dict[str, int] = {}
    signed: dict[str, int] = {}
    assent: Assent = Assent()
    term: Term = Term()
    standing: Standing = Standing()
    redress: Redress = Redress()
    placed_on: date | None = None

    @property
    def status(self) -> MembershipStatus | None:
        """Whether it may act; ``None`` of one never admitted."""
        if not self.version:
            return None
        if self.standing.ended is not None:
            return self.standing.ended
        if self.standing.suspension is not None:
            return MembershipStatus.SUSPENDED
        if self.term.phase is RenewalPhase.MISSED:
            return MembershipStatus.RENEWAL_DUE
        return MembershipStatus.ACTIVE if self.assent.holds else MembershipStatus.AGREEMENT_PENDING

    def status_on(self, day: date) -> MembershipStatus | None:
        """Whether it may act on a day: a suspension is over on its day, whenever the sweep is."""
        suspension = self.standing.suspension
        if self.standing.ended is not None or suspension is None or not suspension.ends_by(day):
            return self.status
        return self.unsuspended.status

    @property
    def unsuspended(self) -> Membership:
        """The same as if it were not suspended."""
        return replace(self, standing=replace(self.standing, suspension=None))

    def is_bound_by(self, agreement: str, version: int) -> bool:
        """Whether this is the text that it signed last, or has a grace to sign in its place."""
        return (self.agreement, self.assent.version) == (agreement, version)


def evolve(state: Membership, event: MembershipEvent, effective: date) -> Membership:
    """Return the membership after an event that holds from ``effective``."""
    state = replace(
        state,
        version=state.version + 1,
        since=state.since or effective,
        last_effective=effective,
    )
    match event:
        case MemberAdmitted():
            return replace(
                state,
                party=revealed(event.party),
                tier=event.tier,
                application=event.application,
                assessed_by=event.application,
                agreement=event.agreement,
                assent=assents.unsigned(effective, sent=False),
                term=terms.first(effective, event.tier),
                placed_on=effective,
            )
        case AgreementSent():
            return replace(
                state,
                sent=state.sent | {event.agreement: event.version},
                assent=state.assent.sent(effective),
            )
        case AgreementSigned():
            return replace(
                state,
                assent=assents.signed(event.version, effective),
                agreement=event.agreement,
                signed=state.signed | {event.agreement: event.version},
            )
        case TierChanged() if event.from_tier == event.to_tier:
            # It was found to meet what its tier asks for: what it has signed it has signed.
            return replace(state, assessed_by=event.application)
        case TierChanged():
            return _moved(state, event, effective)
        case _:
            # Unions are asked last: it takes longer than all the rest.
            if isinstance(event, StandingEvent):
                return _stood(state, event, effective)
            if isinstance(event, TermEvent):
                return replace(state, term=terms.evolve(state.term, event, state.version))
            if isinstance(event, AssentEvent):
                return _asked(state, event, effective)
            assert_never(event)


def _moved(state: Membership, event: TierChanged, effective: date) -> Membership:
    return replace(
        state,
        tier=event.to_tier,
        assessed_by=event.application,
        assent=_assent_to(state, event.agreement, effective, signed=event.signed),
        agreement=event.agreement,
        term=terms.moved(state.term, effective, event.to_tier),
        placed_on=effective,
    )


def _stood(state: Membership, event: StandingEvent, effective: date) -> Membership:
    decision = state.standing.decision
    under_appeal = decision is not None and decision.under_appeal
    state = replace(
        state,
        standing=standings.evolve(state.standing, event, effective, state.version),
        redress=redresses.evolve(state.redress, event, effective, under_appeal=under_appeal),
    )
    if isinstance(event, MembershipPassed):
        return replace(state, party=revealed(event.party), placed_on=effective)
    if not isinstance(event, MembershipReinstated):
        return state
    return replace(
        state,
        party=revealed(event.party),
        tier=event.tier,
        assent=_assent_to(state, event.agreement, effective, signed=event.signed),
        agreement=event.agreement,
        term=terms.first(effective, event.tier),
        placed_on=effective,
    )


def _asked(state: Membership, event: AssentEvent, effective: date) -> Membership:
    assent = assents.evolve(event, effective)
    return replace(state, assent=assent, agreement=event.agreement)


def _assent_to(state: Membership, agreement: str, on: date, *, signed: bool) -> Assent:
    """Return the assent to the agreement of a tier that the membership comes to."""
    if signed:
        return assents.signed(state.signed.get(agreement), on)
    # Who has signed what it was sent waits for the text that took the place of that.
    awaited = state.sent.get(agreement, 0) > state.signed.get(agreement, 0)
    return assents.unsigned(on, sent=awaited)


def refuse_standing(membership: Membership, *allowed: MembershipStatus) -> Refusal | None:
    """Refuse what a membership's standing does not allow, and one never admitted."""
    return _refuse_status(membership.status, allowed)


def _refuse_status(
    status: MembershipStatus | None, allowed: Sequence[MembershipStatus]
) -> Refusal | None:
    if status is None:
        return refuse_unknown("membership")
    if status in allowed:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "membership.standing",
        f"The membership is {in_words(status)}.",
        f"A membership that is {in_words(*allowed)}.",
    )


def refuse_ended(membership: Membership) -> Refusal | None:
    """Refuse to go on with a membership that has ended."""
    return refuse_standing(membership, *LIVE)


def refuse_unless_acting(membership: Membership, moment: Moment) -> Refusal | None:
    """Refuse to go on with a membership that has ended or is suspended on the day."""
    return _refuse_status(membership.status_on(moment.today), ACTING)
