"""Safety holds: the parties of which nothing is listed at present.

A hold is judged now, for answers about the past too, so holds have no history here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.recorded import Recorded
from domain.membership.safety import ListingHeld, ListingReleased
from projections.as_of import holds_now
from projections.model import ReadModel, Row, folds_of, on
from projections.reading import View
from projections.tables import listing_holds


class HoldRow(Row, frozen=True, gc=False):
    """The hold of a party, which gives the row its id.

    Attributes:
        position: the entry that hides why.
        since: the day from which it holds.
    """

    position: int
    since: date


def _held(_: HoldRow | None, __: ListingHeld, recorded: Recorded) -> HoldRow:
    envelope = recorded.envelope
    return HoldRow(id=envelope.stream, position=recorded.position, since=envelope.effective)


def _released(_: HoldRow | None, __: ListingReleased, ___: Recorded) -> None:
    return None


MODEL = ReadModel(
    version=1,
    table=listing_holds,
    row_type=HoldRow,
    folds=folds_of(on(ListingHeld, _held), on(ListingReleased, _released)),
    history=False,
)

_VIEW = View(listing_holds, HoldRow)


def by_parties(connection: Connection, parties: Iterable[str]) -> dict[str, HoldRow]:
    """Return the holds of parties; those that are free are left out."""
    select = sa.select(*_VIEW.columns).where(
        holds_now(listing_holds), listing_holds.c.id.in_(list(parties))
    )
    rows = [_VIEW.codec.decode(row) for row in connection.execute(select)]
    return {row.id: row for row in rows}


def is_free(party: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that nothing holds a party's listing back.

    Args:
        party: the column that names the party.
    """
    held = listing_holds.alias()
    return ~sa.exists().where(held.c.id == party, holds_now(held))
