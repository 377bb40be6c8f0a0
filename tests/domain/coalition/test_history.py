"""History as claims, each with its source, its day, and what it contradicts."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from domain.coalition.history import HistoryRecorded, RecordHistory
from domain.decision import Fact, RefusalCode
from domain.terms import ClaimId, DatePrecision
from tests.domain.examples import founded
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

HARBOUR = ClaimId(an_id("it began at the harbour"))
MARKET = ClaimId(an_id("it began at the market"))
YEAR_2005 = date(2005, 1, 1)
RECORD = RecordHistory(
    claim=HARBOUR,
    text="It began at the harbour.",
    source="A newspaper",
    precision=DatePrecision.YEAR,
)
DISAGREE = replace(
    RECORD,
    claim=MARKET,
    text="It began at the market.",
    source="A letter",
    contradicts=[HARBOUR, HARBOUR],
)
recorded = HistoryRecorded(
    precision=DatePrecision.YEAR,
    contradicts=[],
    text="It began at the harbour.",
    source="A newspaper",
)
coalition = Specification().given(founded())
told = coalition.given(Fact(HARBOUR, recorded), on=YEAR_2005)


def test_what_a_source_says_is_recorded_for_the_time_before_the_founding_too() -> None:
    coalition.when(RECORD, effective=YEAR_2005).then(Fact(HARBOUR, recorded))


def test_a_source_that_disagrees_is_kept_beside_the_other() -> None:
    told.when(DISAGREE, effective=YEAR_2005).then(
        Fact(
            MARKET,
            HistoryRecorded(
                precision=DatePrecision.YEAR,
                contradicts=[HARBOUR],
                text="It began at the market.",
                source="A letter",
            ),
        )
    )


def test_a_claim_contradicts_what_the_ledger_knows_and_not_itself() -> None:
    coalition.when(DISAGREE, effective=YEAR_2005).then_refused(
        RefusalCode.INVALID_INPUT, "known-contradicts", field="contradicts"
    )
    told.when(replace(DISAGREE, contradicts=[MARKET]), effective=YEAR_2005).then_refused(
        RefusalCode.INVALID_INPUT, "distinct-claims", field="contradicts"
    )


def test_history_is_past() -> None:
    by_day = replace(RECORD, precision=DatePrecision.DAY)
    coalition.when(by_day, effective=TODAY + timedelta(days=1)).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn", because=str(TODAY)
    )
    coalition.when(by_day, effective=TODAY).then(
        Fact(HARBOUR, replace(recorded, precision=DatePrecision.DAY))
    )


def test_a_day_says_no_more_than_its_precision() -> None:
    coalition.when(RECORD, effective=date(2005, 6, 1)).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="effectiveOn", because="2005-01-01"
    )


def test_what_was_recorded_is_not_recorded_again() -> None:
    told.when(RECORD, effective=YEAR_2005).then_nothing()
    told.when(replace(RECORD, text="Another."), effective=YEAR_2005).then_refused(
        RefusalCode.WRONG_PHASE, "recorded-once", because="correction"
    )
