"""Parties: the organisations and people that apply, and what they consent to show."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    refuse_input,
    refuse_name,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Personal, Public, Staff, revealed, revealed_or
from domain.policy import PartyType, Policy, parse_ein
from domain.terms import (
    Affiliation,
    EinText,
    Email,
    Fips,
    Line,
    ListedField,
    Name,
    PartyId,
    PartyKind,
    PersonId,
    Phone,
    Text,
    Web,
)

# Facts ------------------------------------------------------------------


class OrganisationRegistered(Event, frozen=True, kw_only=True):
    """An organisation became known to the coalition. Stream: the party.

    Confidential, so that it shows no stream: it stands beside the party's application in
    the log, and the party's stream is the one that its listing shows.
    """

    stored_name: ClassVar[str] = "party.organisation_registered.v1"
    confidential: ClassVar[bool] = True

    name: Staff[str] = UNSET
    party_type: Staff[str] = UNSET
    ein: Staff[str | None] = UNSET
    counties: Staff[list[str]] = UNSET


class IndividualRegistered(Event, frozen=True, kw_only=True):
    """A person became known to the coalition. Stream: the party, who is the person.

    Confidential, for the same reason as `OrganisationRegistered`.
    """

    stored_name: ClassVar[str] = "party.individual_registered.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    party_type: Staff[str] = UNSET
    name: Personal[str] = UNSET
    email: Personal[str] = UNSET
    counties: Personal[list[str]] = UNSET


class RepresentativeAppointed(Event, frozen=True, kw_only=True):
    """A person speaks for an organisation. Stream: the party."""

    stored_name: ClassVar[str] = "party.representative_appointed.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "person"

    person: Staff[PersonId] = UNSET
    capacity: Staff[str] = UNSET
    name: Personal[str] = UNSET
    email: Personal[str] = UNSET
    phone: Personal[str | None] = UNSET


class OrganisationListingPublished(Event, frozen=True, kw_only=True):
    """An organisation consents to show these fields in the directory. Stream: the party.

    The whole listing each time: a field that is left out is no longer consented to.
    """

    stored_name: ClassVar[str] = "party.organisation_listing_published.v1"

    fields: Public[list[ListedField]]
    name: Staff[str] = UNSET
    description: Staff[str | None] = UNSET
    counties: Staff[list[str]] = UNSET
    populations: Staff[list[str]] = UNSET
    services: Staff[list[str]] = UNSET
    website: Staff[str | None] = UNSET
    email: Staff[str | None] = UNSET
    phone: Staff[str | None] = UNSET


class IndividualListingPublished(Event, frozen=True, kw_only=True):
    """A person opts in to be shown in the directory. Stream: the party, who is the person."""

    stored_name: ClassVar[str] = "party.individual_listing_published.v1"
    person_field: ClassVar[str | None] = "@stream"

    fields: Public[list[ListedField]]
    name: Personal[str] = UNSET
    description: Personal[str | None] = UNSET
    counties: Personal[list[str]] = UNSET
    populations: Personal[list[str]] = UNSET
    services: Personal[list[str]] = UNSET
    website: Personal[str | None] = UNSET
    email: Personal[str | None] = UNSET
    phone: Personal[str | None] = UNSET


class ListingWithdrawn(Event, frozen=True, kw_only=True):
    """The party took its consent back: nothing of it is shown any more. Stream: the party."""

    stored_name: ClassVar[str] = "party.listing_withdrawn.v1"


class PartyAffiliated(Event, frozen=True, kw_only=True):
    """A party is tied to another, so that neither judges the other. Stream: the party.

    The same fact stands in the stream of the other one, seen from there. Confidential: the
    two entries stand side by side, and a listing shows its party's stream.
    """

    stored_name: ClassVar[str] = "party.affiliated.v1"
    confidential: ClassVar[bool] = True

    affiliate: Staff[PartyId] = UNSET
    affiliation: Staff[Affiliation] = UNSET


PartyEvent = (
    OrganisationRegistered
    | IndividualRegistered
    | RepresentativeAppointed
    | OrganisationListingPublished
    | IndividualListingPublished
    | ListingWithdrawn
    | PartyAffiliated
)

# Commands ---------------------------------------------------------------


class OrganisationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation says of itself when it becomes known.

    Attributes:
        party_type: a party type of the policy, such as ``nonprofit-501c3``.
        ein: Employer Identification Number, nine digits, a hyphen allowed.
        counties: FIPS codes of the counties it works in.
    """

    name: Name
    party_type: str
    ein: EinText | None = None
    counties: list[Fips] = []


class IndividualDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of themself when they become known."""

    name: Name
    party_type: str
    email: Email
    counties: list[Fips] = []


class AppointRepresentative(Command, frozen=True, kw_only=True):
    """Let a person speak for an organisation."""

    party: PartyId
    person: PersonId
    capacity: Line
    name: Name
    email: Email
    phone: Phone | None = None


class PublishListing(Command, frozen=True, kw_only=True):
    """Show these fields of a party in the directory, and no others.

    A value of ``None`` or an empty list is not shown; giving a value is the consent
    to show it.
    """

    party: PartyId
    name: Name
    description: Text | None = None
    counties: list[Fips] = msgspec.field(default_factory=list)
    populations: list[Line] = msgspec.field(default_factory=list)
    services: list[Line] = msgspec.field(default_factory=list)
    website: Web | None = None
    email: Email | None = None
    phone: Phone | None = None


class WithdrawListing(Command, frozen=True, kw_only=True):
    """Take a listing out of the directory."""

    party: PartyId


class DeclareAffiliation(Command, frozen=True, kw_only=True):
    """Say that a party is tied to another one: ``party`` ``affiliation`` ``affiliate``."""

    party: PartyId
    affiliate: PartyId
    affiliation: Affiliation


# State ------------------------------------------------------------------


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a party. Version 0 is a party nobody registered.

    Attributes:
        ein: nine digits, or ``None``; individuals have none here.
        since: the effective date of the first entry.
        is_listed: whether the party consents to be shown in the directory.
        listing: what an organisation consented to show. What an individual shows is
            personal, so no rule knows it.
        affiliates: the parties that it is tied to, and how.
    """

    id: PartyId
    version: int = 0
    kind: PartyKind | None = None
    party_type: str = ""
    ein: str | None = None
    since: date | None = None
    representatives: frozenset[PersonId] = frozenset()
    is_listed: bool = False
    listing: OrganisationListingPublished | None = None
    affiliates: dict[PartyId, frozenset[Affiliation]] = {}


def evolve(state: Party, event: PartyEvent, effective: date) -> Party:
    """Return the party after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case OrganisationRegistered():
            return replace(
                state,
                kind=PartyKind.ORGANISATION,
                party_type=revealed(event.party_type),
                ein=revealed_or(event.ein, None),
            )
        case IndividualRegistered():
            return replace(state, kind=PartyKind.INDIVIDUAL, party_type=revealed(event.party_type))
        case RepresentativeAppointed():
            return replace(state, representatives=state.representatives | {revealed(event.person)})
        case OrganisationListingPublished():
            return replace(state, is_listed=True, listing=event)
        case IndividualListingPublished():
            return replace(state, is_listed=True)
        case ListingWithdrawn():
            return replace(state, is_listed=False, listing=None)
        case PartyAffiliated():
            other = revealed(event.affiliate)
            known = state.affiliates.get(other, frozenset())
            ties = known | {revealed(event.affiliation)}
            return replace(state, affiliates=state.affiliates | {other: ties})
        case _:
            assert_never(event)


# Rules ------------------------------------------------------------------


def register_organisation(
    details: OrganisationDetails, policy: Policy
) -> OrganisationRegistered | Refusal:
    """Return the fact that makes an organisation known.

    Refuses a party type that the policy lacks or that is a person's, a county outside
    the service area, and an EIN that the tax authority cannot have issued.
    """
    if refusal := _refuse_type(details.party_type, PartyKind.ORGANISATION):
        return refusal
    if refusal := refuse_counties(details.counties, policy):
        return refusal
    ein = None
    if details.ein is not None:
        try:
            ein = parse_ein(details.ein)
        except ValueError as error:
            rule, _, message = str(error).partition(": ")
            return refuse_input(
                "ein", rule, f"This is no EIN: {message}.", "The nine digits of the EIN letter."
            )
    return OrganisationRegistered(
        name=details.name,
        party_type=details.party_type,
        ein=ein,
        counties=sorted(set(details.counties)),
    )


def register_individual(
    details: IndividualDetails, policy: Policy
) -> IndividualRegistered | Refusal:
    """Return the fact that makes a person known, or refuse as for an organisation."""
    if refusal := _refuse_type(details.party_type, PartyKind.INDIVIDUAL):
        return refusal
    if refusal := refuse_counties(details.counties, policy):
        return refusal
    return IndividualRegistered(
        name=details.name,
        party_type=details.party_type,
        email=details.email,
        counties=sorted(set(details.counties)),
    )


def refuse_counties(counties: list[str], policy: Policy) -> Refusal | None:
    """Refuse counties outside the service area."""
    outside = sorted({fips for fips in counties if not policy.serves(fips)})
    if not outside:
        return None
    return refuse_input(
        "counties",
        "service-area",
        f"Not in the service area of {policy.ref}: {', '.join(outside)}.",
        "FIPS codes of counties in the service area only.",
    )


def decide_appoint_representative(
    party: Party, command: AppointRepresentative, moment: Moment
) -> Decision:
    """Let a person speak for an organisation; each appointment is recorded.

    A repeat cannot be told from new contacts, since no rule reads a personal field.
    Refuses an unknown party and an individual, who speaks for themself.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if party.kind is not PartyKind.ORGANISATION:
        return refuse_input(
            "party",
            "party-kind",
            "An individual speaks for themself and has no representatives.",
            "A party that is an organisation.",
        )
    if refusal := refuse_too_early(moment, party.since):
        return refusal
    appointed = RepresentativeAppointed(
        person=command.person,
        capacity=command.capacity,
        name=command.name,
        email=command.email,
        phone=command.phone,
    )
    return [Fact(party.id, appointed)]


def _refuse_type(party_type: str, kind: PartyKind) -> Refusal | None:
    allowed = [each.value for each in PartyType if each.is_person is (kind is PartyKind.INDIVIDUAL)]
    return None if party_type in allowed else refuse_name("partyType", party_type, allowed)
