"""What keeps a party safe: a hold takes its listing down; its address is given on request only."""

from __future__ import annotations

from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Personal, Staff
from domain.terms import Line, PartyId, Text


class ListingHeld(Event, frozen=True, kw_only=True):
    """Nothing of the party is listed until it is released. Stream: the party.

    That there is a hold is public. Why, nobody has to say.
    """

    stored_name: ClassVar[str] = "party.listing_held.v1"

    reason: Staff[str | None] = UNSET


class HoldConfirmed(Event, frozen=True, kw_only=True):
    """Somebody else than who set the hold says that it is to stand. Stream: the party.

    Confidential: the public sees that there is a hold, and not how many are worried.
    """

    stored_name: ClassVar[str] = "party.hold_confirmed.v1"
    confidential: ClassVar[bool] = True

    reason: Staff[str | None] = UNSET


class ListingReleased(Event, frozen=True, kw_only=True):
    """What the party consents to show is shown again. Stream: the party."""

    stored_name: ClassVar[str] = "party.listing_released.v1"


class AddressRecorded(Event, frozen=True, kw_only=True):
    """Where the party is found. Stream: the party.

    Under a key of the party's own, so that it can be destroyed apart from everything else; that of
    an organisation too, since somebody may be hiding there.
    """

    stored_name: ClassVar[str] = "party.address_recorded.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    address: Personal[str] = UNSET


class AddressRemoved(Event, frozen=True, kw_only=True):
    """The party's address is kept no longer. Stream: the party."""

    stored_name: ClassVar[str] = "party.address_removed.v1"
    confidential: ClassVar[bool] = True


class AddressDisclosed(Event, frozen=True, kw_only=True):
    """The party's address was given to somebody. Stream: the party."""

    stored_name: ClassVar[str] = "party.address_disclosed.v1"
    confidential: ClassVar[bool] = True
    person_field: ClassVar[str | None] = "@stream"

    recipient: Personal[str] = UNSET
    purpose: Personal[str] = UNSET


SafetyEvent = (
    ListingHeld
    | HoldConfirmed
    | ListingReleased
    | AddressRecorded
    | AddressRemoved
    | AddressDisclosed
)


class HoldListing(Command, frozen=True, kw_only=True):
    """Show nothing of a party, from this moment and whatever day is asked about.

    Of a party that somebody else holds it says that the hold is to stand.

    Attributes:
        reason: why, for staff and the party; nobody has to give one.
    """

    party: PartyId
    reason: Text | None = None


class ReleaseListing(Command, frozen=True, kw_only=True):
    """Show again what a party consents to show."""

    party: PartyId


class RecordAddress(Command, frozen=True, kw_only=True):
    """Say where a party is found, or let that be kept no longer.

    Attributes:
        address: the address; ``None`` removes the one that is kept.
    """

    party: PartyId
    address: Text | None = None


class DiscloseAddress(Command, frozen=True, kw_only=True):
    """Give a party's address to somebody.

    Attributes:
        recipient: who gets it.
        purpose: what for.
    """

    party: PartyId
    recipient: Line
    purpose: Text
