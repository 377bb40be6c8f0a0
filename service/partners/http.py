"""Exports over HTTP: ``GET /export/<name>``, streamed, with an entity tag by position.

Without a key a file has what is public. With one, sent as ``Authorization: Bearer``, it has what
the key's holder may read; programs that show calendars send it as the password of ``Basic``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncGenerator
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from service.faults import NotInstalledError, UnavailableError
from service.graphql.budget import OverBudgetError
from service.graphql.execution import Engine, UnauthenticatedError
from service.graphql.workers import Workers
from service.logs import get_logger
from service.partners.exports import EXPORTS, Export
from service.partners.layouts import Layout
from service.partners.reading import Reading, RefusedError

PREFIX: Final = "/export"
VARY: Final = "Authorization"

_BEARER: Final = re.compile(r"bearer +([^\s]+) *", re.IGNORECASE | re.ASCII)
_BASIC: Final = re.compile(r"basic +([^\s]+) *", re.IGNORECASE | re.ASCII)
_TAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')
_NOT_KEPT: Final = {"Cache-Control": "no-store", "Vary": VARY}

_log = get_logger(__name__)


class Exports:
    """Answers for the files.

    Args:
        engine: answers what they are made of.
        workers: the threads to read in; a page at a time, so that who reads slowly holds none.
        origin: names the log.
    """

    def __init__(self, engine: Engine, workers: Workers, origin: str) -> None:
        self._engine = engine
        self._workers = workers
        self._origin = origin

    def routes(self) -> list[Route]:
        """Return where the files are found."""
        return [Route(f"{PREFIX}/{{name:path}}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        export = EXPORTS.get(name)
        if export is None:
            return _refusal(404, "NOT_FOUND", f"There is one of: {', '.join(EXPORTS)}.")
        try:
            return await self._file(request, name, export)
        except RefusedError as error:
            return _json(400, {"errors": error.errors})
        except UnauthenticatedError:
            return _refusal(401, "UNAUTHENTICATED", "Send the API key of who is to have this.")
        except OverBudgetError as error:
            message = "You have spent what you may within a minute."
            return _refusal(429, "OVER_BUDGET", message, retry_after_s=max(1, error.retry_after_s))
        except NotInstalledError as error:
            return _refusal(501, "NOT_INSTALLED", str(error))
        except UnavailableError as error:
            return _refusal(503, "UNAVAILABLE", str(error), retry_after_s=2)

    async def _file(self, request: Request, name: str, export: Export) -> Response:
        key = _key(request, export)
        if export.rows.personal and key is None:
            raise UnauthenticatedError
        address = request.client.host if request.client else ""
        wanted = export.wanted(name, request.query_params.multi_items(), key, address)
        tags = _known_tags(request)
        reading = await self._workers.run(lambda: Reading(self._engine, wanted, tags))
        headers = {"Cache-Control": "private, no-cache", "Vary": VARY}
        if reading.tag is not None:
            headers["ETag"] = reading.tag
        if reading.unchanged:
            return Response(status_code=304, headers=headers)
        layout = export.layout(reading, self._origin)
        headers["Content-Type"] = layout.media_type
        headers["Content-Disposition"] = f'attachment; filename="{name.replace("/", "-")}"'
        headers["Ledger-Position"] = str(reading.position)
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(self._written(reading, layout), headers=headers)

    async def _written(self, reading: Reading, layout: Layout) -> AsyncGenerator[bytes, None]:
        """Yield the file, as fast as the budget of who asks allows.

        Where a page fails the connection breaks: half is not taken for all.
        """

        def page() -> bytes | None:
            rows = reading.next()
            return None if rows is None else layout.rows(rows)

        yield layout.head()
        while True:
            try:
                written = await self._workers.run(page)
            except OverBudgetError as error:
                await asyncio.sleep(max(1, error.retry_after_s))
                continue
            if written is None:
                break
            yield written
        foot = layout.foot()
        while (written := await self._workers.run(lambda: next(foot, None))) is not None:
            yield written


def _key(request: Request, export: Export) -> str | None:
    """Return the API key; whoever sends something else is told, never taken for nobody."""
    presented = request.headers.getlist("authorization")
    if not presented:
        return None
    bearer = _BEARER.fullmatch(presented[0])
    basic = _BASIC.fullmatch(presented[0]) if export.rows.personal else None
    if len(presented) == 1 and bearer is not None:
        return bearer[1]
    if len(presented) == 1 and basic is not None:
        try:
            return base64.b64decode(basic[1], validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeError):
            raise UnauthenticatedError from None
    raise UnauthenticatedError


def _known_tags(request: Request) -> list[str]:
    header = ",".join(request.headers.getlist("if-none-match"))
    if header.strip() == "*":
        return ["*"]
    return [f"W/{tag}" for tag in _TAG.findall(header)]


def _refusal(status: int, code: str, message: str, *, retry_after_s: int | None = None) -> Response:
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return _json(status, body, retry_after_s)


def _json(status: int, body: object, retry_after_s: int | None = None) -> Response:
    headers = dict(_NOT_KEPT)
    if status == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2
        headers["WWW-Authenticate"] = 'Bearer realm="coalition", Basic realm="coalition"'
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return Response(
        orjson.dumps(body), status, headers=headers, media_type="application/json; charset=utf-8"
    )
