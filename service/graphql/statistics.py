"""Statistics: members by type of party at the end of each quarter, as far as that may be told.

The types are hidden in the entries that registered the parties, or by which they changed. They are
opened here for nobody in particular; what leaves this module are the numbers that
`domain.statistics` lets be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from domain.policy import PartyType
from domain.statistics import Quarter, Table, publish
from projections import counting
from projections.as_of import AsOf, position_at
from service.graphql.context import Context
from service.graphql.rules import rules_at
from service.ledger.ledger import Ledger

_PATH: Final = "data.party_type"
_MONTHS: Final = 3
_MOST_OPENED: Final = 500

# The past of a quarter does not change, and to open the types of all members takes a while.
_counted: WeakKeyDictionary[Ledger, dict[AsOf, Quarter]] = WeakKeyDictionary()


class Told(msgspec.Struct, frozen=True):
    """What statistics tell of hidden types.

    Attributes:
        ends: the last day of each quarter, in order.
        table: the numbers, by type; their quarter is a place in ``ends``.
    """

    ends: tuple[date, ...]
    table: Table


def told(context: Context, as_of: AsOf) -> Told:
    """Return what is told at a point: what was told at the end of the last quarter before it."""
    ends = tuple(_quarters(context, as_of))
    if not ends:
        return Told((), {})
    quarters = [_quarter(context, at) for at in ends]
    return Told(tuple(at.effective for at in ends), publish(quarters)[-1])


def _quarters(context: Context, as_of: AsOf) -> Iterator[AsOf]:
    """Yield the ends of the quarters that were over at a point."""
    day = context.coalition.founded_on.replace(day=1)
    while True:
        day = _next_quarter(day)
        if day > min(as_of.effective, context.today):
            return
        began = datetime.combine(day, time(), tzinfo=context.zone)
        # What was recorded up to the second before, with facts that held on the last day.
        position = position_at(context.connection, int(began.timestamp()) - 1)
        if position > as_of.position:
            return
        if position:
            yield AsOf(position, day - timedelta(days=1))


def _next_quarter(day: date) -> date:
    month = (day.month - 1) // _MONTHS * _MONTHS + _MONTHS
    return date(day.year + month // 12, month % 12 + 1, 1)


def _quarter(context: Context, at: AsOf) -> Quarter:
    known = _counted.setdefault(context.ledger, {})
    if at not in known:
        known[at] = _count(context, at)
    return known[at]


def _count(context: Context, at: AsOf) -> Quarter:
    policy = rules_at(context, at).policy
    found = counting.members(context.connection, at)
    types = _types(context, at, [party for _, party in found])
    return Quarter(
        members=Counter((tier, types[party]) for tier, party in found),
        allowed={tier.id: frozenset(map(str, tier.party_types)) for tier in policy.tiers},
        smallest=policy.smallest_count,
    )


def _types(context: Context, at: AsOf, parties: list[str]) -> dict[str, str]:
    """Return the types of parties, opened from the entries that say them."""
    positions = counting.typed(context.connection, at, parties)
    types: dict[int, str] = {}
    wanted = sorted(positions.values())
    for start in range(0, len(wanted), _MOST_OPENED):
        opened = context.ledger.disclosures(
            context.connection, wanted[start : start + _MOST_OPENED], frozenset({_PATH})
        )
        # Rules go by the type, so that it is never expunged.
        types |= {
            position: msgspec.convert(values[_PATH].value, PartyType)
            for position, values in opened.items()
        }
    return {party: types[position] for party, position in positions.items()}
