"""Workgroups, from their beginning to their end."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.coalition.workgroup import (
    DissolveWorkgroup,
    FormWorkgroup,
    WorkgroupDissolved,
    WorkgroupFormed,
)
from domain.decision import Fact, RefusalCode
from domain.terms import DatePrecision, WorkgroupId
from tests.domain.examples import DAY_BEFORE, founded
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

GROUP = WorkgroupId(an_id("a workgroup"))
FORM = FormWorkgroup(workgroup=GROUP, name="Standards", purpose="To write them.")
DISSOLVE = DissolveWorkgroup(workgroup=GROUP)

formed = Fact(
    GROUP,
    WorkgroupFormed(precision=DatePrecision.DAY, name="Standards", purpose="To write them."),
)
coalition = Specification().given(founded())


def test_a_workgroup_is_formed_once() -> None:
    coalition.when(FORM).then(formed)
    coalition.given(formed).when(FORM).then_nothing()


def test_one_id_does_not_stand_for_two_workgroups() -> None:
    coalition.given(formed).when(replace(FORM, name="Research")).then_refused(
        RefusalCode.WRONG_PHASE, "formed-once"
    )


@pytest.mark.parametrize(
    ("precision", "day"),
    [(DatePrecision.YEAR, date(2019, 1, 1)), (DatePrecision.MONTH, date(2019, 5, 1))],
)
def test_its_beginning_may_be_known_to_the_year_or_month(
    precision: DatePrecision, day: date
) -> None:
    command = replace(FORM, precision=precision)
    event = WorkgroupFormed(precision=precision, name="Standards", purpose="To write them.")
    coalition.when(command, effective=day).then(Fact(GROUP, event))
    coalition.when(command, effective=TODAY).then_refused(
        RefusalCode.INVALID_INPUT, "date-precision", field="effectiveOn", because="2026-"
    )


def test_a_workgroup_says_where_it_is_documented() -> None:
    command = replace(FORM, source="A funder's web page", precision=DatePrecision.UNDATED)
    event = WorkgroupFormed(
        precision=DatePrecision.UNDATED,
        name="Standards",
        purpose="To write them.",
        source="A funder's web page",
    )
    # No source says when: any day by which it was there will do.
    coalition.when(command, effective=date(2019, 5, 7)).then(Fact(GROUP, event))


def test_a_workgroup_ends_once() -> None:
    coalition.given(formed).when(DISSOLVE).then(Fact(GROUP, WorkgroupDissolved()))
    coalition.given(formed, Fact(GROUP, WorkgroupDissolved())).when(DISSOLVE).then_nothing()


def test_a_workgroup_does_not_end_before_it_began() -> None:
    coalition.given(formed).when(DISSOLVE, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_a_workgroup_that_nobody_formed_does_not_end() -> None:
    coalition.when(DISSOLVE).then_refused(
        RefusalCode.INVALID_INPUT, "known-workgroup", field="workgroup"
    )
