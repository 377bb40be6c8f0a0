"""Being safe: a listing held and released again, and one that is held still."""

from __future__ import annotations

from collections.abc import Sequence

from domain.membership.safety import HoldListing, ReleaseListing
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, REVIEWERS, representative_of
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
