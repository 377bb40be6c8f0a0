"""Letting a text pass the screening."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.coalition.clearing import ClearText, TextCleared, digest_of
from domain.decision import Fact, RefusalCode
from tests.domain.examples import DAY_BEFORE, founded
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION

coalition = Specification().given(founded())

CLEAR = ClearText(text="The client Spring was a shop.", reason="It is a shop.")
CLEARED = Fact(COALITION, TextCleared(digest=digest_of(CLEAR.text), reason="It is a shop."))


def test_a_text_is_cleared_by_its_digest_alone() -> None:
    coalition.when(CLEAR).then(CLEARED)
    assert "Spring" not in str(CLEARED)


def test_a_text_is_cleared_once_however_it_is_spaced() -> None:
    cleared = coalition.given(CLEARED)
    cleared.when(CLEAR).then_nothing()
    cleared.when(replace(CLEAR, text=" The client  Spring was a shop.\n")).then_nothing()
    other = replace(CLEAR, text="The client Summer was a shop.")
    cleared.when(other).then(
        Fact(COALITION, TextCleared(digest=digest_of(other.text), reason="It is a shop."))
    )


def test_no_text_is_cleared_from_another_day() -> None:
    coalition.when(CLEAR, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    coalition.when(CLEAR, effective=TODAY + timedelta(days=1)).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
    )


def test_a_text_whose_clearing_was_expunged_is_not_cleared() -> None:
    coalition.given(Fact(COALITION, TextCleared())).when(CLEAR).then(CLEARED)
