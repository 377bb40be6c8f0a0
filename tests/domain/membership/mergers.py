"""Mergers and separations of two partners, as facts and as commands."""

from __future__ import annotations

from datetime import date

from domain.decision import Fact
from domain.membership.standing import MembershipMerged, MembershipPassed
from domain.membership.ties import (
    MergeParties,
    PartiesMerged,
    PartiesSeparated,
    SeparateParties,
)
from domain.terms import MembershipId, PartyId
from tests.domain.coalition.votes import (
    partner,
    seat,
)
from tests.domain.examples import (
    MEMBER_AGREEMENT,
    PARTNER,
    founded,
    published,
)
from tests.domain.specification import Specification

ONE, TWO = partner(1), partner(2)
FIRST, SECOND = seat(1), seat(2)
REASON = "They share a house now."
EARLIER = date(2026, 2, 1)
TEXTS = [published("partner-agreement"), published(MEMBER_AGREEMENT)]


def coalition(*facts: Fact | list[Fact]) -> Specification:
    return Specification().given(founded(seats=3), *TEXTS).given(*facts)


def merge(
    survivor: PartyId = ONE, merged: PartyId = TWO, membership: MembershipId | None = FIRST
) -> MergeParties:
    return MergeParties(survivor=survivor, merged=merged, membership=membership, reason=REASON)


def together(
    survivor: PartyId = ONE,
    merged: PartyId = TWO,
    *,
    kept: MembershipId | None = FIRST,
    ended: MembershipId | None = SECOND,
    tier: str | None = PARTNER,
    passed: bool = False,
    claims: list[PartyId] | None = None,
) -> list[Fact]:
    event = PartiesMerged(
        survivor=survivor,
        absorbed=merged,
        membership=kept,
        tier=tier,
        passed=passed,
        ended=ended,
        claims=[survivor, merged] if claims is None else claims,
        reason=REASON,
    )
    facts = []
    if kept is not None and ended is not None:
        facts.append(Fact(ended, MembershipMerged(into=kept)))
    if kept is not None and passed:
        facts.append(Fact(kept, MembershipPassed(party=survivor)))
    return [*facts, Fact(survivor, event), Fact(merged, event)]


def apart(
    *, returned: MembershipId | None = None, reinstated: MembershipId | None = None
) -> list[Fact]:
    event = PartiesSeparated(
        survivor=ONE, absorbed=TWO, returned=returned, reinstated=reinstated, reason=REASON
    )
    return [Fact(ONE, event), Fact(TWO, event)]


SEPARATE = SeparateParties(party=TWO, reason=REASON)
