"""How parties are tied to one another: affiliated, merged into one, separated again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff, revealed, revealed_or
from domain.terms import Affiliation, MembershipId, PartyId, Text


class PartyAffiliated(Event, frozen=True, kw_only=True):
    """A party is tied to another, so that neither judges the other. Stream: the party.

    The same fact stands in the stream of the other one, seen from there. Confidential: the
    two entries stand side by side, and a listing shows its party's stream.

    Attributes:
        own_word: whether the party of this stream alone says so. The other one judges it all the
            same, until somebody else says so too and it is recorded again.
    """

    stored_name: ClassVar[str] = "party.affiliated.v1"
    confidential: ClassVar[bool] = True

    affiliate: Staff[PartyId] = UNSET
    affiliation: Staff[Affiliation] = UNSET
    own_word: Staff[bool] = UNSET


class AffiliationEnded(Event, frozen=True, kw_only=True):
    """A party is tied to another so no longer. Stream: the party.

    The same fact stands in the stream of the other one, seen from there.
    """

    stored_name: ClassVar[str] = "party.affiliation_ended.v1"
    confidential: ClassVar[bool] = True

    affiliate: Staff[PartyId] = UNSET
    affiliation: Staff[Affiliation] = UNSET
    reason: Staff[str] = UNSET


class PartiesMerged(Event, frozen=True, kw_only=True):
    """Two organisations are one from now on. Stream: each of the two.

    What was recorded of the one that is merged stays as it is, under its own id. Confidential
    for the same reason as `PartyAffiliated`; that a membership ends by it is public.

    Attributes:
        survivor: the one that goes on.
        absorbed: the one that is part of it from now on.
        membership: the membership that goes on, if either had one.
        tier: its tier, in which the two have one seat.
        passed: whether it was the merged one's, and is the survivor's now.
        ended: the other one's membership, if both had one.
        claims: the organisations whose EIN that membership claims.
    """

    stored_name: ClassVar[str] = "party.merged.v1"
    confidential: ClassVar[bool] = True

    survivor: Staff[PartyId] = UNSET
    absorbed: Staff[PartyId] = UNSET
    membership: Staff[MembershipId | None] = UNSET
    tier: Staff[str | None] = UNSET
    passed: Staff[bool] = UNSET
    ended: Staff[MembershipId | None] = UNSET
    claims: Staff[list[PartyId]] = UNSET
    reason: Staff[str] = UNSET


class PartiesSeparated(Event, frozen=True, kw_only=True):
    """An organisation is its own again. Stream: each of the two.

    Attributes:
        survivor: the one that it was part of.
        absorbed: the one that is its own again.
        returned: the membership that goes back to it, if it had brought one.
        reinstated: the membership that lives again, if one ended by the merger and can.
    """

    stored_name: ClassVar[str] = "party.separated.v1"
    confidential: ClassVar[bool] = True

    survivor: Staff[PartyId] = UNSET
    absorbed: Staff[PartyId] = UNSET
    returned: Staff[MembershipId | None] = UNSET
    reinstated: Staff[MembershipId | None] = UNSET
    reason: Staff[str] = UNSET


TieEvent = PartyAffiliated | AffiliationEnded | PartiesMerged | PartiesSeparated


class DeclareAffiliation(Command, frozen=True, kw_only=True):
    """Say that a party is tied to another one: ``party`` ``affiliation`` ``affiliate``.

    Attributes:
        declarer: the party whose representative says so, or that the director belongs to;
            ``None`` where they belong to none that is known.
    """

    party: PartyId
    affiliate: PartyId
    affiliation: Affiliation
    declarer: PartyId | None = None


class EndAffiliation(Command, frozen=True, kw_only=True):
    """Say that a party is tied to another one so no longer."""

    party: PartyId
    affiliate: PartyId
    affiliation: Affiliation
    reason: Text


class MergeParties(Command, frozen=True, kw_only=True):
    """Let an organisation be part of another one from now on.

    Attributes:
        survivor: the one that goes on.
        merged: the one that is part of it.
        membership: the membership that goes on, where both have one.
    """

    survivor: PartyId
    merged: PartyId
    reason: Text
    membership: MembershipId | None = None


class SeparateParties(Command, frozen=True, kw_only=True):
    """Let an organisation that is part of another one be its own again."""

    party: PartyId
    reason: Text


Affiliates = dict[PartyId, frozenset[Affiliation]]
"""To whom a party is tied, and how."""


def tied(affiliates: Affiliates, event: PartyAffiliated | AffiliationEnded) -> Affiliates:
    """Return to whom a party is tied, and how, after a tie began or ended."""
    affiliate, affiliation = revealed(event.affiliate), revealed(event.affiliation)
    if isinstance(event, PartyAffiliated):
        return _with(affiliates, affiliate, affiliation)
    return _without(affiliates, affiliate, affiliation)


def said_alone(claimed: Affiliates, event: PartyAffiliated | AffiliationEnded) -> Affiliates:
    """Return which of its ties nobody but the party says, after a tie began or ended."""
    affiliate, affiliation = revealed(event.affiliate), revealed(event.affiliation)
    if isinstance(event, PartyAffiliated) and revealed_or(event.own_word, False):  # noqa: FBT003 - as before it was said
        return _with(claimed, affiliate, affiliation)
    return _without(claimed, affiliate, affiliation)


def _with(ties: Affiliates, affiliate: PartyId, affiliation: Affiliation) -> Affiliates:
    return ties | {affiliate: ties.get(affiliate, frozenset()) | {affiliation}}


def _without(ties: Affiliates, affiliate: PartyId, affiliation: Affiliation) -> Affiliates:
    rest = {each: how for each, how in ties.items() if each != affiliate}
    others = ties.get(affiliate, frozenset()) - {affiliation}
    return rest | {affiliate: others} if others else rest


def sponsors_in(affiliates: Mapping[PartyId, frozenset[Affiliation]]) -> frozenset[PartyId]:
    """Return whom a party is sponsored by, of those that it is tied to."""
    return frozenset(each for each, how in affiliates.items() if Affiliation.SPONSORED_BY in how)
