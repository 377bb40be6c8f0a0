"""The folder of encrypted files: whole or not at all, and nothing moved or cut off unnoticed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.evidence.folder import BLOCK_BYTES, Folder
from service.ledger.sealing import DataKey, SealBrokenError

FILE = "f" * 32
KEY = DataKey("a" * 32, AESGCM(b"k" * 32))
CONTENT = bytes(range(256)) * 1_000


@pytest.mark.parametrize(
    "size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES, 200_000]
)
def test_what_was_put_is_read(tmp_path: Path, size: int) -> None:
    content = CONTENT[:size]
    folder = Folder(tmp_path / "files")
    folder.put(FILE, KEY, [content[start : start + 999] for start in range(0, size, 999)])
    assert b"".join(folder.read(FILE, KEY)) == content


def test_nothing_of_it_is_in_clear_and_only_its_owner_may_look(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "files")
    folder.put(FILE, KEY, [CONTENT])
    assert CONTENT[:64] not in (tmp_path / "files" / FILE).read_bytes()
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


def test_a_file_that_broke_off_is_none(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    folder = Folder(tmp_path)
    with pytest.raises(ConnectionResetError):
        folder.put(FILE, KEY, broken())
    assert list(tmp_path.iterdir()) == []


def test_whatever_is_changed_moved_or_cut_off_does_not_open(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put(FILE, KEY, [CONTENT])
    whole = (tmp_path / FILE).read_bytes()
    block = 4 + int.from_bytes(whole[:4], "big")
    flipped = bytearray(whole)
    flipped[block + 40] ^= 1
    for spoilt in (
        bytes(flipped),
        whole[:block],
        whole[block:],
        whole[: 2 * block],
        whole[block : 2 * block] + whole[:block] + whole[2 * block :],
        whole[:-1],
        whole + whole[:block],
        b"",
    ):
        (tmp_path / FILE).write_bytes(spoilt)
        with pytest.raises(SealBrokenError):
            list(folder.read(FILE, KEY))
    (tmp_path / FILE).write_bytes(whole)
    with pytest.raises(SealBrokenError):
        list(folder.read(FILE, DataKey("b" * 32, AESGCM(os.urandom(32)))))
    (tmp_path / ("e" * 32)).write_bytes(whole)
    with pytest.raises(SealBrokenError):
        list(folder.read("e" * 32, KEY))


def test_what_is_deleted_is_gone_and_stays_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put(FILE, KEY, [CONTENT])
    folder.delete(FILE)
    folder.delete(FILE)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        list(folder.read(FILE, KEY))
