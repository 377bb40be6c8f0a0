"""Affiliation: which parties are too close to judge one another."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from domain.coalition.recusal import OpenVotes
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import revealed
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.ties import (
    AffiliationEnded,
    DeclareAffiliation,
    EndAffiliation,
    PartyAffiliated,
)
from domain.terms import Affiliation, PartyId

_SEEN_FROM_THERE: Final = {
    Affiliation.CONTROLS: Affiliation.CONTROLLED_BY,
    Affiliation.CONTROLLED_BY: Affiliation.CONTROLS,
    Affiliation.SHARES_LEADERSHIP: Affiliation.SHARES_LEADERSHIP,
    Affiliation.SPONSORS: Affiliation.SPONSORED_BY,
    Affiliation.SPONSORED_BY: Affiliation.SPONSORS,
}


def decide_declare_affiliation(
    party: Party,
    affiliate: Party,
    votes: OpenVotes,
    command: DeclareAffiliation,
    moment: Moment,
) -> Decision:
    """Say that two parties are tied; it is recorded of both, so that either is asked alone.

    In a vote about the one that is open, the other leaves the electorate, as if it had been known
    at the opening (invariant 4); but not on the word of whom the vote is about, who would choose
    its judges. Neither then nor later: what a party says of itself is recorded as its own word, and
    again once the other one or the director says it too. Refuses unknown parties, and a party's tie
    to itself.
    """
    if refusal := _refuse_parties(party, affiliate):
        return refusal
    aside = [
        fact
        for one, other in ((party, affiliate), (affiliate, party))
        for fact in votes.tied(one.id, other.id, command.declarer)
    ]
    own = frozenset[PartyId]()
    if command.declarer is not None:
        own = votes.register.with_survivors([command.declarer])
    here, there = seen_from_both(party.id, affiliate.id, command.affiliation, own)
    facts = [
        Fact(one.id, tie)
        for one, tie in ((party, here), (affiliate, there))
        if not _is_known(one, tie)
    ]
    if not facts and not aside:
        return []
    if refusal := (
        refuse_too_early(moment, party.since) or refuse_too_early(moment, affiliate.since)
    ):
        return refusal
    return [*facts, *aside]


def seen_from_both(
    party: PartyId, affiliate: PartyId, affiliation: Affiliation, own: Collection[PartyId] = ()
) -> tuple[PartyAffiliated, PartyAffiliated]:
    """Return how a tie is seen from one party, and from the other.

    Args:
        party: the one.
        affiliate: the other one.
        affiliation: what the one is to the other.
        own: whose own word it is.
    """
    there = _SEEN_FROM_THERE[affiliation]
    return (
        PartyAffiliated(affiliate=affiliate, affiliation=affiliation, own_word=party in own),
        PartyAffiliated(affiliate=party, affiliation=there, own_word=affiliate in own),
    )


def _is_known(party: Party, tie: PartyAffiliated) -> bool:
    """Whether a tie is known of a party, and by as good a word."""
    affiliate, affiliation = revealed(tie.affiliate), revealed(tie.affiliation)
    if affiliation not in party.affiliates.get(affiliate, ()):
        return False
    return revealed(tie.own_word) or affiliation not in party.claimed.get(affiliate, ())


def decide_end_affiliation(
    party: Party, affiliate: Party, register: Register, command: EndAffiliation, moment: Moment
) -> Decision:
    """Say that two parties are tied so no longer; votes that are open keep their electorate.

    Refuses unknown parties, two that are not tied so, and the end of a sponsorship by which two
    live providers would have one EIN (invariant 6).
    """
    if refusal := _refuse_unknown(party, affiliate):
        return refusal
    if command.affiliation not in party.affiliates.get(affiliate.id, ()):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "party.affiliation",
            "The two are not tied so.",
            "An affiliation that was declared, and has not ended.",
            field="affiliation",
        )
    if refusal := (
        _refuse_one_ein(party, affiliate, register, command.affiliation)
        or refuse_too_early(moment, party.since)
        or refuse_too_early(moment, affiliate.since)
    ):
        return refusal
    here, there = command.affiliation, _SEEN_FROM_THERE[command.affiliation]
    return [
        Fact(one.id, AffiliationEnded(affiliate=other.id, affiliation=tie, reason=command.reason))
        for one, other, tie in ((party, affiliate, here), (affiliate, party, there))
    ]


def _refuse_one_ein(
    party: Party, affiliate: Party, register: Register, affiliation: Affiliation
) -> Refusal | None:
    """Refuse to leave a live provider with another one's EIN and no sponsor to share it with."""
    pairs = {Affiliation.SPONSORED_BY: (party, affiliate), Affiliation.SPONSORS: (affiliate, party)}
    sponsored, sponsor = pairs.get(affiliation, (None, None))
    if sponsored is None or sponsor is None:
        return None
    if not register.disputes_without(sponsored.id, sponsor.id):
        return None
    return refuse(
        RefusalCode.EIN_HELD,
        "one-provider-per-ein",
        "Two live provider memberships would have one EIN.",
        "An EIN of its own first, by changeParticulars, another sponsor that has this EIN, or the"
        " end of one of the memberships.",
        field="affiliation",
    )


def _refuse_parties(party: Party, affiliate: Party) -> Refusal | None:
    return (
        _refuse_unknown(party, affiliate)
        or refuse_merged(party)
        or refuse_merged(affiliate, "affiliate")
    )


def _refuse_unknown(party: Party, affiliate: Party) -> Refusal | None:
    if not party.version:
        return refuse_unknown("party")
    if not affiliate.version:
        return refuse_unknown("affiliate")
    if party.id == affiliate.id:
        return refuse_input(
            "affiliate",
            "another-party",
            "A party is no affiliate of itself.",
            "The id of another party.",
        )
    return None
