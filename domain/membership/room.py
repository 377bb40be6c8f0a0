"""Room in a tier: whether it has a free seat, and who waits for one (invariant 2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from domain.coalition.coalition import Coalition, seats_of
from domain.decision import Objection, RefusalCode, object_to
from domain.membership.register import Register
from domain.policy import Tier
from domain.terms import MembershipId


def seat_objections(
    coalition: Coalition, register: Register, tier: Tier, own: MembershipId | None = None
) -> Iterator[Objection]:
    """Object to one more place in a tier that is full, or whose seats others wait for."""
    full = [*full_objections(coalition, register, tier, own)]
    yield from full
    if tier.is_limited and not full and register.line.waiting_for(tier.id):
        yield object_to(
            RefusalCode.TIER_FULL,
            "waitlist.order",
            f"Others wait for a seat of {tier.name}, and a free one is for the first of them.",
            "An application that is put on the waitlist, and is offered a seat in its turn.",
        )


def full_objections(
    coalition: Coalition, register: Register, tier: Tier, own: MembershipId | None = None
) -> Iterator[Objection]:
    """Object to one more place in a tier that is full, or whose seats nobody has set.

    Whoever won an appeal against the end of its membership has the next seat that is free; of
    several, who won first.

    Args:
        coalition: the coalition, with its seats.
        register: the roll.
        tier: the tier.
        own: the membership that would have the place, which is not kept from it by itself.
    """
    if not tier.is_limited:
        return
    won_before = takewhile(lambda each: each != own, register.won_in(tier.id))
    seats = seats_of(coalition, tier)
    if seats is None:
        yield object_to(
            RefusalCode.TIER_FULL,
            f"{tier.id}.seats",
            f"{tier.name} is limited, and no seats have been set.",
            "Setting the seats of the tier.",
        )
    elif register.occupied(tier.id) >= seats:
        yield object_to(
            RefusalCode.TIER_FULL,
            f"{tier.id}.seats",
            f"All {seats} seats of {tier.name} are taken.",
            "A seat that becomes free, or more seats.",
        )
    elif register.occupied(tier.id) + len([*won_before]) >= seats:
        yield object_to(
            RefusalCode.TIER_FULL,
            "appeal.seat",
            f"The next seat of {tier.name} is for who won an appeal against the end of its"
            " membership.",
            "The return of that membership, or that it leaves; or more seats.",
        )
