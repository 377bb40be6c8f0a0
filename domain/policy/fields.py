"""Typed reading of one TOML table, where every complaint names its line and its field."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from domain.policy.errors import FieldPath, PolicyError, dotted, is_unprintable, quoted

LONGEST_NAME = 120
"""Characters that a name may have."""

LONGEST_TEXT = 1_000
"""Characters that a paragraph of policy may have."""

LONGEST_IDENTIFIER = 64
"""Characters that an identifier may have."""

IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
IDENTIFIER_SHAPE = "an identifier: lower-case words and digits, joined by hyphens"

_KINDS: tuple[tuple[type, str], ...] = (
    # The order matters: bool is a kind of int and datetime a kind of date.
    (str, "text"),
    (bool, "true or false"),
    (int, "a whole number"),
    (Decimal, "a fraction"),
    (list, "an array"),
    (dict, "a table"),
    (datetime, "a date and time"),
    (date, "a date"),
    (time, "a time"),
)

Choice = TypeVar("Choice", bound=StrEnum)


class Table:
    """One table of a policy file: its values, its path, and the lines of the whole file.

    Each method reads one key, checks it, and returns a value of the type it is named for. A key
    that is absent is reported on the line of the table; everything else on the line of the key.
    """

    def __init__(
        self, values: Mapping[str, object], path: FieldPath, lines: Mapping[FieldPath, int]
    ) -> None:
        self.path = path
        self._values = values
        self._lines = lines

    def __contains__(self, key: str) -> bool:
        """Whether the key is present, for the few that may be left out."""
        return key in self._values

    def error(self, inside: FieldPath, problem: str, allowed: tuple[str, ...] = ()) -> PolicyError:
        """Blame a value in this table, on its own line or the nearest one that encloses it."""
        path = (*self.path, *inside)
        placed = path
        while placed not in self._lines:
            placed = placed[:-1]
        return PolicyError(self._lines[placed], dotted(path), problem, allowed)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the table, in the order of the file."""
        return tuple(self._values)

    def only(self, *known: str) -> None:
        """Refuse keys that nobody reads: a misspelt setting must not be ignored in silence."""
        for key in self.keys:
            if key not in known:
                # Large, and only misspelt policies need it.
                from difflib import get_close_matches  # noqa: PLC0415

                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise self.error((key,), f"is not a known key{hint}", known)

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """One line of text, neither blank nor padded, of at most `longest` characters."""
        return self._checked_text((key,), self._value(key), longest)

    def texts(self, key: str, longest: int = LONGEST_NAME) -> tuple[str, ...]:
        """At least one line of text, and none of them twice."""
        found = tuple(
            self._checked_text((key, index), value, longest)
            for index, value in enumerate(self._array(key))
        )
        for index, text in enumerate(found):
            if text in found[:index]:
                raise self.error((key, index), f"{quoted(text)} is listed twice")
        return found

    def matching(self, key: str, pattern: re.Pattern[str], shape: str) -> str:
        """Text that the whole of `pattern` matches, which `shape` describes in words."""
        text = self.text(key, LONGEST_IDENTIFIER)
        if not pattern.fullmatch(text):
            raise self.error((key,), f"{quoted(text)} is not {shape}")
        return text

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`, both included."""
        return self._checked_whole((key,), self._value(key), least, most)

    def wholes(self, key: str, count: int, least: int, most: int) -> tuple[int, ...]:
        """Exactly `count` whole numbers, each from `least` to `most`."""
        values = self._array(key)
        if len(values) != count:
            raise self.error((key,), f"must have {count} numbers, not {len(values)}")
        return tuple(
            self._checked_whole((key, index), value, least, most)
            for index, value in enumerate(values)
        )

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._value(key)
        if not isinstance(value, bool):
            raise self._wrong_type((key,), value, "true or false")
        return value

    def choice(self, key: str, choices: type[Choice], noun: str) -> Choice:
        """One member of an enumeration; `noun` says what its members are, with an article."""
        return self._checked_choice((key,), self._value(key), choices, noun)

    def choices(self, key: str, choices: type[Choice], noun: str) -> tuple[Choice, ...]:
        """At least one member of an enumeration, and none of them twice."""
        texts = self.texts(key)
        return tuple(
            self._checked_choice((key, index), text, choices, noun)
            for index, text in enumerate(texts)
        )

    def table(self, key: str) -> "Table":
        """A table."""
        return self._checked_table((key,), self._value(key))

    def tables(self, key: str) -> tuple["Table", ...]:
        """An array of at least one table."""
        return tuple(
            self._checked_table((key, index), value) for index, value in enumerate(self._array(key))
        )

    def named_tables(self, key: str) -> tuple[tuple[str, "Table"], ...]:
        """A table of at least one table, each under an identifier of its own."""
        parent = self.table(key)
        if not parent.keys:
            raise self.error((key,), "must not be empty")
        for name in parent.keys:
            if not IDENTIFIER.fullmatch(name) or len(name) > LONGEST_IDENTIFIER:
                raise parent.error((name,), f"{quoted(name)} is not {IDENTIFIER_SHAPE}")
        return tuple((name, parent.table(name)) for name in parent.keys)

    def chosen_tables(
        self, key: str, choices: type[Choice], noun: str
    ) -> tuple[tuple[Choice, "Table"], ...]:
        """A table of at least one table, each under a member of an enumeration."""
        parent = self.table(key)
        if not parent.keys:
            raise self.error((key,), "must not be empty", _values_of(choices))
        return tuple(
            (self._checked_choice((key, name), name, choices, noun), parent.table(name))
            for name in parent.keys
        )

    def _value(self, key: str) -> object:
        if key not in self._values:
            raise self.error((key,), "is missing")
        return self._values[key]

    def _array(self, key: str) -> list[object]:
        value = self._value(key)
        if not isinstance(value, list):
            raise self._wrong_type((key,), value, "an array")
        if not value:
            raise self.error((key,), "must not be empty")
        return value

    def _checked_text(self, inside: FieldPath, value: object, longest: int) -> str:
        if not isinstance(value, str):
            raise self._wrong_type(inside, value, "text")
        if not value.strip():
            raise self.error(inside, "must not be blank")
        if value != value.strip():
            raise self.error(inside, f"{quoted(value)} starts or ends with a space")
        if any(is_unprintable(character) for character in value):
            raise self.error(inside, f"{quoted(value)} holds a character that cannot be printed")
        if len(value) > longest:
            raise self.error(inside, f"has {len(value)} characters, more than {longest}")
        return value

    def _checked_whole(self, inside: FieldPath, value: object, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong_type(inside, value, "a whole number")
        if not least <= value <= most:
            raise self.error(inside, f"must be from {least} to {most}")
        return value

    def _checked_choice(
        self, inside: FieldPath, value: object, choices: type[Choice], noun: str
    ) -> Choice:
        text = self._checked_text(inside, value, LONGEST_TEXT)
        if text not in _values_of(choices):
            raise self.error(inside, f"{quoted(text)} is not {noun}", _values_of(choices))
        return choices(text)

    def _checked_table(self, inside: FieldPath, value: object) -> "Table":
        if not isinstance(value, dict):
            raise self._wrong_type(inside, value, "a table")
        return Table(value, (*self.path, *inside), self._lines)

    def _wrong_type(self, inside: FieldPath, value: object, expected: str) -> PolicyError:
        found = next(words for kind, words in _KINDS if isinstance(value, kind))
        return self.error(inside, f"must be {expected}, not {found}")


def _values_of(choices: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in choices)
