"""Handshakes of a WebSocket, among them such as are none: all of them are answered at once."""

from __future__ import annotations

import socket as sockets

import pytest

from tests.service.coalition import Coalition
from tests.service.live.served import served

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = f"Connection: Upgrade\r\nUpgrade: websocket\r\n{KEY}"
PROTOCOL = "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("GET /graphql", PROTOCOL, 101),
        ("GET /graphql", f"{PROTOCOL}Cookie: \xff=;;=;session=\xff\r\nX: \xff\r\n", 101),
        ("POST /graphql", PROTOCOL, 405),
        ("GET /livez", PROTOCOL, 403),
        ("GET /gr%ffaphql", PROTOCOL, 403),
        ("GET http://[/graphql", PROTOCOL, 403),
        (f"GET /graphql?{'x' * 9_000}", PROTOCOL, 414),
        ("GET /graphql", f"{PROTOCOL}X: {'x' * 9_000}\r\n", 431),
        ("GET /graphql", PROTOCOL + "X: x\r\n" * 150, 431),
        ("GET /graphql", f"{PROTOCOL}Content-Length: 2\r\n", 400),
        ("GET /graphql", f"{PROTOCOL}Transfer-Encoding: chunked\r\n", 400),
        ("GET /graphql", "Sec-WebSocket-Protocol: \xff,,\r\n", 400),
        ("GET /graphql", f"{PROTOCOL}Origin: http://[::1\r\n", 403),
        ("GET /graphql", f"{PROTOCOL}Origin: \xff\r\n", 403),
    ],
)
def test_a_handshake_that_is_none_is_refused_at_once(
    small_coalition: Coalition,
    caplog: pytest.LogCaptureFixture,
    line: str,
    headers: str,
    status: int,
) -> None:
    with served(small_coalition) as address:
        host, port = address.removeprefix("http://").split(":")
        with sockets.create_connection((host, int(port)), timeout=5) as raw:
            asked = f"{line} HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}{headers}\r\n"
            raw.sendall(asked.encode("latin-1"))
            answer = raw.recv(65_536)
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
            while status != 101 and raw.recv(65_536):
                pass
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
