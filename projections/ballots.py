"""Ballots: who voted, and which entries hide how."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.ballots import VoteCast
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import ballots


class Cast(msgspec.Struct, frozen=True, gc=False):
    """A ballot that was cast: the entry at ``position`` hides what it says.

    Attributes:
        membership: whose vote it is; ``None`` for the director's.
    """

    membership: str | None
    position: int


class BallotsRow(Row, frozen=True, gc=False):
    """The ballots of a vote.

    Attributes:
        vote: the vote.
        cast: one for each voter, in order.
        version: of the stream.
    """

    vote: str
    cast: tuple[Cast, ...]
    version: int


def _cast(row: BallotsRow | None, event: VoteCast, recorded: Recorded) -> BallotsRow:
    envelope = recorded.envelope
    ballot = Cast(revealed(event.membership), recorded.position)
    earlier = () if row is None else row.cast
    return BallotsRow(
        id=envelope.stream,
        vote=revealed(event.vote),
        cast=(*earlier, ballot),
        version=envelope.version,
    )


MODEL = ReadModel(
    version=1,
    table=ballots,
    row_type=BallotsRow,
    folds=folds_of(on(VoteCast, _cast)),
    opens=opened_names([VoteCast]),
)

VIEW = View(ballots, BallotsRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, BallotsRow]:
    """Return ballots by the id of their stream; votes without any are left out."""
    return VIEW.by_ids(connection, as_of, ids)
