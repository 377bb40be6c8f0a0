"""Dates as exactly as they are known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coalition.partial_date import PartialDate
from domain.terms import DatePrecision


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    precision = draw(st.sampled_from(DatePrecision))
    day = draw(st.dates())
    if precision is DatePrecision.YEAR:
        day = day.replace(month=1, day=1)
    elif precision is DatePrecision.MONTH:
        day = day.replace(day=1)
    return PartialDate(day, precision)


@given(partial_dates())
def test_what_is_written_is_read_again(known: PartialDate) -> None:
    assert PartialDate.parse(str(known)) == known


@given(partial_dates())
def test_it_ends_where_the_next_one_begins(known: PartialDate) -> None:
    assert known.first_day <= known.last_day
    assert str(PartialDate(known.last_day, known.precision)) == str(known)
    if known.last_day < date.max:
        following = PartialDate(known.last_day + timedelta(days=1), known.precision)
        assert str(following) != str(known)


@pytest.mark.parametrize(
    ("text", "first_day", "last_day", "precision"),
    [
        ("2005", date(2005, 1, 1), date(2005, 12, 31), DatePrecision.YEAR),
        ("2018-03", date(2018, 3, 1), date(2018, 3, 31), DatePrecision.MONTH),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), DatePrecision.MONTH),
        ("2018-03-15", date(2018, 3, 15), date(2018, 3, 15), DatePrecision.DAY),
        ("../2018-03-15", date(2018, 3, 15), date(2018, 3, 15), DatePrecision.UNDATED),
    ],
)
def test_a_date_is_a_year_a_month_a_day_or_a_day_by_which_it_was_so(
    text: str, first_day: date, last_day: date, precision: DatePrecision
) -> None:
    known = PartialDate.parse(text)
    assert (known.first_day, known.last_day, known.precision) == (first_day, last_day, precision)


@pytest.mark.parametrize(
    "text",
    [
        *["", "05", "2005-13", "2005-00", "2005-02-30", "2005-1", "in 2005", "0000", "٢٠٠٥"],
        *["../", "../2018", "../2018-03", "../../2018-03-15", "2018-03-15/..", "../2018-02-30"],
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PartialDate.parse(text)
