"""Mergers: which organisation is part of which, and which membership ended by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.ties import PartiesMerged, PartiesSeparated
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import mergers


class MergerRow(Row, frozen=True, gc=False):
    """That an organisation, whose id the row has, is part of another one.

    Attributes:
        survivor: the one that it is part of.
        membership: the membership that goes on; ``None`` where neither had one.
        ended: the membership that ended; ``None`` where one had one at most.
        merged_on: since when.
        position: the entry of the merged one's stream, which hides the reason.
    """

    survivor: str
    membership: str | None
    ended: str | None
    merged_on: date
    position: int


def _merged(row: MergerRow | None, event: PartiesMerged, recorded: Recorded) -> MergerRow | None:
    # The same fact stands in the stream of the survivor, which is part of nobody by it.
    if revealed(event.absorbed) != recorded.envelope.stream:
        return row
    return MergerRow(
        id=recorded.envelope.stream,
        survivor=revealed(event.survivor),
        membership=revealed(event.membership),
        ended=revealed(event.ended),
        merged_on=recorded.envelope.effective,
        position=recorded.position,
    )


def _separated(
    row: MergerRow | None, event: PartiesSeparated, recorded: Recorded
) -> MergerRow | None:
    return None if revealed(event.absorbed) == recorded.envelope.stream else row


MODEL = ReadModel(
    version=1,
    table=mergers,
    row_type=MergerRow,
    folds=folds_of(on(PartiesMerged, _merged), on(PartiesSeparated, _separated)),
    opens=opened_names([PartiesMerged, PartiesSeparated]),
    bitemporal=True,
)

VIEW = View(mergers, MergerRow)


def by_parties(connection: Connection, as_of: AsOf, parties: Iterable[str]) -> dict[str, MergerRow]:
    """Return what parties are part of, by party; those that are their own are left out."""
    return VIEW.by_ids(connection, as_of, parties)


def survivors_of(connection: Connection, as_of: AsOf, parties: Iterable[str]) -> list[str]:
    """Return what parties are part of in the end, once each; those that are their own as such."""
    wanted = list(dict.fromkeys(parties))
    ends = ends_of(connection, as_of, wanted)
    return list(dict.fromkeys(ends[each] for each in wanted))


def with_parts(connection: Connection, as_of: AsOf, parties: Iterable[str]) -> list[str]:
    """Return parties, and whatever is part of one of them in the end."""
    found = further = [*parties]
    while further:
        rows = into(connection, as_of, further)
        further = [row.id for each in further for row in rows[each] if row.id not in found]
        found = [*found, *further]
    return found


def ends_of(connection: Connection, as_of: AsOf, parties: Collection[str]) -> dict[str, str]:
    """Return what each party is part of in the end; one that is its own is itself."""
    ends = {each: each for each in parties}
    while rows := by_parties(connection, as_of, sorted(set(ends.values()))):
        ends = {each: rows[end].survivor if end in rows else end for each, end in ends.items()}
    return ends


def into(
    connection: Connection, as_of: AsOf, survivors: Collection[str]
) -> dict[str, list[MergerRow]]:
    """Return what is part of each of these parties, in the order of the mergers."""
    found: dict[str, list[MergerRow]] = {each: [] for each in survivors}
    rows = VIEW.rows(connection, as_of, mergers.c.survivor.in_(list(found)))
    for row in sorted(rows, key=lambda row: row.position):
        found[row.survivor].append(row)
    return found


def of_memberships(
    connection: Connection, as_of: AsOf, memberships: Collection[str]
) -> dict[str, str]:
    """Return which membership goes on in the place of each that ended by a merger."""
    rows = VIEW.rows(connection, as_of, mergers.c.ended.in_(list(memberships)))
    return {row.ended: row.membership for row in rows if row.ended and row.membership}
