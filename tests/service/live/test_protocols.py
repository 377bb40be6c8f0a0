"""The two protocols, message by message, and what ends a connection."""

from __future__ import annotations

import socket as sockets
import threading
import time
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from service import server
from service.graphql import connections, websocket
from service.graphql.websocket import MOST_OPERATIONS
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import ENTRIES, Socket, events_of, served, socket_to
from tests.service.live.test_entries import end, grow


def closed(socket: Socket) -> tuple[int, str]:
    """Hear on until the connection is closed; return the code and the reason."""
    frame = None
    while frame is None:
        try:
            socket.connection.recv(10)
        except ConnectionClosed as close:
            frame = close.rcvd
    return frame.code, frame.reason


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", 4400),
        ("{", 4400),
        ("[]", 4400),
        ("null", 4400),
        ("7", 4400),
        ("{}", 4400),
        ('{"type": 7}', 4400),
        ('{"type": "nothing"}', 4400),
        ('{"type": "connection_init", "payload": 7}', 4400),
        ('{"type": "connection_init", "payload": {"authorization": 7}}', 4403),
        ('{"type": "connection_init", "payload": {"authorization": "nonsense"}}', 4403),
        ('{"type": "connection_init", "payload": {"authorization": "Bearer x"}}', 4403),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}', 4401),
        ("x" * 70_000, 1009),
        (b"\x00\x01", 4400),
    ],
)
def test_what_the_protocol_does_not_know_closes_the_connection(
    small_coalition: Coalition, said: str | bytes, code: int
) -> None:
    with served(small_coalition) as address, socket_to(address, ready=False) as socket:
        socket.connection.send(said)
        assert closed(socket)[0] == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe"}, 4400),
        ({"type": "subscribe", "id": "", "payload": {"query": "{a}"}}, 4400),
        ({"type": "subscribe", "id": "x" * 256, "payload": {"query": "{a}"}}, 4400),
        ({"type": "subscribe", "id": 7, "payload": {"query": "{a}"}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": 7}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": 7}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": 7}}, 4400),
    ],
)
def test_a_message_out_of_place_closes_the_connection(
    small_coalition: Coalition, message: dict[str, Any], code: int
) -> None:
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.say(**{**message, "kind": message["type"]})
        assert closed(socket)[0] == code


def test_every_kind_of_operation_is_answered(small_coalition: Coalition) -> None:
    key = new_key(small_coalition)
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.subscribe("{ viewer { role } }")
        assert socket.hear()["payload"]["data"] == {"viewer": {"role": "PUBLIC"}}
        assert socket.hear() == {"id": "1", "type": "complete"}
        socket.subscribe("{ nothing }", name="2")
        error = socket.hear()
        assert (error["type"], error["id"]) == ("error", "2")
        assert error["payload"][0]["extensions"]["code"] == "VALIDATION_FAILED"
        socket.say("ping")
        assert socket.hear() == {"type": "pong"}
        socket.say("pong")
    with served(small_coalition) as address, socket_to(address, ready=False) as socket:
        socket.initialise({"authorization": f"Bearer {key}"})
        socket.subscribe(
            'mutation { setSeats(input: {commandId: "9b2f0a1e-3a52-4b7e-9a3c-0d2f6a1c9a11", '
            'tier: "collaborative-partner", seats: 80}) { __typename } }'
        )
        assert socket.hear()["payload"]["data"] == {"setSeats": {"__typename": "SetSeatsAccepted"}}


def test_an_operation_that_is_completed_is_told_no_more(small_coalition: Coalition) -> None:
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.subscribe(ENTRIES, after=0)
        socket.entries(end(small_coalition))
        socket.say("complete", id="1")
        socket.say("complete", id="of nothing")
        socket.subscribe(ENTRIES, name="2", after=end(small_coalition))
        last = grow(small_coalition)
        assert socket.entries(last, name="2") == [last]
        # The id can be had again.
        socket.subscribe("{ __typename }")
        assert socket.hear()["id"] == "1"


def test_an_id_in_use_closes_the_connection(small_coalition: Coalition) -> None:
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.subscribe(ENTRIES)
        socket.subscribe(ENTRIES)
        assert closed(socket) == (4409, "Subscriber for 1 already exists")


def test_there_are_so_many_operations_at_once(small_coalition: Coalition) -> None:
    with served(small_coalition) as address, socket_to(address) as socket:
        for number in range(MOST_OPERATIONS + 1):
            socket.subscribe(ENTRIES, name=str(number))
        assert closed(socket)[0] == 4400


def test_whoever_says_nothing_is_not_waited_for(
    small_coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "INIT_TIMEOUT_S", 0.2)
    with served(small_coalition) as address, socket_to(address, ready=False) as socket:
        assert closed(socket)[0] == 4408
    with served(small_coalition) as address, socket_to(address) as socket:
        time.sleep(0.4)
        socket.say("ping")
        assert socket.hear() == {"type": "pong"}


