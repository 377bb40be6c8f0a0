"""Levels: who may read a field, declared beside it."""

from __future__ import annotations

import typing
from typing import ClassVar

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import (
    Event,
    HiddenValueMissingError,
    Level,
    Member,
    Personal,
    Public,
    Staff,
    hidden_fields,
    levels,
    revealed,
)

EVENTS = list(EVENT_TYPES.values())


class Told(Event, frozen=True, kw_only=True):
    """An event of no coalition, with a field of every level and one of none."""

    stored_name: ClassVar[str] = "test.told.v1"
    person_field: ClassVar[str | None] = "who"

    what: Public[str]
    source: Member[str] = UNSET
    who: Staff[str] = UNSET
    name: Personal[str | None] = UNSET
    undeclared: str | UnsetType = UNSET


def test_a_field_has_the_level_that_it_declares_and_staff_otherwise() -> None:
    assert levels(Told) == {
        "what": Level.PUBLIC,
        "source": Level.MEMBER,
        "who": Level.STAFF,
        "name": Level.PERSONAL,
        "undeclared": Level.STAFF,
    }


def test_whatever_is_not_public_is_hidden() -> None:
    assert hidden_fields(Told) == ("source", "who", "name", "undeclared")


def test_the_public_part_alone_is_the_same_event_with_values_unset() -> None:
    told = msgspec.convert({"what": "it"}, Told)
    assert told == Told(what="it")
    assert told.source is UNSET


def test_opened_values_are_merged_in() -> None:
    told = Told(what="it").merged({"who": "x", "name": None})
    assert told == Told(what="it", who="x", name=None)


def test_a_value_that_nobody_can_open_is_missed_and_nothing_is_not() -> None:
    assert revealed(Told(what="it", name=None).name) is None
    with pytest.raises(HiddenValueMissingError):
        revealed(Told(what="it").name)


def test_an_event_takes_no_field_that_it_does_not_declare() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"what": "it", "note": "free text"}, Told)


@pytest.mark.parametrize("event_type", EVENTS)
def test_an_event_with_personal_fields_names_the_person_and_no_other_does(
    event_type: type[Event],
) -> None:
    has_personal = Level.PERSONAL in levels(event_type).values()
    assert (event_type.person_field is not None) == has_personal
    if event_type.person_field not in {None, "@stream"}:
        assert levels(event_type)[str(event_type.person_field)] in {Level.STAFF, Level.MEMBER}


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_confidential_event_shows_nothing(event_type: type[Event]) -> None:
    if event_type.confidential:
        assert Level.PUBLIC not in levels(event_type).values()


@pytest.mark.parametrize("event_type", EVENTS)
def test_every_hidden_field_may_be_missing_and_no_public_one(event_type: type[Event]) -> None:
    for field in msgspec.structs.fields(event_type):
        assert field.required is (levels(event_type)[field.name] is Level.PUBLIC)


@pytest.mark.parametrize("event_type", EVENTS)
def test_every_field_says_its_level(event_type: type[Event]) -> None:
    hints = typing.get_type_hints(event_type, include_extras=True)
    for name in event_type.__struct_fields__:
        assert any(isinstance(mark, Level) for mark in typing.get_args(hints[name])[1:])


@pytest.mark.parametrize("event_type", EVENTS)
def test_an_entry_holds_integers_only_so_no_field_is_a_fraction(event_type: type[Event]) -> None:
    assert "float" not in str(typing.get_type_hints(event_type))


@pytest.mark.parametrize("event_type", EVENTS)
def test_no_name_of_a_field_is_one_that_entries_use(event_type: type[Event]) -> None:
    for name in event_type.__struct_fields__:
        assert name.isascii()
        assert name == name.lower()
        assert not name.startswith("_")
