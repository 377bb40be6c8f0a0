"""When things happen: office hours, and the committee's monthly meeting."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

_SATURDAY: Final = 5
_TUESDAY: Final = 1
_OPENS_S: Final = 9 * 3600
_CLOSES_S: Final = 17 * 3600
_MEETING: Final = time(18, 30)
_SWEEP: Final = time(4)
_SWEEP_MINUTES: Final = 50
_MEETING_MINUTES: Final = 90


class Diary:
    """Draws times of the coalition's day; all that it returns are whole seconds in UTC."""

    def __init__(self, rng: Random, zone: ZoneInfo) -> None:
        self._rng = rng
        self._zone = zone

    def within(self, month: str) -> datetime:
        """Return some working time in the first three weeks of a month such as ``2024-05``."""
        first = date.fromisoformat(f"{month}-01")
        return self.on(first + timedelta(days=self._rng.randint(0, 20)))

    def later(self, at: datetime, least_days: int, most_days: int) -> datetime:
        """Return some working time so many days after another, or on the next working day."""
        return self.on(self.day(at) + timedelta(days=self._rng.randint(least_days, most_days)))

    def on(self, day: date) -> datetime:
        """Return some working time of a day, or of the next working day."""
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
        second = timedelta(seconds=self._rng.randint(_OPENS_S, _CLOSES_S))
        return self._utc(datetime.combine(day, time()) + second)

    def night(self, day: date) -> datetime:
        """Return some time early on a day, when nobody is at work."""
        into = timedelta(seconds=self._rng.randint(0, _SWEEP_MINUTES * 60))
        return self._utc(datetime.combine(day, _SWEEP) + into)

    def next(self, at: datetime) -> datetime:
        """Return a moment that follows another by a few minutes."""
        return at + timedelta(seconds=self._rng.randint(70, 540))

    def meeting(self, at: datetime) -> datetime:
        """Return some time in the first meeting of the committee that begins after another."""
        day = self.day(at) + timedelta(days=1)
        # The second Tuesday of the month.
        while not (day.weekday() == _TUESDAY and day.day in range(8, 15)):
            day += timedelta(days=1)
        into = timedelta(seconds=self._rng.randint(0, _MEETING_MINUTES * 60))
        return self._utc(datetime.combine(day, _MEETING) + into)

    def day(self, at: datetime) -> date:
        """Return the day that it is for the coalition."""
        return at.astimezone(self._zone).date()

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)
