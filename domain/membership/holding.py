"""Safety holds: a listing is taken down at once, and comes back when the party is safe.

A hold is of the party, not of one listing: whatever is published meanwhile is shown only after
the release, and a listing withdrawn meanwhile stays withdrawn.

Whoever set a hold in error may release it, for a day and while nobody else said that it is to
stand: one who saw a danger must not find the listing back because another was mistaken.
"""

from __future__ import annotations

from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.party import Party
from domain.membership.safety import (
    HoldConfirmed,
    HoldListing,
    ListingHeld,
    ListingReleased,
    ReleaseListing,
)

MISTAKE_DAYS: Final = 1
"""How many days after that from which a hold holds whoever set it may release it."""


def decide_hold_listing(
    party: Party,
    command: HoldListing,
    moment: Moment,
    is_another: bool,  # noqa: FBT001 - what a rule looks at has a name
) -> Decision:
    """Take whatever a party lists out of the directory, and keep it out.

    A party that lists nothing yet can be held as well. Refuses an unknown party, and a day
    before it was known or to come. A party that is held is not held twice; the first time that
    somebody else would hold it, that confirms the hold.

    Args:
        party: the party.
        command: what is asked for.
        moment: when.
        is_another: whether somebody else set the hold that stands.
    """
    if party.version == 0:
        return refuse_unknown("party")
    if party.is_held and (party.is_hold_confirmed or not is_another):
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    if party.is_held:
        return [Fact(party.id, HoldConfirmed(reason=command.reason))]
    return [Fact(party.id, ListingHeld(reason=command.reason))]


def is_releasable(party: Party, moment: Moment) -> bool:
    """Whether who set the hold that stands may still take it for an error."""
    return (
        party.held_on is not None
        and not party.is_hold_confirmed
        and (moment.today - party.held_on).days <= MISTAKE_DAYS
    )


def decide_release_listing(party: Party, _: ReleaseListing, moment: Moment) -> Decision:
    """Let a party's listing be shown again; nothing happens where nothing is held."""
    if party.version == 0:
        return refuse_unknown("party")
    if not party.is_held:
        return []
    if refusal := refuse_too_early(moment, party.since) or refuse_not_yet(moment):
        return refusal
    return [Fact(party.id, ListingReleased())]
