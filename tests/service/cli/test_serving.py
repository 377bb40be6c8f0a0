"""`coalition serve` in a process of its own: limits of the connection, and an orderly stop."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.service.cli.conftest import FOUNDING, Installation

START_TIMEOUT_S = 30.0


@contextmanager
def served(place: Installation) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a serving process, and its address."""
    process = place.start("serve")
    try:
        yield process, _address(process)
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], START_TIMEOUT_S)
    assert ready, "it did not start in time"
    line = json.loads(process.stderr.readline())
    assert line["event"] == "listening", line
    return str(line["address"])


def _socket_to(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_it_serves_and_stops_in_order(place: Installation) -> None:
    place.must(*FOUNDING)
    place.environment["COALITION_DRAIN_S"] = "1.5"
    with served(place) as (process, address), httpx2.Client(base_url=address) as client:
        assert client.get("/readyz").json() == {"status": "ready", "reasons": []}
        answer = client.post("/graphql", json={"query": "{ __typename }"})
        assert answer.json()["data"] == {"__typename": "Query"}

        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        # Load balancers hear of it while what comes is still answered.
        unready = client.get("/readyz")
        assert (unready.status_code, unready.json()["reasons"]) == (503, ["it is stopping"])
        assert client.post("/graphql", json={"query": "{ __typename }"}).status_code == 200
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert json.loads(process.stderr.read().splitlines()[-1])["event"] == "stopped"


def test_what_is_open_when_it_stops_is_answered(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.environment["COALITION_DRAIN_S"] = "0"
    body = b'{"query": "{ __typename }"}'
    with served(small_place) as (process, address), _socket_to(address) as connection:
        head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body[:5])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None
        connection.sendall(body[5:])
        received = connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert process.wait(10) == 0


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_person_does_not_wait(small_place: Installation, which: signal.Signals) -> None:
    small_place.must(*FOUNDING)
    small_place.environment["COALITION_DRAIN_S"] = "60"
    with served(small_place) as (process, _):
        process.send_signal(which)
        if which is signal.SIGTERM:
            time.sleep(0.2)
            process.send_signal(which)
        assert process.wait(10) == 0


def test_endless_headers_end_the_connection(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.environment["COALITION_RECEIVE_TIMEOUT_S"] = "0.5"
    with served(small_place) as (_, address):
        with _socket_to(address) as slow:
            slow.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
            began = time.monotonic()
            assert slow.recv(1) == b""
            assert 0.3 < time.monotonic() - began < 5
        with _socket_to(address) as silent:
            assert silent.recv(1) == b""
        with _socket_to(address) as large:
            large.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
            assert _flood(large)
        # A body that stays away is refused, in JSON.
        with _socket_to(address) as stalled:
            stalled.sendall(
                b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
                b"Content-Type: application/json\r\n\r\n{"
            )
            assert stalled.recv(65_536).startswith(b"HTTP/1.1 408 ")
        with httpx2.Client(base_url=address) as client:
            assert client.get("/livez").status_code == 200


def _flood(connection: socket.socket) -> bool:
    """Send headers without end; return whether the other side hung up."""
    try:
        for _ in range(10_000):
            connection.sendall(b"X-More: " + b"x" * 1_000 + b"\r\n")
    except ConnectionError:
        return True
    return False


def test_nothing_of_a_request_is_logged(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    small_place.environment["COALITION_LOG_LEVEL"] = "debug"
    planted = "Canary-7f3a"
    with served(small_place) as (process, address), httpx2.Client(base_url=address) as client:
        lines: list[str] = []
        assert process.stderr is not None
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
        reader.start()
        client.post(
            "/graphql",
            json={
                "query": f"query Q($a: String) {{ __typename }} # {planted}",
                "variables": {"a": planted},
                "operationName": planted,
            },
            headers={"authorization": f"Bearer {planted}", "user-agent": planted},
        )
        client.get("/graphql", params={"query": planted}, headers={"cookie": planted})
        client.post("/graphql", content=planted.encode(), headers={"host": planted})
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        reader.join()
    assert len(lines) >= 4
    assert planted not in "".join(lines)
    requests = [line for line in map(json.loads, lines) if line["event"] == "request"]
    assert {tuple(sorted(line)) for line in requests} == {
        ("duration_ms", "event", "level", "logger", "method", "path", "status", "timestamp")
    }
