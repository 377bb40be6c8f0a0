"""The least that such a service can be: strawberry, uvicorn, SQLAlchemy, and one field."""

from __future__ import annotations

import sys

import sqlalchemy as sa
import strawberry
import uvicorn
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

_engine = sa.create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def one(self) -> int:
        """Ask the database for the number one."""
        with _engine.connect() as connection:
            return connection.execute(sa.select(sa.literal(1))).scalar_one()


app = Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(Query), graphql_ide=None))])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
