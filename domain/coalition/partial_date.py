"""Dates that are known to the year, the month or the day, or not at all, as sources give them."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final, Self

import msgspec

from domain.decision import Moment, Refusal, refuse_input
from domain.terms import DatePrecision

_FORM: Final = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2}))?)?", re.ASCII)
_BY: Final = "../"
_LAST_MONTH: Final = 12


class PartialDate(msgspec.Struct, frozen=True):
    """A date and how exactly it is known.

    Attributes:
        first_day: the first day that it may be; of what is undated, a day by which it was so.
        precision: of a year, the first day is 1 January; of a month, its first.
    """

    first_day: date
    precision: DatePrecision

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2005``, ``2018-03`` or ``2018-03-15`` (ISO 8601, reduced precision).

        What is undated was so by a day: ``../2018-12-31`` (ISO 8601-2, an open start).

        Raises:
            ValueError: the text is no such date.
        """
        if text.startswith(_BY):
            by = cls.parse(text.removeprefix(_BY))
            if by.precision is DatePrecision.DAY:
                return cls(by.first_day, DatePrecision.UNDATED)
        found = _FORM.fullmatch(text)
        if found is None:
            message = f"{text!r} is no year, month or day"
            raise ValueError(message)
        year, month, day = int(found["year"]), found["month"], found["day"]
        if month is None:
            return cls(date(year, 1, 1), DatePrecision.YEAR)
        if day is None:
            return cls(date(year, int(month), 1), DatePrecision.MONTH)
        return cls(date(year, int(month), int(day)), DatePrecision.DAY)

    def __str__(self) -> str:
        """Write the date as `parse` reads it."""
        day = self.first_day.isoformat()
        match self.precision:
            case DatePrecision.YEAR:
                return day[:4]
            case DatePrecision.MONTH:
                return day[:7]
            case DatePrecision.DAY:
                return day
            case DatePrecision.UNDATED:
                return f"{_BY}{day}"

    @property
    def last_day(self) -> date:
        """The last day that it may be."""
        first = self.first_day
        match self.precision:
            case DatePrecision.YEAR:
                return first.replace(month=_LAST_MONTH, day=31)
            case DatePrecision.MONTH:
                return first.replace(day=calendar.monthrange(first.year, first.month)[1])
            case DatePrecision.DAY | DatePrecision.UNDATED:
                return first


def refuse_precision(moment: Moment, precision: DatePrecision) -> Refusal | None:
    """Refuse an effective date that says more than its precision: a year is its first day."""
    return refuse_inexact(moment.effective, precision, "effectiveOn")


def refuse_inexact(day: date, precision: DatePrecision, field: str) -> Refusal | None:
    """Refuse a day that is not the first of the year or month that it stands for."""
    stated = str(PartialDate(day, precision))
    first = PartialDate.parse(stated).first_day
    if first == day:
        return None
    return refuse_input(
        field,
        "date-precision",
        f"{day} is not the first day of {stated}, and is known to the {precision} only.",
        f"{first}, or the precision to which the day is known.",
    )
