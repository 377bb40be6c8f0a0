"""``.tlog-proof`` files: one entry's place in the log, checked without asking anybody.

The format is C2SP tlog-proof: the entry's index, its inclusion proof, and the checkpoint
whose root the proof leads to, with whatever signatures that has.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.ledger.checkpoint import Verified, verify
from domain.ledger.merkle import HASH_BYTES
from domain.ledger.note import (
    MAX_NOTE_BYTES,
    Note,
    NoteError,
    VerifierKey,
    decode_base64,
    decode_decimal,
)
from domain.ledger.proofs import verify_inclusion

MAX_HASHES: Final = 63

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That an entry stands in a log.

    Attributes:
        index: the entry's 0-based index; its position is one more.
        hashes: the inclusion proof, lowest first.
        note: the checkpoint with its signatures.
        extra: bytes that nothing vouches for; ours have none.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the file."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(_EXTRA + b64encode(self.extra).decode())
        lines.append(f"{_INDEX}{self.index}")
        lines += encode_hashes(self.hashes)
        head = "".join(f"{line}\n" for line in lines)
        return head.encode() + b"\n" + self.note.to_bytes()

    @classmethod
    def parse(cls, encoded: bytes) -> TlogProof:
        """Read a file; what is read is written back as the same bytes.

        Raises:
            NoteError: it is malformed.
        """
        lines, checkpoint = split_head(encoded)
        if not lines or lines.pop(0) != _HEADER:
            raise NoteError(f"a proof begins with the line {_HEADER}")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = decode_base64(lines.pop(0).removeprefix(_EXTRA))
        if not lines or not lines[0].startswith(_INDEX):
            raise NoteError("a proof says the index of its entry")
        index = decode_decimal(lines.pop(0).removeprefix(_INDEX))
        return cls(index, decode_hashes(lines), Note.parse(checkpoint), extra)

    def verify(self, leaf: bytes, keys: Iterable[VerifierKey]) -> Verified:
        """Check that a leaf, given as its hash, stands where the file says.

        Raises:
            NoteError: the checkpoint is signed by no key that is trusted, or badly.
            ProofError: the hashes do not lead from the leaf to the checkpoint's root.
        """
        verified = verify(self.note, keys)
        checkpoint = verified.checkpoint
        verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return verified


def split_head(encoded: bytes) -> tuple[list[str], bytes]:
    """Split lines, an empty line, and a checkpoint, as proofs and witnesses' requests have them.

    Raises:
        NoteError: there is no empty line, or the lines before it are not ASCII.
    """
    if len(encoded) > MAX_NOTE_BYTES:
        raise NoteError(f"this has more than {MAX_NOTE_BYTES} bytes")
    head, blank, checkpoint = encoded.partition(b"\n\n")
    if not blank or not head.isascii():
        raise NoteError("an empty line stands above the checkpoint, and ASCII above that")
    return head.decode().split("\n"), checkpoint


def encode_hashes(hashes: Iterable[bytes]) -> list[str]:
    """Return hashes in base64, a line each."""
    return [b64encode(each).decode() for each in hashes]


def decode_hashes(lines: list[str]) -> tuple[bytes, ...]:
    """Read up to 63 hashes, a line each; refuse anything else with ``NoteError``."""
    if len(lines) > MAX_HASHES:
        raise NoteError(f"a proof has at most {MAX_HASHES} hashes")
    hashes = tuple(decode_base64(line) for line in lines)
    if any(len(each) != HASH_BYTES for each in hashes):
        raise NoteError("a hash has 32 bytes")
    return hashes
