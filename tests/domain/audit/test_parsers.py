"""Whatever bytes come, parsers answer with what they say that they answer with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audit.bundle import header, parse_header
from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.opened import decode_opened
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.entry import EntryError, parse_entry
from domain.ledger.note import Note, NoteError, VerifierKey
from domain.ledger.sd_jwt import SdJwtError, check_presentation
from domain.ledger.tiles import TileError, TilePath, decode_bundle, encode_bundle
from domain.ledger.tlog_proof import TlogProof
from domain.ledger.witness import AddCheckpoint
from tests.domain.audit.logs import KEY, WITNESS, audit, checkpoint_of, files_of, written
from tests.domain.audit.vectors import FOLDER

ENTRIES = written(5)
FILES = files_of(ENTRIES, more=[WITNESS])
NOTE = checkpoint_of(FILES)
PROOF = (FOLDER / "257.tlog-proof").read_bytes()


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Give bytes to a parser of text."""
    return lambda content: parse(content.decode("utf-8", "surrogateescape"))


PARSERS: dict[str, tuple[Callable[[bytes], object], type[Exception], bytes]] = {
    "note": (Note.parse, NoteError, FILES["checkpoint"]),
    "checkpoint": (text(Checkpoint.parse), NoteError, NOTE.text.encode()),
    "verifier key": (text(VerifierKey.parse), NoteError, str(KEY.verifier).encode()),
    "tile path": (text(TilePath.parse), TileError, b"tile/entries/x001/x234/067.p/255"),
    "bundle of entries": (decode_bundle, TileError, encode_bundle(ENTRIES[:2])),
    "proof": (TlogProof.parse, NoteError, PROOF),
    "witness request": (
        AddCheckpoint.parse,
        NoteError,
        AddCheckpoint(3, (bytes(32),), NOTE).to_bytes(),
    ),
    "entry": (parse_entry, EntryError, ENTRIES[2]),
    "file header": (parse_header, UnreadableError, header("tile/0/000", 8192)),
    "opened values": (
        decode_opened,
        TamperedError,
        b'{"1":{"values":{"data.a":["s",1]},"erased":["data.b"]}}',
    ),
    "presentation": (text(check_presentation), SdJwtError, b"eyJ.eyJ.c2ln~ZGlz~"),
}


@pytest.mark.parametrize("name", PARSERS)
@given(content=st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    parse, refused, _ = PARSERS[name]
    try:
        parse(content)
    except refused:
        return


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=200)
@given(data=st.data())
def test_bytes_that_are_nearly_right_are_read_or_refused(name: str, data: st.DataObject) -> None:
    parse, refused, good = PARSERS[name]
    place = data.draw(st.integers(0, len(good)))
    removed = data.draw(st.integers(0, 20))
    inserted = data.draw(st.binary(max_size=12))
    try:
        parse(good[:place] + inserted + good[place + removed :])
    except refused:
        return


@settings(max_examples=300)
@given(path=st.sampled_from(sorted(FILES)), data=st.data())
def test_a_log_of_which_a_file_is_nearly_right_has_a_verdict(
    path: str, data: st.DataObject
) -> None:
    good = FILES[path]
    place = data.draw(st.integers(0, len(good)))
    removed = data.draw(st.integers(0, 40))
    changed = good[:place] + data.draw(st.binary(max_size=20)) + good[place + removed :]
    try:
        found = audit(FILES | {path: changed})
    except (TamperedError, UnreadableError):
        return
    # Nothing of it was lost: it is as it was, or a signature line of a stranger is another.
    assert changed == good or path == "checkpoint"
    assert found.size == len(ENTRIES)
