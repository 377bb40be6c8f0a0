"""What the database holds of a read model, to be compared with what is folded in memory."""

from sqlalchemy.engine import Connection

from projections.as_of import AsOf, holds_now
from projections.model import ReadModel, RowT


def rows_as_of(connection: Connection, model: ReadModel[RowT], as_of: AsOf) -> list[RowT]:
    """Return the rows as of a position, on a day, by id."""
    table = model.table
    held = as_of.rows_of(table) if model.history else holds_now(table)
    rows = connection.execute(table.select().where(held))
    return sorted((model.codec.decode(row) for row in rows), key=lambda row: row.id)
