"""Parties: the organisations and people that apply, and what they consent to show."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Personal, Public, Staff, revealed, revealed_or
from domain.membership.name_correction import (
    IndividualNameCorrected,
    NameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.names import (
    IndividualRenamed,
    Names,
    NamingEvent,
    OrganisationAliasAdded,
    OrganisationRenamed,
)
from domain.membership.particulars import Particulars, ParticularsChanged
from domain.membership.particulars_correction import (
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
    ParticularsCorrected,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    HoldConfirmed,
    ListingHeld,
    ListingReleased,
    SafetyEvent,
)
from domain.membership.ties import (
    Affiliates,
    AffiliationEnded,
    PartiesMerged,
    PartiesSeparated,
    PartyAffiliated,
    TieEvent,
    said_alone,
    tied,
)
from domain.terms import (
    Affiliation,
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


class RepresentativeEnded(Event, frozen=True, kw_only=True):
    """A person no longer speaks for an organisation. Stream: the party."""

    stored_name: ClassVar[str] = "party.representative_ended.v1"
    confidential: ClassVar[bool] = True

    person: Staff[PersonId] = UNSET


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


PartyEvent = (
    OrganisationRegistered
    | IndividualRegistered
    | RepresentativeAppointed
    | RepresentativeEnded
    | NamingEvent
    | OrganisationListingPublished
    | IndividualListingPublished
    | ListingWithdrawn
    | NameCorrected
    | ParticularsChanged
    | ParticularsCorrected
    | TieEvent
    | SafetyEvent
)


class AppointRepresentative(Command, frozen=True, kw_only=True):
    """Let a person speak for an organisation, in succession to another one or not.

    Attributes:
        replaces: the representative who speaks for it no longer.
    """

    party: PartyId
    person: PersonId
    replaces: PersonId | None = None
    capacity: Line
    name: Name
    email: Email
    phone: Phone | None = None


class EndRepresentation(Command, frozen=True, kw_only=True):
    """Let a person speak for an organisation no longer."""

    party: PartyId
    person: PersonId


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


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What rules need to know of a party. Version 0 is a party nobody registered.

    Attributes:
        particulars: its type, and an organisation's EIN and counties.
        since: the effective date of the first entry.
        representatives: since when each person speaks for it who does.
        former: who spoke for it, and does no longer.
        names: what an organisation is and was called; of a person's name, since when it is that.
        is_listed: whether the party consents to be shown in the directory.
        held_on: since when nothing of it is shown all the same, for its safety; ``None`` where
            that is not so.
        is_hold_confirmed: whether somebody else said so too.
        has_address: whether its address is kept; no rule knows which.
        listing: what an organisation consented to show. What an individual shows is
            personal, so no rule knows it.
        affiliates: the parties that it is tied to, and how.
        claimed: those of its ties that nobody but itself says.
        sponsors_told: the version of the entry by which its sponsors are who they are.
        merger: how it became part of another one, while it is.
        merged_on: since when it is part of that one.
    """

    id: PartyId
    version: int = 0
    kind: PartyKind | None = None
    particulars: Particulars = Particulars()
    since: date | None = None
    representatives: dict[PersonId, date] = {}
    former: frozenset[PersonId] = frozenset()
    names: Names = Names()
    is_listed: bool = False
    held_on: date | None = None
    is_hold_confirmed: bool = False
    has_address: bool = False
    listing: OrganisationListingPublished | None = None
    affiliates: Affiliates = {}
    claimed: Affiliates = {}
    sponsors_told: int = 0
    merger: PartiesMerged | None = None
    merged_on: date | None = None

    @property
    def is_held(self) -> bool:
        """Whether nothing of it is shown, for its safety."""
        return self.held_on is not None

    @property
    def judged_without(self) -> frozenset[PartyId]:
        """The affiliates that do not judge it; its own word alone keeps nobody from that."""
        said = self.affiliates.items()
        return frozenset(each for each, how in said if how - self.claimed.get(each, frozenset()))

    @property
    def party_type(self) -> str:
        """Its type."""
        return self.particulars.party_type

    @property
    def ein(self) -> str | None:
        """Its EIN, nine digits, or ``None``; individuals have none here."""
        return self.particulars.ein

    @property
    def ein_told(self) -> int:
        """The version of the entry by which its EIN, or whose EIN it shares, is what it is."""
        return max(self.particulars.ein_told, self.sponsors_told)


