"""Asks witnesses to cosign what the log has signed, and publishes what they answer.

A witness that does not answer, or answers nonsense, costs a line in the log and nothing else.
One that remembers more than this log has, or another history, has seen a fork: that is told
loudly, since the operator has to know before the readers do.
"""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from domain.ledger.checkpoint import Checkpoint, verify
from domain.ledger.note import Note, NoteError, Signature, VerifierKey, decode_decimal, parse_lines
from domain.ledger.witness import NOT_CONSISTENT, OTHER_SIZE, AddCheckpoint
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.settings import Settings, SettingsError
from service.transparency.published import prove_consistency, publish

TIMEOUT_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 65_536

_OK: Final = 200

_log = get_logger(__name__)


class WitnessError(Exception):
    """A witness gave no cosignature; the message says why, for an operator."""


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """Where a witness is, and the key it cosigns with."""

    key: VerifierKey
    url: str

    @classmethod
    def parse(cls, text: str) -> WitnessPlace:
        """Read a verifier key, a space and the submission prefix.

        Raises:
            NoteError: the key is none, or signs nothing that a witness signs.
        """
        vkey, _, url = text.partition(" ")
        key = VerifierKey.parse(vkey)
        if not key.algorithm.is_timestamped:
            raise NoteError("a witness's key is of type 0x04 or 0x06")
        return cls(key, url.strip().rstrip("/"))


def witness_places(settings: Settings) -> list[WitnessPlace]:
    """Return the witnesses that settings name.

    Raises:
        SettingsError: one of the verifier keys is none.
    """
    try:
        return [WitnessPlace.parse(each) for each in settings.witnesses]
    except NoteError as error:
        raise SettingsError(
            f"COALITION_WITNESSES is not allowed: a key in it cannot be used ({error.reason})."
        ) from None


class Witnesses:
    """The witnesses of one log.

    Args:
        ledger: whose checkpoints they cosign.
        places: the witnesses.
    """

    def __init__(self, ledger: Ledger, places: Sequence[WitnessPlace]) -> None:
        self._ledger = ledger
        self._places = places
        # What each is believed to remember; a wrong belief costs one more request.
        self._sizes: dict[str, int] = {}

    def cosign(self, note: Note) -> Note:
        """Ask all witnesses at once, and publish the checkpoint with what they answered."""
        if not self._places:
            return note
        with ThreadPoolExecutor(len(self._places), thread_name_prefix="witness") as pool:
            found = pool.map(lambda place: self._asked(place, note), self._places)
            lines = [line for each in found for line in each]
        if not lines:
            return note
        cosigned = Note(note.text, (*note.signatures, *lines))
        with begin_writing(self._ledger.engine) as connection:
            publish(connection, cosigned)
        return cosigned

    def _asked(self, place: WitnessPlace, note: Note) -> Sequence[Signature]:
        try:
            return self._ask(place, note)
        except (WitnessError, NoteError, OSError, ValueError, http.client.HTTPException) as error:
            _log.warning("a witness did not cosign", name=place.key.name, reasons=[str(error)])
            return ()

    def _ask(self, place: WitnessPlace, note: Note) -> Sequence[Signature]:
        size = Checkpoint.parse(note.text).size
        old = min(self._sizes.get(place.key.name, 0), size)
        status, body = self._send(place, note, old, size)
        if status == OTHER_SIZE:
            old = decode_decimal(body.decode("ascii", "replace").removesuffix("\n"))
            if old > size:
                raise self._fork(place, f"it remembers {old} entries, and the log has {size}")
            status, body = self._send(place, note, old, size)
        if status == NOT_CONSISTENT:
            raise self._fork(place, "it remembers another history")
        if status != _OK:
            raise WitnessError(f"it answered {status}")
        lines = [
            line for line in parse_lines(body.decode("utf-8", "replace")) if line.is_by(place.key)
        ]
        if not lines:
            raise WitnessError("it answered without a cosignature of its key")
        verify(Note(note.text, tuple(lines)), [place.key])
        self._sizes[place.key.name] = size
        return lines

    def _send(self, place: WitnessPlace, note: Note, old: int, size: int) -> tuple[int, bytes]:
        proof: list[bytes] = []
        if old:
            with self._ledger.read() as snapshot:
                proof = prove_consistency(snapshot.connection, old, size)
        return _post(f"{place.url}/add-checkpoint", AddCheckpoint(old, tuple(proof), note))

    def _fork(self, place: WitnessPlace, seen: str) -> WitnessError:
        _log.error("a witness has seen a fork of this log", name=place.key.name, reasons=[seen])
        return WitnessError(seen)


def _post(url: str, request: AddCheckpoint) -> tuple[int, bytes]:
    """Send a request, following no redirection, and return status and bounded body."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        connection.request("POST", parts.path, request.to_bytes(), headers)
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER_BYTES + 1)
        if len(body) > MAX_ANSWER_BYTES:
            raise WitnessError("its answer is too large")
        return answer.status, body
    finally:
        connection.close()
