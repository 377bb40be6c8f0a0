"""What keeps a party safe: a hold, which takes its listing down at once."""

from __future__ import annotations

from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff
from domain.terms import PartyId, Text

# Facts ------------------------------------------------------------------


class ListingHeld(Event, frozen=True, kw_only=True):
    """Nothing of the party is listed until it is released. Stream: the party.

    That there is a hold is public. Why, nobody has to say.
    """

    stored_name: ClassVar[str] = "party.listing_held.v1"

    reason: Staff[str | None] = UNSET


class ListingReleased(Event, frozen=True, kw_only=True):
    """What the party consents to show is shown again. Stream: the party."""

    stored_name: ClassVar[str] = "party.listing_released.v1"


SafetyEvent = ListingHeld | ListingReleased

# Commands ---------------------------------------------------------------


class HoldListing(Command, frozen=True, kw_only=True):
    """Show nothing of a party, from this moment and whatever day is asked about.

    Attributes:
        reason: why, for staff and the party; nobody has to give one.
    """

    party: PartyId
    reason: Text | None = None


class ReleaseListing(Command, frozen=True, kw_only=True):
    """Show again what a party consents to show."""

    party: PartyId
