"""GraphQL over HTTP: a request in, one answer out, as the specification has it.

See the GraphQL over HTTP specification (working draft of the GraphQL foundation) and RFC 9110.
A document that cannot be executed is 400 for a client that asks for
``application/graphql-response+json``, and 200 for one that knows ``application/json`` only.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import UnavailableError
from service.graphql import negotiation
from service.graphql.budget import OverBudgetError
from service.graphql.connections import Connections
from service.graphql.events import EventStream
from service.graphql.execution import (
    Answer,
    Call,
    Engine,
    MutationByGetError,
    UnauthenticatedError,
)
from service.graphql.feed import Feed
from service.graphql.negotiation import GRAPHQL, JSON
from service.graphql.operations import (
    BadRequestError,
    Parameters,
    UnknownDocumentError,
    from_body,
    from_query,
)
from service.graphql.workers import Workers
from service.logs import get_logger
from service.security.sessions import COOKIE
from service.web import graphiql

VARY: Final = "Authorization, Cookie, Accept"
RETRY_AFTER_S: Final = 2

_ALLOW: Final = "GET, HEAD, POST, OPTIONS"
_BEARER: Final = re.compile(r"bearer +([^\s]+) *", re.IGNORECASE | re.ASCII)
_POSITION: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_TAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')

_log = get_logger(__name__)

_EXPLANATION: Final = """<h1>GraphQL</h1>
<p>Queries go to this address: <code>POST</code> a JSON object with <code>query</code>, and
<code>variables</code> where there are some, as <code>Content-Type: application/json</code>.</p>
<pre>{"query": "{ __typename }"}</pre>
<p>Queries, not mutations, may be sent by <code>GET ?query=…</code> as well. Who has an
API key sends it as <code>Authorization: Bearer …</code>; who has none sees what is
public.</p>
"""
_PAGE: Final = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>GraphQL</title>
{_EXPLANATION}</html>
"""


class HttpError(Exception):
    """A request that is answered without being executed.

    Args:
        status: the HTTP status.
        code: the error's ``extensions.code``.
        message: for whoever sent the request.
        headers: further headers of the answer.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class Endpoint:
    """Answers the requests of ``/graphql``.

    Args:
        engine: executes operations.
        workers: the threads to do it in.
        feed: follows subscriptions.
        connections: counts those that go on.
        max_body_bytes: the largest body.
        receive_timeout_s: how long a body may take to arrive.
    """

    def __init__(
        self,
        engine: Engine,
        workers: Workers,
        feed: Feed,
        connections: Connections,
        *,
        max_body_bytes: int,
        receive_timeout_s: float,
    ) -> None:
        self._engine = engine
        self._workers = workers
        self._feed = feed
        self._connections = connections
        self._max_body_bytes = max_body_bytes
        self._receive_timeout_s = receive_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, of whatever method: the ASGI application."""
        response = await self._answered(Request(scope, receive))
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> ASGIApp:
        """Return the response; whatever goes wrong has one too."""
        request_id = secrets.token_hex(8)
        media_type = negotiation.response_type(request.headers.get("accept"))
        try:
            return await self._respond(request, media_type, request_id)
        except HttpError as error:
            return _refusal(error, media_type or JSON, request_id)
        except ClientDisconnect:
            return Response(status_code=400)
        except UnavailableError as fault:
            _log.warning("unavailable", request_id=request_id, exc_info=fault)
            message = "The ledger is busy or does not answer: send the same request again."
            again = HttpError(503, "UNAVAILABLE", message, {"Retry-After": str(RETRY_AFTER_S)})
            return _refusal(again, media_type or JSON, request_id)
        except Exception as error:  # noqa: BLE001 - a client must never see what it was
            _log.error("fault", request_id=request_id, exc_info=error)
            hidden = HttpError(500, "INTERNAL", "Something went wrong here.")
            return _refusal(hidden, media_type or JSON, request_id)

    async def _respond(self, request: Request, media_type: str | None, request_id: str) -> ASGIApp:
        method = request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _ALLOW})
        if method not in ("GET", "HEAD", "POST"):
            message = f"{method} means nothing here: send GET or POST."
            raise HttpError(405, "METHOD_NOT_ALLOWED", message, {"Allow": _ALLOW})
        safe = method != "POST"
        asked = {"query", "documentId"} & set(request.query_params)
        if safe and not asked and _is_browser(request):
            return self._page(request)
        events = method != "HEAD" and negotiation.prefers_events(request.headers.get("accept"))
        if media_type is None and not events:
            message = f"Answers come as {GRAPHQL} or {JSON}, in UTF-8."
            raise HttpError(406, "NOT_ACCEPTABLE", message)
        call = Call(
            request_id=request_id,
            parameters=await self._parameters(request, safe=safe),
            key=_credential(request),
            safe=safe,
            tags=_known_tags(request) if safe and not events else (),
            form=media_type or negotiation.EVENTS,
            after=_last_event(request) if events else None,
            address=request.client.host if request.client else "",
        )
        try:
            if events:
                return await self._stream(call)
            answer = await self._workers.run(lambda: self._engine.answer(call))
        except UnauthenticatedError:
            raise _unauthenticated("This key is not accepted, or you are signed out.") from None
        except OverBudgetError as error:
            message = "You have spent what you may within a minute: see rateLimit."
            later = {"Retry-After": str(error.retry_after_s)}
            raise HttpError(429, "OVER_BUDGET", message, later) from None
        except MutationByGetError:
            message = "Mutations are sent by POST."
            raise HttpError(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"}) from None
        return _response(answer, call.form, safe=safe)

    def _page(self, request: Request) -> Response:
        # Nobody is offered to write what they may not send.
        if self._engine.trusted.public_only and COOKIE not in request.cookies:
            headers = {"Vary": "Accept, Cookie"}
            return Response(_PAGE, media_type=negotiation.HTML, headers=headers)
        return graphiql.page(_EXPLANATION)

    async def _stream(self, call: Call) -> ASGIApp:
        if self._connections.full:
            raise UnavailableError("There is no room for more connections.")
        return EventStream(self._feed, await self._feed.begin(call), self._connections)

    async def _parameters(self, request: Request, *, safe: bool) -> Parameters:
        try:
            if safe:
                return from_query(request.query_params, self._engine.trusted)
            return from_body(await self._body(request), self._engine.trusted)
        except UnknownDocumentError as error:
            raise HttpError(400, "UNKNOWN_DOCUMENT", str(error)) from None
        except BadRequestError as error:
            raise HttpError(400, "BAD_REQUEST", str(error)) from None

    async def _body(self, request: Request) -> bytes:
        if not negotiation.is_json(request.headers.get("content-type")):
            message = f"Send {JSON}, in UTF-8."
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message, {"Accept-Post": JSON})
        # Whoever is refused here may be sending yet, which only closing the connection ends.
        closing = {"Connection": "close"}
        too_large = HttpError(
            413, "BODY_TOO_LARGE", f"A body has {self._max_body_bytes} bytes at most.", closing
        )
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_body_bytes:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._receive_timeout_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._max_body_bytes:
                        raise too_large
        except TimeoutError:
            message = f"The body did not arrive within {self._receive_timeout_s:g} s."
            raise HttpError(408, "BODY_TIMEOUT", message, closing) from None
        return bytes(body)


