"""The line: who waits for a seat of a limited tier, and for whom one is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Self

import msgspec

from domain.ledger.disclosure import Event
from domain.membership.application import ApplicationApproved, ApplicationDeclined
from domain.membership.applying import Applying
from domain.membership.waiting import (
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    SeatOffered,
    SeatOfferExpired,
)
from domain.terms import ApplicationId


class Seats(msgspec.Struct, frozen=True):
    """Who has no seat yet.

    Attributes:
        offered: the tier of each application that a seat is kept for.
        waiting: the tier of each application on a waitlist, in the order in which they came.
    """

    offered: Mapping[ApplicationId, str] = MappingProxyType({})
    waiting: Mapping[ApplicationId, str] = MappingProxyType({})


@dataclasses.dataclass
class Line:
    """A fold over every stream, which changes in place as `Register` does."""

    _offered: dict[ApplicationId, str] = dataclasses.field(default_factory=dict)
    # By tier, in the order in which they came: a dict keeps it.
    _waiting: dict[str, dict[ApplicationId, None]] = dataclasses.field(default_factory=dict)

    @classmethod
    def load(cls, seats: Seats) -> Self:
        """Return the line as it is now."""
        line = cls(dict(seats.offered))
        for application, tier in seats.waiting.items():
            line._waiting.setdefault(tier, {})[application] = None
        return line

    def apply(self, stream: str, event: Event, applying: Applying) -> None:
        """Take an event of a stream into account, after which applications it leaves open."""
        application = ApplicationId(stream)
        match event:
            case SeatOffered():
                self._leave(application)
                self._offered[application] = event.tier
            case ApplicationWaitlisted() | SeatOfferExpired():
                self._offered.pop(application, None)
                self._waiting.setdefault(applying.tier_of(application), {})[application] = None
            case ApplicationApproved() | ApplicationWithdrawn() | ApplicationDeclined():
                self._leave(application)
                self._offered.pop(application, None)
            case _:
                pass

    def offers(self, tier: str) -> int:
        """Return how many seats of a tier are kept for somebody."""
        return sum(each == tier for each in self._offered.values())

    def waiting_for(self, tier: str) -> Collection[ApplicationId]:
        """Return the applications on the waitlist of a tier, in the order in which they came."""
        return self._waiting.get(tier, {}).keys()

    @property
    def offered_tiers(self) -> frozenset[str]:
        """The tiers of which a seat is kept for somebody."""
        return frozenset(self._offered.values())

    def _leave(self, application: ApplicationId) -> None:
        for line in self._waiting.values():
            line.pop(application, None)
