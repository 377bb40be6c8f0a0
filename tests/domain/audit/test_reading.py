"""Reading an entry quickly says what reading it the long way says, or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audit.ids import Ids
from domain.audit.reading import Entry, usual_entry
from domain.catalog import EVENT_TYPES
from domain.ledger.entry import DOMAIN_LINE, EntryError, canonical_json, open_entry, parse_entry

GOLDEN = Path(__file__).parents[2] / "golden" / "entries.jsonl"
TEXTS = [json.loads(line)["entry"] for line in GOLDEN.read_text().splitlines()]
ASCII = [text.encode("ascii", "ignore") for text in TEXTS]
ENTRIES = [*ASCII, *(text.encode() for text in TEXTS if not text.isascii())]


def long_way(encoded: bytes) -> Entry | None:
    """Return what the long way says; ``None`` where it refuses."""
    try:
        entry = parse_entry(encoded)
        if entry.envelope is None:
            return Entry(entry.entry_id, confidential=True)
        envelope, event = open_entry(entry, (), EVENT_TYPES)
    except EntryError:
        return None
    return Entry(
        *(entry.entry_id, False, event, envelope.stream, envelope.version),
        *(entry.at, envelope.effective, envelope.policy),
    )


def agrees(encoded: bytes) -> bool:
    """Return whether it was read quickly, having compared."""
    usual = usual_entry(encoded)
    assert usual is None or usual == long_way(encoded), encoded
    return usual is not None


def test_nearly_every_type_is_read_quickly() -> None:
    slow = [encoded for encoded in ASCII if not agrees(encoded)]
    assert len(slow) <= len(ASCII) // 20


@settings(max_examples=1500)
@given(data=st.data())
def test_bytes_that_are_nearly_an_entry_are_never_read_otherwise(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(ENTRIES))
    place = data.draw(st.integers(len(DOMAIN_LINE), len(good)))
    inserted = data.draw(
        st.one_of(
            st.sampled_from([b" ", b"\\", b"\\u0061", b'"', b"{", b"}", b",", b"0", b"-", b".5"]),
            st.sampled_from([b"e1", b"null", b"[]", b"\xc3\xa9", b"\n", b"\x7f", b"9" * 20]),
            st.binary(max_size=2),
        )
    )
    removed = data.draw(st.integers(0, 3))
    agrees(good[:place] + inserted + good[place + removed :])


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from(["2026-02-30", "2026-03-01", "2026-03-01T24:00:00Z", "A" * 43, "0" * 32]),
    st.lists(st.one_of(st.text(max_size=3), st.integers()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@settings(max_examples=1500)
@given(data=st.data())
def test_a_value_of_another_kind_is_never_read_otherwise(data: st.DataObject) -> None:
    body = orjson.loads(data.draw(st.sampled_from(ENTRIES))[len(DOMAIN_LINE) :])
    part = body["data"] if "data" in body and data.draw(st.booleans()) else body
    names = data.draw(st.sampled_from([*sorted(part), "party", "extra"]))
    part[names] = data.draw(VALUES)
    try:
        encoded = DOMAIN_LINE + canonical_json(body)
    except EntryError:  # an integer that entries cannot have
        encoded = DOMAIN_LINE + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    agrees(encoded)


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, 10**15, -1])
def test_integers_are_read_up_to_what_canonical_json_has(number: int) -> None:
    found = next(each for each in ENTRIES if b'"type":"membership.agreement_sent.v1"' in each)
    body = orjson.loads(found[len(DOMAIN_LINE) :])
    body["data"]["version"] = number
    agrees(DOMAIN_LINE + json.dumps(body, sort_keys=True, separators=(",", ":")).encode())


@given(st.lists(st.integers(0, 2**128 - 1), max_size=60))
def test_an_id_is_new_once(numbers: list[int]) -> None:
    ids, known = Ids(), set[int]()
    for number in [*numbers, *numbers]:
        assert ids.add(f"{number:032x}") is (number not in known)
        known.add(number)


def test_ids_are_told_apart_when_there_are_many() -> None:
    ids = Ids()
    assert all(ids.add(f"{number:032x}") for number in range(20_000))
    assert not any(ids.add(f"{number:032x}") for number in range(20_000))
