"""Separating: an organisation that was merged into another one is its own again."""

from __future__ import annotations

from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_unknown,
)
from domain.ledger.disclosure import revealed_or
from domain.membership.eligibility import (
    claim_objections,
    place_objections,
    refuse_tier,
    type_objections,
)
from domain.membership.membership import Membership
from domain.membership.merging import Two, refuse_days, refuse_open_votes
from domain.membership.parts import refuse_merged
from domain.membership.returning import Return, reinstatement
from domain.membership.room import seat_objections
from domain.membership.standing import MembershipPassed
from domain.membership.ties import PartiesMerged, PartiesSeparated, SeparateParties
from domain.policy import MembershipClassId, Policy
from domain.terms import MembershipStatus

_PROVIDER: Final = MembershipClassId.PROVIDER


def decide_separate_parties(
    two: Two, command: SeparateParties, moment: Moment, policy: Policy
) -> Decision:
    """Let an organisation be its own again, with what it had where the rules allow it.

    A membership that it brought goes back to it, and one that ended by the merger lives again
    if its tier has a seat and admits its party, and no other provider has its EIN; what was
    expunged of the merger is not undone. Refuses an organisation that is part of no other, or of
    one that is itself part of another, while a vote about either is open, and while one is in
    which the two became one voter: the ballot of one of them may be cast as that of the other.
    """
    survivor, merged = two.survivor, two.merged
    if merged.version == 0:
        return refuse_unknown("party")
    if merged.merger is None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "party.merged",
            "The organisation is part of no other one.",
            "An organisation that was merged into another one.",
            field="party",
        )
    live = two.live(survivor)
    if refusal := (
        refuse_merged(survivor, "party")
        or refuse_open_votes(two)
        or _refuse_one_voter(two, merged.merger)
        or refuse_days(moment, merged.merged_on, None if live is None else live.last_effective)
    ):
        return refusal
    return _separation(two, command, live, policy)


def _separation(
    two: Two, command: SeparateParties, live: Membership | None, policy: Policy
) -> list[Fact]:
    survivor, merged, merger = two.survivor, two.merged, two.merged.merger
    assert merger is not None  # noqa: S101 - narrows for mypy
    returns = (
        live is not None
        and revealed_or(merger.passed, False)  # noqa: FBT003 - as if it had not
        and live.id == revealed_or(merger.membership, None)
        and not [*type_objections(policy.tier(live.tier), merged.party_type)]
    )
    before = revealed_or(merger.ended, None)
    ended = next((each for each in two.memberships if each.id == before), None)
    if ended is not None and not _can_return(two, ended, live, policy, returns=returns):
        ended = None
    event = PartiesSeparated(
        survivor=survivor.id,
        absorbed=merged.id,
        returned=live.id if live is not None and returns else None,
        reinstated=None if ended is None else ended.id,
        reason=command.reason,
    )
    facts = []
    if live is not None and returns:
        facts.append(Fact(live.id, MembershipPassed(party=merged.id)))
    facts += [Fact(survivor.id, event), Fact(merged.id, event)]
    if ended is not None:
        case = _return_of(two, ended)
        suspended = ended.standing.suspension is not None
        again = reinstatement(
            case, policy, ended.tier, vote=None, reason=command.reason, suspended=suspended
        )
        facts.append(Fact(ended.id, again))
    return facts


def _can_return(
    two: Two, ended: Membership, live: Membership | None, policy: Policy, *, returns: bool
) -> bool:
    """Whether a membership that ended by the merger can live again."""
    if ended.status is not MembershipStatus.MERGED or refuse_tier(ended.tier, policy):
        return False
    party, other = (
        (two.survivor, two.merged) if ended.party == two.survivor.id else (two.merged, two.survivor)
    )
    if party is two.survivor and live is not None and not returns:
        # The membership that it would have beside its own is still its own.
        return False
    tier = policy.tier(ended.tier)
    own = None if live is None else live.id
    if party.ein is not None and party.ein == other.ein and tier.membership_class is _PROVIDER:
        # Two providers of one EIN could only be one.
        own = None if two.register.provider_with(party.ein) == own else own
    return not [
        *place_objections(tier, party, policy),
        *seat_objections(two.coalition, two.register, tier),
        *claim_objections(two.register, tier, party.id, party.ein, own),
    ]


def _return_of(two: Two, ended: Membership) -> Return:
    party = two.survivor if ended.party == two.survivor.id else two.merged
    return Return(membership=ended, party=party, coalition=two.coalition, register=two.register)


def _refuse_one_voter(two: Two, merger: PartiesMerged) -> Refusal | None:
    """Refuse to give a vote back that was counted as another's, or the other the ballot in it."""
    ended = revealed_or(merger.ended, None)
    shared = next((each.vote for each in two.votes if ended in each.vote.heirs), None)
    if shared is None:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "merger.one-voter",
        f"A vote in which the two became one voter is open until {shared.closes_on}.",
        "The close of the vote.",
    )
