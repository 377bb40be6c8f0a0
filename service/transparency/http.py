"""The log as files over HTTP: checkpoint, tiles, entry bundles (C2SP tlog-tiles), and proofs.

What is published is anybody's, and never changes but for the checkpoint. Nothing is served that
the published checkpoint does not cover.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.ledger.checkpoint import Checkpoint
from domain.ledger.note import NoteError, decode_decimal
from domain.ledger.tiles import TileError, TilePath
from service.faults import LedgerFaultError
from service.graphql.workers import Workers
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.transparency.published import proof_file, published, read_tile

PREFIX: Final = "/log/v1"
IMMUTABLE: Final = "public, max-age=31536000, immutable"

_FOR_ALL: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_SUFFIX: Final = ".tlog-proof"

_log = get_logger(__name__)

_Found: TypeAlias = Response | None


class LogFiles:
    """Answers for the log's files from the database.

    Args:
        ledger: whose log it is.
        workers: the threads to read in.
    """

    def __init__(self, ledger: Ledger, workers: Workers) -> None:
        self._ledger = ledger
        self._workers = workers

    def routes(self) -> list[Route]:
        """Return where each is found."""
        return [
            Route(f"{PREFIX}/checkpoint", self._answer(_checkpoint)),
            Route(f"{PREFIX}/tile/{{path:path}}", self._answer(_tile)),
            Route("/audit/v1/{name}", self._answer(_proof)),
        ]

    def _answer(
        self, find: Callable[[Connection, Request], _Found]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            def read() -> _Found:
                with self._ledger.read() as snapshot:
                    return find(snapshot.connection, request)

            try:
                found = await self._workers.run(read)
            except (LedgerFaultError, SQLAlchemyError, TimeoutError) as fault:
                _log.warning("unavailable", exc_info=fault)
                again = {"Retry-After": "2", "Cache-Control": "no-store"}
                return PlainTextResponse("The log does not answer now.\n", 503, again)
            if found is None:
                headers = {"Cache-Control": "no-store", **_FOR_ALL}
                return PlainTextResponse("There is no such file in the log.\n", 404, headers)
            return found

        return answer


def _checkpoint(connection: Connection, _request: Request) -> _Found:
    note = published(connection)
    if note is None:
        return None
    return _file(note.to_bytes(), "text/plain; charset=utf-8", "public, max-age=2")


def _tile(connection: Connection, request: Request) -> _Found:
    note = published(connection)
    try:
        tile = TilePath.parse(f"tile/{request.path_params['path']}")
    except TileError:
        return None
    if note is None:
        return None
    content = read_tile(connection, tile, Checkpoint.parse(note.text).size)
    return None if content is None else _file(content, "application/octet-stream", IMMUTABLE)


def _proof(connection: Connection, request: Request) -> _Found:
    name: str = request.path_params["name"]
    try:
        position = decode_decimal(name.removesuffix(_SUFFIX))
    except NoteError:
        return None
    if not name.endswith(_SUFFIX):
        return None
    proof = proof_file(connection, position)
    # A later checkpoint makes another proof of the same entry, which holds as well.
    if proof is None:
        return None
    return _file(proof.to_bytes(), "text/plain; charset=utf-8", "public, max-age=60")


def _file(content: bytes, media_type: str, cache: str) -> Response:
    headers = {"Cache-Control": cache, **_FOR_ALL}
    return Response(content, media_type=media_type, headers=headers)
