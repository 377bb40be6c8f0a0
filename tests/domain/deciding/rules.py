"""The rule of each command, found by its name: `decide_` and the command's."""

from __future__ import annotations

import functools
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final

from domain import coalition, membership
from domain.decision import Decision
from tests.domain.deciding.asked import Asked
from tests.domain.deciding.looks import LOOKS


def decide(asked: Asked) -> Decision:
    """Decide a command, on what the parameters of its rule are named after."""
    words = re.findall("[A-Z][a-z]+", type(asked.command).__name__)
    rule = _RULES["_".join(["decide", *words]).lower()]
    return rule(**{name: LOOKS[name](asked) for name in _parameters(rule)})


@functools.cache
def _parameters(rule: Callable[..., Decision]) -> tuple[str, ...]:
    return tuple(inspect.signature(rule).parameters)


def _rules() -> Iterator[tuple[str, Callable[..., Decision]]]:
    for package in (coalition, membership):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield from inspect.getmembers(import_module(found.name), inspect.isfunction)


_RULES: Final = dict(_rules())
