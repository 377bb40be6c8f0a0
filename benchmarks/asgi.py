"""Requests to an ASGI application in this process: no socket, nothing else left out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from benchmarks.measure import Share

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread, as a server would."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def post(
    app: App, path: str, body: bytes, key: str | None = None, *, status: int = 200
) -> bytes:
    """Send one request, and return the body of the answer, which is to have a status."""
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    if key is not None:
        headers.append((b"authorization", f"Bearer {key}".encode()))
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    answered: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answered.append(message)

    await app(scope, receive, send)
    assert answered[0]["status"] == status, answered
    return b"".join(message.get("body", b"") for message in answered[1:])


class Requests:
    """The same request again and again, so many at a time."""

    def __init__(
        self,
        name: str,
        loop: asyncio.AbstractEventLoop,
        ask: Callable[[], Awaitable[bytes]],
        right: Callable[[bytes], bool],
        *,
        at_a_time: int,
    ) -> None:
        self.name = name
        self._loop = loop
        self._ask = ask
        self._right = right
        self._at_a_time = at_a_time
        self._answers: list[bytes] = []

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Return the one share: the requests meet in the event loop, not in threads."""
        assert callers == 1
        return [
            lambda: asyncio.run_coroutine_threadsafe(self._run(operations), self._loop).result()
        ]

    def check(self) -> None:
        """Assert that every answer was the right one."""
        assert all(self._right(answer) for answer in set(self._answers))

    async def _run(self, operations: int) -> None:
        left = operations
        self._answers = []

        async def ask_on() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                self._answers.append(await self._ask())

        await asyncio.gather(*(ask_on() for _ in range(self._at_a_time)))
        assert len(self._answers) == operations
