"""Memory of the service at rest, beside an empty application of the same framework."""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.databases import Databases
from benchmarks.report import Section, Table, Target

COALITION: Final = Path(sys.executable).with_name("coalition")
_DIRECTORY: Final = "{ directory(first: 50) { nodes { name membership { tier { key } } } } }"
_START_TIMEOUT_S: Final = 60.0
# What /proc calls it, and what we do.
_KINDS: Final = {
    "Rss": "resident",
    "Pss": "resident, shared pages by their share",
    "Private": "private to the process",
}

Sizes = dict[str, float]


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Start each several times, ask it something once, and look at it."""
    folder = databases.folder / "demo"
    subprocess.run(
        [COALITION, "demo", "--no-serve", "--data", folder], check=True, capture_output=True
    )
    ours: list[Sizes] = []
    empty: list[Sizes] = []
    for _ in range(1 if quick else min(rounds, 3)):
        ours.append(_serve(folder))
        empty.append(_empty())
    section = Section("memory", "Memory at rest, after the first request")
    for kind, text in _KINDS.items():
        if kind in ours[0]:
            section.tables.append(_table(kind, text, ours, empty))
    ratio = section.tables[0].rows[1]["ours_over_this"]
    section.targets.append(
        Target(
            "resident memory of `coalition serve` against an empty app", 1.5, ratio, at_most=True
        )
    )
    return section


def _table(kind: str, text: str, ours: list[Sizes], empty: list[Sizes]) -> Table:
    rows: list[dict[str, Any]] = []
    median = statistics.median(each[kind] for each in ours)
    for name, found in (
        ("ours: coalition serve on the demonstration", ours),
        ("strawberry + uvicorn + SQLAlchemy, empty", empty),
    ):
        values = [each[kind] for each in found]
        rows.append(
            {
                "name": name,
                "median": statistics.median(values),
                "min": min(values),
                "max": max(values),
                "cpu_ms": None,
                "ours_over_this": median / statistics.median(values),
            }
        )
    return Table(text, "MiB", rows)


def _serve(folder: Path) -> Sizes:
    port = free_port()
    settings = {
        "COALITION_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
        "COALITION_KEYS_URL": f"sqlite:///{folder / 'keys.db'}",
        "COALITION_KEK_FILE": str(folder / "kek"),
        "COALITION_PORT": str(port),
        "COALITION_LOG_LEVEL": "error",
        "COALITION_DRAIN_S": "0",
    }
    with running([COALITION, "serve"], port, settings) as pid:
        answer = ask(port, _DIRECTORY)
        assert answer["data"]["directory"]["nodes"], answer
        return sizes(pid)


def _empty() -> Sizes:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.empty_app", str(port)]
    with running(command, port, {}) as pid:
        answer = ask(port, "{ one }")
        assert answer == {"data": {"one": 1}}, answer
        return sizes(pid)


@contextmanager
def running(command: Sequence[str | Path], port: int, settings: Mapping[str, str]) -> Iterator[int]:
    """Start a server and wait until it accepts connections; stop it in the end."""
    process = subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline_s:
                process.kill()
                _, said = process.communicate()
                raise RuntimeError(f"{command[0]} did not start: {said.decode()[-2000:]}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.communicate(timeout=_START_TIMEOUT_S)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(
    port: int, query: str, variables: dict[str, object] | None = None, key: str | None = None
) -> dict[str, Any]:
    """Send a document over HTTP, and return the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    body = json.dumps({"query": query, "variables": variables or {}})
    connection.request("POST", "/graphql", body, headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def sizes(pid: int) -> Sizes:
    """Return sizes in MiB; where the kernel tells no more, the resident one alone."""
    process = Path("/proc") / str(pid)
    rollup = process / "smaps_rollup"
    text = (rollup if rollup.exists() else process / "status").read_text()
    found: Sizes = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if value.endswith("kB"):
            key = {"VmRSS": "Rss", "Private_Clean": "Private", "Private_Dirty": "Private"}.get(
                name, name
            )
            if key in _KINDS:
                found[key] = found.get(key, 0.0) + int(value.split()[0]) / 1024
    return found
