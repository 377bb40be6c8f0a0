"""Writes golden entries: one of each event type, as this version encodes it.

``python -m tests.golden.make`` adds entries for event types of which no entry has every field yet.
Lines that are there are never changed: bytes of a released version must be readable for ever.
"""

from __future__ import annotations

import json
import random
import sys
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from domain.catalog import EVENT_TYPES
from domain.ledger.commitment import salts_from
from domain.ledger.disclosure import Event, levels
from domain.ledger.entry import Envelope, encode_entry
from domain.ledger.merkle import leaf_hash

FILE = Path(__file__).with_name("entries.jsonl")
_RANDOM = random.Random(1848)  # noqa: S311 - repeatable, and nothing secret is in these


def golden() -> list[dict[str, Any]]:
    """Return every golden entry."""
    return [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []


def _sample(kind: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return a value of a field's type, the fullest one there is."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _sample(arguments[0])
    if arguments and origin not in {list, dict, tuple}:
        chosen = [each for each in arguments if each not in {type(None), msgspec.UnsetType}]
        return _sample(chosen[0])
    if origin is list:
        return [_sample(arguments[0])]
    if origin is dict:
        return {"network.transparent-collaboration": _sample(arguments[1])}
    if hasattr(kind, "__supertype__"):
        return f"{_RANDOM.getrandbits(128):032x}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = typing.get_type_hints(kind)
        return kind(**{name: _sample(fields[name]) for name in fields})
    return {str: "Größe “x” \u2713", int: 3, bool: True, date: date(2026, 3, 1)}[kind]


def example(event_type: type[Event]) -> Event:
    """Return an event with every field set."""
    hints = typing.get_type_hints(event_type, include_extras=True)
    return event_type(**{name: _sample(hints[name]) for name in levels(event_type)})


def _random_bytes() -> Iterator[str]:
    while True:
        yield from salts_from(_RANDOM.randbytes(16))


def _entry(event: Event) -> dict[str, Any]:
    envelope = Envelope(
        entry_id=f"{_RANDOM.getrandbits(128):032x}",
        stream=f"{_RANDOM.getrandbits(128):032x}",
        version=_RANDOM.randint(1, 9),
        at=datetime(2026, 3, 1, 17, 4, 5, tzinfo=UTC),
        effective=date(2026, 2, 28),
        actor="director",
        actor_id=f"{_RANDOM.getrandbits(128):032x}",
        policy="cate@1",
    )
    encoded = encode_entry(envelope, event, _random_bytes())
    return {
        "type": event.stored_name,
        "entry": encoded.data.decode(),
        "leafHash": leaf_hash(encoded.data).hex(),
        "disclosures": [msgspec.to_builtins(each) for each in encoded.disclosures],
        "envelope": msgspec.to_builtins(envelope),
        "event": msgspec.to_builtins(event),
    }


def main() -> None:
    """Add what is missing."""
    known = {(each["type"], *sorted(each["event"])) for each in golden()}
    missing = [
        each
        for name, each in sorted(EVENT_TYPES.items())
        if (name, *sorted(levels(each))) not in known
    ]
    with FILE.open("a") as file:
        for event_type in missing:
            file.write(json.dumps(_entry(example(event_type)), ensure_ascii=False) + "\n")
    sys.stdout.write(f"{len(missing)} added\n")


if __name__ == "__main__":
    main()
