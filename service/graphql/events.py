"""Operations as server-sent events, in distinct connections: one response for each operation.

See PROTOCOL.md of the npm package ``graphql-sse``. Each event of a subscription has the position
up to which everything has been told as its id, with which a browser comes back by itself
(``Last-Event-ID``) and goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from starlette.types import Receive, Scope, Send

from service.graphql.connections import (
    Connections,
    TooSlowError,
    let_through,
    send_in_time,
    text_of,
)
from service.graphql.errors import ErrorCode, RequestError
from service.graphql.execution import Answer, refused
from service.graphql.feed import Feed
from service.graphql.following import Followed
from service.logs import get_logger

ALIVE_S: Final = 12.0
"""How often something is sent, so that nobody between takes the connection for dead."""

_log = get_logger(__name__)

_COMPLETE: Final = "event: complete\ndata:\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization, Cookie, Accept"),
    # Proxies that gather what is sent would hold it back.
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """A response that goes on: an ASGI application.

    Args:
        feed: follows subscriptions.
        found: what there is to follow, or the answer to an operation of another kind.
        connections: counts it.
    """

    def __init__(self, feed: Feed, found: Answer | Followed, connections: Connections) -> None:
        self._feed = feed
        self._found = found
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until there are no more, the client leaves or the service stops."""
        with self._connections.one():
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            sending = asyncio.create_task(self._send(send))
            tasks = {
                sending,
                asyncio.create_task(_left(receive)),
                asyncio.create_task(self._connections.ending.wait()),
                asyncio.create_task(_keep_alive(send)),
            }
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in tasks:
                    each.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception) and not isinstance(error, TooSlowError):
                    _log.error("fault", exc_info=error)
            last = b""
            if any(isinstance(each, TooSlowError) for each in ended):
                let_through(scope)
                last = self._too_slow()
            await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _send(self, send: Send) -> None:
        async with aclosing(self._events()) as events:
            async for event in events:
                await send_in_time(send, _chunk(event))

    async def _events(self) -> AsyncGenerator[str, None]:
        if isinstance(self._found, Answer):
            yield f"event: next\ndata: {text_of(self._found.body)}\n\n"
        else:
            async with aclosing(self._feed.follow(self._found)) as batches:
                async for batch in batches:
                    yield f"id: {batch.position}\nevent: next\ndata: {batch.body}\n\n"
        yield _COMPLETE

    def _too_slow(self) -> bytes:
        """Return the last word to a client that does not read: it may hear it yet."""
        if isinstance(self._found, Answer):
            return b""
        message = "What was sent was not read: come back, and go on."
        error = RequestError(ErrorCode.TOO_SLOW, message)
        body = text_of(refused([error], self._found.call).body)
        return f"event: next\ndata: {body}\n\n{_COMPLETE}".encode()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _keep_alive(send: Send) -> None:
    while True:
        await asyncio.sleep(ALIVE_S)
        await send_in_time(send, _chunk(":\n\n"))


def _chunk(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}
