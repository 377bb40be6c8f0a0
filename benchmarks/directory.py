"""One page of the directory: our schema, what most would write instead, and the raw limit."""

from __future__ import annotations

import asyncio
import base64
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import patch

import orjson
import sqlalchemy as sa
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.orm import sessionmaker

from benchmarks.asgi import App, Requests, post, running_loop
from benchmarks.databases import Databases
from benchmarks.directory_orm import OrmApp
from benchmarks.directory_plain import fill, raw_app
from benchmarks.founded import principal
from benchmarks.measure import take_turns
from benchmarks.members import large_ledgers
from benchmarks.report import Section, Table, Target
from service.app import build_app
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.security import issuing
from service.security.principal import Role
from service.settings import Settings

FIRST: Final = 50
QUERY: Final = (
    "{ directory(first: 50) { nodes { id name description website email services listedOn "
    "membership { status since tier { key } agreements { agreement version signedOn } "
    "standards { standard { key } assessment } } } } }"
)
_BODY: Final = orjson.dumps({"query": QUERY})
_AT_A_TIME: Final = 8


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Measure on PostgreSQL, in one process, eight requests at a time."""
    ledger = large_ledgers(databases, quick=quick)["postgresql"]
    with ExitStack() as stack:
        url = stack.enter_context(databases.fresh("postgresql"))
        fill(url, ledger)
        loop = stack.enter_context(running_loop())
        contest = _Contest(stack, loop, url, ledger)
        divisor = 4 if quick else 1
        series = take_turns(
            [
                (contest.ours(), 80 // divisor),
                (contest.unguarded(), 80 // divisor),
                (contest.orm(), 80 // divisor),
                (contest.raw(), 1_600 // divisor),
            ],
            1,
            rounds,
        )
    table = Table("postgresql, 50 of the listed members, 12 fields", "pages/s")
    table.rows = [each.figures(series[0]) for each in series]
    _, _, orm, raw = (row["ours_over_this"] for row in table.rows)
    return Section(
        "directory",
        "One page of the directory",
        [table],
        [
            Target("directory page against strawberry as it comes", 20.0, orm),
            Target("directory page against raw Starlette", 0.6, raw),
            Target(
                "processor time of a directory page against itself with no field guarded",
                1.1,
                table.rows[0]["cpu_ms"] / table.rows[1]["cpu_ms"],
                at_most=True,
            ),
        ],
        "Read by an auditor, for whom the standards are decrypted; the others read plain tables "
        "in clear and ask nobody's leave.",
    )


class _Contest:
    """The three applications, and one right answer."""

    def __init__(
        self, stack: ExitStack, loop: asyncio.AbstractEventLoop, url: str, ledger: Ledger
    ) -> None:
        self._stack = stack
        self._loop = loop
        self._url = url
        self._ledger = ledger
        self._right: list[Any] | None = None

    def ours(self) -> Requests:
        """Return our application, as `coalition serve` runs it, with an auditor's key."""
        return self._served("ours: the service's own schema")

    def unguarded(self) -> Requests:
        """Return the same without what asks for each field whether the viewer may read it."""
        with patch("service.graphql.schema.guard_fields"):
            return self._served("ours, no field guarded")

    def _served(self, name: str) -> Requests:
        settings = Settings(
            database_url=self._ledger.engine.url.render_as_string(),
            keys_url="sqlite:///unused",
            kek=base64.b64encode(bytes(32)).decode(),
            cost_a_minute=0,
        )
        with begin_writing(self._ledger.engine) as connection:
            auditor = principal(Role.AUDITOR)
            key = issuing.create(connection, auditor, "benchmark", now=datetime.now(UTC)).text
        app = build_app(self._ledger, settings)
        lifespan = app.router.lifespan_context(app)
        self._run(lifespan.__aenter__())
        self._stack.callback(lambda: self._run(lifespan.__aexit__(None, None, None)))
        return self._requests(name, app, key)

    def orm(self) -> Requests:
        """Return strawberry as it comes."""
        engine = sa.create_engine(self._url)
        self._stack.callback(engine.dispose)
        app = OrmApp(sessionmaker(engine))
        return self._requests("strawberry, ORM and data loaders", app)

    def raw(self) -> Requests:
        """Return one statement behind Starlette."""
        conninfo = sa.make_url(self._url).set(drivername="postgresql").render_as_string()
        pool = AsyncConnectionPool(
            conninfo, min_size=_AT_A_TIME, open=False, kwargs={"autocommit": True}
        )
        self._run(pool.open(wait=True))
        self._stack.callback(lambda: self._run(pool.close()))
        return self._requests("raw: one statement, JSON made by PostgreSQL", raw_app(pool, FIRST))

    def _requests(self, name: str, app: App, key: str | None = None) -> Requests:
        return Requests(
            name,
            self._loop,
            lambda: post(app, "/graphql", _BODY, key),
            self._is_right,
            at_a_time=_AT_A_TIME,
        )

    def _is_right(self, answer: bytes) -> bool:
        """Whether an answer says what the first one said, whatever form ids have."""
        body = orjson.loads(answer)
        assert "errors" not in body, body
        nodes = [node | {"id": ""} for node in body["data"]["directory"]["nodes"]]
        if self._right is None:
            self._right = nodes
        return len(nodes) == FIRST and nodes == self._right

    def _run(self, waited: Any) -> Any:  # noqa: ANN401 - whatever the coroutine gives
        return asyncio.run_coroutine_threadsafe(waited, self._loop).result()
