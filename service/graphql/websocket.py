"""Operations over a WebSocket, by the protocol ``graphql-transport-ws``.

See PROTOCOL.md of the npm package ``graphql-ws``. Every kind of operation is answered; a
subscription goes on until one side ends it. Codes with which a connection is closed, beyond
those of the protocol: 1001 when the service stops, 1013 when it has no room, or the client does
not read. After either, a client comes back and goes on from its last position.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Any, Final

import orjson
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from service.faults import UnavailableError
from service.graphql.budget import OverBudgetError
from service.graphql.connections import (
    Connections,
    TooSlowError,
    let_through,
    send_in_time,
    taking,
    text_of,
)
from service.graphql.errors import ErrorCode, RequestError
from service.graphql.execution import Answer, Call, UnauthenticatedError, refused
from service.graphql.feed import Feed
from service.graphql.negotiation import same_origin
from service.graphql.operations import BadRequestError, UnknownDocumentError, from_content
from service.logs import get_logger
from service.security.sessions import COOKIE

PROTOCOL: Final = "graphql-transport-ws"
LONGEST_ID: Final = 255
LONGEST_REASON: Final = 123
MOST_OPERATIONS: Final = 32
INIT_TIMEOUT_S: Final = 3.0

_BEARER: Final = re.compile(r"bearer +([^\s]+) *", re.IGNORECASE | re.ASCII)

_log = get_logger(__name__)


class _CloseError(Exception):
    """The connection is to be closed.

    Args:
        code: tells the client why.
        reason: the same in words, of which 123 bytes are sent.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


