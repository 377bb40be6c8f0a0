"""Corrections of what describes; decisions are answered by other decisions."""

from __future__ import annotations

import typing
from datetime import date

import pytest
from msgspec.structs import replace

from domain.coalition.correction import DESCRIPTIVE, CorrectEntry, EntryCorrected
from domain.coalition.history import HistoryRecorded
from domain.coalition.leadership import DirectorAppointed
from domain.coalition.publications import LibraryItemPublished
from domain.coalition.workgroup import WorkgroupFormed
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import Level, levels
from domain.terms import DatePrecision, PersonId, PublicationKind
from tests.domain.examples import founded, organisation
from tests.domain.specification import Specification
from tests.domain.world import an_id, entry_id

BEFORE = date(2005, 1, 1)
# The two entries of the founding come first.
FORMED, CLAIMED, REGISTERED, APPOINTED = (entry_id(place) for place in range(3, 7))
coalition = (
    Specification()
    .given(founded())
    .given(
        Fact(
            an_id("a workgroup"),
            WorkgroupFormed(precision=DatePrecision.DAY, name="Standars", purpose=None),
        )
    )
    .given(
        Fact(
            an_id("a claim"),
            HistoryRecorded(
                precision=DatePrecision.YEAR, contradicts=[], text="It began.", source="A leter"
            ),
        ),
        on=BEFORE,
    )
    .given(
        organisation(),
        Fact(
            an_id("a term"),
            DirectorAppointed(named=True, person=PersonId(an_id("Robin")), name="Robin"),
        ),
    )
)
CORRECT = CorrectEntry(entry=FORMED, field="name", value="Standards", reason="Misspelt.")
corrected = Fact(
    FORMED, EntryCorrected(entry=FORMED, field="name", value="Standards", reason="Misspelt.")
)


def test_a_text_reads_otherwise_and_points_at_its_entry() -> None:
    coalition.when(CORRECT).then(corrected)


def test_what_had_no_text_may_get_one() -> None:
    coalition.when(replace(CORRECT, field="purpose", value="To write them.")).then(
        Fact(
            FORMED,
            EntryCorrected(
                entry=FORMED, field="purpose", value="To write them.", reason="Misspelt."
            ),
        )
    )


def test_what_had_no_source_may_get_one() -> None:
    coalition.when(replace(CORRECT, field="source", value="Minutes", reason=None)).then(
        Fact(FORMED, EntryCorrected(entry=FORMED, field="source", value="Minutes", reason=None))
    )


def test_what_it_says_already_is_not_corrected() -> None:
    coalition.when(replace(CORRECT, value="Standars")).then_nothing()
    coalition.given(corrected).when(CORRECT).then_nothing()


def test_a_correction_may_be_corrected_back() -> None:
    back = replace(CORRECT, value="Standars", reason=None)
    coalition.given(corrected).when(back).then(
        Fact(FORMED, EntryCorrected(entry=FORMED, field="name", value="Standars", reason=None))
    )


@pytest.mark.parametrize(
    ("entry", "field", "wanted"),
    [
        (entry_id(2), "version", "An entry that describes something"),
        (entry_id(1), "time_zone", "source"),
        (FORMED, "precision", "name, purpose, source"),
        (CLAIMED, "contradicts", "text, source"),
        (REGISTERED, "party_type", "An entry that describes something"),
        (APPOINTED, "name", "An entry that describes something"),
        (FORMED, "nonsense", "name, purpose, source"),
    ],
)
def test_what_decides_or_is_personal_is_not_corrected(entry: str, field: str, wanted: str) -> None:
    command = replace(CORRECT, entry=entry, field=field)
    for given in (coalition, coalition.given(corrected)):
        given.when(command).then_refused(
            RefusalCode.INVALID_INPUT, "descriptive-fields", field="field", because=wanted
        )


def test_a_correction_is_not_corrected_but_the_entry_once_more() -> None:
    given = coalition.given(corrected)
    given.when(replace(CORRECT, entry=entry_id(7), field="value")).then_refused(
        RefusalCode.INVALID_INPUT, "descriptive-fields", field="field"
    )


def test_a_text_has_the_form_that_it_could_have_had_at_first() -> None:
    for value in ("n" * 201, "two\nlines"):
        coalition.when(replace(CORRECT, value=value)).then_refused(
            RefusalCode.INVALID_INPUT, "same-form", field="value"
        )


@pytest.mark.parametrize("link", ["http://example.org", "https://example.org/a b"])
def test_a_link_that_is_none_is_refused_in_plain_words(link: str) -> None:
    item = LibraryItemPublished(
        kind=PublicationKind.GUIDE,
        wave=None,
        sha256=None,
        precision=DatePrecision.DAY,
        title="A guide",
        link="https://example.org/guide",
    )
    given = coalition.given(Fact(an_id("a guide"), item))
    command = replace(CORRECT, entry=entry_id(7), field="link", value=link)
    given.when(command).then_refused(
        RefusalCode.INVALID_INPUT, "same-form", field="value", because="begins with https://"
    )


def test_a_correction_holds_from_no_earlier_day_than_its_entry() -> None:
    coalition.when(CORRECT, effective=BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    source = replace(CORRECT, entry=CLAIMED, field="source", value="A letter", reason=None)
    coalition.when(source, effective=BEFORE).then(
        Fact(
            CLAIMED,
            EntryCorrected(entry=CLAIMED, field="source", value="A letter", reason=None),
        )
    )


def test_everything_that_can_be_corrected_is_hidden_text_that_is_not_personal() -> None:
    for event_type, fields in DESCRIPTIVE.items():
        hints = typing.get_type_hints(event_type)
        for field in fields:
            assert levels(event_type)[field] in {Level.MEMBER, Level.STAFF}
            assert str in typing.get_args(hints[field])
