"""A coalition behind a real socket, and clients that speak to it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from service.app import build_app
from service.graphql.connections import Connections
from service.server import Server, address_of, configuration, listen
from tests.service.coalition import Coalition
from tests.service.http.conftest import settings_of

ENTRIES = "subscription ($after: Int) { entries(after: $after) { position entries { position } } }"
PROTOCOL = Subprotocol("graphql-transport-ws")


@contextlib.contextmanager
def served(
    coalition: Coalition, connections: Connections | None = None, **overrides: object
) -> Iterator[str]:
    """Serve a coalition in a thread, and give the address."""
    settings = settings_of(coalition, **{"allowed_hosts": "*", **overrides})
    connections = connections or Connections(settings.live_connections)
    with listen("127.0.0.1", 0) as listener:
        started = threading.Event()
        server = Server(
            configuration(build_app(coalition.ledger, settings, connections=connections), settings),
            drain_s=0,
            on_stop=lambda: None,
            on_drained=connections.end,
            on_start=started.set,
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert started.wait(30)
            yield address_of(listener)
        finally:
            server.should_exit = True
            thread.join()


class Socket:
    """A client of ``graphql-transport-ws``."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, kind: str, **fields: object) -> None:
        """Send a message."""
        self.connection.send(json.dumps({"type": kind, **fields}))

    def hear(self, timeout_s: float = 10) -> dict[str, Any]:
        """Return the next message."""
        message: dict[str, Any] = json.loads(self.connection.recv(timeout_s))
        return message

    def initialise(self, payload: dict[str, object] | None = None) -> None:
        """Begin, as the protocol has it."""
        self.say("connection_init", **({} if payload is None else {"payload": payload}))
        assert self.hear() == {"type": "connection_ack"}

    def subscribe(self, query: str, name: str = "1", **variables: object) -> None:
        """Begin an operation."""
        self.say("subscribe", id=name, payload={"query": query, "variables": variables})

    def entries(self, upto: int, name: str = "1") -> list[int]:
        """Hear of entries up to a position; return their positions."""
        heard: list[int] = []
        while not heard or heard[-1] < upto:
            message = self.hear()
            assert (message["type"], message["id"]) == ("next", name), message
            told = message["payload"]["data"]["entries"]
            heard += [entry["position"] for entry in told["entries"]]
            assert told["position"] >= heard[-1]
        return heard


@contextlib.contextmanager
def socket_to(
    address: str,
    *,
    key: str | None = None,
    ready: bool = True,
    **options: Any,  # noqa: ANN401 - the library's
) -> Iterator[Socket]:
    """Give a connection, initialised unless it is said not to be."""
    url = address.replace("http:", "ws:") + "/graphql"
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    options = {"subprotocols": [PROTOCOL], "additional_headers": headers, **options}
    with connect(url, **options) as connection:
        socket = Socket(connection)
        if ready:
            socket.initialise()
        yield socket


class Events:
    """A client of a stream of events."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def hear(self) -> dict[str, str]:
        """Return the next event, by its fields."""
        event: dict[str, str] = {}
        for line in self._lines:
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(":")
                event[name] = value.strip()
            elif event:
                return event
        raise EOFError

    def next(self) -> dict[str, Any]:
        """Return what the next event tells."""
        event = self.hear()
        assert event["event"] == "next", event
        told: dict[str, Any] = json.loads(event["data"])
        return told

    def entries(self, upto: int) -> list[int]:
        """Hear of entries up to a position; return their positions."""
        heard: list[int] = []
        while not heard or heard[-1] < upto:
            told = self.next()["data"]["entries"]
            heard += [entry["position"] for entry in told["entries"]]
        return heard


@contextlib.contextmanager
def events_of(
    address: str,
    query: str,
    variables: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Iterator[Events]:
    """Subscribe by POST, and give the stream."""
    body = {"query": query, "variables": variables or {}}
    wanted = {"accept": "text/event-stream", **(headers or {})}
    with (
        httpx2.Client(timeout=10) as client,
        client.stream("POST", f"{address}/graphql", json=body, headers=wanted) as response,
    ):
        yield Events(response)
