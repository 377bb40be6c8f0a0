"""Addresses: where each is hidden, and which entries say to whom it was given.

Only the present one counts, whatever is asked about, so that addresses have no history here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.recorded import Recorded
from domain.membership.safety import AddressDisclosed, AddressRecorded, AddressRemoved
from projections.as_of import holds_now
from projections.model import ReadModel, Row, folds_of, on
from projections.reading import View
from projections.tables import addresses


class Disclosure(msgspec.Struct, frozen=True, gc=False):
    """That an address was given to somebody; the entry at ``position`` hides to whom and why."""

    position: int
    on: date


class AddressRow(Row, frozen=True, gc=False):
    """The address of a party, which gives the row its id.

    Attributes:
        position: the entry that hides the address; ``None`` where none is kept now.
        disclosed: every time it was given, in order, earlier addresses included.
    """

    position: int | None
    disclosed: tuple[Disclosure, ...]


def _recorded(row: AddressRow | None, _: AddressRecorded, recorded: Recorded) -> AddressRow:
    return msgspec.structs.replace(_begun(row, recorded), position=recorded.position)


def _removed(row: AddressRow | None, _: AddressRemoved, recorded: Recorded) -> AddressRow:
    return msgspec.structs.replace(_begun(row, recorded), position=None)


def _disclosed(row: AddressRow | None, _: AddressDisclosed, recorded: Recorded) -> AddressRow:
    row = _begun(row, recorded)
    given = Disclosure(recorded.position, recorded.envelope.effective)
    return msgspec.structs.replace(row, disclosed=(*row.disclosed, given))


def _begun(row: AddressRow | None, recorded: Recorded) -> AddressRow:
    return row or AddressRow(id=recorded.envelope.stream, position=None, disclosed=())


MODEL = ReadModel(
    version=1,
    table=addresses,
    row_type=AddressRow,
    folds=folds_of(
        on(AddressRecorded, _recorded),
        on(AddressRemoved, _removed),
        on(AddressDisclosed, _disclosed),
    ),
    history=False,
)

_VIEW = View(addresses, AddressRow)


def by_parties(connection: Connection, parties: Iterable[str]) -> dict[str, AddressRow]:
    """Return what is known of the addresses of parties; those without any are left out."""
    select = sa.select(*_VIEW.columns).where(
        holds_now(addresses), addresses.c.id.in_(list(parties))
    )
    rows = [_VIEW.codec.decode(row) for row in connection.execute(select)]
    return {row.id: row for row in rows}
