"""The directory as most would write it: strawberry, SQLAlchemy's ORM, and a data loader a list.

The session is a synchronous one, as the service's own dependencies have no greenlet. Statements
block the event loop for as long as they take, which is short beside what follows them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeVar

import sqlalchemy as sa
import strawberry
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker
from starlette.requests import HTTPConnection
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.directory_plain import AgreementRow, MemberRow, StandardRow

Sessions = sessionmaker[Session]
RowT = TypeVar("RowT", AgreementRow, StandardRow)


@strawberry.type
class Tier:
    """A tier."""

    key: str


@strawberry.type
class Standard:
    """A standard."""

    key: str


@strawberry.type
class MemberStandard:
    """How a member stands to a standard."""

    standard: Standard
    assessment: str


@strawberry.type
class SignedAgreement:
    """A signature."""

    agreement: str
    version: int
    signed_on: str


@strawberry.type
class Membership:
    """A membership."""

    member: strawberry.Private[str]
    status: str
    since: str
    tier: Tier

    @strawberry.field
    async def agreements(self, info: strawberry.Info[Any, Any]) -> list[SignedAgreement]:
        """Return what was signed."""
        rows = await info.context["agreements"].load(self.member)
        return [
            SignedAgreement(agreement=row.agreement, version=row.version, signed_on=row.signed_on)
            for row in rows
        ]

    @strawberry.field
    async def standards(self, info: strawberry.Info[Any, Any]) -> list[MemberStandard]:
        """Return how the standards are met."""
        rows = await info.context["standards"].load(self.member)
        return [
            MemberStandard(standard=Standard(key=row.standard), assessment=row.assessment)
            for row in rows
        ]


@strawberry.type
class Listing:
    """What a member shows."""

    id: strawberry.ID
    name: str
    description: str | None
    website: str | None
    email: str | None
    services: list[str]
    listed_on: str
    membership: Membership


@strawberry.type
class Listings:
    """A page."""

    nodes: list[Listing]


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def directory(self, info: strawberry.Info[Any, Any], first: int) -> Listings:
        """Return the first members by name."""
        with info.context["sessions"]() as session:
            rows = session.scalars(
                sa.select(MemberRow).order_by(MemberRow.name, MemberRow.id).limit(first)
            )
            return Listings(nodes=[_listing(row) for row in rows])


class OrmApp(GraphQL[dict[str, Any], None]):
    """The schema over HTTP, with fresh loaders a request."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(strawberry.Schema(Query), graphql_ide=None)
        self._sessions = sessions

    async def get_context(self, request: HTTPConnection, response: object) -> dict[str, Any]:
        """Return the loaders of one request."""
        return {
            "request": request,
            "response": response,
            "sessions": self._sessions,
            "agreements": _loader(
                self._sessions, AgreementRow, AgreementRow.member, AgreementRow.version
            ),
            "standards": _loader(
                self._sessions, StandardRow, StandardRow.member, StandardRow.place
            ),
        }


def _loader(
    sessions: Sessions,
    kind: type[RowT],
    member: InstrumentedAttribute[str],
    order: InstrumentedAttribute[int],
) -> DataLoader[str, list[RowT]]:
    async def load(ids: list[str]) -> list[list[RowT]]:
        with sessions() as session:
            rows = session.scalars(sa.select(kind).where(member.in_(ids)).order_by(order))
            found: dict[str, list[RowT]] = defaultdict(list)
            for row in rows:
                found[row.member].append(row)
        return [found[each] for each in ids]

    return DataLoader(load)


def _listing(row: MemberRow) -> Listing:
    return Listing(
        id=strawberry.ID(row.id),
        name=row.name,
        description=row.description,
        website=row.website,
        email=row.email,
        services=row.services,
        listed_on=row.listed_on,
        membership=Membership(
            member=row.id, status=row.status, since=row.since, tier=Tier(key=row.tier)
        ),
    )
