"""What the demonstration coalition keeps of itself: every claim with its source, none made up."""

from __future__ import annotations

from domain.coalition.correction import EntryCorrected, EntryWithdrawn
from domain.coalition.funding import FundingEnded, FundingRecorded
from domain.coalition.history import HistoryRecorded
from domain.coalition.leadership import DirectorAppointed, PartnerLeaderNamed, TermEnded
from domain.coalition.publications import LibraryItemPublished, StandardsPublished
from domain.coalition.workgroup import WorkgroupDissolved, WorkgroupFormed
from domain.ledger.recorded import Recorded
from domain.terms import DatePrecision, PublicationKind
from tests.service.demo.story import of


def test_the_coalition_s_past_is_told_by_sources_that_disagree_in_places(
    entries: list[Recorded],
) -> None:
    claims = [each for each in entries if isinstance(each.event, HistoryRecorded)]
    told = {
        (each.envelope.effective.isoformat(), each.event.precision)
        for each in claims
        if isinstance(each.event, HistoryRecorded)
    }
    assert ("2005-01-01", "year") in told
    assert ("2018-03-01", "month") in told
    # How far the coalition reaches is what they differ in; what one of them leaves out is no claim.
    disagreeing = [each for each in of(entries, HistoryRecorded) if each.contradicts]
    assert [len(each.contradicts) for each in disagreeing] == [1, 1]
    (contradicted,) = {claim for each in disagreeing for claim in each.contradicts}
    (statewide,) = [each.event for each in claims if each.envelope.stream == contradicted]
    assert isinstance(statewide, HistoryRecorded)
    assert statewide.precision is DatePrecision.UNDATED
    assert "whole state" in str(statewide.text)
    assert len({each.source for each in of(entries, HistoryRecorded)}) >= 4


def test_everything_that_the_coalition_keeps_of_itself_has_its_source(
    entries: list[Recorded],
) -> None:
    kept = [
        each.event
        for each in entries
        if isinstance(
            each.event,
            WorkgroupFormed
            | StandardsPublished
            | LibraryItemPublished
            | FundingRecorded
            | HistoryRecorded,
        )
    ]
    assert all(isinstance(each.source, str) for each in kept)


def test_no_day_is_told_that_no_source_says(entries: list[Recorded]) -> None:
    # The founding partners' own workgroup is invented, as they are; of it they know the day.
    undated = {DatePrecision.UNDATED}
    assert {each.precision for each in of(entries, StandardsPublished)} == undated
    assert [each.precision for each in of(entries, WorkgroupFormed)] == [
        DatePrecision.UNDATED,
        DatePrecision.DAY,
    ]
    exact = of(entries, LibraryItemPublished) + of(entries, FundingRecorded)
    assert DatePrecision.DAY not in {each.precision for each in exact}


def test_the_home_the_funding_that_was_lost_and_the_toolkits_are_on_record(
    entries: list[Recorded],
) -> None:
    said = [str(each.text) for each in of(entries, HistoryRecorded)]
    assert any("its home and its fiscal sponsor" in each for each in said)
    (lost,) = [each for each in entries if isinstance(each.event, FundingEnded)]
    assert isinstance(lost.event, FundingEnded)
    assert (str(lost.envelope.effective), lost.event.precision) == ("2018-01-01", "year")
    assert isinstance(lost.event.source, str)
    kinds = {each.kind for each in of(entries, LibraryItemPublished)}
    assert PublicationKind.TOOLKIT in kinds
    (standards,) = of(entries, StandardsPublished)
    assert "Region 4" in str(standards.based_on)


def test_the_coalition_keeps_its_leaders_library_and_funding(entries: list[Recorded]) -> None:
    assert [each.named for each in of(entries, DirectorAppointed)] == [False, True]
    assert len(of(entries, TermEnded)) == 2
    assert len(of(entries, PartnerLeaderNamed)) == 5
    assert len(of(entries, WorkgroupFormed)) == len(of(entries, WorkgroupDissolved)) + 1 == 2
    assert len(of(entries, StandardsPublished)) == 1
    assert len(of(entries, LibraryItemPublished)) == 6
    assert len(of(entries, FundingRecorded)) == 4
    (corrected,) = [each for each in entries if isinstance(each.event, EntryCorrected)]
    (original,) = [each for each in entries if each.envelope.entry_id == corrected.envelope.stream]
    assert isinstance(original.event, HistoryRecorded)
    assert original.position < corrected.position


def test_a_plan_that_was_taken_for_a_guide_was_withdrawn_and_published_as_a_plan(
    entries: list[Recorded],
) -> None:
    (withdrawn,) = [each for each in entries if isinstance(each.event, EntryWithdrawn)]
    (wrong,) = [each for each in entries if each.envelope.entry_id == withdrawn.envelope.stream]
    assert isinstance(wrong.event, LibraryItemPublished)
    # It was wrong all along, and not from some day on.
    assert withdrawn.envelope.effective == wrong.envelope.effective
    titles = [(each.title, each.kind) for each in of(entries, LibraryItemPublished)]
    assert titles.count((wrong.event.title, PublicationKind.PLAN)) == 1
    assert titles.count((wrong.event.title, PublicationKind.GUIDE)) == 1
