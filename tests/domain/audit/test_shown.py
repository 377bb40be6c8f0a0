"""What an audit keeps of a membership is what the rules make of it, as far as a row shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from domain import catalog
from domain.audit.filling import filled
from domain.audit.shown import Shown, fold
from domain.catalog import KINDS
from domain.ledger.disclosure import Event
from domain.membership.membership import Membership
from tests.golden.make import example

_DAY = date(2026, 3, 1)
_EVENTS = [kind for stream, kind in KINDS if stream == "membership" and not kind.confidential]
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tier": st.sampled_from(["one", "two"]),
    "to_tier": st.sampled_from(["one", "two"]),
    "agreement": st.sampled_from(["first", "second"]),
    "version": st.integers(1, 3),
    "signed": st.booleans(),
    "suspended": st.booleans(),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw an event of a membership, whether any rule would allow it or not."""
    kind = draw(st.sampled_from(_EVENTS))
    drawn = {each.name: draw(_VALUES[each.name]) for each in fields(kind) if each.name in _VALUES}
    return replace(example(kind), **drawn)


@given(st.lists(st.tuples(events(), st.integers(0, 400)), max_size=12))
def test_a_membership_shows_what_the_rules_make_of_it(history: list[tuple[Event, int]]) -> None:
    shown, state = Shown("a" * 32), catalog.empty_state("membership", "a" * 32)

    for event, day in history:
        effective = date.fromordinal(_DAY.toordinal() + day)
        shown = fold(shown, event, effective)
        state = catalog.evolve(state, filled(event), effective)

        assert isinstance(state, Membership)
        assert (shown.id, shown.tier, shown.status, shown.agreement) == (
            *(state.id, state.tier, state.status, state.agreement),
        )
        assert (shown.since, shown.version) == (state.since, state.version)
