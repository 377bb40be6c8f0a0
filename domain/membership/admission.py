"""Deciding an application: admission, decline, change of tier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from domain.coalition.coalition import Coalition
from domain.coalition.mandate import refuse_against_vote, refuse_without_vote
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Objection,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_for,
    refuse_input,
    refuse_shared_ids,
    refuse_too_early,
    refuse_without_notice,
)
from domain.membership.agreement import has_signed
from domain.membership.application import (
    Application,
    ApplicationApproved,
    ApplicationDeclined,
    refuse_phase,
)
from domain.membership.eligibility import claim_objections
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
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
    missing_from_review,
    refuse_clauses,
    refuse_tier_gone,
    requirement_objections,
    standard_objections,
)
from domain.membership.review import Decline, DeclineExplained, Review
from domain.membership.room import seat_objections
from domain.membership.waiting import AcceptSeat
from domain.policy import Policy, Tier, VoteKind
from domain.terms import ApplicationKind, ApplicationPhase, Assessment, Basis, VoteOutcome

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
        membership: the one to be made, or the one whose tier is to change.
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
        is_members = application.membership == membership.id
        return application.phase is ApplicationPhase.SEAT_OFFERED or (
            is_members and membership.tier == application.tier
        )


def decide_admit_member(
    case: Case, command: AdmitMember, moment: Moment, policy: Policy
) -> Decision:
    """Say yes to an application for admission: the party is a member from now on.

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
    if (
        application.phase is ApplicationPhase.APPROVED
        and case.membership.application == application.id
    ):
        return []
    if refusal := refuse_yes(case, ApplicationKind.ADMISSION, phase, moment, policy):
        return refusal
    if refusal := _refuse_membership_id(case):
        return refusal
    tier = policy.tier(application.tier)
    seat = lacking_seat(case, tier)
    if refusal := refuse_for([*objections_to(case, tier, moment, policy, seat)]):
        return refusal
    clauses = clauses_of(application, policy)
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
    return [
        Fact(application.id, ApplicationApproved(clauses=clauses)),
        Fact(command.membership, admitted),
    ]


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
    facts = [
        Fact(application.id, ApplicationApproved(clauses=clauses)),
        Fact(case.membership.id, changed),
    ]
    if case.earlier is not None and case.earlier.plans:
        facts.append(Fact(case.earlier.id, ReviewReplaced(application=application.id)))
    return facts


def decide_decline_application(
    application: Application,
    review: Review,
    party: Party,
    vote: Vote | None,
    command: DeclineApplication,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Say no, by at least one clause of the tier's requirements or its class's standards.

    Where the policy no longer has the tier, the one clause there is to cite is its id.
    A no needs no vote, but for one after an appeal that overturned the first: nobody declines it
    again alone (invariant 7). Refuses an application that is not under review, reviewed or on the
    waitlist, a no from before today, since the days for an appeal begin with it, other clauses,
    one on which a vote is open, and after a vote that passed every clause that was not looked at,
    as one that the policy asks for since, or that is met: a vote is no way around the others.
    """
    clauses = tuple(dict.fromkeys(command.clauses))
    if application.phase is ApplicationPhase.DECLINED and review.decline == Decline(
        clauses, command.note
    ):
        return []
    phases = (
        ApplicationPhase.IN_REVIEW,
        ApplicationPhase.REVIEWED,
        ApplicationPhase.WAITLISTED,
    )
    if refusal := (
        refuse_phase(application, *phases)
        or refuse_too_early(moment, application.since)
        or refuse_without_notice(moment)
        or refuse_clauses(clauses, application.tier, policy)
    ):
        return refusal
    unmet = _unmet_clauses(application, review, party, moment, policy)
    passed = vote is not None and vote.outcome is VoteOutcome.PASSED
    if not (passed and unmet.issuperset(clauses)) and (
        refusal := refuse_against_vote(vote) or _refuse_alone(application, review, vote, policy)
    ):
        return refusal
    explained = DeclineExplained(clauses=[*clauses], note=command.note)
    return [Fact(application.review, explained), Fact(application.id, ApplicationDeclined())]


def _refuse_alone(
    application: Application, review: Review, vote: Vote | None, policy: Policy
) -> Refusal | None:
    """Refuse to decline without a vote what an appeal gave back; a tier that is gone has none."""
    failed = vote is not None and vote.outcome is VoteOutcome.FAILED
    if review.decline is None or failed or not policy.has_tier(application.tier):
        return None
    return refuse(
        RefusalCode.VOTE_REQUIRED,
        "appeal.decided-anew",
        "An appeal overturned the decline before: nobody declines it again alone.",
        f"A vote of the kind {coded(DECIDED_BY[application.kind])} that did not pass.",
    )


def _unmet_clauses(
    application: Application, review: Review, party: Party, moment: Moment, policy: Policy
) -> frozenset[str]:
    """Return the clauses for which no vote could say yes: those that were looked at."""
    if not policy.has_tier(application.tier):
        return frozenset({application.tier})
    objections = [
        *requirement_objections(application, review, party, policy),
        *standard_objections(application, review, moment, policy),
    ]
    unseen = missing_from_review(application, review, party, policy)
    return frozenset(each.unmet.clause for each in objections) - {
        each.unmet.clause for each in unseen
    }


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
    if case.vote is None and case.has_seat:
        return None
    return refuse_without_vote(DECIDED_BY[kind], case.vote, policy, moment)


def _refuse_membership_id(case: Case) -> Refusal | None:
    application, membership = case.application, case.membership
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
    own = application.membership
    yield from claim_objections(case.register, tier, party.id, party.ein, own)


def lacking_seat(case: Case, tier: Tier) -> Iterator[Objection]:
    """Object to a yes for want of a seat."""
    if not case.has_seat:
        yield from seat_objections(case.coalition, case.register, tier)


def _standards(review: Review, tier: Tier, policy: Policy) -> dict[str, Assessment]:
    standards = policy.standards_for(tier.id)
    return {each.id: review.assessments[each.id].assessment for each in standards}
