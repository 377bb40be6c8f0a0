"""Funding, with its conditions and its time."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from domain.coalition.funding import EndFunding, FundingEnded, FundingRecorded, RecordFunding
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.terms import DatePrecision, FundingId
from tests.domain.examples import founded
from tests.domain.specification import Specification
from tests.domain.world import an_id

GRANT = FundingId(an_id("a grant"))
YEAR_2011 = date(2011, 1, 1)
RECORD = RecordFunding(
    funding=GRANT,
    funder="A Foundation",
    stipulations="Training first.",
    source="Annual report",
    precision=DatePrecision.YEAR,
    until=date(2014, 1, 1),
    until_precision=DatePrecision.YEAR,
)
recorded = FundingRecorded(
    precision=DatePrecision.YEAR,
    until=date(2014, 1, 1),
    until_precision=DatePrecision.YEAR,
    funder="A Foundation",
    stipulations="Training first.",
    source="Annual report",
)
coalition = Specification().given(founded())


def test_funding_is_recorded_for_the_time_for_which_it_came() -> None:
    coalition.when(RECORD, effective=YEAR_2011).then(Fact(GRANT, recorded))


def test_an_end_that_nobody_knows_is_left_open() -> None:
    coalition.when(replace(RECORD, until=None), effective=YEAR_2011).then(
        Fact(GRANT, replace(recorded, until=None, until_precision=None))
    )


def test_funding_may_begin_and_end_within_the_year_that_is_known_of_both() -> None:
    command = replace(RECORD, until=YEAR_2011)
    coalition.when(command, effective=YEAR_2011).then(
        Fact(GRANT, replace(recorded, until=YEAR_2011))
    )


def test_funding_does_not_end_before_it_begins() -> None:
    coalition.when(replace(RECORD, until=date(2010, 1, 1)), effective=YEAR_2011).then_refused(
        RefusalCode.INVALID_INPUT, "funding-period", field="until", because="2011-01-01"
    )


def test_both_days_say_no_more_than_their_precision() -> None:
    coalition.when(RECORD, effective=date(2011, 2, 1)).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="effectiveOn"
    )
    coalition.when(replace(RECORD, until=date(2014, 5, 1)), effective=YEAR_2011).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="until", because="2014-01-01"
    )


def test_what_was_recorded_is_not_recorded_again() -> None:
    known = coalition.given(Fact(GRANT, recorded), on=YEAR_2011)
    known.when(RECORD, effective=YEAR_2011).then_nothing()
    known.when(replace(RECORD, funder="Another"), effective=YEAR_2011).then_refused(
        RefusalCode.WRONG_PHASE, "recorded-once"
    )


YEAR_2018 = date(2018, 1, 1)
END = EndFunding(funding=GRANT, source="A web page", precision=DatePrecision.YEAR)
ended = Fact(GRANT, FundingEnded(precision=DatePrecision.YEAR, source="A web page"))
running = coalition.given(
    Fact(GRANT, replace(recorded, until=None, until_precision=None)), on=YEAR_2011
)


def test_funding_ends_once() -> None:
    running.when(END, effective=YEAR_2018).then(ended)
    running.when(replace(END, source=None), effective=YEAR_2018).then(
        Fact(GRANT, FundingEnded(precision=DatePrecision.YEAR, source=UNSET))
    )
    over = running.given(ended, on=YEAR_2018)
    over.when(END, effective=YEAR_2018).then_nothing()
    for command, day in ((END, date(2019, 1, 1)), (replace(END, source=None), YEAR_2018)):
        over.when(command, effective=day).then_refused(
            RefusalCode.WRONG_PHASE, "ended-once", because="withdraw"
        )


def test_funding_ends_before_or_after_the_day_that_was_expected() -> None:
    coalition.given(Fact(GRANT, recorded), on=YEAR_2011).when(END, effective=YEAR_2018).then(ended)


def test_funding_that_is_unknown_or_has_not_begun_does_not_end() -> None:
    coalition.when(END, effective=YEAR_2018).then_refused(
        RefusalCode.INVALID_INPUT, "known-funding", field="funding"
    )
    running.when(END, effective=date(2010, 1, 1)).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_an_end_says_no_more_than_its_precision() -> None:
    running.when(END, effective=date(2018, 3, 1)).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="effectiveOn", because="2018-01-01"
    )
    # Nobody says when it ended: by that day it had.
    by_then = FundingEnded(precision=DatePrecision.UNDATED, source="A web page")
    running.when(replace(END, precision=DatePrecision.UNDATED), effective=date(2018, 3, 5)).then(
        Fact(GRANT, by_then)
    )
