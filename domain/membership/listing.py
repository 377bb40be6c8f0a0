"""Listings: what a party consents to show of itself in the directory."""

from __future__ import annotations

from typing import Any

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import (
    IndividualListingPublished,
    ListingWithdrawn,
    OrganisationListingPublished,
    Party,
    PublishListing,
    WithdrawListing,
)
from domain.membership.registration import refuse_counties
from domain.policy import Policy
from domain.terms import ListedField, PartyKind


def decide_publish_listing(
    party: Party, command: PublishListing, moment: Moment, policy: Policy
) -> Decision:
    """Show the fields that have a value, and no others.

    An organisation's identical listing is not published again. An individual's always
    is: its content is personal, and no rule reads a personal field.
    Refuses an unknown party, one that is part of another, counties outside the service area, and
    an organisation under a name that it does not have: whoever looks for help there would take it
    for another one. A person is shown under any name that they choose.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if refusal := (
        refuse_merged(party)
        or refuse_counties(command.counties, policy)
        or _refuse_name(party, command)
    ):
        return refusal
    if refusal := refuse_too_early(moment, party.since):
        return refusal
    content = _content(command)
    # The order of the enumeration, so that equal consents are equal lists.
    fields = [field for field in ListedField if content[field]]
    if party.kind is PartyKind.INDIVIDUAL:
        return [Fact(party.id, IndividualListingPublished(fields=fields, **content))]
    published = OrganisationListingPublished(fields=fields, **content)
    return [] if published == party.listing else [Fact(party.id, published)]


def decide_withdraw_listing(party: Party, command: WithdrawListing, moment: Moment) -> Decision:
    """Take the consent back; nothing happens where nothing is listed."""
    if party.version == 0:
        return refuse_unknown("party")
    if not party.is_listed:
        return []
    if refusal := refuse_too_early(moment, party.since):
        return refusal
    return [Fact(command.party, ListingWithdrawn())]


def _refuse_name(party: Party, command: PublishListing) -> Refusal | None:
    if party.kind is PartyKind.INDIVIDUAL or command.name in party.names.said.values():
        return None
    return refuse_input(
        "name",
        "listing.own-name",
        "The organisation is not known by this name.",
        "The name that it has, had or is also known by; another one is said first, as an alias.",
    )


def _content(command: PublishListing) -> dict[str, Any]:
    return {
        "name": command.name,
        "description": command.description,
        "counties": sorted(set(command.counties)),
        "populations": list(dict.fromkeys(command.populations)),
        "services": list(dict.fromkeys(command.services)),
        "website": command.website,
        "email": command.email,
        "phone": command.phone,
    }
