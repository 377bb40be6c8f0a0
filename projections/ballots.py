"""Ballots: who voted, which entries hide how, and who stands aside since the opening."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.ballots import VoteCast, VoterRecused
from domain.ledger.disclosure import revealed, revealed_or
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


class Aside(msgspec.Struct, frozen=True, gc=False):
    """A voter who stands aside since the opening.

    Attributes:
        membership: who; ``None`` for the director.
        declared_position: the entry that says why, where they said so of this vote.
    """

    membership: str | None
    declared_position: int | None


class BallotsRow(Row, frozen=True, gc=False):
    """The ballots of a vote.

    Attributes:
        vote: the vote.
        cast: one for each voter, in order.
        aside: who stands aside since the opening, in order.
        version: of the stream.
    """

    vote: str
    cast: tuple[Cast, ...]
    aside: tuple[Aside, ...]
    version: int

    def stands_aside(self, membership: str) -> bool:
        """Whether a membership stands aside since the opening."""
        return any(each.membership == membership for each in self.aside)


def _cast(row: BallotsRow | None, event: VoteCast, recorded: Recorded) -> BallotsRow:
    envelope = recorded.envelope
    ballot = Cast(revealed(event.membership), recorded.position)
    earlier = () if row is None else row.cast
    return BallotsRow(
        id=envelope.stream,
        vote=revealed(event.vote),
        cast=(*earlier, ballot),
        aside=() if row is None else row.aside,
        version=envelope.version,
    )


def _recused(row: BallotsRow | None, event: VoterRecused, recorded: Recorded) -> BallotsRow:
    envelope = recorded.envelope
    said = revealed_or(event.declarer, None) is not None
    left = Aside(revealed(event.membership), recorded.position if said else None)
    return BallotsRow(
        id=envelope.stream,
        vote=revealed(event.vote),
        cast=() if row is None else row.cast,
        aside=(*(() if row is None else row.aside), left),
        version=envelope.version,
    )


MODEL = ReadModel(
    version=3,
    table=ballots,
    row_type=BallotsRow,
    folds=folds_of(on(VoteCast, _cast), on(VoterRecused, _recused)),
    opens=opened_names([VoteCast, VoterRecused]),
)

VIEW = View(ballots, BallotsRow)


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, BallotsRow]:
    """Return ballots by the id of their stream; votes without any are left out."""
    return VIEW.by_ids(connection, as_of, ids)
