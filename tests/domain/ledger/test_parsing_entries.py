"""Which bytes are an entry, and which are refused."""

from __future__ import annotations

import hypothesis.strategies as st
import orjson
import pytest
from hypothesis import given

from domain.catalog import EVENT_TYPES
from domain.ledger.entry import DOMAIN_LINE, EntryError, open_entry, parse_entry
from tests.domain.ledger.entries import (
    CONFIDENTIAL,
    OPEN,
    body_of,
    bytes_of,
    json_text,
    safe_integers,
)
from tests.domain.world import an_id


def spoiled(**changes: object) -> bytes:
    return bytes_of(body_of(OPEN.data) | changes)


JSON = OPEN.data.removeprefix(DOMAIN_LINE)
NOT_CANONICAL = {
    "white space": JSON.replace(b'"version":7', b'"version": 7'),
    "a trailing newline": JSON + b"\n",
    "a leading space": b" " + JSON,
    "key order": JSON.replace(b'"type":', b'"zzzz":').replace(b'"_sd":', b'"type":', 1),
    "a duplicate key": JSON.replace(b'"version":7', b'"version":6,"version":7'),
    "the same key twice": JSON.replace(b'"version":7', b'"version":7,"version":7'),
    "a fraction": JSON.replace(b'"version":7', b'"version":7.5'),
    "a whole number as a fraction": JSON.replace(b'"version":7', b'"version":7.0'),
    "an exponent": JSON.replace(b'"version":7', b'"version":7e0'),
    "minus nothing": JSON.replace(b'"version":7', b'"version":-0'),
    "an integer that is not safe": JSON.replace(b'"version":7', b'"version":9007199254740992'),
    "an integer beyond 64 bits": JSON.replace(b'"version":7', b'"version":' + b"9" * 40),
    "not a number": JSON.replace(b'"version":7', b'"version":NaN'),
    "infinity": JSON.replace(b'"version":7', b'"version":Infinity'),
    "an escape": JSON.replace(b'"committee"', b'"committe\\u0065"'),
    "half a surrogate pair": JSON.replace(b'"committee"', b'"\\ud800"'),
    "bytes that are no UTF-8": JSON.replace(b'"committee"', b'"\xff"'),
    "a control character": JSON.replace(b'"committee"', b'"a\x00b"'),
    "a byte order mark": b"\xef\xbb\xbf" + JSON,
    "two values": JSON + JSON,
    "half a value": JSON[:-1],
    "a list": b"[" + JSON + b"]",
    "a text": b'"' + b"a" * 10 + b'"',
    "nothing": b"",
}


@pytest.mark.parametrize("json", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_bytes_that_are_not_canonical_are_refused(json: bytes) -> None:
    assert json != JSON
    with pytest.raises(EntryError):
        parse_entry(DOMAIN_LINE + json)


def test_bytes_without_the_domain_line_are_refused() -> None:
    for data in (JSON, b"coalition-ledger/entry/v2\n" + JSON, DOMAIN_LINE.strip() + JSON):
        with pytest.raises(EntryError, match="domain line"):
            parse_entry(data)


OTHER_MAKES = {
    "another digest algorithm": spoiled(_sd_alg="sha-512"),
    "no digest of the actor": spoiled(_sd=[]),
    "digests that are text": spoiled(_sd="A" * 43),
    "a digest that is none": spoiled(_sd=["A" * 42]),
    "two digests of the envelope": spoiled(_sd=["A" * 43, "B" * 43]),
    "an id that is a name": spoiled(id="lantern-house"),
    "a stream that is a name": spoiled(stream="lantern-house"),
    "a stream in capitals": spoiled(stream="A" * 32),
    "version 0": spoiled(version=0),
    "a version that is text": spoiled(version="7"),
    "a version that is true": spoiled(version=True),
    "a time without its zone": spoiled(at="2026-03-01T17:04:05"),
    "a time in another zone": spoiled(at="2026-03-01T17:04:05+05:00"),
    "a time with a fraction": spoiled(at="2026-03-01T17:04:05.5Z"),
    "a time of no day": spoiled(at="2026-02-30T17:04:05Z"),
    "a time in a week": spoiled(at="2026-W09-7T17:04:05Z"),
    "midnight at the wrong end": spoiled(at="2026-03-01T24:00:00Z"),
    "a time that is a number": spoiled(at=1),
    "a day without hyphens": spoiled(effective="20260301"),
    "a day in a week": spoiled(effective="2026-W09-7"),
    "a day in other digits": spoiled(effective="٢٠٢٦-03-01"),
    "a day that is none": spoiled(effective="2026-13-01"),
    "data that is a list": spoiled(data=[]),
    "data that is text": spoiled(data="x"),
    "an empty list of digests": spoiled(data={"_sd": []}),
    "digests out of order": spoiled(data={"_sd": ["B" * 43, "A" * 43]}),
    "a digest twice": spoiled(data={"_sd": ["A" * 43, "A" * 43]}),
    "digests of another make": spoiled(data={"_sd": [7]}),
    "a fraction in data": spoiled(data={"x": 1.5}),
    "a fraction deep in data": spoiled(data={"x": [{"y": [0.25]}]}),
    "a key beyond ASCII in data": spoiled(data={"é": 1}),
    "an actor that is no text": spoiled(actor=None),
    "one key more": spoiled(position=1),
    "a key fewer": bytes_of({k: v for k, v in body_of(OPEN.data).items() if k != "policy"}),
    "a confidential entry with a digest fewer": bytes_of(
        body_of(CONFIDENTIAL.data) | {"_sd": body_of(CONFIDENTIAL.data)["_sd"][:7]}
    ),
    "a confidential entry with a time": bytes_of(
        body_of(CONFIDENTIAL.data) | {"at": "2026-03-01T17:04:05Z"}
    ),
    "a confidential entry with a stream": bytes_of(
        body_of(CONFIDENTIAL.data) | {"stream": an_id("a review")}
    ),
    "a confidential entry with digests out of order": bytes_of(
        body_of(CONFIDENTIAL.data) | {"_sd": body_of(CONFIDENTIAL.data)["_sd"][::-1]}
    ),
}


@pytest.mark.parametrize("data", OTHER_MAKES.values(), ids=OTHER_MAKES.keys())
def test_canonical_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    with pytest.raises(EntryError):
        parse_entry(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_refused(data: bytes) -> None:
    for tried in (data, DOMAIN_LINE + data):
        with pytest.raises(EntryError):
            parse_entry(tried)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | safe_integers | json_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(json_text, inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_any_value_in_the_place_of_another_is_read_or_refused(data: st.DataObject) -> None:
    body = body_of(data.draw(st.sampled_from([OPEN, CONFIDENTIAL])).data)
    for key in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=2)):
        body[key] = data.draw(json_values)
    encoded = DOMAIN_LINE + orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    try:
        entry = parse_entry(encoded)
        open_entry(entry, [], EVENT_TYPES)
    except EntryError:
        return
    assert entry.entry_id == body["id"]


def test_deeply_nested_values_are_refused() -> None:
    for depth in (300, 10_000):
        deep = b"[" * depth + b"]" * depth
        with pytest.raises(EntryError):
            parse_entry(DOMAIN_LINE + b'{"data":' + deep + b"}")
