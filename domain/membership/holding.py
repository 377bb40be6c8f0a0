"""Safety holds: a listing is taken down at once, and comes back when the party is safe.

A hold is of the party, not of one listing: whatever is published meanwhile is shown only after
the release, and a listing withdrawn meanwhile stays withdrawn.
"""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.party import Party
from domain.membership.safety import HoldListing, ListingHeld, ListingReleased, ReleaseListing


def decide_hold_listing(party: Party, command: HoldListing, moment: Moment) -> Decision:
    """Take whatever a party lists out of the directory, and keep it out.

    A party that lists nothing yet can be held as well. Refuses an unknown party, and a day
    before it was known or to come. A party that is held is not held twice.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if party.is_held:
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, ListingHeld(reason=command.reason))]


def decide_release_listing(party: Party, _: ReleaseListing, moment: Moment) -> Decision:
    """Let a party's listing be shown again; nothing happens where nothing is held."""
    if party.version == 0:
        return refuse_unknown("party")
    if not party.is_held:
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, ListingReleased())]
