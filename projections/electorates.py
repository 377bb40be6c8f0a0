"""Electorates: who has a vote in each vote that is open.

It is judged now who may vote, for answers about the past too, so electorates have no history
here, and end with the close of the vote.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.vote import VoteClosed, VoteOpened, VotersMerged
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from projections.as_of import holds_now
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.tables import electorates


class ElectorateRow(Row, frozen=True, gc=False):
    """The electorate of a vote, which gives the row its id; whoever was recused has left.

    Attributes:
        voters: the memberships that have a vote, besides the director.
    """

    voters: tuple[str, ...]


def _opened(_: ElectorateRow | None, event: VoteOpened, recorded: Recorded) -> ElectorateRow:
    return ElectorateRow(id=recorded.envelope.stream, voters=tuple(revealed(event.electorate)))


def _merged(row: ElectorateRow, event: VotersMerged, _: Recorded) -> ElectorateRow:
    both = {revealed(event.survivor), revealed(event.ended)}
    others = tuple(each for each in row.voters if each not in both)
    heir = () if revealed(event.stands_aside) else (revealed(event.survivor),)
    return msgspec.structs.replace(row, voters=(*others, *heir))


def _closed(_: ElectorateRow | None, __: VoteClosed, ___: Recorded) -> None:
    return None


MODEL = ReadModel(
    version=1,
    table=electorates,
    row_type=ElectorateRow,
    folds=folds_of(
        on(VoteOpened, _opened),
        on(VotersMerged, changing(_merged)),
        on(VoteClosed, _closed),
    ),
    opens=opened_names([VoteOpened, VotersMerged]),
    history=False,
)


def open_to(connection: Connection, membership: str) -> list[str]:
    """Return the open votes in which a membership has a vote, in the order of their ids."""
    # An id is of one length, and stands in quotes: no part of another one is found.
    voters = sa.type_coerce(electorates.c.voters, sa.Text)
    found = connection.execute(
        sa.select(electorates.c.id)
        .where(holds_now(electorates), voters.contains(f'"{membership}"', autoescape=True))
        .order_by(electorates.c.id)
    )
    return list(found.scalars())