def test_another_protocol_is_not_spoken(small_coalition: Coalition) -> None:
    with served(small_coalition) as address:
        for offered in (["graphql-ws"], None):
            with socket_to(address, ready=False, subprotocols=offered) as socket:
                assert closed(socket)[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_pages_of_other_sites_are_kept_out(small_coalition: Coalition, origin: str) -> None:
    with served(small_coalition) as address:
        with pytest.raises(InvalidStatus) as refused, socket_to(address, origin=origin):
            pass
        assert refused.value.response.status_code == 403
        with socket_to(address, origin=address) as socket:
            socket.subscribe("{ __typename }")
            assert socket.hear()["type"] == "next"


def test_there_is_room_for_so_many(small_coalition: Coalition) -> None:
    with served(small_coalition, live_connections=1) as address:
        with socket_to(address):
            with socket_to(address, ready=False) as second:
                assert closed(second)[0] == 1013
            with events_of(address, ENTRIES) as events:
                assert events.response.status_code == 503
                assert events.response.headers["retry-after"]
        while True:
            # The first has left, and by and by there is room.
            with events_of(address, ENTRIES, {"after": 0}) as events:
                if events.response.status_code == 200:
                    assert events.entries(end(small_coalition))
                    break


def test_a_stream_of_events_answers_queries_too(small_coalition: Coalition) -> None:
    with served(small_coalition) as address:
        with events_of(address, "{ __typename }") as events:
            assert events.next()["data"] == {"__typename": "Query"}
            assert events.hear() == {"event": "complete", "data": ""}
        answer = httpx2.get(
            f"{address}/graphql",
            params={"query": "mutation { __typename }"},
            headers={"accept": "text/event-stream"},
        )
        assert answer.status_code == 405
        # Who would take JSON is given that for a query, and told about subscriptions.
        answer = httpx2.post(f"{address}/graphql", json={"query": ENTRIES})
        assert "WebSocket" in answer.json()["errors"][0]["message"]


def test_when_the_service_stops_clients_are_told_to_come_back(small_coalition: Coalition) -> None:
    heard: list[object] = []

    def listen(address: str, ready: threading.Event) -> None:
        with socket_to(address) as socket, events_of(address, ENTRIES, {"after": 0}) as events:
            socket.subscribe(ENTRIES, after=0)
            socket.entries(end(small_coalition))
            events.entries(end(small_coalition))
            ready.set()
            heard.append(closed(socket)[0])
            with pytest.raises((EOFError, httpx2.TransportError)):
                events.hear()
            heard.append("ended")

    with served(small_coalition) as address:
        ready = threading.Event()
        client = threading.Thread(target=listen, args=(address, ready))
        client.start()
        assert ready.wait(10)
        began = time.monotonic()
    client.join()
    assert heard == [1001, "ended"]
    assert time.monotonic() - began < 5


_MANY = " ".join(f"a{n}: bytes" for n in range(90))
_MUCH = f"subscription {{ entries(after: 0, first: 1) {{ entries {{ {_MANY} }} }} }}"


def _deaf(address: str) -> sockets.socket:
    """Ask for a stream of events, and read nothing of it."""
    body = b'{"query": "%s"}' % _MUCH.encode()
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Accept: text/event-stream\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    deaf = _connected(address)
    deaf.sendall(head + body)
    return deaf


def _connected(address: str) -> sockets.socket:
    host, port = address.removeprefix("http://").split(":")
    deaf = sockets.socket()
    deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    deaf.connect((host, int(port)))
    return deaf


def _drained(deaf: sockets.socket, timeout_s: float = 10) -> bytes:
    deaf.settimeout(timeout_s)
    read = b""
    with suppress(ConnectionError, TimeoutError):
        while part := deaf.recv(65_536):
            read += part
    return read


def test_whoever_does_not_read_is_dropped_with_a_reason(
    small_coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_TIMEOUT_S", 0.5)
    monkeypatch.setattr(server, "UNREAD_S", 30.0)
    grow(small_coalition, 300)
    with served(small_coalition) as address:
        with _deaf(address) as deaf:
            time.sleep(2)
            assert b"TOO_SLOW" in _drained(deaf)
        with socket_to(address, max_queue=1) as socket:
            # This client reads no more than a little ahead of what is asked of it.
            socket.subscribe(_MUCH)
            time.sleep(2)
            assert closed(socket)[0] == 1013


def test_whoever_never_reads_again_loses_the_connection(
    small_coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_TIMEOUT_S", 0.2)
    monkeypatch.setattr(server, "UNREAD_S", 0.5)
    grow(small_coalition, 300)
    with served(small_coalition, live_connections=1) as address, _deaf(address):
        time.sleep(1.5)
        with socket_to(address) as socket:
            socket.subscribe("{ __typename }")
            assert socket.hear()["type"] == "next"


def test_whoever_only_pings_and_never_reads_does_not_fill_the_memory(
    small_coalition: Coalition,
) -> None:
    pings = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 1_000
    with served(small_coalition) as address, _deaf_socket(address) as deaf:
        for _ in range(150):
            deaf.sendall(pings)
        # What could not be sent at once was not kept either.
        assert len(_drained(deaf, timeout_s=1)) < 10_000_000


def _deaf_socket(address: str) -> sockets.socket:
    """Open a WebSocket, and read nothing of it."""
    handshake = (
        b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    deaf = _connected(address)
    deaf.sendall(handshake)
    assert deaf.recv(12) == b"HTTP/1.1 101"
    deaf.sendall(Frame(Opcode.TEXT, b'{"type":"connection_init"}').serialize(mask=True))
    return deaf
