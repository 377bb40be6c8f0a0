"""Merging: two organisations become one.

What was recorded of either stays under its own id, and no membership is deleted: one goes on,
the other ends by the merger, and may live again once they are separated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from domain.coalition.coalition import Coalition
from domain.coalition.recusal import UnderWay, with_hosts
from domain.coalition.vote import VotersMerged
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    object_to,
    refuse,
    refuse_for,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import revealed
from domain.membership.application import Application
from domain.membership.eligibility import (
    EIN_SHARED,
    refuse_tier,
    type_objections,
)
from domain.membership.membership import Membership
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.standing import MembershipMerged, MembershipPassed
from domain.membership.ties import MergeParties, PartiesMerged
from domain.policy import MembershipClassId, Policy
from domain.terms import MembershipStatus, PartyKind

_PROVIDER: Final = MembershipClassId.PROVIDER


class Two(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a merger, or a separation, looks at.

    Attributes:
        survivor: the organisation that goes on.
        merged: the one that is, or is to be, part of it.
        memberships: those of the two that matter: live ones, and those that ended by merger.
        coalition: the coalition, with its home, seats and texts.
        register: the whole roll.
        votes: the votes that are open.
        applications: the applications of either that are open.
    """

    survivor: Party
    merged: Party
    memberships: Sequence[Membership]
    coalition: Coalition
    register: Register
    votes: Sequence[UnderWay]
    applications: Sequence[Application] = ()

    def live(self, party: Party) -> Membership | None:
        """Return the live membership of one of the two."""
        held = self.register.membership_of(party.id)
        return next((each for each in self.memberships if each.id == held), None)


def decide_merge_parties(
    two: Two, command: MergeParties, moment: Moment, policy: Policy
) -> Decision:
    """Let an organisation be part of another one (invariants 2, 3 and 6).

    One membership goes on and the other ends, which frees its seat; of two votes in what is
    voted on now, one remains, and none where either has an interest; the membership claims both
    EINs. Refuses unknown parties, people,
    whoever is part of another already, the coalition's home, parties about whom a vote is open,
    a choice of membership that is missing or wrong, an application that would be left without
    party or membership, to end a membership that is suspended, a tier that does not admit the
    survivor, and an EIN of the two that another provider has.
    """
    survivor, merged = two.survivor, two.merged
    if refusal := _refuse_parties(survivor, merged):
        return refusal
    if merged.merger is not None and revealed(merged.merger.survivor) == survivor.id:
        return []
    if refusal := (
        refuse_merged(survivor, "survivor")
        or refuse_merged(merged, "merged")
        or _refuse_home(two)
        or refuse_open_votes(two)
    ):
        return refusal
    chosen = _chosen(two, command)
    if isinstance(chosen, Refusal):
        return chosen
    kept, ended = chosen
    days = (survivor.since, merged.since, *(each.last_effective for each in (kept, ended) if each))
    if refusal := (
        _refuse_open_applications(two, ended)
        or _refuse_suspended(ended)
        or _refuse_place(two, kept, ended, policy)
        or refuse_days(moment, *days)
    ):
        return refusal
    return _merger(two, command, kept, ended)


def _merger(
    two: Two, command: MergeParties, kept: Membership | None, ended: Membership | None
) -> list[Fact]:
    survivor, merged = two.survivor, two.merged
    passed = kept is not None and kept.party == merged.id
    is_provider = kept is not None and _is_provider(two, kept)
    event = PartiesMerged(
        survivor=survivor.id,
        absorbed=merged.id,
        membership=None if kept is None else kept.id,
        tier=None if kept is None else kept.tier,
        passed=passed,
        ended=None if ended is None else ended.id,
        claims=[each.id for each in (survivor, merged) if is_provider and each.ein is not None],
        reason=command.reason,
    )
    facts = []
    if kept is not None and ended is not None:
        facts.append(Fact(ended.id, MembershipMerged(into=kept.id)))
    if kept is not None:
        facts += _votes_of(two, kept, ended)
    if kept is not None and passed:
        facts.append(Fact(kept.id, MembershipPassed(party=survivor.id)))
    return [*facts, Fact(survivor.id, event), Fact(merged.id, event)]


