"""Bundles: what a damaged or a hostile one leads to."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audit.bundle import BLOCK_BYTES, END, header, padding, parse_header
from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.log import Audited, Trust, audit_log
from service.auditing.sources import opened
from tests.domain.audit.logs import KEY, NOW, files_of, written

FILES = files_of(written(300))


def joined(files: dict[str, bytes]) -> bytes:
    return (
        b"".join(
            header(name, len(content)) + content + padding(len(content))
            for name, content in files.items()
        )
        + END
    )


BUNDLE = joined(FILES)


def audited(tmp_path: Path, content: bytes) -> Audited:
    file = tmp_path / "log.tar"
    file.write_bytes(content)
    with opened(str(file)) as read:
        return audit_log(read, Trust(keys=[KEY.verifier], now=NOW))


def test_a_bundle_is_audited_as_the_files_in_it(tmp_path: Path) -> None:
    assert audited(tmp_path, BUNDLE).size == 300


def test_tar_reads_what_is_written() -> None:
    with tarfile.open(fileobj=io.BytesIO(BUNDLE), mode="r:") as archive:
        found = {each.name: archive.extractfile(each) for each in archive.getmembers()}
    assert {name: file.read() for name, file in found.items() if file} == FILES


def test_a_bundle_that_is_cut_off_is_never_good(tmp_path: Path) -> None:
    for length in range(0, len(BUNDLE) - len(END) - BLOCK_BYTES, 4_111):
        with pytest.raises((TamperedError, UnreadableError)):
            audited(tmp_path, BUNDLE[:length])


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = BUNDLE[: -len(END)] + joined({"checkpoint": FILES["checkpoint"]})
    with pytest.raises(TamperedError, match="twice"):
        audited(tmp_path, twice)


def test_what_is_no_plain_file_ends_a_bundle(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        link = tarfile.TarInfo("checkpoint")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    with pytest.raises(UnreadableError):
        audited(tmp_path, made.getvalue())


def test_a_size_that_is_not_there_costs_no_memory(tmp_path: Path) -> None:
    with pytest.raises(TamperedError):
        audited(tmp_path, header("checkpoint", 8**11 - 1) + b"x" * 600)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(BUNDLE) - len(END) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_of_a_bundle_is_found_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    changed = bytearray(BUNDLE)
    changed[place] ^= 1 << bit
    try:
        found = audited(tmp_path_factory.getbasetemp(), bytes(changed))
    except (TamperedError, UnreadableError):
        return
    # Padding, and the name of a text, which is then not there.
    assert found.size == 300
    assert found.documents + found.documents_absent == 1


@given(
    st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=100),
    st.integers(0, 8**11 - 1),
)
def test_a_header_reads_back(name: str, size: int) -> None:
    block = header(name, size)
    assert len(block) == BLOCK_BYTES
    assert parse_header(block) == (name, size)


@given(st.binary(max_size=BLOCK_BYTES))
def test_any_other_block_is_no_header(block: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse_header(block)
