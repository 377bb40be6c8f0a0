"""The page for privacy officers says what the code does, field by field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import Event, Level, levels

PAGE = Path(__file__).parents[2] / "docs" / "disclosure.md"
STREAMS = [
    "Party",
    "Application",
    "Review",
    "Membership",
    "Grievance",
    "Coalition",
    "Vote",
    "Ballot",
    "Leadership",
    "Workgroup",
    "Library",
    "Funding",
    "History",
    "Correction",
    "Webhook",
    "Ledger",
]


class Row(NamedTuple):
    """One line of a stream's table."""

    event: str
    field: str
    level: str
    why: str


def sections() -> dict[str, str]:
    parts = PAGE.read_text().split("\n## ")[1:]
    return {part.split("\n", 1)[0]: part for part in parts}


def cells(section: str) -> list[list[str]]:
    """Return the table's lines below its head, without the marks of code."""
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def rows(stream: str) -> list[Row]:
    return [Row(*line) for line in cells(sections()[stream])]


def types_of(stream: str) -> dict[str, type[Event]]:
    prefix = stream.lower() + "."
    return {name: each for name, each in EVENT_TYPES.items() if name.startswith(prefix)}


def lines_of(name: str, event_type: type[Event]) -> list[tuple[str, str, str]]:
    """Return the lines that an event has on the page, one for each field."""
    fields = [(name, field, level.value) for field, level in levels(event_type).items()]
    return sorted(fields) or [(name, "—", "—")]


def test_every_field_stands_on_the_page_once_with_its_level() -> None:
    for stream in STREAMS:
        found = [row[:3] for row in rows(stream)]
        for name, event_type in types_of(stream).items():
            assert sorted(line for line in found if line[0] == name) == lines_of(name, event_type)
        assert list(dict.fromkeys(line[0] for line in found)) == list(types_of(stream))


def test_every_level_has_its_reason() -> None:
    for stream in STREAMS:
        assert all(row.why for row in rows(stream))


def test_the_streams_are_those_of_the_catalog() -> None:
    assert sum(len(types_of(stream)) for stream in STREAMS) == len(EVENT_TYPES)
    assert [name for name in sections() if name in STREAMS] == STREAMS


def test_the_page_says_which_entries_are_confidential() -> None:
    for stream in STREAMS:
        said = re.search(r"^Confidential entries: (.+)\.$", sections()[stream], re.MULTILINE)
        assert said is not None
        types = types_of(stream)
        named = set(types) if said[1] == "all" else set(re.findall(r"`(.+?)`", said[1]))
        assert {name for name, each in types.items() if each.confidential} == named


def test_every_level_is_explained() -> None:
    assert [line[0] for line in cells(sections()["Levels"])] == [level.value for level in Level]


def test_the_page_says_whose_key_hides_what_is_personal() -> None:
    said = {
        event: "@stream" if who.startswith("the party itself") else who
        for event, who in cells(sections()["Whose key hides the personal fields"])
    }
    assert said == {
        name: each.person_field for name, each in EVENT_TYPES.items() if each.person_field
    }
