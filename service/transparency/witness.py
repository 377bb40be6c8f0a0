"""A witness: cosigns a log's checkpoints as long as each extends the last (C2SP tlog-witness).

It keeps a folder: its key, and for each log the checkpoint that it cosigned last, by the hash
of the log's origin. Nothing is answered before that is durable.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.ledger.checkpoint import Checkpoint, SigningKey, verify
from domain.ledger.note import Algorithm, Note, NoteError, VerifierKey, format_lines
from domain.ledger.witness import MALFORMED, Declined, judge
from service.faults import NotReadyError
from service.ledger.key_encryption import KEY_BYTES, LocalKeyEncryption, create_kek_file
from service.ledger.key_faults import KeyFileUnusable
from service.transparency.signed_file import SignedFile

MAX_BODY_BYTES: Final = 262_144

_TEXT: Final = "text/plain; charset=utf-8"


class Witness:
    """Remembers and cosigns.

    Args:
        folder: where it keeps its key and what it has cosigned; made where there is none.
        name: what its signatures bear, such as ``witness.example.org``.
        logs: the keys of the logs that it cosigns; each key's name is its log's origin.
        clock: seconds since 1970.

    Raises:
        NotReadyError: the folder cannot be used, or what is in it is another witness's.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        logs: Sequence[VerifierKey],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(key)
        self._key = SigningKey(name, Algorithm.ED25519_COSIGNATURE, _seed(folder))
        for origin in self._logs:
            self.latest(origin)

    @property
    def key(self) -> VerifierKey:
        """The key that its cosignatures are verified by."""
        return self._key.verifier

    def latest(self, origin: str) -> Note | None:
        """Return the checkpoint that was cosigned last, with the log's signature and its own.

        Raises:
            NotReadyError: what is remembered was not cosigned by this witness.
        """
        file = self._file(origin)
        note = file.read()
        if note is not None:
            try:
                verify(note, [self.key])
            except NoteError as error:
                raise NotReadyError(
                    f"{file.path} was not cosigned by this witness ({error.reason}): put back "
                    "its own, or begin a witness with another folder and another name."
                ) from None
        return note

    def add_checkpoint(self, body: bytes) -> str | Declined:
        """Return the cosignature's line, once it is remembered; or why there is none."""

        def known(origin: str) -> Checkpoint | None:
            note = self.latest(origin)
            return None if note is None else Checkpoint.parse(note.text)

        # One at a time, in all processes: nothing comes between the judgement and the memory.
        with SignedFile(self._folder / "witness").locked():
            judged = judge(body, self._logs, known)
            if isinstance(judged, Declined):
                return judged
            line = self._key.sign(judged.checkpoint, int(self._clock()))
            log_lines = [each.line for each in judged.by]
            self._file(judged.checkpoint.origin).write(
                Note(str(judged.checkpoint), (*log_lines, line))
            )
        return format_lines([line])

    def by_hash(self, origin_hash: str) -> Note | None:
        """Return the last checkpoint of the log whose origin has that SHA-256, in hex."""
        for origin in self._logs:
            if _hash(origin) == origin_hash:
                return self.latest(origin)
        return None

    def _file(self, origin: str) -> SignedFile:
        return SignedFile(self._folder / f"{_hash(origin)}.checkpoint")


def build_witness_app(witness: Witness) -> Starlette:
    """Return the application: ``POST /add-checkpoint`` and ``GET /<origin hash>/checkpoint``."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        try:
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    return _declined(Declined(MALFORMED, "the request is too large"))
        except ClientDisconnect:
            return Response(status_code=MALFORMED)
        try:
            answer = await asyncio.to_thread(witness.add_checkpoint, body)
        except NotReadyError:
            return PlainTextResponse("The witness cannot remember: ask its operator.\n", 503)
        if isinstance(answer, Declined):
            return _declined(answer)
        return Response(answer, media_type=_TEXT)

    async def checkpoint(request: Request) -> Response:
        note = await asyncio.to_thread(witness.by_hash, request.path_params["origin_hash"])
        if note is None:
            return PlainTextResponse("Nothing was cosigned for such a log.\n", 404)
        headers = {"Cache-Control": "public, max-age=2", "Access-Control-Allow-Origin": "*"}
        return Response(note.to_bytes(), media_type=_TEXT, headers=headers)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint),
        ]
    )


def _declined(declined: Declined) -> Response:
    if declined.size is not None:
        headers = {"Content-Type": "text/x.tlog.size"}
        return Response(f"{declined.size}\n", declined.status, headers)
    return PlainTextResponse(f"{declined.reason}\n", declined.status)


def _hash(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _seed(folder: Path) -> bytes:
    """Return the witness's seed: 32 bytes in base64 in a file of its owner's, made once."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotReadyError(
            f"The folder {folder} cannot be made ({error.strerror}): name another."
        ) from None
    file = folder / "key"
    if not file.exists():
        if any(folder.glob("*.checkpoint")):
            raise KeyFileUnusable(
                f"There is no {file}, and this witness has cosigned: restore its key, or begin "
                "another witness in another folder, under another name."
            )
        create_kek_file(file)
    LocalKeyEncryption.from_file(file)  # judges its owner, its mode and its form
    content = file.read_bytes()
    return content if len(content) == KEY_BYTES else base64.b64decode(content.strip())
