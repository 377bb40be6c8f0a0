"""The directory without a ledger: plain tables with the same members, and the raw limit on them.

Every value stands in clear, there is one version of each row, and nobody asks who may read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
import psycopg
import sqlalchemy as sa
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from projections.tables import OPEN, listings, memberships
from service.ledger.ledger import Ledger
from tests.databases import connect


class Base(DeclarativeBase):
    """The plain tables."""


class MemberRow(Base):
    """A member with what it shows."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text(collation="C"))
    description: Mapped[str | None]
    website: Mapped[str | None]
    email: Mapped[str | None]
    services: Mapped[list[str]] = mapped_column(sa.JSON)
    listed_on: Mapped[str]
    status: Mapped[str]
    since: Mapped[str]
    tier: Mapped[str]


class AgreementRow(Base):
    """A signature."""

    __tablename__ = "agreements"

    member: Mapped[str] = mapped_column(primary_key=True)
    agreement: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    signed_on: Mapped[str]


class StandardRow(Base):
    """How a member was found to stand to a standard."""

    __tablename__ = "standards"

    member: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    standard: Mapped[str]
    assessment: Mapped[str]


_BY_NAME: Final = sa.Index("members_by_name", MemberRow.name, MemberRow.id)

# The whole answer in one statement, made by the database.
_PAGE: Final = """
SELECT json_agg(json_build_object(
  'id', m.id, 'name', m.name, 'description', m.description, 'website', m.website,
  'email', m.email, 'services', m.services, 'listedOn', m.listed_on,
  'membership', json_build_object(
    'status', m.status, 'since', m.since, 'tier', json_build_object('key', m.tier),
    'agreements', (
      SELECT coalesce(json_agg(json_build_object(
        'agreement', a.agreement, 'version', a.version, 'signedOn', a.signed_on)
        ORDER BY a.version), '[]')
      FROM agreements AS a WHERE a.member = m.id),
    'standards', (
      SELECT coalesce(json_agg(json_build_object(
        'standard', json_build_object('key', s.standard), 'assessment', s.assessment)
        ORDER BY s.place), '[]')
      FROM standards AS s WHERE s.member = m.id)))
  ORDER BY m.name, m.id)::text
FROM (SELECT * FROM members ORDER BY name, id LIMIT %s) AS m
"""


def fill(url: str, ledger: Ledger) -> None:
    """Make the plain tables, with what the ledger's directory shows."""
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table, rows in _rows(ledger):
            connection.execute(sa.insert(table), rows)
    engine.dispose()
    with connect(url) as connection:
        connection.execute("VACUUM ANALYZE")


def raw_app(pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]], first: int) -> Starlette:
    """Return an application that answers with what one statement makes."""

    async def page(request: Request) -> Response:
        await request.body()
        async with pool.connection() as connection:
            cursor = await connection.execute(_PAGE, (first,), prepare=True)
            row = await cursor.fetchone()
        assert row is not None
        directory = {"nodes": orjson.Fragment(row[0])}
        body = orjson.dumps({"data": {"directory": directory}})
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", page, methods=["POST"])])


def _rows(ledger: Ledger) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    with ledger.read() as snapshot:
        connection = snapshot.connection
        found = connection.execute(
            sa.select(listings, memberships)
            .join(memberships, memberships.c.party == listings.c.id)
            .where(listings.c.to_position == OPEN, memberships.c.to_position == OPEN)
            .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
        ).mappings()
        rows = list(found)
        positions = [row["memberships_standards_position"] for row in rows]
        standards = ledger.disclosures(connection, positions, frozenset({"data.standards"}))
    yield MemberRow, [_member(row) for row in rows]
    yield (
        AgreementRow,
        [
            {
                "member": row["listings_id"],
                "agreement": signed["agreement"],
                "version": signed["version"],
                "signed_on": signed["signed_on"],
            }
            for row in rows
            for signed in orjson.loads(row["memberships_agreements"])
        ],
    )
    yield (
        StandardRow,
        [
            {
                "member": row["listings_id"],
                "place": place,
                "standard": standard,
                "assessment": _enumerated(assessment),
            }
            for row in rows
            for place, (standard, assessment) in enumerate(
                standards[row["memberships_standards_position"]]["data.standards"].value.items()
            )
        ],
    )


def _member(row: sa.RowMapping) -> dict[str, Any]:
    return {
        "id": row["listings_id"],
        "name": row["listings_name"],
        "description": row["listings_description"],
        "website": row["listings_website"],
        "email": row["listings_email"],
        "services": orjson.loads(row["listings_services"]),
        "listed_on": row["listings_listed_on"].isoformat(),
        "status": _enumerated(row["memberships_status"]),
        "since": row["memberships_since"].isoformat(),
        "tier": row["memberships_tier"],
    }


def _enumerated(value: str) -> str:
    """Return a value as GraphQL writes it."""
    return value.upper().replace("-", "_")
