"""The key-encryption key (KEK): what wraps the data keys, and where it is kept.

It stands apart from the key store, so that neither a copy of the store nor a copy of the
KEK opens anything alone.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import stat
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.ledger.key_faults import KeyFileUnusable, KeyTampered

KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_WRAP_LINE: Final = b"coalition-ledger/wrapped-key/v1\n"
_KEK_ID_LINE: Final = b"coalition-ledger/kek-id/v1"


class KeyEncryption(Protocol):
    """Wraps data keys, in this process or by asking a key management service."""

    @property
    def kek_id(self) -> str:
        """Names the KEK, without giving it away; the key store records it."""
        ...

    def wrap(self, key_id: str, key: bytes) -> bytes:
        """Return the key encrypted, bound to its id; called for each new key."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the key that ``wrap`` was given.

        Raises:
            KeyTampered: this KEK did not wrap these bytes under this id.
        """
        ...


class LocalKeyEncryption:
    """A KEK held in memory: AES-256-GCM, random nonce, the key's id as associated data.

    Wrapped keys are nonce ‖ ciphertext ‖ tag, 60 bytes. Random nonces are good for 2^32
    keys under one KEK (NIST SP 800-38D §8.3).

    Args:
        kek: 32 random bytes.

    Raises:
        KeyFileUnusable: the key has another length.
    """

    def __init__(self, kek: bytes) -> None:
        if len(kek) != KEY_BYTES:
            raise KeyFileUnusable(f"A key-encryption key has 32 bytes, not {len(kek)}.")
        self._cipher = AESGCM(kek)
        self._kek_id = hmac.digest(kek, _KEK_ID_LINE, "sha256")[:8].hex()

    @classmethod
    def from_file(cls, path: Path) -> LocalKeyEncryption:
        """Read the KEK from a file of 32 raw bytes, or of their base64.

        Raises:
            KeyFileUnusable: the file is missing, of another size, or open to other users.
        """
        try:
            # Judged and read through one descriptor: the file cannot change in between.
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                content = file.read(1024)
        except FileNotFoundError:
            raise KeyFileUnusable(
                f"There is no key file {path}. A new coalition gets one from `coalition init`; "
                "an existing one needs its own again, from the backup of its keys."
            ) from None
        except OSError as error:
            raise KeyFileUnusable(
                f"The key file {path} cannot be read ({error.strerror}): "
                "make it a file that belongs to the user running the service."
            ) from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileUnusable(
                f"The key file {path} is open to other users (mode {stat.S_IMODE(mode):04o}): "
                f"run `chmod 600 {path}`."
            )
        if len(content) == KEY_BYTES:
            return cls(content)
        return cls(_decode(content, f"The key file {path}"))

    @classmethod
    def from_base64(cls, text: str, source: str) -> LocalKeyEncryption:
        """Read the KEK from text, such as the value of an environment variable.

        Args:
            text: 32 bytes in base64.
            source: what messages call it, such as the variable's name.

        Raises:
            KeyFileUnusable: the text is something else; the message does not repeat it.
        """
        return cls(_decode(text.encode(), source))

    @property
    def kek_id(self) -> str:
        """The first 64 bits of an HMAC under the KEK, lower-case hex."""
        return self._kek_id

    def wrap(self, key_id: str, key: bytes) -> bytes:
        """Return the key encrypted, bound to its id."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, _WRAP_LINE + key_id.encode())

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the key that was wrapped.

        Raises:
            KeyTampered: this KEK did not wrap these bytes under this id.
        """
        try:
            return self._cipher.decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _WRAP_LINE + key_id.encode()
            )
        except (InvalidTag, TypeError, ValueError):  # too short, or no bytes at all
            raise KeyTampered(
                f"The wrapped key {key_id} was changed after it was stored: "
                "restore the key store from its newest backup."
            ) from None


def create_kek_file(path: Path) -> None:
    """Write a new KEK, in base64, to a file that only its owner may read.

    When this returns the file is on disk, its name included. Losing it loses every hidden
    value, so it needs a backup, apart from that of the key store.

    Raises:
        KeyFileUnusable: something has that name already, or it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileUnusable(
            f"{path} exists, and a key is never overwritten: use it, or name another file."
        ) from None
    except OSError as error:
        raise KeyFileUnusable(
            f"The key file {path} cannot be written ({error.strerror}): "
            "name one in a folder that exists and belongs to the user running the service."
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names of a folder's new files on disk; a file's own fsync leaves them out."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decode(encoded: bytes, source: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileUnusable(
            f"{source} does not hold a key: 32 bytes in base64 are needed, as "
            "`openssl rand -base64 32` prints for a new key store."
        )
    return key
