"""Statistics of what is not public, so that no small count follows from them.

Members are counted by type of party at the end of each quarter. Who joined and left, and in which
tier, is in the public log, so that tables are read against that: `publish` takes it into account
and says of which types a number may be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

Members: TypeAlias = Mapping[tuple[str, str], int]
"""How many members there are, by tier and type of party."""

Allowed: TypeAlias = Mapping[str, frozenset[str]]
"""The types of party that each tier admits."""


class Quarter(msgspec.Struct, frozen=True):
    """The members at the end of a quarter, and what everybody knows of them.

    Attributes:
        members: by tier and type of party; the sum by tier is public.
        allowed: the types that a member of each tier may have, by the policy.
        smallest: the least number that is told.
    """

    members: Members
    allowed: Allowed
    smallest: int


class Shown(msgspec.Struct, frozen=True):
    """A number that is told.

    Attributes:
        count: how many members have the type.
        quarter: in which quarter it was counted, by its place.
    """

    count: int
    quarter: int


Table: TypeAlias = Mapping[str, Shown]
"""What is told at the end of a quarter, by type; of the other types nothing is."""


def publish(quarters: Sequence[Quarter]) -> list[Table]:
    """Return what is told at the end of each quarter.

    Which types are told is settled in the first quarter in which any can be, and a type that is
    not told then never is: two tables can differ in numbers only. A number changes when it is off
    by the smallest count at least, and far from every other number that was told of the type, so
    that no difference is a small one. When the numbers would let another type be known too
    closely, all stay as they were.
    """
    tables: list[Table] = []
    shown: dict[str, Shown] = {}
    settled = frozenset[str]()
    for place, quarter in enumerate(quarters):
        counts = counts_by_type(quarter.members)
        if not settled:
            settled = _first(quarters[: place + 1], counts)
            shown = {each: Shown(counts[each], place) for each in settled}
        elif is_safe(quarter, settled):
            shown = _renewed(shown, counts, tables, place, quarter.smallest)
        tables.append(dict(shown))
    return tables


def counts_by_type(members: Members) -> dict[str, int]:
    """Return how many members have each type."""
    counts: dict[str, int] = {}
    for (_, kind), number in members.items():
        counts[kind] = counts.get(kind, 0) + number
    return counts


def is_safe(quarter: Quarter, told: Iterable[str]) -> bool:
    """Whether no other type can be known closely by someone who knows these exactly.

    What can be known closely without, from the log and the policy alone, is no secret.
    """
    known = frozenset(told)
    types = _types(quarter)
    for kind in types - known:
        wide = min(quarter.smallest, _width(quarter, kind, frozenset()))
        if _width(quarter, kind, known) < wide:
            return False
    return True


def _first(quarters: Sequence[Quarter], counts: Mapping[str, int]) -> frozenset[str]:
    """Return the types to tell: all that are large, less the smallest of them if need be.

    Args:
        quarters: the quarters so far; what is told now says something of those before as well.
        counts: how many members have each type in the last one.
    """
    told = sorted(
        (kind for kind, number in counts.items() if number >= quarters[-1].smallest),
        key=lambda kind: (-counts[kind], kind),
    )
    while not all(is_safe(quarter, told) for quarter in quarters):
        told.pop()
    return frozenset(told)


def _renewed(
    shown: Mapping[str, Shown],
    counts: Mapping[str, int],
    tables: Sequence[Table],
    place: int,
    smallest: int,
) -> dict[str, Shown]:
    """Return the numbers with those counted anew that are far off; a small one is told no more."""
    renewed = {}
    for kind, each in shown.items():
        count = counts.get(kind, 0)
        if abs(count - each.count) < smallest:
            renewed[kind] = each
        elif count >= smallest:
            before = {table[kind].count for table in tables if kind in table}
            is_far = all(count == one or abs(count - one) >= smallest for one in before)
            renewed[kind] = Shown(count, place) if is_far else each
    return renewed


def _types(quarter: Quarter) -> frozenset[str]:
    admitted = frozenset[str]().union(*quarter.allowed.values())
    return admitted | {kind for _, kind in quarter.members}


def _width(quarter: Quarter, kind: str, known: frozenset[str]) -> int:
    """Return how far apart the numbers are that a type may have, for all one knows.

    Two members whose types are not told may have each other's, or the same, if their tiers admit
    it. No number that was ever told would be another one, so that it stays possible whatever
    else is told, before or later.

    Args:
        quarter: what there is.
        kind: the type, which is not told.
        known: the types that are.
    """
    more = less = 0
    for (tier, each), number in quarter.members.items():
        admitted = quarter.allowed.get(tier, frozenset()) - known
        if each == kind and admitted - {kind}:
            less += number
        elif each != kind and each not in known and kind in admitted:
            more += number
    return more + less
