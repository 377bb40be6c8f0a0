"""Signed notes: text with signature lines below it, and the keys that verify them.

    example.com/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZni…

The format is C2SP signed-note v1.0.0. What the text must look like, and how each kind of
key signs it, is in ``domain.ledger.checkpoint``: every note of ours is a checkpoint.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final

MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
MAX_NUMBER: Final = 2**63 - 1

_DASH: Final = "\u2014 "
_ID_BYTES: Final = 4
_VKEY_PARTS: Final = 3


class NoteError(Exception):
    """A note, a checkpoint or a key is not what its format says.

    Attributes:
        reason: what is wrong, for a person; it never repeats what was given.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Algorithm(IntEnum):
    """Signature types of signed-note that are known here, by their identifier byte."""

    ED25519 = 0x01
    """A log's signature of the note's text."""
    ED25519_COSIGNATURE = 0x04
    """``cosignature/v1``: the text at a time (C2SP tlog-cosignature)."""
    ML_DSA_44 = 0x06
    """``subtree/v1``: a tree at a time, safe against quantum computers (the same)."""

    @property
    def key_bytes(self) -> int:
        """How long a public key is."""
        return 1312 if self is Algorithm.ML_DSA_44 else 32

    @property
    def is_timestamped(self) -> bool:
        """Whether its signatures begin with the time they were made at."""
        return self is not Algorithm.ED25519


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name that its signatures bear.

    Attributes:
        name: not empty, without spaces and plus signs.
        algorithm: what it signs, and how.
        public: the key's raw bytes.
    """

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        """Refuse, with ``NoteError``, what could not be written down."""
        require_name(self.name)
        if len(self.public) != self.algorithm.key_bytes:
            raise NoteError(f"a key of this kind has {self.algorithm.key_bytes} bytes")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that its signatures begin with (signed-note, "Signatures")."""
        kind = bytes([self.algorithm])
        return sha256(self.name.encode() + b"\n" + kind + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """Return the verifier key as text: name, key id and key, joined by plus signs."""
        key = b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key ("vkey").

        Raises:
            NoteError: it has another form, is of an unknown kind, or its id is not its own.
        """
        parts = text.split("+", _VKEY_PARTS - 1)
        if len(parts) != _VKEY_PARTS:
            raise NoteError("a verifier key has three parts, joined by plus signs")
        name, key_id, encoded = parts
        material = decode_base64(encoded)
        if not material or material[0] not in set(Algorithm):
            raise NoteError("the verifier key is of an unknown kind")
        key = cls(name, Algorithm(material[0]), material[1:])
        if key_id != key.key_id.hex():
            raise NoteError("the verifier key's id is not that of its name and key")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line, of whoever's key it may be.

    Attributes:
        name: the key's name.
        key_id: 4 bytes; name and id together say which key it is.
        signature: at least one byte, of the form that the key's kind has.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line, without its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read a line without its newline; refuse any other form with ``NoteError``."""
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NoteError("a signature line is an em dash, a name and base64")
        require_name(name)
        decoded = decode_base64(encoded)
        if len(decoded) <= _ID_BYTES:
            raise NoteError("a signature has more than 4 bytes")
        return cls(name, decoded[:_ID_BYTES], decoded[_ID_BYTES:])

    def is_by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be that key's."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures below it, none of them verified.

    Attributes:
        text: with its last newline.
        signatures: at least one, in order.
    """

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is published."""
        return f"{self.text}\n{format_lines(self.signatures)}".encode()

    @classmethod
    def parse(cls, encoded: bytes) -> Note:
        """Read a note; what is read is written back as the same bytes.

        Raises:
            NoteError: it is malformed, or larger than anybody needs.
        """
        text = _text(encoded)
        body, blank, lines = text.rpartition("\n\n")
        if not blank:
            raise NoteError("a note has a blank line above its signatures")
        return cls(f"{body}\n", parse_lines(lines))


def format_lines(signatures: Sequence[Signature]) -> str:
    """Return signature lines, each with its newline."""
    return "".join(f"{each}\n" for each in signatures)


def parse_lines(text: str) -> tuple[Signature, ...]:
    """Read one or more signature lines, as a note or a witness's answer has them.

    Raises:
        NoteError: there is none, too many, or one of another form.
    """
    *lines, rest = text.split("\n")
    if rest or not lines:
        raise NoteError("signature lines end in a newline, and there is at least one")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note has at most {MAX_SIGNATURES} signatures")
    return tuple(Signature.parse(line) for line in lines)


def decode_base64(text: str) -> bytes:
    """Decode standard base64 in its one canonical form; refuse any other."""
    try:
        decoded = b64decode(text, validate=True)
    except (Base64Error, ValueError):  # ValueError: not ASCII
        decoded = b""
    if b64encode(decoded).decode() != text:
        raise NoteError("this is not canonical base64")
    return decoded


def decode_decimal(text: str) -> int:
    """Read a decimal without leading zeroes, up to `MAX_NUMBER`; refuse any other."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(MAX_NUMBER)):
        raise NoteError("a number is ASCII digits, and no larger than 64 bits hold")
    number = int(text)
    if number > MAX_NUMBER or str(number) != text:
        raise NoteError("a number has no leading zeroes, and is no larger than 64 bits hold")
    return number


def require_name(name: str) -> None:
    """Refuse a key name that signed-note does not allow."""
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise NoteError("a key name is not empty, and has no spaces and no plus signs")
    if any("\ud800" <= each <= "\udfff" for each in name):
        raise NoteError("a key name is UTF-8")


def _text(encoded: bytes) -> str:
    if len(encoded) > MAX_NOTE_BYTES:
        raise NoteError(f"a note has at most {MAX_NOTE_BYTES} bytes")
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        raise NoteError("a note is UTF-8") from None
    if any(each < " " and each != "\n" for each in text):
        raise NoteError("a note has no control characters but newlines")
    return text
