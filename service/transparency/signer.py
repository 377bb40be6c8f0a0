"""Signs checkpoints: every few seconds when the log has grown, and never a fork.

The order is: read the log's end; check that it extends what was signed last, as the file
outside the database remembers it; sign; make that durable in the file; publish. A crash
between any two leaves the file at or ahead of what is published, and the next run goes on
from there: what the file has was signed, and may have been seen (docs/adr/0012).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from domain.ledger.checkpoint import Checkpoint, SigningKey, verify
from domain.ledger.merkle import Frontier, ProofError
from domain.ledger.note import Note, NoteError
from domain.ledger.proofs import verify_consistency
from service.faults import LedgerFaultError, NotReadyError
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger, Snapshot
from service.logs import get_logger
from service.settings import Settings
from service.transparency.published import prove_consistency, publish, published
from service.transparency.signed_file import SignedFile

_log = get_logger(__name__)


class ForkRefusedError(NotReadyError):
    """Signing would contradict what was signed before; an operator has to choose."""


class Signer:
    """Signs the log's checkpoints with the keys of its key store.

    Args:
        ledger: whose end is signed.
        file: remembers what was signed last.
        every_s: how often it looks whether the log has grown; 0 is never.
        after: is given each checkpoint once it is published, such as to ask witnesses.
    """

    def __init__(
        self,
        ledger: Ledger,
        file: SignedFile,
        *,
        every_s: float = 10.0,
        after: Callable[[Note], object] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._file = file
        self._every_s = every_s
        self._after = after
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.refused: str | None = None

    @property
    def keys(self) -> tuple[SigningKey, ...]:
        """The keys that sign now: an entry may have added or retired one since the last turn."""
        return self._ledger.signing_keys

    def sign(self) -> Note | None:
        """Sign and publish the log's end; ``None`` when it is what was signed last.

        Raises:
            ForkRefusedError: the log's end does not extend what was signed last.
            NotReadyError: the file that remembers it cannot be used.
        """
        with self._file.locked():
            with self._ledger.read() as snapshot:
                last, note = self._last(snapshot)
                head = head_of(snapshot.connection, self._ledger.origin)
                shown = published(snapshot.connection)
                refuse_fork(snapshot.connection, self._file.path, last, head)
            if last is not None and note is not None and last.size == head.size:
                if shown is not None and Checkpoint.parse(shown.text) == last:
                    return None
                fresh = note  # signed and durable, and then something stopped us
            else:
                at = int(self._ledger.clock().timestamp())
                fresh = Note(str(head), tuple(key.sign(head, at) for key in self.keys))
                self._file.write(fresh)
            with begin_writing(self._ledger.engine) as connection:
                publish(connection, fresh)
        return fresh

    def check(self) -> None:
        """Refuse, as `sign` does, where nothing could be signed; nothing is changed."""
        with self._ledger.read() as snapshot:
            last, _ = self._last(snapshot)
            head = head_of(snapshot.connection, self._ledger.origin)
            refuse_fork(snapshot.connection, self._file.path, last, head)

    def start(self) -> None:
        """Sign from now on, in a thread of its own, until `close`."""
        if self._every_s:
            self._thread = threading.Thread(target=self._run, name="signer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Sign a last time, and stop."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        self._turn()
        while not self._stopped.wait(self._every_s):
            self._turn()
        self._turn()

    def _turn(self) -> None:
        """Sign, and go on whatever happens: a thread that ended would be missed by nobody."""
        try:
            signed = self.sign()
            self.refused = None
        except LedgerFaultError as fault:
            self.refused = str(fault)
            _log.error("no checkpoint was signed", reasons=[self.refused])
            return
        except SQLAlchemyError as error:
            # Readiness looks at the database itself.
            _log.error("no checkpoint was signed", exc_info=error)
            return
        except Exception as error:  # noqa: BLE001 - see above
            self.refused = "an unexpected fault"
            _log.error("no checkpoint was signed", exc_info=error)
            return
        if signed is not None:
            try:
                self._after(signed)
            except Exception as error:  # noqa: BLE001 - the checkpoint is published already
                _log.error("no cosignature was published", exc_info=error)

    def _last(self, snapshot: Snapshot) -> tuple[Checkpoint | None, Note | None]:
        """Return what was signed last, which the file remembers."""
        note = self._file.read()
        shown = published(snapshot.connection)
        if note is None:
            if shown is None:
                return None, None
            size = Checkpoint.parse(shown.text).size
            raise ForkRefusedError(
                f"The file {self._file.path} is gone, which remembers the checkpoint signed last; "
                f"the database has published one of {size} entries, and later ones may be known. "
                "Put the file back from its newest backup; or fetch the newest checkpoint that a "
                "witness or a reader has, and write it to that file."
            )
        # Since it was signed, the key that did may have been retired.
        last = verified(self._file.path, note, self._ledger.known_keys)
        return last, note


_STEPS: Final = (
    "Choose: (1) stop the service and restore the newest backup or replica, which has them all; "
    "or (2), if the entries are lost for good, keep this database for reading only "
    "(COALITION_SIGN_EVERY_S=0), and found a log with a new origin, `coalition init --origin …`, "
    "whose --source names this origin, the size and root of the checkpoint in the file, and why."
)


def verified(path: Path, note: Note, known: Sequence[SigningKey]) -> Checkpoint:
    """Return the checkpoint of the file that remembers the last one.

    Raises:
        NotReadyError: none of the log's keys has signed it.
    """
    try:
        return verify(note, [key.verifier for key in known]).checkpoint
    except NoteError as error:
        raise NotReadyError(
            f"{path} holds no checkpoint that this log's key has signed "
            f"({error.reason}): put the right file back, or the right key store."
        ) from None


def head_of(connection: Connection, origin: str) -> Checkpoint:
    """Return the log's end, as a checkpoint that nobody has signed."""
    stored = connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    frontier = Frontier.from_bytes(bytes(stored))
    return Checkpoint(origin, frontier.size, frontier.root())