def evolve(state: Party, event: PartyEvent, effective: date) -> Party:
    """Return the party after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case OrganisationRegistered() | IndividualRegistered():
            return _registered(state, event, effective)
        case (
            ParticularsChanged()
            | OrganisationParticularsCorrected()
            | IndividualParticularsCorrected()
        ):
            known = state.particulars.evolve(state.version, event, effective)
            return replace(state, particulars=known)
        case RepresentativeAppointed() | RepresentativeEnded():
            return _represented(state, event, effective)
        case (
            OrganisationRenamed()
            | OrganisationAliasAdded()
            | OrganisationNameCorrected()
            | IndividualRenamed()
        ):
            return replace(state, names=state.names.evolve(state.version, event, effective))
        case OrganisationListingPublished():
            return replace(state, is_listed=True, listing=event)
        case IndividualListingPublished() | ListingWithdrawn():
            return replace(
                state, is_listed=isinstance(event, IndividualListingPublished), listing=None
            )
        case IndividualNameCorrected() | AddressDisclosed():
            pass
        case ListingHeld() | HoldConfirmed() | ListingReleased():
            state = _held(state, event, effective)
        case AddressRecorded() | AddressRemoved():
            state = replace(state, has_address=isinstance(event, AddressRecorded))
        case PartyAffiliated() | AffiliationEnded() | PartiesMerged() | PartiesSeparated():
            return _tied(state, event, effective)
        case _:
            assert_never(event)
    return state


def _registered(
    state: Party, event: OrganisationRegistered | IndividualRegistered, effective: date
) -> Party:
    version, party_type = state.version, revealed(event.party_type)
    if isinstance(event, IndividualRegistered):
        kind, names = PartyKind.INDIVIDUAL, state.names.called(version, UNSET, effective)
        known = state.particulars.registered(version, effective, party_type)
    else:
        kind, names = PartyKind.ORGANISATION, state.names.called(version, event.name, effective)
        ein, counties = revealed_or(event.ein, None), revealed_or(event.counties, None)
        known = state.particulars.registered(version, effective, party_type, ein, counties)
    return replace(state, kind=kind, names=names, particulars=known)


def _held(
    state: Party, event: ListingHeld | HoldConfirmed | ListingReleased, effective: date
) -> Party:
    if isinstance(event, HoldConfirmed):
        return replace(state, is_hold_confirmed=True)
    held_on = effective if isinstance(event, ListingHeld) else None
    return replace(state, held_on=held_on, is_hold_confirmed=False)


def _tied(state: Party, event: TieEvent, effective: date) -> Party:
    if isinstance(event, PartyAffiliated | AffiliationEnded):
        affiliates, claimed = tied(state.affiliates, event), said_alone(state.claimed, event)
        is_sponsor = revealed(event.affiliation) is Affiliation.SPONSORED_BY
        # Whoever says the same as somebody before tells of no other sponsor.
        is_told = is_sponsor and affiliates != state.affiliates
        told = state.version if is_told else state.sponsors_told
        return replace(state, affiliates=affiliates, claimed=claimed, sponsors_told=told)
    if revealed(event.absorbed) != state.id:
        return state
    if isinstance(event, PartiesMerged):
        return replace(state, merger=event, merged_on=effective)
    return replace(state, merger=None, merged_on=None)


def _represented(
    state: Party, event: RepresentativeAppointed | RepresentativeEnded, effective: date
) -> Party:
    person = revealed(event.person)
    if isinstance(event, RepresentativeAppointed):
        since = state.representatives.get(person, effective)
        return replace(
            state,
            representatives=state.representatives | {person: since},
            former=state.former - {person},
        )
    present = {each: day for each, day in state.representatives.items() if each != person}
    return replace(state, representatives=present, former=state.former | {person})
