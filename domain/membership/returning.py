"""Returning: a membership that had ended goes on under its id, with one history."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from domain.coalition.coalition import Coalition
from domain.coalition.mandate import (
    refuse_other_vote,
    refuse_stale,
    refuse_without_vote,
    vote_that_counts,
)
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    object_to,
    refuse,
    refuse_for,
    refuse_too_early,
)
from domain.membership.agreement import has_signed
from domain.membership.eligibility import claim_objections, place_objections, refuse_tier
from domain.membership.membership import Membership, refuse_standing
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.requirements import shared
from domain.membership.room import full_objections, seat_objections
from domain.membership.standing import MembershipReinstated, ReinstateMembership
from domain.policy import Policy, RequirementKind, VoteKind
from domain.terms import MembershipStatus, PersonId, VoteId

_BY_RULE = {RequirementKind.PARTY_TYPE, RequirementKind.EIN_DETERMINATION}


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a return looks at.

    Attributes:
        membership: the one that had ended.
        party: its party.
        coalition: seats and agreement texts.
        register: the whole roll.
        vote: the last vote on a return of it, if there was one.
    """

    membership: Membership
    party: Party
    coalition: Coalition
    register: Register
    vote: Vote | None = None

    @property
    def is_erased(self) -> bool:
        """Whether the party is a person who was erased."""
        return PersonId(self.party.id) in self.coalition.erased


def decide_reinstate_membership(
    case: Return, command: ReinstateMembership, moment: Moment, policy: Policy
) -> Decision:
    """Take a membership up again; a suspension that it had when it left is over.

    What a vote ended comes back by a vote, whatever the policy asks of admissions. What ended by a
    merger, and did not come back with the separation, comes back as it would have then. What an
    appeal has overturned, and had no place then, comes back as it would have: by that vote, before
    who waits for a seat, suspended still, and to sign what it has not.

    Refuses a membership that has not ended, one whose end is under appeal, one whose party is part
    of another, any other vote than the last on its return, one that is open, did not pass or
    passed too long ago, and none where the policy has admissions decided by one; and lists
    together a tier that no longer admits the party, one without a free seat, another live
    membership of the party, a live provider with its EIN, and an agreement of which the current
    text is not signed.
    """
    membership = case.membership
    if membership.standing.won is not UNSET:
        return _decide_won(case, membership.standing.won, command, moment, policy)
    vote = vote_that_counts(case.vote, membership, moment, policy)
    merged = membership.status is MembershipStatus.MERGED
    by_vote = command.vote is not None or policy.vote_rule(VoteKind.ADMISSION).required
    if refusal := (
        refuse_not_ended(membership, case.party)
        or (refuse_stale(case.vote, membership, moment, policy) if by_vote else None)
        or _refuse_alone(membership, vote)
        or refuse_other_vote(VoteKind.ADMISSION, command.vote, vote)
        or refuse_without_vote(VoteKind.ADMISSION, vote, policy, moment)
        or refuse_too_early(moment, membership.last_effective)
        or refuse_return(case, policy, overturns=False, signed=not merged)
    ):
        return refusal
    carried = None if vote is None else vote.id
    suspended = merged and membership.standing.suspension is not None
    back = reinstatement(
        case, policy, membership.tier, vote=carried, reason=command.reason, suspended=suspended
    )
    return [Fact(membership.id, back)]


def _decide_won(
    case: Return, vote: VoteId, command: ReinstateMembership, moment: Moment, policy: Policy
) -> Decision:
    membership = case.membership
    other = None if command.vote == vote else command.vote
    if refusal := (
        refuse_other_vote(VoteKind.APPEAL, other, None, "The vote on the appeal, or none.")
        or refuse_too_early(moment, membership.last_effective)
        or refuse_return(case, policy, overturns=True, signed=False)
    ):
        return refusal
    suspended = membership.standing.suspension is not None
    back = reinstatement(
        case, policy, membership.tier, vote=vote, reason=command.reason, suspended=suspended
    )
    return [Fact(membership.id, back)]


def refuse_not_ended(membership: Membership, party: Party) -> Refusal | None:
    """Refuse a membership that cannot come back since it is live, or goes on under another one."""
    ended = (each for each in MembershipStatus if not each.is_live)
    return refuse_standing(membership, *ended) or refuse_merged(party)


def _refuse_alone(membership: Membership, vote: Vote | None) -> Refusal | None:
    """Refuse to take back what a vote decided without another one, or beside an appeal."""
    decision = membership.standing.decision
    if decision is None:
        return None
    if decision.under_appeal:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "appeal.open",
            "The end of the membership is under appeal.",
            "The decision on the appeal.",
        )
    return refuse_taking_back(membership, vote)


def refuse_taking_back(membership: Membership, vote: Vote | None) -> Refusal | None:
    """Refuse to bring back without a vote what one ended."""
    if vote is not None or membership.status is not MembershipStatus.TERMINATED:
        return None
    return refuse(
        RefusalCode.VOTE_REQUIRED,
        "votes.termination.required",
        "A vote ended the membership, and nobody takes that back alone.",
        "A vote of the kind admission that passed, or an appeal.",
    )


def refuse_return(case: Return, policy: Policy, *, overturns: bool, signed: bool) -> Refusal | None:
    """Refuse a return that the rules for everybody's place in a tier do not allow.

    Args:
        case: what a return looks at.
        policy: the policy in force.
        overturns: whether the end was overturned, so that nobody who waits for a seat comes first.
        signed: whether the current agreement must be signed first.
    """
    if refusal := refuse_merged(case.party) or refuse_tier(case.membership.tier, policy):
        return refusal
    tier = policy.tier(case.membership.tier)
    seats = full_objections if overturns else seat_objections
    objections = [
        *place_objections(tier, case.party, policy),
        *seats(case.coalition, case.register, tier, case.membership.id),
        *claim_objections(case.register, tier, case.party.id, case.party.ein),
    ]
    agreement = policy.agreement_for(tier.id).id
    if signed and not has_signed(case.membership, agreement, case.coalition):
        objection = object_to(
            RefusalCode.AGREEMENT_VERSION,
            f"{agreement}.version",
            f"The member has not signed the current text of {agreement}.",
            "Sending the current text, and its signature.",
        )
        objections.append(objection)
    return refuse_for(objections)


def reinstatement(
    case: Return,
    policy: Policy,
    tier: str,
    *,
    vote: VoteId | None,
    reason: str | None,
    suspended: bool,
) -> MembershipReinstated:
    """Return the fact that brings a membership back, into a tier."""
    agreement = policy.agreement_for(tier).id
    asked = policy.tier(tier).requirements
    return MembershipReinstated(
        tier=tier,
        membership_class=policy.tier(tier).membership_class.value,
        agreement=agreement,
        clauses=shared(each for each in asked if each.kind in _BY_RULE),
        signed=has_signed(case.membership, agreement, case.coalition),
        suspended=suspended,
        vote=vote,
        party=case.party.id,
        reason=reason,
    )