def refuse_fork(
    connection: Connection, path: Path, last: Checkpoint | None, head: Checkpoint
) -> None:
    """Refuse a log's end that does not extend what was signed last.

    Args:
        connection: a transaction that sees the log.
        path: of the file that remembers it.
        last: what was signed last; ``None`` before anything was.
        head: the log's end.

    Raises:
        ForkRefusedError: signing it would fork the log; the message says what to choose from.
    """
    if last is None:
        return
    if last.origin != head.origin:
        raise ForkRefusedError(
            f"{path} remembers a checkpoint of the log {last.origin}, and this is "
            f"{head.origin}: name this log's own file with COALITION_SIGNED_FILE."
        )
    if last.size > head.size:
        raise ForkRefusedError(
            f"The ledger ends at {head.size} entries, and a checkpoint of {last.size} was "
            "signed: this is an older state, and signing it would fork the log. " + _STEPS
        )
    try:
        if last.size:
            proof = prove_consistency(connection, last.size, head.size)
            verify_consistency(last.size, head.size, proof, last.root, head.root)
    except ProofError:
        raise ForkRefusedError(
            f"The ledger's first {last.size} entries are not those that were signed: it was "
            "restored from an older state and written to, or changed. " + _STEPS
        ) from None


def signed_file(settings: Settings) -> SignedFile:
    """Return the file that settings name, or the one beside the key store.

    Raises:
        NotReadyError: the key store is no file, and none is named.
    """
    if settings.signed_file is not None:
        return SignedFile(settings.signed_file)
    url = make_url(settings.keys_url)
    beside = url.database if url.get_backend_name() == "sqlite" else settings.kek_file
    if beside is None:
        raise NotReadyError(
            "COALITION_SIGNED_FILE is needed where the key store is no file: a file, backed up, "
            "that remembers the checkpoint signed last."
        )
    return SignedFile(Path(f"{beside}.signed"))
