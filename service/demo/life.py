"""A membership's life in the story: in which tiers it is, and until when."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from service.demo.cast import Member


class Life(msgspec.Struct, kw_only=True):
    """One membership, from a day from which it is a member to the time at which it ends.

    Attributes:
        since: the day that its first term is counted from.
        tiers: its tiers, each with the time from which it is in it.
        ended_at: when it ends; ``None`` while it goes on.
    """

    member: Member
    since: date
    tiers: list[tuple[datetime, str]]
    ended_at: datetime | None = None

    def tier(self, at: datetime) -> str:
        """Return the tier that it is in at a time."""
        return [tier for since, tier in self.tiers if since <= at][-1]

    def lasts(self, at: datetime) -> bool:
        """Whether it is there at a time."""
        return self.tiers[0][0] <= at and (self.ended_at is None or at < self.ended_at)
