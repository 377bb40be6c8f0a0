"""Entries of every released version open to the same facts, with the same hashes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import levels
from domain.ledger.entry import Disclosure, open_entry, parse_entry
from domain.ledger.merkle import leaf_hash
from domain.ledger.stored import read_confidential, read_stored
from tests.golden.make import golden

GOLDEN = golden()
# A type has another entry for each release in which it got a field.
IDS = [f"{each['type']} {each['leafHash'][:8]}" for each in GOLDEN]


def test_each_event_type_has_a_golden_entry_with_every_field() -> None:
    made = {(each["type"], *sorted(each["event"])) for each in GOLDEN}
    known = {(name, *sorted(levels(each))) for name, each in EVENT_TYPES.items()}
    assert made >= known, "run python -m tests.golden.make"


@pytest.mark.parametrize("made", GOLDEN, ids=IDS)
def test_a_golden_entry_says_what_it_said(made: dict[str, Any]) -> None:
    encoded = made["entry"].encode()
    disclosures = [msgspec.convert(each, Disclosure) for each in made["disclosures"]]

    envelope, event = open_entry(parse_entry(encoded), disclosures, EVENT_TYPES)

    assert leaf_hash(encoded).hex() == made["leafHash"]
    assert event.stored_name == made["type"]
    assert msgspec.to_builtins(event) == made["event"]
    said = msgspec.to_builtins(envelope)
    if event.confidential:
        # The bytes of a confidential entry say the day and no more.
        assert said.pop("at")[:10] == made["envelope"]["at"][:10]
        said["at"] = made["envelope"]["at"]
    assert said == made["envelope"]


@pytest.mark.parametrize("made", GOLDEN, ids=IDS)
def test_the_short_way_of_the_service_reads_the_same(made: dict[str, Any]) -> None:
    encoded = made["entry"].encode()
    disclosures = [msgspec.convert(each, Disclosure) for each in made["disclosures"]]
    opened = {each.path: each.value for each in disclosures}

    envelope, event = open_entry(parse_entry(encoded), disclosures, EVENT_TYPES)
    if event.confidential:
        indexed = msgspec.structs.replace(envelope, actor="", actor_id="", policy="")
        assert read_confidential(indexed, opened, EVENT_TYPES) == (envelope, event)
    else:
        assert read_stored(encoded, opened, EVENT_TYPES) == (envelope, event)