def _response(answer: Answer, media_type: str, *, safe: bool) -> Response:
    headers = {"Vary": VARY, "Cache-Control": "no-store"}
    if safe and answer.tag is not None:
        # A browser may keep it for its user, and asks whether it is still so before each use.
        headers |= {"Cache-Control": "private, no-cache", "ETag": answer.tag}
    if answer.body is None:
        return Response(status_code=304, headers=headers)
    status = 200 if answer.executed or media_type == JSON else 400
    return _encoded(answer.body, status, media_type, headers)


def _refusal(error: HttpError, media_type: str, request_id: str) -> Response:
    extensions = {"code": error.code, "requestId": request_id}
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    headers = {"Vary": VARY, "Cache-Control": "no-store", **error.headers}
    return _encoded(body, error.status, media_type, headers)


def _encoded(
    body: dict[str, Any], status: int, media_type: str, headers: dict[str, str]
) -> Response:
    # Starlette would append the charset to text only.
    content_type = f"{media_type}; charset=utf-8"
    return Response(orjson.dumps(body), status, headers={**headers, "Content-Type": content_type})


def _credential(request: Request) -> str | None:
    """Return the API key, token or session that a request has."""
    presented = request.headers.getlist("authorization")
    if presented:
        return _bearer(presented)
    session = request.cookies.get(COOKIE)
    if session is None:
        return None
    # A browser adds the cookie by itself, whoever asks it to send something.
    if request.method == "POST" and not negotiation.same_origin(request.headers):
        message = "A page of another site cannot act for you."
        raise HttpError(403, "CROSS_ORIGIN", message)
    return session


def _bearer(presented: list[str]) -> str:
    """Return the API key; whoever sends something else is told, never taken for nobody."""
    match = _BEARER.fullmatch(presented[0]) if len(presented) == 1 else None
    if match is None:
        raise _unauthenticated("Send one header, Authorization: Bearer, with an API key.")
    return match[1]


def _unauthenticated(message: str) -> HttpError:
    challenge = 'Bearer realm="coalition", error="invalid_token"'
    return HttpError(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": challenge})


def _known_tags(request: Request) -> list[str]:
    """Return the tags of ``If-None-Match``, weak ones all (RFC 9110 §13.1.2 compares them so)."""
    header = ",".join(request.headers.getlist("if-none-match"))
    if header.strip() == "*":
        return ["*"]
    return [f"W/{tag}" for tag in _TAG.findall(header)]


def _last_event(request: Request) -> int | None:
    """Return the position with which a browser comes back to a stream that broke off."""
    given = request.headers.get("last-event-id", "")
    return int(given) if _POSITION.fullmatch(given) else None


def _is_browser(request: Request) -> bool:
    return negotiation.prefers_html(request.headers.get("accept"))
