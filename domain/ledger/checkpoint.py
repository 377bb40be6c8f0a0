"""Checkpoints: what a log, or a witness of it, signs of its tree.

The body is C2SP tlog-checkpoint: origin, size, root, a line each. A log signs the body
with Ed25519; witnesses, and a log's second key, sign it at a time as C2SP tlog-cosignature
says. ``verify`` is how a client is convinced: every known key's line must hold, lines of
unknown keys are passed over, and at least one must be left.

    note = Note.parse(published)
    verified = verify(note, [VerifierKey.parse(vkey)])
    verified.checkpoint.root
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from domain.ledger.merkle import HASH_BYTES
from domain.ledger.note import (
    MAX_NUMBER,
    Algorithm,
    Note,
    NoteError,
    Signature,
    VerifierKey,
    decode_base64,
    decode_decimal,
)

_BODY_LINES: Final = 3
_TIME_BYTES: Final = 8
_MAX_NAME_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's tree at one size.

    Attributes:
        origin: the log's name.
        size: how many entries.
        root: the Merkle root over them, 32 bytes.
        extensions: further lines, which nothing of ours writes and every signature covers.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the body, which is the text that is signed."""
        root = b64encode(self.root).decode()
        lines = [self.origin, str(self.size), root, *self.extensions]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note; what is read is written back as the same text.

        Raises:
            NoteError: it is not the text of a checkpoint.
        """
        *lines, rest = text.split("\n")
        if rest or len(lines) < _BODY_LINES or not all(lines):
            raise NoteError("a checkpoint has three lines or more, and none is empty")
        origin, size, encoded, *extensions = lines
        root = decode_base64(encoded)
        if len(root) != HASH_BYTES:
            raise NoteError("a root has 32 bytes")
        return cls(origin, decode_decimal(size), root, tuple(extensions))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name that its signatures bear.

    Attributes:
        name: as in its ``verifier``.
        algorithm: what it signs, and how.
        seed: 32 bytes, from which the key pair is made.
    """

    name: str
    algorithm: Algorithm
    seed: bytes

    def __repr__(self) -> str:
        """Return all but the seed."""
        return f"SigningKey({self.name!r}, {self.algorithm.name})"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        if self.algorithm is Algorithm.ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - rare

            public = mldsa.MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key()
            return VerifierKey(self.name, self.algorithm, public.public_bytes_raw())
        public_bytes = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, self.algorithm, public_bytes.public_bytes_raw())

    def sign(self, checkpoint: Checkpoint, at: int) -> Signature:
        """Return the line that signs a checkpoint.

        Args:
            checkpoint: what is signed.
            at: seconds since 1970; a log's plain Ed25519 signature does not tell it.
        """
        message = _message(self.verifier, checkpoint, at)
        if self.algorithm is Algorithm.ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - rare

            signature = mldsa.MLDSA44PrivateKey.from_seed_bytes(self.seed).sign(message)
        else:
            signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        stamp = at.to_bytes(_TIME_BYTES, "big") if self.algorithm.is_timestamped else b""
        return Signature(self.name, self.verifier.key_id, stamp + signature)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds.

    Attributes:
        key: whose it is.
        at: when it was made, seconds since 1970; ``None`` where its kind does not tell.
        line: the signature itself.
    """

    key: VerifierKey
    at: int | None
    line: Signature


@dataclass(frozen=True, slots=True)
class Verified:
    """A checkpoint that at least one known key has signed.

    Attributes:
        checkpoint: what was signed.
        by: the signatures of known keys, in the note's order.
    """

    checkpoint: Checkpoint
    by: tuple[Signed, ...]


def verify(note: Note, keys: Iterable[VerifierKey]) -> Verified:
    """Check a note's signatures against the keys that are trusted (signed-note, "Signatures").

    Raises:
        NoteError: the text is no checkpoint, no known key has signed it, or a line that
            claims to be a known key's does not hold.
    """
    checkpoint = Checkpoint.parse(note.text)
    by_name = {(key.name, key.key_id): key for key in keys}
    by: list[Signed] = []
    for line in note.signatures:
        key = by_name.get((line.name, line.key_id))
        if key is not None:
            by.append(_hold(key, checkpoint, line))
    if not by:
        raise NoteError("no key that is trusted has signed the checkpoint")
    return Verified(checkpoint, tuple(by))


def _hold(key: VerifierKey, checkpoint: Checkpoint, line: Signature) -> Signed:
    signature, at = line.signature, None
    if key.algorithm.is_timestamped:
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature = signature[_TIME_BYTES:]
        if at > MAX_NUMBER:
            raise NoteError("a cosignature's time is out of range")
    message = _message(key, checkpoint, at or 0)
    try:
        if key.algorithm is Algorithm.ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - rare

            mldsa.MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message)
        else:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError("a signature of a trusted key does not hold") from None
    return Signed(key, at, line)


def _message(key: VerifierKey, checkpoint: Checkpoint, at: int) -> bytes:
    """Return what a key of its kind signs (signed-note; tlog-cosignature)."""
    if key.algorithm is Algorithm.ED25519:
        return str(checkpoint).encode()
    if key.algorithm is Algorithm.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {at}\n{checkpoint}".encode()
    return b"".join(
        (
            b"subtree/v1\n\0",
            _prefixed(key.name),
            at.to_bytes(_TIME_BYTES, "big"),
            _prefixed(checkpoint.origin),
            bytes(_TIME_BYTES),  # the tree begins at its first leaf
            checkpoint.size.to_bytes(_TIME_BYTES, "big"),
            checkpoint.root,
        )
    )


def _prefixed(name: str) -> bytes:
    encoded = name.encode()
    if len(encoded) > _MAX_NAME_BYTES:
        raise NoteError("a name that ML-DSA-44 signs has at most 255 bytes")
    return bytes([len(encoded)]) + encoded
