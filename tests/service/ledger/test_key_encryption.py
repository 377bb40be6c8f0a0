import base64
import os
import stat
from pathlib import Path

import pytest

from service.ledger.key_encryption import LocalKeyEncryption, create_kek_file
from service.ledger.key_faults import KeyFileUnusable, KeyTampered

KEK = bytes(range(32))


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "kek"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_wrapped_key_is_unwrapped_under_its_id_only() -> None:
    kek = LocalKeyEncryption(KEK)
    wrapped = kek.wrap("a", b"k" * 32)
    assert kek.unwrap("a", wrapped) == b"k" * 32
    assert len(wrapped) == 60
    with pytest.raises(KeyTampered, match="b was changed"):
        kek.unwrap("b", wrapped)


def test_another_kek_does_not_unwrap() -> None:
    wrapped = LocalKeyEncryption(KEK).wrap("a", b"k" * 32)
    with pytest.raises(KeyTampered):
        LocalKeyEncryption(KEK[::-1]).unwrap("a", wrapped)


@pytest.mark.parametrize("wrapped", [b"", bytes(11), bytes(12), bytes(27), bytes(60)])
def test_bytes_that_were_never_wrapped_are_refused(wrapped: bytes) -> None:
    with pytest.raises(KeyTampered):
        LocalKeyEncryption(KEK).unwrap("a", wrapped)


def test_the_name_of_a_kek_tells_two_apart_and_does_not_hold_them() -> None:
    assert LocalKeyEncryption(KEK).kek_id == LocalKeyEncryption(KEK).kek_id
    assert LocalKeyEncryption(KEK).kek_id != LocalKeyEncryption(KEK[::-1]).kek_id


@pytest.mark.parametrize(
    "content",
    [KEK, base64.b64encode(KEK), base64.b64encode(KEK) + b"\n"],
    ids=["raw", "base64", "base64 and newline"],
)
def test_a_key_file_is_raw_or_base64(tmp_path: Path, content: bytes) -> None:
    kek = LocalKeyEncryption.from_file(key_file(tmp_path, content))
    assert kek.kek_id == LocalKeyEncryption(KEK).kek_id


def test_text_from_the_environment_is_base64() -> None:
    text = base64.b64encode(KEK).decode()
    kek = LocalKeyEncryption.from_base64(text, "COALITION_KEK")
    assert kek.kek_id == LocalKeyEncryption(KEK).kek_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, KEK, mode)
    with pytest.raises(KeyFileUnusable, match=f"mode {mode:04o}.*chmod 600 {path}"):
        LocalKeyEncryption.from_file(path)


def test_a_missing_key_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match=f"no key file {tmp_path}/kek.*coalition init"):
        LocalKeyEncryption.from_file(tmp_path / "kek")


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match="cannot be read"):
        LocalKeyEncryption.from_file(tmp_path)


@pytest.mark.parametrize("content", [b"", KEK[:31], KEK + b"\n", base64.b64encode(KEK[:31])])
def test_a_key_file_of_the_wrong_size_is_refused(tmp_path: Path, content: bytes) -> None:
    path = key_file(tmp_path, content)
    with pytest.raises(KeyFileUnusable, match=f"{path} does not hold a key.*openssl rand"):
        LocalKeyEncryption.from_file(path)


def test_text_that_is_no_key_is_refused_and_not_repeated() -> None:
    with pytest.raises(KeyFileUnusable, match="COALITION_KEK does not hold a key") as refused:
        LocalKeyEncryption.from_base64("pâssword", "COALITION_KEK")
    assert "ssword" not in str(refused.value)


def test_a_new_key_file_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_kek_file(tmp_path / "kek")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "kek").stat().st_mode) == 0o600
    LocalKeyEncryption.from_file(tmp_path / "kek")


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    create_kek_file(tmp_path / "kek")
    content = (tmp_path / "kek").read_bytes()
    with pytest.raises(KeyFileUnusable, match="never overwritten"):
        create_kek_file(tmp_path / "kek")
    assert (tmp_path / "kek").read_bytes() == content


def test_two_key_files_hold_two_keys(tmp_path: Path) -> None:
    create_kek_file(tmp_path / "one")
    create_kek_file(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()


def test_a_key_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match="a folder that exists"):
        create_kek_file(tmp_path / "missing" / "kek")
