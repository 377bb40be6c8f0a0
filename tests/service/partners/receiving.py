"""A receiver of webhooks on this machine, as a partner would have one."""

from __future__ import annotations

import base64
import hmac
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import orjson


class Message(msgspec.Struct, frozen=True):
    """A message as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.body)
        return event

    @property
    def position(self) -> int:
        position: int = self.event["data"]["position"]
        return position


class Partner:
    """Keeps whatever it is told, and answers as `answer` says: with 204 at first."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.answer: Callable[[Message], int] = lambda _: 204
        self.asleep_s = 0.0
        partner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                message = Message(self.path, headers, body)
                partner.messages.append(message)
                time.sleep(partner.asleep_s)
                self.send_response(partner.answer(message))
                self.send_header("Content-Length", "0")
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def positions(self) -> list[int]:
        """The positions told of, as often as they were."""
        return [message.position for message in self.messages]

    def until(self, done: Callable[[], bool], timeout_s: float = 15.0) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline, [message.event for message in self.messages[-5:]]
            time.sleep(0.02)


def is_signed_by(secret: str, message: Message) -> bool:
    """Verify a message as the Standard Webhooks specification tells receivers to."""
    headers = message.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return any(
        hmac.compare_digest(f"v1,{expected}", each)
        for each in headers["webhook-signature"].split(" ")
    )
