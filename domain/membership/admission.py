"""Deciding an application with yes: admission, return, change of tier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from domain.coalition.coalition import Coalition
from domain.coalition.mandate import refuse_without_vote
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Objection,
    Refusal,
    RefusalCode,
    coded,
    object_to,
    refuse,
    refuse_for,
    refuse_input,
    refuse_shared_ids,
    refuse_too_early,
)
from domain.membership.agreement import has_signed
from domain.membership.application import (
    Application,
    ApplicationApproved,
    refuse_phase,
)
from domain.membership.eligibility import claim_objections
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    MemberAdmitted,
    Membership,
    TierChanged,
    refuse_unless_acting,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.plans import ReviewReplaced
from domain.membership.register import Register
from domain.membership.requirements import (
    clauses_of,
    refuse_tier_gone,
    requirement_objections,
    standard_objections,
)
from domain.membership.returning import Return, refuse_taking_back, reinstatement
from domain.membership.review import Review
from domain.membership.room import seat_objections
from domain.membership.waiting import AcceptSeat
from domain.policy import Policy, Tier, VoteKind
from domain.terms import (
    ApplicationKind,
    ApplicationPhase,
    Assessment,
    Basis,
    MembershipId,
    TierChangeReason,
)

DECIDED_BY: Final[Mapping[ApplicationKind, VoteKind]] = MappingProxyType(
    {
        ApplicationKind.ADMISSION: VoteKind.ADMISSION,
        ApplicationKind.TIER_CHANGE: VoteKind.TIER_CHANGE,
    }
)
"""What kind of vote decides what kind of application."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a yes looks at.

    Attributes:
        application: the application to decide.
        review: the application's review.
        party: the application's party.
        membership: the one to be made, or to go on, or whose tier is to change.
        earlier: the review in which that one's standards were assessed last; ``None`` without.
        coalition: seats and agreement texts.
        register: the whole roll.
        vote: the last vote on the application, if there was one.
    """

    application: Application
    review: Review
    party: Party
    membership: Membership
    earlier: Review | None = None
    coalition: Coalition
    register: Register
    vote: Vote | None = None

    @property
    def has_seat(self) -> bool:
        """Whether one is offered to the application, or its membership is of the tier already."""
        application, membership = self.application, self.membership
        is_members = self.changing == membership.id
        return application.phase is ApplicationPhase.SEAT_OFFERED or (
            is_members and membership.tier == application.tier
        )

    @property
    def changing(self) -> MembershipId | None:
        """The membership whose tier is to change; ``None`` for an admission."""
        is_change = self.application.kind is ApplicationKind.TIER_CHANGE
        return self.application.membership if is_change else None


def decide_admit_member(
    case: Case, command: AdmitMember, moment: Moment, policy: Policy
) -> Decision:
    """Say yes to an application for admission: the party is a member from now on.

    Who was one is so again: the membership that had ended goes on in the tier that was asked for,
    assessed anew, without a suspension that it left with, and with its agreement to be signed
    where the present text is not.

    Refuses an application that is not reviewed, one on which the vote is open or did not
    pass, or that lacks a vote that the policy requires; and lists together every requirement and
    standard that is not met, a tier without a seat that nobody waits for, a second membership of
    the party and a second provider of its EIN (invariants 2, 5 and 6).
    """
    return admit(case, command, ApplicationPhase.REVIEWED, moment, policy)


def admit(
    case: Case,
    command: AdmitMember | AcceptSeat,
    phase: ApplicationPhase,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Say yes to an application for admission that has come to a phase."""
    application = case.application
    if application.phase is ApplicationPhase.APPROVED and application.id in {
        case.membership.application,
        case.membership.assessed_by,
    }:
        return []
    if refusal := refuse_yes(case, ApplicationKind.ADMISSION, phase, moment, policy):
        return refusal
    if refusal := _refuse_membership(case, moment):
        return refusal
    tier = policy.tier(application.tier)
    seat = lacking_seat(case, tier)
    if refusal := refuse_for([*objections_to(case, tier, moment, policy, seat)]):
        return refusal
    clauses = clauses_of(application, policy)
    approved = Fact(application.id, ApplicationApproved(clauses=clauses))
    if application.membership is not None:
        return [approved, *_going_on(case, tier, clauses, policy)]
    admitted = MemberAdmitted(
        basis=Basis.APPLICATION,
        tier=tier.id,
        membership_class=tier.membership_class.value,
        agreement=policy.agreement_for(tier.id).id,
        application=application.id,
        clauses=clauses,
        party=case.party.id,
        standards=_standards(case.review, tier, policy),
    )
    return [approved, Fact(command.membership, admitted)]


def _going_on(case: Case, tier: Tier, clauses: list[str], policy: Policy) -> list[Fact]:
    """Return that the party's membership goes on in a tier, and how it stands to that."""
    membership = case.membership
    back = reinstatement(
        Return(
            membership=membership,
            party=case.party,
            coalition=case.coalition,
            register=case.register,
        ),
        policy,
        tier.id,
        vote=None if case.vote is None else case.vote.id,
        reason=None,
        suspended=False,
    )
    assessed = TierChanged(
        from_tier=tier.id,
        to_tier=tier.id,
        membership_class=back.membership_class,
        agreement=back.agreement,
        reason=TierChangeReason.REASSESSMENT,
        application=case.application.id,
        clauses=clauses,
        signed=back.signed,
        standards=_standards(case.review, tier, policy),
    )
    return [Fact(membership.id, back), Fact(membership.id, assessed), *_replaced(case)]


