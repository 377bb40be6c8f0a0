"""Events by stored name, and states by kind of stream."""

from __future__ import annotations

import re
import typing

import pytest

from domain.catalog import EVENT_TYPES, StateKind, empty_state, evolve, kind_of
from domain.ledger.disclosure import Event
from tests.domain.examples import admitted, found_met, founded, organisation, submitted
from tests.domain.specification import TODAY
from tests.domain.world import an_id


def descendants(base: type[Event]) -> set[type[Event]]:
    return {each for child in base.__subclasses__() for each in {child, *descendants(child)}}


def test_every_event_of_the_domain_is_in_the_catalog() -> None:
    ours = {each for each in descendants(Event) if each.__module__.startswith("domain.")}
    assert set(EVENT_TYPES.values()) == ours


def test_a_stored_name_says_subject_fact_and_version() -> None:
    for name, event_type in EVENT_TYPES.items():
        assert name == event_type.stored_name
        kind, fact, version = name.split(".")
        assert kind in typing.get_args(StateKind)
        assert re.fullmatch(r"[a-z_]+", fact)
        assert version == "v1"


def test_a_state_begins_at_version_0_and_counts_its_entries() -> None:
    for kind in typing.get_args(StateKind):
        assert empty_state(kind, an_id("one")).version == 0
    facts = [
        founded()[0],
        organisation(),
        submitted("ally-network"),
        found_met("ally-network")[-1],
        admitted("ally-network"),
    ]
    kinds = [kind_of(fact.event) for fact in facts]
    assert kinds == ["coalition", "party", "application", "review", "membership"]
    for kind, fact in zip(kinds, facts, strict=True):
        state = evolve(empty_state(kind, fact.stream), fact.event, TODAY)
        assert (state.id, state.version) == (fact.stream, 1)


def test_an_event_of_another_kind_of_stream_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        evolve(empty_state("party", an_id("one")), founded()[0].event, TODAY)