class Sockets:
    """Answers WebSocket connections: an ASGI application.

    Args:
        feed: begins and follows operations.
        connections: counts them.
    """

    def __init__(self, feed: Feed, connections: Connections) -> None:
        self._feed = feed
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until either side ends it."""
        await receive()
        if not same_origin(Headers(scope=scope)):
            # Unaccepted, so that the handshake is answered with 403.
            await send({"type": "websocket.close"})
            return
        offered = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        socket = _Socket(self._feed, scope, receive, send)
        try:
            await self._serve(socket, offered=offered)
        except _CloseError as close:
            let_through(scope)
            with suppress(OSError):
                await send({"type": "websocket.close", "code": close.code, "reason": close.reason})

    async def _serve(self, socket: _Socket, *, offered: bool) -> None:
        if not offered:
            raise _CloseError(4406, "Subprotocol not acceptable")
        if self._connections.full:
            raise _CloseError(1013, "No room for more connections: come back later")
        with self._connections.one():
            await socket.run(self._connections.ending)


class _Socket:
    def __init__(self, feed: Feed, scope: Scope, receive: Receive, send: Send) -> None:
        self._feed = feed
        self._receive = receive
        self._send = send
        self._takes = taking(scope)
        self._headers = Headers(scope=scope)
        self._cookies = HTTPConnection(scope).cookies
        self._address = (scope.get("client") or ("",))[0]
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._key: str | None = None
        self._ready = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, ending: asyncio.Event) -> None:
        """Serve until the client leaves.

        Raises:
            _CloseError: it is to be told why it is closed.
        """
        reading = asyncio.create_task(self._read())
        stopping = asyncio.create_task(_stopped(ending))
        waited: set[asyncio.Future[None]] = {reading, stopping, self._failed}
        try:
            done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                await each
        finally:
            await _cancelled([*waited, *self._operations.values()])

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_TIMEOUT_S) as until_ready:
                while (message := await self._receive())["type"] != "websocket.disconnect":
                    await self._handle(_content(message))
                    if self._ready:
                        until_ready.reschedule(None)
        except TimeoutError:
            raise _CloseError(4408, "Connection initialisation timeout") from None
        except TooSlowError:
            raise _too_slow() from None

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(message)
            case "ping":
                _payload(message)
                await send_in_time(self._send, _text('{"type":"pong"}'))
            case "pong":
                _payload(message)
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                # The id may be had again at once, before the operation has come to its end.
                operation = self._operations.pop(_name(message), None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise _CloseError(4400, "Invalid message received")

    async def _initialise(self, message: dict[str, Any]) -> None:
        if self._ready:
            raise _CloseError(4429, "Too many initialisation requests")
        given = _payload(message).get("authorization", self._headers.get("authorization"))
        session = self._cookies.get(COOKIE)
        if given is None and session is not None:
            given = f"Bearer {session}"
        if given is not None:
            match = _BEARER.fullmatch(given) if isinstance(given, str) else None
            if match is None:
                raise _CloseError(4403, "Forbidden")
            self._key = match[1]
            try:
                await self._feed.authenticate(self._key)
            except UnauthenticatedError:
                raise _CloseError(4403, "Forbidden") from None
            except UnavailableError:
                raise _CloseError(1013, "The ledger does not answer: come back later") from None
        self._ready = True
        await send_in_time(self._send, _text('{"type":"connection_ack"}'))

    async def _subscribe(self, message: dict[str, Any]) -> None:
        name, payload = _name(message), _payload(message)
        if not self._ready:
            raise _CloseError(4401, "Unauthorized")
        if name in self._operations:
            raise _CloseError(4409, f"Subscriber for {name} already exists")
        try:
            parameters = from_content(payload, self._feed.trusted)
        except UnknownDocumentError as error:
            # Not the connection is wrong but this operation, whose text the client may send now.
            extensions = {"code": "UNKNOWN_DOCUMENT", "requestId": secrets.token_hex(8)}
            errors = [{"message": str(error), "extensions": extensions}]
            await self._tell(text_of(name), "error", text_of(errors))
            return
        except BadRequestError as error:
            raise _CloseError(4400, str(error)) from None
        if len(self._operations) >= MOST_OPERATIONS:
            raise _CloseError(4400, f"There may be {MOST_OPERATIONS} operations at once")
        call = Call(
            request_id=secrets.token_hex(8),
            parameters=parameters,
            key=self._key,
            address=self._address,
        )
        operation = asyncio.create_task(self._operate(text_of(name), call))
        self._operations[name] = operation
        operation.add_done_callback(lambda _done: self._over(name, operation))

    def _over(self, name: str, operation: asyncio.Task[None]) -> None:
        if self._operations.get(name) is operation:
            del self._operations[name]

    async def _operate(self, name: str, call: Call) -> None:
        try:
            await self._answer(name, call)
        except TooSlowError:
            self._fail(_too_slow())
        except UnauthenticatedError:
            self._fail(_CloseError(4403, "Forbidden"))
        except OSError:
            # The client has gone, and `_read` hears of it.
            pass
        except Exception as error:  # noqa: BLE001 - a client must never see what it was
            _log.error("fault", request_id=call.request_id, exc_info=error)
            self._fail(_CloseError(1011, "Something went wrong here"))

    async def _answer(self, name: str, call: Call) -> None:
        try:
            found = await self._feed.begin(call)
        except UnavailableError:
            unavailable = RequestError(ErrorCode.UNAVAILABLE, "The ledger does not answer.")
            found = refused([unavailable], call)
        except OverBudgetError as error:
            message = f"You have spent what you may within a minute: {error}."
            found = refused([RequestError(ErrorCode.OVER_BUDGET, message)], call)
        if isinstance(found, Answer):
            body: dict[str, Any] = found.body or {}
            if "data" not in body:
                await self._tell(name, "error", text_of(body["errors"]))
                return
            await self._tell(name, "next", text_of(body))
        else:
            async with aclosing(self._feed.follow(found)) as batches:
                async for batch in batches:
                    if batch.ended:
                        errors = orjson.loads(batch.body or "")["errors"]
                        await self._tell(name, "error", text_of(errors))
                        return
                    await self._tell(name, "next", batch.body or "")
        await send_in_time(self._send, _text(f'{{"id":{name},"type":"complete"}}'))

    async def _tell(self, name: str, kind: str, payload: str) -> None:
        # The payload is the same text for the whole group, and is not made again.
        text = f'{{"id":{name},"type":"{kind}","payload":{payload}}}'
        await send_in_time(self._send, _text(text), self._takes)

    def _fail(self, close: _CloseError) -> None:
        if not self._failed.done():
            self._failed.set_exception(close)


def _too_slow() -> _CloseError:
    return _CloseError(1013, "What was sent was not read: come back, and go on")


def _text(text: str) -> Message:
    return {"type": "websocket.send", "text": text}


def _content(message: Message) -> dict[str, Any]:
    try:
        content = orjson.loads(message.get("text") or "")
    except orjson.JSONDecodeError:
        raise _CloseError(4400, "A message is JSON, as text") from None
    if not isinstance(content, dict):
        raise _CloseError(4400, "A message is a JSON object")
    return content


def _name(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise _CloseError(4400, f"An id is a text of 1 to {LONGEST_ID} characters")
    return name


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise _CloseError(4400, "The payload must be an object")
    return payload or {}


async def _stopped(ending: asyncio.Event) -> None:
    await ending.wait()
    raise _CloseError(1001, "The service stops: come back, and go on")


async def _cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
