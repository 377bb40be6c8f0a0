"""Which texts of a command are screened: every free text, and who is told what is wrong."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from domain.coalition.clearing import ClearText, digest_of
from domain.decision import Command, Refusal, refuse_input
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress
from domain.screening.rules import Screen
from domain.terms import Line, Name, Text

FREE_TEXT: Final = (Name, Line, Text)
"""The types of fields in which people write what they like."""

NOT_SCREENED: Final[frozenset[tuple[type[msgspec.Struct], str]]] = frozenset(
    {
        # Nobody who calls for help is told to say it in other words.
        (HoldListing, "reason"),
        # Where somebody is, and who has to know: that is what these are for, and they are hidden.
        (RecordAddress, "address"),
        (DiscloseAddress, "recipient"),
        (DiscloseAddress, "purpose"),
        # It is what the screening refused, and is not kept.
        (ClearText, "text"),
    }
)
"""The fields that hold what the screening looks for, on purpose."""

_Path = tuple[str, ...]
_Find = Callable[[Any], Iterator[tuple[_Path, str]]]


def refuse_survivor_data(
    screen: Screen, cleared: AbstractSet[str], command: Command
) -> Refusal | None:
    """Refuse a command with a text that looks like data about one survivor or client.

    Args:
        screen: the rules.
        cleared: the digests of texts that the staff let pass.
        command: what somebody wants to write.

    The refusal names the field and the rule, and repeats nothing of the text.
    """
    return next(survivor_data(screen, cleared, command), None)


def survivor_data(
    screen: Screen, cleared: AbstractSet[str], written: msgspec.Struct
) -> Iterator[Refusal]:
    """Yield a refusal for each text of a command or a draft; as `refuse_survivor_data` has it."""
    for path, text in free_texts(written):
        rule = screen.refuses(text)
        if rule is not None and digest_of(text) not in cleared:
            field = ".".join(_camel(part) for part in path)
            yield refuse_input(
                field,
                f"screening.{rule.id}",
                f"{field} seems to say {rule.says}. No data about survivors is kept here.",
                "Words about your work that are about nobody in particular. If it is a mistake, "
                "ask the staff, who can let the text pass: clearText.",
            )


def free_texts(written: msgspec.Struct) -> Iterator[tuple[_Path, str]]:
    """Yield every text of a command or a draft that is screened, with its place."""
    kind = type(written)
    for path, text in _finder(kind)(written):
        if (kind, path[0]) not in NOT_SCREENED:
            yield path, text


@functools.cache
def _finder(kind: type[msgspec.Struct]) -> _Find:
    """Return what finds the free texts of a struct, which looks only where there are some."""
    hints = typing.get_type_hints(kind, include_extras=True)
    finders = {
        name: found
        for name in kind.__struct_fields__
        if (found := _finder_of(hints[name])) is not None
    }

    def find(struct: Any) -> Iterator[tuple[_Path, str]]:  # noqa: ANN401 - of `kind`
        for name, finder in finders.items():
            for path, text in finder(getattr(struct, name)):
                yield (name, *path), text

    return find


def _finder_of(hint: Any) -> _Find | None:  # noqa: ANN401 - whatever a field is declared with
    """Return what finds the free texts in a value of a type; ``None`` where there are none."""
    if hint in FREE_TEXT:
        return _itself
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _finder(hint)
    if origin is dict:
        return _of_values(_finder_of(arguments[1]))
    inner = next((found for each in arguments if (found := _finder_of(each)) is not None), None)
    if inner is None:
        return None
    if origin is list:
        return lambda values: (found for value in values for found in inner(value))
    # What else holds a text is one that may be left out.
    return lambda value: inner(value) if value is not None else iter(())


def _of_values(find: _Find | None) -> _Find | None:
    if find is None:
        return None
    return lambda values: (
        ((key, *path), text) for key, value in values.items() for path, text in find(value)
    )


def _itself(text: str) -> Iterator[tuple[_Path, str]]:
    yield (), text


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
