"""What was recorded wrongly is withdrawn, and stays in the log."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.coalition.correction import EntryCorrected, EntryWithdrawn, WithdrawEntry
from domain.coalition.funding import FundingRecorded
from domain.coalition.history import HistoryRecorded
from domain.coalition.publications import LibraryItemPublished, StandardsPublished
from domain.coalition.workgroup import WorkgroupDissolved, WorkgroupFormed
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import Event
from domain.terms import DatePrecision, PublicationKind
from tests.domain.examples import founded
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id, entry_id

LONG_AGO = date(2005, 1, 1)
# The two entries of the founding come first.
RECORDED = entry_id(3)
WITHDRAW = WithdrawEntry(entry=RECORDED, reason="It was another year.")
withdrawn = Fact(RECORDED, EntryWithdrawn(entry=RECORDED, reason="It was another year."))

YEAR = DatePrecision.YEAR
group = WorkgroupFormed(precision=YEAR, name="Standards", purpose=None)
KEPT: list[Event] = [
    group,
    StandardsPublished(
        wave=1,
        sha256=None,
        supersedes=None,
        workgroup=None,
        precision=YEAR,
        title="Wave One",
        link=None,
        based_on=[],
    ),
    LibraryItemPublished(
        kind=PublicationKind.GUIDE, wave=None, sha256=None, precision=YEAR, title="A", link=None
    ),
    FundingRecorded(
        precision=YEAR,
        until=None,
        until_precision=None,
        funder="A Foundation",
        stipulations=None,
        source=None,
    ),
    HistoryRecorded(precision=YEAR, contradicts=[], text="It began.", source="A letter"),
]


def recorded(event: Event) -> Specification:
    return Specification().given(founded()).given(Fact(an_id("a thing"), event), on=LONG_AGO)


@pytest.mark.parametrize("event", KEPT, ids=lambda each: each.stored_name)
def test_what_is_kept_is_withdrawn_by_its_entry_once(event: Event) -> None:
    coalition = recorded(event)
    coalition.when(WITHDRAW).then(withdrawn)
    for again in (WITHDRAW, replace(WITHDRAW, reason="Another one.")):
        coalition.given(withdrawn).when(again).then_refused(
            RefusalCode.WRONG_PHASE, "withdrawn-once", field="entry"
        )


def test_what_was_wrong_all_along_is_withdrawn_from_its_own_day() -> None:
    coalition = recorded(group)
    coalition.when(WITHDRAW, effective=LONG_AGO).then(withdrawn)
    coalition.when(WITHDRAW, effective=date(2004, 12, 31)).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_another_day_of_what_is_withdrawn_is_not_lost_in_silence() -> None:
    gone = recorded(group).given(withdrawn)
    gone.when(WITHDRAW, effective=LONG_AGO).then_refused(
        RefusalCode.WRONG_PHASE, "withdrawn-once", field="entry", because="recorded anew"
    )


def test_what_was_corrected_can_still_be_withdrawn() -> None:
    corrected = EntryCorrected(entry=RECORDED, field="name", value="Norms", reason=None)
    recorded(group).given(Fact(RECORDED, corrected)).when(WITHDRAW).then(withdrawn)


@pytest.mark.parametrize("place", [1, 2, 4])
def test_what_decides_is_not_withdrawn(place: int) -> None:
    coalition = recorded(group).given(Fact(an_id("a thing"), WorkgroupDissolved()), on=TODAY)
    command = replace(WITHDRAW, entry=entry_id(place))
    coalition.when(command).then_refused(
        RefusalCode.INVALID_INPUT, "record-entries", field="entry", because="another decision"
    )


def test_a_withdrawal_is_not_withdrawn() -> None:
    command = replace(WITHDRAW, entry=entry_id(4))
    recorded(group).given(withdrawn).when(command).then_refused(
        RefusalCode.INVALID_INPUT, "record-entries", field="entry"
    )
