"""Something of the right kind in place of what entries hide, so that rules can fold them."""

from __future__ import annotations

import functools
import typing
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from domain.coalition.vote import Tally
from domain.ledger.disclosure import Event, hidden_fields

_CANDIDATES: Final[tuple[Any, ...]] = (
    *(None, "", 0, False, [], {}, "0" * 32, "0" * 64, "2000-01-01"),
)


def filled(event: Event) -> Event:
    """Return an event with something of the right kind in place of each hidden value.

    Rules read some of them into states; no row that is attested shows what they are.
    """
    fillers = fillers_of(type(event))
    return replace(event, **fillers) if fillers else event


@functools.cache
def fillers_of(event_type: type[Event]) -> dict[str, object]:
    """Return what stands in for each hidden value of a type, by its field."""
    hints = typing.get_type_hints(event_type, include_extras=True)
    return {name: _filler(hints[name]) for name in hidden_fields(event_type)}


def _filler(hint: Any) -> object:  # noqa: ANN401 - a type
    kinds = [each for each in typing.get_args(typing.get_args(hint)[0]) if each is not type(UNSET)]
    for kind in kinds or [typing.get_args(hint)[0]]:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind))
        if kind is Tally:
            return Tally(approve=0, against=0, abstain=0)
        for candidate in _CANDIDATES:
            try:
                return msgspec.convert(candidate, kind)
            except msgspec.ValidationError:
                continue
    return UNSET
