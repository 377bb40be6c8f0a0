"""Evidence files over HTTP: ``/evidence/<application>``, by the application's global id.

Whoever may attach evidence to an application sends a file by ``POST`` and is told its SHA-256,
which `attachEvidence` then commits to. Whoever may read evidence gets it from
``/evidence/<application>/<sha256>``, and whoever may attach may ``DELETE`` it there, which is the
command ``deleteEvidenceFile`` without a reason.
"""

from __future__ import annotations

import asyncio
import queue
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from domain.decision import Refusal, RefusalCode
from domain.membership.application import AttachEvidence
from domain.membership.evidence_files import DeleteEvidenceFile
from domain.membership.phases import UNDECIDED
from domain.terms import ApplicationId, ApplicationPhase
from projections import applications, conflicts, reviews
from projections.as_of import AsOf
from service.bearer import bearer_key
from service.evidence.store import (
    LARGEST_BYTES,
    MEDIA_TYPES,
    MOST_FILES,
    EvidenceFile,
    EvidenceStore,
    TooLargeError,
    TooManyError,
)
from service.faults import UnavailableError
from service.graphql.execution import Engine, UnauthenticatedError
from service.graphql.ids import NodeKind, own_id
from service.graphql.workers import Workers
from service.json_answers import json_answer, refusal
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted
from service.ledger.request import Request as Asked
from service.logs import get_logger
from service.security import access
from service.security.access import READ, Resource, may
from service.security.principal import Principal

_ATTACH: Final = AttachEvidence.__name__
_FIELD: Final = "Evidence.sha256"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Vary": "Authorization",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_CHUNKS: Final = 8

_log = get_logger(__name__)


class Found:
    """An application, as far as its evidence is concerned."""

    def __init__(self, application: str, phase: ApplicationPhase, resource: Resource) -> None:
        self.id = application
        self.phase = phase
        self.resource = resource


