"""A thousand clients that follow the log over WebSocket: memory of each, and when each hears."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from benchmarks.databases import Databases
from benchmarks.memory import COALITION, ask, free_port, running, sizes
from benchmarks.report import Section, Table, Target

_CLIENTS: Final = 1_000
_ENTRIES_PER_S: Final = 50
_CALLERS: Final = 16
_SEATS: Final = """mutation ($command: CommandId!, $seats: Int!) {
  setSeats(input: { commandId: $command, tier: "collaborative-partner", seats: $seats }) {
    ... on SetSeatsAccepted { receipt { position } }
    ... on Rejection { message }
  }
}"""
_FOLLOW: Final = (
    "subscription ($after: Int) { entries(after: $after) { position entries { position type } } }"
)
_MARK: Final = b'"entries":{"position":'


class _Client(asyncio.Protocol):
    """Reads no more of what it is told than up to which position."""

    def __init__(self, port: int, after: int) -> None:
        self._port = port
        self._after = after
        self._transport: asyncio.Transport | None = None
        self._position = after
        self.first_heard_s: dict[int, float] = {}
        self.messages = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands, and subscribe without waiting for each answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Note when positions were heard of."""
        now = time.monotonic()
        if b"HTTP/1.1 101" in data:
            assert self._transport is not None
            self._transport.write(_frame({"type": "connection_init"}))
            payload = {"query": _FOLLOW, "variables": {"after": self._after}}
            self._transport.write(_frame({"type": "subscribe", "id": "1", "payload": payload}))
        at = data.rfind(_MARK)
        if at < 0:
            return
        self.messages += data.count(_MARK)
        told = data[at + len(_MARK) :]
        position = int(told[: told.index(b",")])
        for each in range(self._position + 1, position + 1):
            self.first_heard_s[each] = now
        self._position = position

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.abort()


def _frame(message: dict[str, Any]) -> bytes:
    """Return a text frame, masked with zeros (RFC 6455, §5.2)."""
    text = json.dumps(message).encode()
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Serve the demonstration, and follow it while commands are given."""
    del rounds
    folder = databases.folder / "live"
    subprocess.run(
        [COALITION, "demo", "--no-serve", "--data", folder], check=True, capture_output=True
    )
    keys = json.loads((folder / "demo-keys.json").read_bytes())["keys"]
    key = next(each["key"] for each in keys if each["role"] == "director")
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
        found = asyncio.run(_follow(pid, port, key, 3 if quick else 10))
    return _section(found)


async def _follow(pid: int, port: int, key: str, seconds: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    head = await loop.run_in_executor(
        None, lambda: ask(port, "{ ledger { head { position } } }")["data"]["ledger"]["head"]
    )
    after = head["position"]
    # One client and one command first, so that what is imported late does not count.
    await _one(port, after)
    before = sizes(pid)["Rss"]
    clients = []
    for _ in range(_CLIENTS):
        _, client = await loop.create_connection(lambda: _Client(port, after), "127.0.0.1", port)
        clients.append(client)
    await asyncio.sleep(3)
    idle = sizes(pid)["Rss"]
    cpu_s = _cpu_s(pid)
    known_s = await _write(port, key, seconds * _ENTRIES_PER_S)
    deadline_s = time.monotonic() + 30
    last = max(known_s)
    while any(last not in client.first_heard_s for client in clients):
        assert time.monotonic() < deadline_s, "not every client heard of every entry"
        await asyncio.sleep(0.1)
    busy = sizes(pid)["Rss"]
    cpu_s = _cpu_s(pid) - cpu_s
    for client in clients:
        # Each entry once: a client hears of positions in order, and of all of them.
        assert list(client.first_heard_s) == list(range(after + 1, last + 1))
        client.close()
    delays_ms = sorted(
        1000 * max(0.0, heard_s - known_s[position])
        for client in clients
        for position, heard_s in client.first_heard_s.items()
        if position in known_s
    )
    return {
        "idle_kib": 1024 * (idle - before) / _CLIENTS,
        "busy_kib": 1024 * (busy - before) / _CLIENTS,
        "delays_ms": delays_ms,
        "messages": sum(client.messages for client in clients),
        "cpu_ms": 1000 * cpu_s / sum(client.messages for client in clients),
    }


async def _one(port: int, after: int) -> None:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: _Client(port, after - 1), "127.0.0.1", port)
    while not client.first_heard_s:  # noqa: ASYNC110 - it is a protocol, not a task
        await asyncio.sleep(0.05)
    client.close()


async def _write(port: int, key: str, entries: int) -> dict[int, float]:
    """Give commands at an even rate; return when each was acknowledged, by its position."""
    began_s = time.monotonic()
    known_s: dict[int, float] = {}
    callers = ThreadPoolExecutor(_CALLERS)

    async def give(number: int) -> None:
        variables = {"command": str(uuid.uuid4()), "seats": 100 + number}
        answer = await loop.run_in_executor(callers, ask, port, _SEATS, variables, key)
        assert "receipt" in answer["data"]["setSeats"], answer
        known_s[answer["data"]["setSeats"]["receipt"]["position"]] = time.monotonic()

    loop = asyncio.get_running_loop()
    giving = []
    for number in range(entries):
        await asyncio.sleep(max(0.0, began_s + number / _ENTRIES_PER_S - time.monotonic()))
        giving.append(asyncio.create_task(give(number)))
    await asyncio.gather(*giving)
    callers.shutdown()
    return known_s


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _section(found: dict[str, Any]) -> Section:
    delays = found["delays_ms"]
    p99 = delays[int(len(delays) * 0.99)]
    section = Section(
        "live",
        f"{_CLIENTS:,} clients follow the log over WebSocket",
        note=f"{_ENTRIES_PER_S} commands a second, and every client hears of every entry. A delay "
        "is from the command's acknowledgement to hearing of it, none where it was heard of "
        "before. The processor time is the server's for each message, commands included. The "
        "clients share the machine.",
    )
    memory = [("connected, nothing happens", "idle_kib"), ("after the commands", "busy_kib")]
    section.tables.append(
        Table(
            "memory of the server, a client",
            "KiB",
            [
                {
                    "name": name,
                    "median": found[key],
                    "min": found[key],
                    "max": found[key],
                    "cpu_ms": None,
                    "ours_over_this": found[key] / 100,
                }
                for name, key in memory
            ],
            ratio="this ÷ 100 KiB",
        )
    )
    section.tables.append(
        Table(
            "delay",
            "ms",
            [
                {
                    "name": f"{found['messages']:,} messages; 99 % within {p99:.0f} ms",
                    "median": statistics.median(delays),
                    "min": delays[0],
                    "max": delays[-1],
                    "cpu_ms": found["cpu_ms"],
                    "ours_over_this": p99 / 250,
                }
            ],
            ratio="99 % ÷ 250 ms",
        )
    )
    section.targets += [
        Target("memory a client against 100 KiB", 1.0, found["busy_kib"] / 100, at_most=True),
        Target("99 % of deliveries against 250 ms", 1.0, p99 / 250, at_most=True),
    ]
    return section
