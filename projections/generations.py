"""The next generation of a read model's tables: made beside the one that serves, then switched.

On SQLite, where an index cannot be renamed, the indexes of a generation are called as in
`projections.tables` or with `__next` behind, whichever is free: names of indexes mean nothing
but to migrations, before which `restore_names` gives them their first ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropTable
from sqlalchemy.sql.elements import quoted_name

from projections.model import ReadModel
from projections.tables import read_models

_SUFFIX: Final = "__next"


def next_tables(models: Sequence[ReadModel[Any]]) -> dict[str, tuple[sa.Table, ...]]:
    """Return the tables of the next generation, by the name of the read model."""
    metadata = sa.MetaData()
    return {
        model.name: tuple(
            table.to_metadata(metadata, name=f"{table.name}{_SUFFIX}") for table in model.tables
        )
        for model in models
    }


def create(connection: Connection, tables: Sequence[sa.Table]) -> None:
    """Create tables of the next generation, in place of any that a crash left behind."""
    for table in tables:
        connection.execute(DropTable(table, if_exists=True))
        if connection.dialect.name == "postgresql":
            # A key made when the rows are there costs a third of one kept up row by row.
            columns = [
                sa.Column(column.name, column.type, nullable=column.nullable)
                for column in table.columns
            ]
            connection.execute(CreateTable(sa.Table(table.name, sa.MetaData(), *columns)))
        else:
            connection.execute(CreateTable(table))


def index(connection: Connection, table: sa.Table) -> None:
    """Create the indexes of a table of the next generation, when its rows are there."""
    if connection.dialect.name == "postgresql":
        table.primary_key.name = f"{table.name}_pkey"
        connection.execute(AddConstraint(table.primary_key))
    taken = {found["name"] for found in sa.inspect(connection).get_indexes(_served(table))}
    for each in sorted(table.indexes, key=lambda each: str(each.name)):
        name = f"{each.name}{_SUFFIX}"
        if name not in taken:
            each.name = quoted_name(name, quote=None)
        if connection.dialect.name == "postgresql":
            restrict(each)
        connection.execute(CreateIndex(each))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {_quoted(connection, table.name)}")


def restrict(index: sa.Index) -> None:
    """Give PostgreSQL the condition that `projections.tables` gives for SQLite."""
    index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


def restore_names(connection: Connection) -> None:
    """Give the indexes of views that serve the names again that `projections.tables` gives them."""
    if connection.dialect.name == "postgresql":
        return
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE ? "
        "AND tbl_name NOT LIKE ?",
        (f"%{_SUFFIX}", f"%{_SUFFIX}"),
    )
    for name, sql in found.all():
        connection.exec_driver_sql(f"DROP INDEX {_quoted(connection, name)}")
        connection.exec_driver_sql(sql.replace(name, name.removesuffix(_SUFFIX), 1))


def switch(connection: Connection, tables: Sequence[sa.Table]) -> None:
    """Let tables of the next generation serve, and drop the ones that did.

    Whoever had rights on those keeps them.
    """
    for table in tables:
        served = _served(table)
        rights = _rights(connection, served)
        quoted = _quoted(connection, served)
        connection.exec_driver_sql(f"DROP TABLE {quoted}")
        connection.exec_driver_sql(
            f"ALTER TABLE {_quoted(connection, table.name)} RENAME TO {quoted}"
        )
        for privilege, role in rights:
            connection.exec_driver_sql(
                f"GRANT {privilege} ON {quoted} TO {_quoted(connection, role)}"
            )
        if connection.dialect.name == "postgresql":
            _rename_indexes(connection, table)
    # Processes that write views remember rows: they forget them when this has moved.
    connection.exec_driver_sql("UPDATE head SET generation = generation + 1")


def note_versions(connection: Connection, models: Sequence[ReadModel[Any]]) -> None:
    """Write down which version of each fold made the tables that serve."""
    for model in models:
        connection.execute(sa.delete(read_models).where(read_models.c.name == model.name))
        connection.execute(sa.insert(read_models).values(name=model.name, version=model.version))


def _served(table: sa.Table) -> str:
    return str(table.name).removesuffix(_SUFFIX)


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.dialect.identifier_preparer.quote(name))


def _rename_indexes(connection: Connection, table: sa.Table) -> None:
    for made in [f"{table.name}_pkey", *(str(each.name) for each in table.indexes)]:
        name = made.replace(_SUFFIX, "")
        connection.exec_driver_sql(
            f"ALTER INDEX {_quoted(connection, made)} RENAME TO {_quoted(connection, name)}"
        )


def _rights(connection: Connection, table: str) -> list[tuple[str, str]]:
    if connection.dialect.name != "postgresql":
        return []
    granted = connection.execute(
        sa.text(
            "SELECT acl.privilege_type, pg_get_userbyid(acl.grantee) "
            "FROM pg_class, aclexplode(relacl) AS acl "
            "WHERE pg_class.oid = to_regclass(:table) AND acl.grantee NOT IN (0, relowner)"
        ),
        {"table": _quoted(connection, table)},
    )
    return [(privilege, role) for privilege, role in granted]
