"""The coalition's home and fiscal sponsor, over time."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import Connection

from domain.coalition.coalition import HomeTransferred
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import homes


class HomeRow(Row, frozen=True, gc=False):
    """Where the coalition is at home, by the stream of the coalition.

    Attributes:
        home: the party that gives it a home.
        fiscal_sponsor: the party that holds its money.
        since: the day from which it is so.
        position: the entry that says so; it hides the source.
    """

    home: str | None
    fiscal_sponsor: str | None
    since: date
    position: int


def _transferred(_: HomeRow | None, event: HomeTransferred, recorded: Recorded) -> HomeRow:
    return HomeRow(
        id=recorded.envelope.stream,
        home=revealed(event.home),
        fiscal_sponsor=revealed(event.fiscal_sponsor),
        since=recorded.envelope.effective,
        position=recorded.position,
    )


MODEL = ReadModel(
    version=2,
    table=homes,
    row_type=HomeRow,
    folds=folds_of(on(HomeTransferred, _transferred)),
    opens=opened_names([HomeTransferred]),
    bitemporal=True,
)

VIEW = View(homes, HomeRow)


def at(connection: Connection, as_of: AsOf) -> HomeRow | None:
    """Return the home as of a point; ``None`` while the ledger was told of none."""
    rows = VIEW.rows(connection, as_of)
    return rows[0] if rows else None
