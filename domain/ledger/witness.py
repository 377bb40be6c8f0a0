"""What a log sends to a witness, and what the witness makes of it (C2SP tlog-witness).

A witness remembers, for each log it knows, the last checkpoint it has cosigned, and cosigns a
later one only if that extends it. ``judge`` is the whole of its judgement; whoever runs it must
keep anything from coming between what it was given and what is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.ledger.checkpoint import Checkpoint, Verified, verify
from domain.ledger.merkle import EMPTY_ROOT, ProofError
from domain.ledger.note import Note, NoteError, VerifierKey, decode_decimal
from domain.ledger.proofs import verify_consistency
from domain.ledger.tlog_proof import decode_hashes, encode_hashes, split_head

MALFORMED: Final = 400
UNSIGNED: Final = 403
UNKNOWN_LOG: Final = 404
OTHER_SIZE: Final = 409
NOT_CONSISTENT: Final = 422

_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request for a cosignature.

    Attributes:
        old_size: the size that the witness is believed to remember.
        proof: that the checkpoint extends the tree of that size; empty for 0.
        note: the checkpoint with the log's signature.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def to_bytes(self) -> bytes:
        """Return the body of the request."""
        lines = [f"{_OLD}{self.old_size}", *encode_hashes(self.proof)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note.to_bytes()

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Read the body of a request; refuse any other with ``NoteError``."""
        (old, *hashes), checkpoint = split_head(body)
        if not old.startswith(_OLD):
            raise NoteError("a request begins with the old size")
        old_size = decode_decimal(old.removeprefix(_OLD))
        return cls(old_size, decode_hashes(hashes), Note.parse(checkpoint))


@dataclass(frozen=True, slots=True)
class Declined:
    """Why there is no cosignature.

    Attributes:
        status: of HTTP, as the specification gives it.
        reason: for a person.
        size: with 409, the size that the witness remembers.
    """

    status: int
    reason: str
    size: int | None = None


def judge(
    body: bytes,
    logs: Mapping[str, Sequence[VerifierKey]],
    latest: Callable[[str], Checkpoint | None],
) -> Verified | Declined:
    """Decide whether a witness cosigns.

    Args:
        body: of the request.
        logs: the keys of the logs that it knows, by origin.
        latest: returns the checkpoint that it cosigned last for an origin.

    Returns:
        The checkpoint to remember and to cosign, with the log's signatures that hold; or why not.
    """
    try:
        request = AddCheckpoint.parse(body)
        checkpoint = Checkpoint.parse(request.note.text)
    except NoteError as error:
        return Declined(MALFORMED, error.reason)
    keys = logs.get(checkpoint.origin)
    if keys is None:
        return Declined(UNKNOWN_LOG, "this witness does not know the log")
    try:
        verified = verify(request.note, keys)
    except NoteError as error:
        return Declined(UNSIGNED, error.reason)
    if request.old_size > checkpoint.size:
        return Declined(MALFORMED, "the old size is larger than the checkpoint's")
    known = latest(checkpoint.origin)
    size = 0 if known is None else known.size
    if request.old_size != size:
        return Declined(OTHER_SIZE, "the witness remembers another size", size)
    inconsistent = _inconsistency(request, checkpoint, known)
    return verified if inconsistent is None else Declined(NOT_CONSISTENT, inconsistent)


def _inconsistency(
    request: AddCheckpoint, checkpoint: Checkpoint, known: Checkpoint | None
) -> str | None:
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        return "the root of an empty tree is another"
    if known is None or known.size == 0:
        return "nothing is proved from size 0" if request.proof else None
    try:
        verify_consistency(known.size, checkpoint.size, request.proof, known.root, checkpoint.root)
    except ProofError as error:
        return error.reason
    return None