def _votes_of(two: Two, kept: Membership, ended: Membership | None) -> Iterator[Fact]:
    """Yield what becomes of the votes of the two; an interest of either is that of the one."""
    both = frozenset({two.survivor.id, two.merged.id})
    for each in two.votes:
        vote = each.vote
        interested = both & each.interested(two.coalition, two.register)
        leaving = with_hosts(both, two.coalition) if interested else interested
        if ended is not None and ended.id in vote.electorate | vote.recused:
            aside = bool(interested or {kept.id, ended.id} & each.recused)
            merged = VotersMerged(survivor=kept.id, ended=ended.id, stands_aside=aside)
            yield Fact(vote.id, merged)
            leaving -= both
        yield from each.leaving(leaving)


def _is_provider(two: Two, membership: Membership) -> bool:
    """Whether a live membership is one that claims an EIN."""
    held = two.register.held_by(membership.party)
    return held is not None and held.membership_class == _PROVIDER


def _refuse_parties(survivor: Party, merged: Party) -> Refusal | None:
    for field, party in (("survivor", survivor), ("merged", merged)):
        if party.version == 0:
            return refuse_unknown(field)
        if party.kind is not PartyKind.ORGANISATION:
            return refuse_input(
                field, "party-kind", "A person is part of nobody else.", "An organisation."
            )
    if survivor.id == merged.id:
        return refuse_input(
            "merged", "another-party", "An organisation is itself already.", "Another organisation."
        )
    return None


def _refuse_home(two: Two) -> Refusal | None:
    if two.merged.id not in {two.coalition.home, two.coalition.fiscal_sponsor}:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "merger.home",
        "The organisation is the coalition's home or fiscal sponsor.",
        "A transfer of the home first.",
        field="merged",
    )


def refuse_open_votes(two: Two) -> Refusal | None:
    """Refuse to merge or separate organisations while a vote about either is open."""
    both = {two.survivor.id, two.merged.id}
    about = next((each.vote for each in two.votes if each.is_about(*both)), None)
    if about is None:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "merger.open-vote",
        f"A vote about one of the two is open until {about.closes_on}.",
        "The close of the vote.",
    )


def _refuse_open_applications(two: Two, ended: Membership | None) -> Refusal | None:
    """Refuse to leave an application open that nobody could go on with."""
    left = [
        each
        for each in two.applications
        if each.party == two.merged.id or (ended is not None and each.membership == ended.id)
    ]
    if not left:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "merger.open-application",
        "An application is open that the merger would leave with nobody.",
        "Its decision, that of the appeal, or its withdrawal.",
    )


def _refuse_suspended(ended: Membership | None) -> Refusal | None:
    """Refuse to rid a member of its suspension, and of its appeal against it, by a merger."""
    if ended is None or ended.status is not MembershipStatus.SUSPENDED:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "merger.suspended",
        "The membership that would end is suspended.",
        "The end of the suspension, or this membership as the one that goes on.",
        field="membership",
    )


def refuse_days(moment: Moment, *days: date | None) -> Refusal | None:
    """Refuse a day before any of these, or to come."""
    early = (refuse_too_early(moment, each) for each in days)
    return next((each for each in early if each is not None), None) or refuse_not_yet(moment)


def _chosen(
    two: Two, command: MergeParties
) -> tuple[Membership | None, Membership | None] | Refusal:
    """Return the membership that goes on, and the one that ends."""
    own, other = two.live(two.survivor), two.live(two.merged)
    if command.membership is None and (own is None or other is None):
        return own or other, None
    for kept, ended in ((own, other), (other, own)):
        if kept is not None and kept.id == command.membership:
            return kept, ended
    return refuse_input(
        "membership",
        "merger.membership",
        "One membership of the two goes on.",
        "The id of the one that goes on, where both have one.",
    )


def _refuse_place(
    two: Two, kept: Membership | None, ended: Membership | None, policy: Policy
) -> Refusal | None:
    """Refuse a membership that the survivor could not have, by its type or by an EIN."""
    if kept is None:
        return None
    survivor = two.survivor
    if kept.party != survivor.id:
        if refusal := refuse_tier(kept.tier, policy):
            return refusal
        tier = policy.tier(kept.tier)
        if refusal := refuse_for([*type_objections(tier, survivor.party_type)]):
            return refusal
    if not _is_provider(two, kept):
        return None
    own = {None, kept.id, None if ended is None else ended.id}
    objections = [
        object_to(
            RefusalCode.EIN_HELD,
            "one-provider-per-ein",
            "Another live provider membership has the EIN of one of the two.",
            EIN_SHARED,
            field=field,
        )
        for field, party in (("survivor", survivor), ("merged", two.merged))
        if party.ein is not None
        and not two.register.shares_ein(party.id)
        and two.register.provider_with(party.ein) not in own
    ]
    return refuse_for(objections)