class Evidence:
    """Answers for evidence files.

    Args:
        ledger: knows the applications.
        store: has the files.
        engine: knows who has an API key.
        workers: the threads to work in.
        idle_s: how long nothing of a file may arrive.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: EvidenceStore,
        engine: Engine,
        workers: Workers,
        *,
        idle_s: float,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._engine = engine
        self._workers = workers
        self._idle_s = idle_s

    def routes(self) -> list[Route]:
        """Return where files are found."""
        one = "/evidence/{application:str}/{sha256:str}"
        return [
            Route("/evidence/{application:str}", self._guarded(self._put), methods=["POST"]),
            Route(one, self._guarded(self._get), methods=["GET"]),
            Route(one, self._guarded(self._delete), methods=["DELETE"]),
        ]

    def _guarded(
        self, handler: Callable[[Request, Principal, Found], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                key = bearer_key(request)
                principal = await self._workers.run(lambda: self._engine.principal(key))
                named = own_id(NodeKind.APPLICATION, request.path_params["application"])
                found = None
                if named is not None:
                    found = await self._workers.run(lambda: self._application(named))
                if found is None:
                    return _absent()
                return await handler(request, principal, found)
            except UnauthenticatedError:
                return refusal(401, "UNAUTHENTICATED", "The API key is not accepted.")
            except UnavailableError as error:
                return refusal(503, "UNAVAILABLE", str(error))

        return answered

    async def _put(self, request: Request, principal: Principal, found: Found) -> Response:
        # What does not exist and what one may not touch get the same answer.
        if not may(principal, _ATTACH, found.resource):
            return _absent()
        if found.phase not in UNDECIDED:
            return refusal(409, "WRONG_PHASE", f"The application is {found.phase}.")
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            allowed = ", ".join(sorted(MEDIA_TYPES))
            return refusal(415, "MEDIA_TYPE", f"A file of evidence is one of: {allowed}.")
        try:
            file = await self._received(request, found, media_type)
        except TooLargeError:
            return refusal(413, "TOO_LARGE", f"A file is at most {LARGEST_BYTES} bytes.")
        except TooManyError:
            return refusal(409, "TOO_MANY", f"An application has at most {MOST_FILES} files.")
        except (ClientDisconnect, TimeoutError):
            return refusal(408, "BROKEN_OFF", "The file did not arrive.")
        except OSError as error:
            _log.error("fault", exc_info=error)
            return refusal(503, "UNAVAILABLE", "The file cannot be kept now: send it again later.")
        return json_answer(201, {"sha256": file.sha256, "size": file.size})

    async def _received(self, request: Request, found: Found, media_type: str) -> EvidenceFile:
        """Write a file while it arrives, a few chunks ahead of the disk at most."""
        chunks: queue.Queue[bytes | None] = queue.Queue(_CHUNKS)
        broken = False

        def content() -> Iterator[bytes]:
            while (chunk := chunks.get(timeout=2 * self._idle_s)) is not None:
                yield chunk
            if broken:
                raise ClientDisconnect

        writing = asyncio.ensure_future(
            asyncio.to_thread(lambda: self._store.put(found.id, media_type, content()))
        )
        try:
            async for chunk in _within(request.stream(), self._idle_s):
                if chunk:
                    await _handed(chunks, chunk, writing)
        except (ClientDisconnect, TimeoutError):
            broken = True
            await _handed(chunks, None, writing)
            await asyncio.gather(writing, return_exceptions=True)
            raise
        await _handed(chunks, None, writing)
        return await writing

    async def _get(self, request: Request, principal: Principal, found: Found) -> Response:
        recused = principal.id in found.resource.recused
        if recused or not may(principal, READ, found.resource, _FIELD):
            return _absent()
        sha256: str = request.path_params["sha256"]
        kept = await self._workers.run(lambda: self._store.get(found.id, sha256))
        if kept is None:
            return _absent()
        file, content = kept
        try:
            first = await self._workers.run(lambda: next(content))
        except FileNotFoundError:
            # It has been deleted since.
            return _absent()
        headers = _HEADERS | {
            "Content-Length": str(file.size),
            "Content-Disposition": f'attachment; filename="{sha256}"',
        }
        return StreamingResponse(
            self._written(first, content), headers=headers, media_type=file.media_type
        )

    async def _written(self, first: bytes, content: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Yield a file. Where a block does not open the connection breaks."""
        yield first
        while (block := await self._workers.run(lambda: next(content, None))) is not None:
            yield block

    async def _delete(self, request: Request, principal: Principal, found: Found) -> Response:
        sha256: str = request.path_params["sha256"]
        command = DeleteEvidenceFile(application=ApplicationId(found.id), sha256=sha256)
        asked = Asked(
            principal=principal, command=command, command_id=str(uuid.uuid4()), content=b""
        )
        outcome = await self._workers.run(lambda: self._ledger.execute(asked))
        if isinstance(outcome, Accepted):
            return Response(status_code=204, headers=_HEADERS)
        if isinstance(outcome, Refusal) and outcome.code is RefusalCode.WRONG_PHASE:
            (unmet,) = outcome.unmet
            return refusal(409, "WRONG_PHASE", f"{outcome.message} {unmet.satisfied_by}")
        return _absent()

    def _application(self, application: str) -> Found | None:
        with self._ledger.read() as snapshot:
            connection = snapshot.connection
            now = AsOf(snapshot.position, self._ledger.clock().date(), current=True)
            row = applications.by_ids(connection, now, [application]).get(application)
            if row is None:
                return None
            review = reviews.by_ids(connection, now, [row.review]).get(row.review)
            aside = conflicts.by_ids(connection, now, [row.review]).get(row.review)
        assigned = () if review is None else review.reviewers
        recused = () if aside is None else aside.recused
        resource = access.application(row.party, row.applicant, assigned, recused)
        return Found(application, row.phase, resource)


async def _within(stream: AsyncIterator[bytes], idle_s: float) -> AsyncIterator[bytes]:
    """Yield what arrives, as long as something does."""
    while True:
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        yield chunk


async def _handed(
    chunks: queue.Queue[bytes | None],
    chunk: bytes | None,
    writing: asyncio.Future[EvidenceFile],
) -> None:
    """Hand a chunk to whoever writes, unless writing has failed already."""
    while not writing.done():
        try:
            chunks.put_nowait(chunk)
        except queue.Full:
            await asyncio.sleep(0.005)
        else:
            return
    if writing.exception() is not None:
        await writing


def _absent() -> Response:
    return refusal(404, "NOT_FOUND", "There is no such file, or none for you.")