def _replaced(case: Case) -> list[Fact]:
    """Return that what was agreed in an earlier review of the member counts no more."""
    if case.earlier is None or not case.earlier.plans:
        return []
    return [Fact(case.earlier.id, ReviewReplaced(application=case.application.id))]


def decide_change_tier(case: Case, command: ChangeTier, moment: Moment, policy: Policy) -> Decision:
    """Say yes to a member's application, for another tier or for its own.

    How it stands to the standards follows this review from now on, and what was agreed in an
    earlier one and is still to be carried out counts no more. Refuses as an admission does; the
    membership's own place and EIN are not in its way. An application of a member that has left or
    is suspended meanwhile waits: it can be declined, or decided once the member is back.
    """
    return change_tier(case, command, ApplicationPhase.REVIEWED, moment, policy)


def change_tier(
    case: Case,
    command: ChangeTier | AcceptSeat,
    phase: ApplicationPhase,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Say yes to a member's application that has come to a phase."""
    application = case.application
    if (
        application.phase is ApplicationPhase.APPROVED
        and application.kind is ApplicationKind.TIER_CHANGE
    ):
        return []
    if refusal := refuse_yes(case, ApplicationKind.TIER_CHANGE, phase, moment, policy):
        return refusal
    tier = policy.tier(application.tier)
    seat = lacking_seat(case, tier)
    if refusal := (
        refuse_unless_acting(case.membership, moment)
        or refuse_too_early(moment, case.membership.last_effective)
        or refuse_for([*objections_to(case, tier, moment, policy, seat)])
    ):
        return refusal
    if application.reason is None:
        message = "an application for another tier always has a reason"
        raise AssertionError(message)
    clauses = clauses_of(application, policy)
    agreement = policy.agreement_for(tier.id).id
    changed = TierChanged(
        from_tier=case.membership.tier,
        to_tier=tier.id,
        membership_class=tier.membership_class.value,
        agreement=agreement,
        reason=application.reason,
        application=command.application,
        clauses=clauses,
        signed=has_signed(case.membership, agreement, case.coalition),
        standards=_standards(case.review, tier, policy),
    )
    return [
        Fact(application.id, ApplicationApproved(clauses=clauses)),
        Fact(case.membership.id, changed),
        *_replaced(case),
    ]


def refuse_yes(
    case: Case, kind: ApplicationKind, phase: ApplicationPhase, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse a yes that it is not the time for, whatever the merits, or that lacks its vote."""
    application = case.application
    if refusal := refuse_phase(application, phase):
        return refusal
    if application.kind is not kind:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "application.kind",
            f"The application asks for {coded(application.kind)}, not {coded(kind)}.",
            f"An application for {coded(kind)}.",
        )
    return (
        refuse_too_early(moment, application.since)
        or refuse_tier_gone(application, policy)
        or refuse_merged(case.party)
        or _refuse_unvoted(case, kind, moment, policy)
    )


def _refuse_unvoted(
    case: Case, kind: ApplicationKind, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse a yes against a vote, or without one that the policy requires.

    Whoever is offered a seat came to the waitlist by a vote, where the policy of that day required
    one; and a member that is found fit for the tier that it has changes none.
    """
    if refusal := refuse_taking_back(case.membership, case.vote):
        return refusal
    if case.vote is None and case.has_seat:
        return None
    return refuse_without_vote(DECIDED_BY[kind], case.vote, policy, moment)


def _refuse_membership(case: Case, moment: Moment) -> Refusal | None:
    application, membership = case.application, case.membership
    if application.membership is not None:
        return refuse_too_early(moment, membership.last_effective)
    if membership.version:
        return refuse_input(
            "membership", "new-id", "Another membership has this id.", "A fresh random id."
        )
    return refuse_shared_ids(membership.id, application.id, application.review, application.party)


def objections_to(
    case: Case, tier: Tier, moment: Moment, policy: Policy, seat: Iterable[Objection] = ()
) -> Iterator[Objection]:
    """Object to everything on the merits that is in the way of a yes, and to the want of a seat."""
    application, party = case.application, case.party
    yield from requirement_objections(application, case.review, party, policy)
    yield from standard_objections(application, case.review, moment, policy)
    yield from seat
    yield from claim_objections(case.register, tier, party.id, party.ein, case.changing)
    if application.membership is None and case.register.former_of(party.id):
        yield object_to(
            RefusalCode.SECOND_MEMBERSHIP,
            "one-history",
            "The party was a member since, and did not ask for the return of that membership.",
            "The withdrawal of this application, and another one, by which that one goes on.",
        )


def lacking_seat(case: Case, tier: Tier) -> Iterator[Objection]:
    """Object to a yes for want of a seat."""
    if not case.has_seat:
        yield from seat_objections(case.coalition, case.register, tier, case.membership.id)


def _standards(review: Review, tier: Tier, policy: Policy) -> dict[str, Assessment]:
    standards = policy.standards_for(tier.id)
    return {each.id: review.assessments[each.id].assessment for each in standards}
