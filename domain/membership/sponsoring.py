"""Sponsoring: a department, an agency or a sponsored group names whose EIN it shares."""

from __future__ import annotations

from msgspec.structs import replace

from domain.decision import Fact, Moment, Refusal, refuse_input, refuse_too_early
from domain.ledger.disclosure import revealed_or
from domain.membership.affiliation import seen_from_both
from domain.membership.details import Registration, Sponsor
from domain.membership.party import Party
from domain.membership.registration import register_organisation
from domain.policy import Policy
from domain.terms import Affiliation, PartyId, PartyKind


def sponsorship(
    party: PartyId, sponsor: Party, named: Sponsor, moment: Moment, policy: Policy
) -> list[Fact] | Refusal:
    """Return the facts by which an applicant is sponsored, seen from both.

    A sponsor that the directory shows is named by its id, and no other one can be: the answer
    tells nobody whether an organisation is known that is not shown. Another one becomes known by
    what the applicant says of it, whether it is known already or not; staff merge the two.

    Args:
        party: who applies.
        sponsor: whom the applicant names, version 0 for one that the directory does not show.
        named: what the applicant says of it.
        moment: when it is decided.
        policy: the policy in force.
    """
    here, there = seen_from_both(party, sponsor.id, Affiliation.SPONSORED_BY)
    tie = [Fact(party, here), Fact(sponsor.id, there)]
    if named.unlisted is None:
        if sponsor.kind is not PartyKind.ORGANISATION:
            return refuse_input(
                "sponsoredBy.listing",
                "listed-sponsor",
                "The directory shows no organisation with this listing.",
                "The id of an organisation's listing, or the sponsor's name, type and EIN.",
            )
        return refuse_too_early(moment, sponsor.since) or tie
    if sponsor.version:
        return refuse_input(
            "sponsoredBy", "new-id", "Another party has this id.", "A fresh random id."
        )
    unlisted = named.unlisted
    details = Registration(name=unlisted.name, party_type=unlisted.party_type, ein=unlisted.ein)
    registered = register_organisation(details, policy)
    if isinstance(registered, Refusal):
        return replace(registered, field=f"sponsoredBy.unlisted.{registered.field}")
    return [Fact(sponsor.id, registered), *tie]


def name_of(sponsor: Party, named: Sponsor) -> str | None:
    """Return what the sponsor is called: as the applicant says, or as the directory shows it."""
    if named.unlisted is not None:
        return named.unlisted.name
    return None if sponsor.listing is None else revealed_or(sponsor.listing.name, None)
