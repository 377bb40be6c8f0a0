"""Following the log across restarts of the service, of the database and of the client."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import WebSocketException

from service.ledger.engine import create_engine
from tests.databases import PostgresServer
from tests.service.cli.conftest import FOUNDING, Installation
from tests.service.live.served import ENTRIES, events_of, socket_to

SEATS = """mutation ($command: CommandId!, $seats: Int!) {
  setSeats(input: { commandId: $command, tier: "collaborative-partner", seats: $seats }) {
    ... on SetSeatsAccepted { receipt { position } }
  }
}"""
GONE = (OSError, EOFError, WebSocketException, httpx2.HTTPError)


class Service:
    """`coalition serve`, at an address that outlives it."""

    def __init__(self, place: Installation) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        place.environment |= {"COALITION_PORT": str(port), "COALITION_SIGN_EVERY_S": "0"}
        self.address = f"http://127.0.0.1:{port}"
        self._place = place
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = self._place.start("serve")
        deadline_s = time.monotonic() + 30
        while time.monotonic() < deadline_s:
            with suppress(httpx2.HTTPError):
                httpx2.get(f"{self.address}/livez")
                return
            time.sleep(0.05)
        raise TimeoutError

    def stop(self, how: signal.Signals) -> None:
        """Stop it, in order or not."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.communicate(timeout=30)


class Writer(threading.Thread):
    """Sends commands, each again with its id until it is accepted."""

    def __init__(self, address: str, key: str) -> None:
        super().__init__()
        self.last = 0
        self.ended = threading.Event()
        self._address = address
        self._headers = {"authorization": f"Bearer {key}"}

    def run(self) -> None:
        for seats in itertools.count(9):
            if self.ended.is_set():
                return
            variables = {"command": str(uuid.uuid4()), "seats": seats}
            self.last = self._send({"query": SEATS, "variables": variables})

    def _send(self, body: dict[str, object]) -> int:
        while True:
            with suppress(httpx2.HTTPError):
                answer = httpx2.post(
                    f"{self._address}/graphql", json=body, headers=self._headers, timeout=20
                )
                if answer.status_code == 200:
                    return int(answer.json()["data"]["setSeats"]["receipt"]["position"])
            time.sleep(0.1)


class Follower(threading.Thread):
    """Follows the log, and comes back whenever it loses the connection."""

    def __init__(self, address: str, tell: Callable[[str, int], Iterator[list[int]]]) -> None:
        super().__init__()
        self.heard = [0]
        self.ended = threading.Event()
        self.losses = 0
        self._address = address
        self._tell = tell

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                for told in self._tell(self._address, self.heard[-1]):
                    self.heard += told
                    if self.ended.is_set():
                        return
            except GONE:
                self.losses += 1
                time.sleep(0.1)


def by_socket(address: str, after: int) -> Iterator[list[int]]:
    with socket_to(address) as opened:
        opened.subscribe(ENTRIES, after=after)
        while True:
            message = opened.hear()
            if message["type"] != "next":
                return
            told = message["payload"]["data"]["entries"]["entries"]
            yield [entry["position"] for entry in told]


def by_events(address: str, after: int) -> Iterator[list[int]]:
    with events_of(address, ENTRIES, {"after": after}) as events:
        if events.response.status_code != 200:
            raise EOFError
        while True:
            told = events.next()["data"]["entries"]["entries"]
            yield [entry["position"] for entry in told]


@contextmanager
def followed(place: Installation) -> Iterator[tuple[Service, Writer, list[Follower]]]:
    """Found a coalition, serve it, write to it and follow it; check in the end who heard what."""
    place.must(*FOUNDING)
    made = place.must("keys", "create", "--role=director", "--label=a test's", "--json")
    service = Service(place)
    service.start()
    writer = Writer(service.address, json.loads(made.stdout)["key"])
    followers = [Follower(service.address, each) for each in (by_socket, by_events)]
    threads: list[Writer | Follower] = [writer, *followers]
    try:
        for each in threads:
            each.start()
        yield service, writer, followers
        writer.ended.set()
        writer.join(60)
        deadline_s = time.monotonic() + 30
        while any(each.heard[-1] < writer.last for each in followers):
            assert time.monotonic() < deadline_s, "what was written was not told"
            time.sleep(0.05)
    finally:
        for thread in threads:
            thread.ended.set()
        service.stop(signal.SIGTERM)
    for follower in followers:
        follower.join(30)
        assert follower.heard == list(range(follower.heard[-1] + 1))
        assert follower.heard[-1] == writer.last


def test_nothing_is_missed_or_told_twice_across_restarts_of_the_service(
    database_url: str, tmp_path: Path
) -> None:
    with followed(Installation(tmp_path, database_url)) as (service, writer, followers):
        for how in (signal.SIGKILL, signal.SIGTERM):
            time.sleep(1)
            service.stop(how)
            service.start()
            time.sleep(0.5)
        assert writer.last > 20
    assert all(follower.losses >= 2 for follower in followers)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    # A path short enough for a socket, in a folder that another account can enter.
    with tempfile.TemporaryDirectory(prefix="coalition-") as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "server") as server:
            yield server


def test_nothing_is_missed_or_told_twice_across_a_crash_of_the_database(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    admin = create_engine(own_server.url())
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as outside:
        outside.exec_driver_sql("CREATE DATABASE ledger")
    admin.dispose()
    with followed(Installation(tmp_path, own_server.url("ledger"))) as (_, writer, followers):
        time.sleep(1)
        own_server.kill()
        time.sleep(1)
        own_server.start()
        before = writer.last
        deadline_s = time.monotonic() + 30
        while writer.last <= before + 5:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        # Nobody was sent away: who waits for the database waits with an open connection.
        assert [follower.losses for follower in followers] == [0, 0]
