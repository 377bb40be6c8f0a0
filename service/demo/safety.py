"""Being safe: listings that are held, an address that is kept, and a text taken for a secret."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from domain.coalition.clearing import ClearText
from domain.decision import RefusalCode
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress, ReleaseListing
from service.demo import belonging
from service.demo.cast import Member
from service.demo.scene import COMMITTEE, DIRECTOR, REVIEWERS, representative_of
from service.demo.stage import Stage


def hold(stage: Stage, listed: Sequence[Member]) -> None:
    """Add two holds, of the members listed first and second.

    The first is held by whoever speaks for it, and released by the director when it is over; the
    second by a reviewer who was called at night, without a reason.
    """
    first, second = listed[:2]
    held_at = stage.diary.within("2025-04")
    reason = "Somebody asked our neighbours for the way to the house."
    stage.add(held_at, representative_of(first), HoldListing(party=first.party, reason=reason))
    released_at = stage.diary.later(held_at, 20, 40)
    stage.add(released_at, DIRECTOR, ReleaseListing(party=first.party))
    stage.add(stage.diary.within("2026-05"), REVIEWERS[0], HoldListing(party=second.party))


def keep_address(stage: Stage, member: Member) -> None:
    """Add the address of a house that is in no list, and that it is given to somebody once."""
    recorded_at = stage.diary.within("2024-05")
    record = RecordAddress(party=member.party, address="12 Invented Lane, the door at the back")
    stage.add(recorded_at, representative_of(member), record)
    disclose = DiscloseAddress(
        party=member.party,
        recipient="The county's fire marshal",
        purpose="The yearly inspection of the building.",
    )
    stage.add(stage.diary.within("2025-01"), DIRECTOR, disclose)


def clear(stage: Stage, member: Member) -> None:
    """Add a listing that is refused for a name in it, until somebody has read it."""
    at = stage.diary.within("2024-10")
    text = "We have opened the Guest Meadow, a house with a garden, to all who look for quiet."
    by, listing = (
        representative_of(member),
        replace(belonging.listing(stage, member), description=text),
    )
    stage.add(at, by, listing, refused=RefusalCode.INVALID_INPUT)
    at = stage.diary.later(at, 1, 3)
    stage.add(at, COMMITTEE[2], ClearText(text=text, reason="It is the name of a house."))
    stage.add(stage.diary.next(at), by, listing)
