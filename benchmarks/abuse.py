"""Queries that are refused: how many a second, and what each costs."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson

from benchmarks.asgi import App, post, running_loop
from benchmarks.databases import Databases
from benchmarks.founded import found_ledger
from benchmarks.report import Section, Table, Target
from service.app import build_app
from service.settings import Settings

_REFUSALS: Final = 100
_MOST_MS: Final = 10.0

_DOUBLING: Final = " ".join(
    f"fragment F{n} on Query {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(40)
)
_ABUSIVE: Final = {
    "nested 30 deep": "{ viewer" + " { viewer" * 30 + " { role }" + " }" * 30 + " }",
    "fragments that double 40 times": f"{{ ...F0 }} {_DOUBLING} "
    "fragment F40 on Query { viewer { role } }",
    "250 aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(250)) + " }",
    "one field 790 times": "{ " + "__typename " * 790 + "}",
    "pages in pages, a million fields": "{ memberships(first: 100) { nodes { "
    "history(first: 100) { nodes { id position type bytes leafHash erased } } } } }",
    "790 fields that there are not": "{ " + " ".join(f"x{n}" for n in range(790)) + " }",
    "95 inputs that there are not": "{ memberships(filter: {"
    + " ".join(f"a{n}: 1" for n in range(95))
    + "}) { nodes { id } } }",
    "190 variables that nothing uses": "query("
    + " ".join(f"$v{n}: Int" for n in range(190))
    + ") { __typename }",
    "5,000 tokens": "{ " + "a " * 5_000 + "}",
    "a text of 900,000 characters": '{ node(id: "' + "x" * 900_000 + '") { id } }',
}


_VIEWER: Final = "{ viewer { role } }"
_VIEWER_COSTS: Final = 2


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Send each again and again, one at a time."""
    refusals = _REFUSALS // 5 if quick else _REFUSALS
    table = Table("refused", "requests/s", ratio=f"CPU ÷ {_MOST_MS:g} ms")
    with databases.fresh("sqlite") as url, running_loop() as loop:
        ledger = found_ledger(url, databases.folder, partners=1)
        settings = Settings(
            database_url=url, keys_url="sqlite:///unused", kek="unused", public_cost_a_minute=0
        )
        spent = Settings(
            database_url=url,
            keys_url="sqlite:///unused",
            kek="unused",
            public_cost_a_minute=_VIEWER_COSTS,
        )
        free, poor = build_app(ledger, settings), build_app(ledger, spent)

        def row(name: str, app: App, query: str, status: int) -> dict[str, Any]:
            ask = _asking(app, query, status)

            def run() -> None:
                asyncio.run_coroutine_threadsafe(_many(ask, refusals), loop).result()

            return _row(name, run, rounds, refusals)

        table.rows += [row(name, free, query, 200) for name, query in _ABUSIVE.items()]
        paid = post(poor, "/graphql", orjson.dumps({"query": _VIEWER}))
        asyncio.run_coroutine_threadsafe(paid, loop).result()
        table.rows.append(row("a budget that is spent", poor, _VIEWER, 429))
        ledger.close()
    dearest = max(table.rows, key=lambda row: row["cpu_ms"])
    return Section(
        "abuse",
        "Queries that are refused",
        [table],
        [
            Target(
                f"the dearest refusal, {dearest['name']}, against {_MOST_MS:g} ms of CPU",
                1.0,
                dearest["cpu_ms"] / _MOST_MS,
                at_most=True,
            )
        ],
    )


def _asking(app: App, query: str, status: int) -> Callable[[], Awaitable[None]]:
    """Return what sends a document that the service has not seen before."""
    serial = itertools.count()

    async def ask() -> None:
        body = orjson.dumps({"query": f"{query} #{next(serial)}"})
        answer = orjson.loads(await post(app, "/graphql", body, status=status))
        assert answer["errors"], answer
        assert "data" not in answer

    return ask


async def _many(ask: Callable[[], Awaitable[None]], times: int) -> None:
    for _ in range(times):
        await ask()


def _row(name: str, run: Callable[[], None], rounds: int, refusals: int) -> dict[str, Any]:
    rates, cpu_s = [], 0.0
    for _ in range(rounds):
        cpu_s -= time.process_time()
        began_s = time.perf_counter()
        run()
        rates.append(refusals / (time.perf_counter() - began_s))
        cpu_s += time.process_time()
    cpu_ms = 1000 * cpu_s / (rounds * refusals)
    return {
        "name": name,
        "median": statistics.median(rates),
        "min": min(rates),
        "max": max(rates),
        "cpu_ms": cpu_ms,
        "ours_over_this": cpu_ms / _MOST_MS,
    }
