"""The library: standards in waves, and everything else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.publications import (
    LibraryItemPublished,
    LineageRecorded,
    PublishLibraryItem,
    PublishStandards,
    StandardsPublished,
)
from domain.coalition.workgroup import WorkgroupDissolved, WorkgroupFormed
from domain.decision import Command, Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.terms import DatePrecision, PublicationId, PublicationKind, WorkgroupId
from tests.domain.examples import FIRST_TEXT, founded
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

GROUP = WorkgroupId(an_id("a workgroup"))
FIRST = PublicationId(an_id("wave one"))
SECOND = PublicationId(an_id("wave two"))
REPORT = PublicationId(an_id("a report"))

PUBLISH = PublishStandards(
    publication=FIRST,
    wave=1,
    title="Standards of Care, Wave One",
    sha256=FIRST_TEXT,
    workgroup=GROUP,
    based_on=["Guiding Principles", "Guiding Principles"],
)
NEXT = replace(PUBLISH, publication=SECOND, wave=2, supersedes=FIRST, workgroup=None)
ITEM = PublishLibraryItem(
    publication=REPORT, kind=PublicationKind.REPORT, title="What we found", wave=1
)

first = StandardsPublished(
    wave=1,
    sha256=FIRST_TEXT,
    supersedes=None,
    workgroup=GROUP,
    precision=DatePrecision.DAY,
    title="Standards of Care, Wave One",
    link=None,
    based_on=["Guiding Principles"],
)
second = replace(first, wave=2, supersedes=FIRST, workgroup=None)
item = LibraryItemPublished(
    kind=PublicationKind.REPORT,
    wave=1,
    sha256=None,
    precision=DatePrecision.DAY,
    title="What we found",
    link=None,
)
coalition = Specification().given(
    founded(), Fact(GROUP, WorkgroupFormed(precision=DatePrecision.DAY, name="S", purpose=None))
)
published = coalition.given(Fact(FIRST, first))


def test_a_wave_of_the_standards_names_its_workgroup_and_what_it_rests_on() -> None:
    coalition.when(PUBLISH).then(Fact(FIRST, first))
    # What a workgroup wrote may come out after its end.
    ended = coalition.given(Fact(GROUP, WorkgroupDissolved()))
    ended.when(PUBLISH).then(Fact(FIRST, first))


def test_later_standards_take_the_place_of_earlier_ones() -> None:
    published.when(NEXT).then(Fact(SECOND, second))
    published.when(replace(NEXT, wave=1)).then(Fact(SECOND, replace(second, wave=1)))


def test_standards_do_not_take_the_place_of_a_later_wave() -> None:
    later = coalition.given(Fact(FIRST, replace(first, wave=3)))
    later.when(NEXT).then_refused(
        RefusalCode.INVALID_INPUT, "standards-lineage", field="supersedes", because="wave 2"
    )


def test_standards_take_the_place_of_standards_that_are_known() -> None:
    coalition.when(NEXT).then_refused(
        RefusalCode.INVALID_INPUT, "known-supersedes", field="supersedes"
    )
    published.given(Fact(REPORT, item)).when(replace(NEXT, supersedes=REPORT)).then_refused(
        RefusalCode.INVALID_INPUT, "standards-lineage", field="supersedes"
    )
    published.when(replace(NEXT, supersedes=SECOND)).then_refused(
        RefusalCode.INVALID_INPUT, "distinct-ids", field="id"
    )


def test_standards_are_not_out_before_those_that_they_take_the_place_of() -> None:
    earlier = replace(NEXT, precision=DatePrecision.DAY)
    published.when(earlier, effective=TODAY - timedelta(days=1)).then_refused(
        RefusalCode.INVALID_INPUT, "standards-lineage", field="effectiveOn", because=str(TODAY)
    )
    # Of a month no day is known: it may have been a later one.
    month = replace(NEXT, precision=DatePrecision.MONTH)
    published.when(month, effective=TODAY.replace(day=1)).then(
        Fact(SECOND, replace(second, precision=DatePrecision.MONTH))
    )


def test_standards_that_no_source_dates_were_out_by_the_day_and_may_have_been_out_before() -> None:
    undated = replace(first, precision=DatePrecision.UNDATED)
    known = coalition.given(Fact(FIRST, undated))
    known.when(NEXT, effective=TODAY - timedelta(days=1)).then(Fact(SECOND, second))
    by_then = replace(NEXT, precision=DatePrecision.UNDATED)
    published.when(by_then).then(Fact(SECOND, replace(second, precision=DatePrecision.UNDATED)))
    published.when(by_then, effective=TODAY - timedelta(days=1)).then_refused(
        RefusalCode.INVALID_INPUT, "standards-lineage", field="effectiveOn"
    )


def test_what_is_published_says_where_that_is_documented() -> None:
    source = "A funder's web page"
    coalition.when(replace(PUBLISH, source=source)).then(Fact(FIRST, replace(first, source=source)))
    coalition.when(replace(ITEM, source=source)).then(Fact(REPORT, replace(item, source=source)))
    # Without one, nothing is said of it, as by entries that are older than the field.
    assert first.source is item.source is UNSET


def test_a_workgroup_that_nobody_formed_wrote_nothing() -> None:
    Specification().given(founded()).when(PUBLISH).then_refused(
        RefusalCode.INVALID_INPUT, "known-workgroup", field="workgroup"
    )


def test_something_else_goes_into_the_library() -> None:
    coalition.when(ITEM).then(Fact(REPORT, item))


def test_something_else_takes_the_place_of_what_is_no_standards() -> None:
    filled = published.given(Fact(REPORT, item))
    again = PublicationId(an_id("another report"))
    command = replace(ITEM, publication=again, supersedes=REPORT)
    after = Fact(again, LineageRecorded(supersedes=REPORT))
    filled.when(command).then(Fact(again, item), after)
    filled.when(replace(command, kind=PublicationKind.GUIDE)).then(
        Fact(again, replace(item, kind=PublicationKind.GUIDE)), after
    )
    both = filled.given(Fact(again, item), after)
    both.when(command).then_nothing()
    both.when(replace(command, supersedes=None)).then_refused(
        RefusalCode.WRONG_PHASE, "published-once"
    )
    for named, rule, field in (
        (FIRST, "library-lineage", "supersedes"),
        (SECOND, "known-supersedes", "supersedes"),
        (again, "distinct-ids", "id"),
    ):
        filled.when(replace(command, supersedes=named)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field=field
        )
    filled.when(command, effective=TODAY - timedelta(days=1)).then_refused(
        RefusalCode.INVALID_INPUT, "library-lineage", field="effectiveOn", because=str(TODAY)
    )


def test_standards_are_published_as_standards() -> None:
    coalition.when(replace(ITEM, kind=PublicationKind.STANDARDS)).then_refused(
        RefusalCode.INVALID_INPUT, "standards-lineage", field="kind", because="toolkit"
    )


@pytest.mark.parametrize("wave", [-1, 0, 1_001])
@pytest.mark.parametrize("command", [PUBLISH, ITEM])
def test_waves_are_counted_from_1(command: Command, wave: int) -> None:
    coalition.when(replace(command, wave=wave)).then_refused(
        RefusalCode.INVALID_INPUT, "wave", field="wave"
    )


@pytest.mark.parametrize("command", [PUBLISH, ITEM])
def test_a_day_says_no_more_than_its_precision(command: Command) -> None:
    coalition.when(replace(command, precision=DatePrecision.MONTH)).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="effectiveOn", because="2026-03-01"
    )


def test_what_is_in_the_library_is_not_published_again() -> None:
    filled = published.given(Fact(REPORT, item))
    filled.when(PUBLISH).then_nothing()
    filled.when(ITEM).then_nothing()
    for other in (replace(PUBLISH, title="Another"), replace(ITEM, publication=FIRST)):
        filled.when(other).then_refused(RefusalCode.WRONG_PHASE, "published-once")
