"""The bytes of an entry: what they show, what they hide, what is refused."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import hypothesis.strategies as st
import msgspec
import orjson
import pytest
import rfc8785
from hypothesis import given
from msgspec import UnsetType
from msgspec.structs import replace

from domain.catalog import EVENT_TYPES
from domain.coalition.coalition import PolicyAdopted, SeatsSet
from domain.ledger.commitment import decoy
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.entry import (
    DOMAIN_LINE,
    MAX_ENTRY_BYTES,
    Disclosure,
    EncodedEntry,
    EntryError,
    Envelope,
    canonical_json,
    decode_event,
    encode_entry,
    open_entry,
    parse_entry,
    salts_from,
)
from domain.membership.application import ApplicationReviewed
from domain.membership.membership import TierChanged
from domain.membership.party import OrganisationListingPublished
from domain.membership.review import RequirementFound, ReviewerAssigned
from domain.terms import ApplicationId, Assessment, Basis, TierChangeReason
from tests.domain.world import an_id

ENVELOPE = Envelope(
    entry_id=an_id("the entry"),
    stream=an_id("a membership"),
    version=7,
    at=datetime(2026, 3, 1, 17, 4, 5, tzinfo=UTC),
    effective=date(2026, 3, 1),
    actor="committee",
    actor_id=an_id("who it was"),
    policy="cate@3",
)
CHANGED = TierChanged(
    from_tier="community-network",
    to_tier="coalition-member",
    membership_class="provider",
    agreement="coalition-member-agreement",
    reason=TierChangeReason.REQUESTED,
    application=ApplicationId(an_id("an application")),
    clauses=["coalition-member.type"],
    signed=False,
    standards={"provider.client-centered": Assessment.EXHIBITS},
)
FOUND = RequirementFound(requirement="coalition-member.type", met=True, note="Seen.")

# Written out once, so that no later version can change what is hashed. The salts are
# sixteen bytes of 0, of 1, and so on.
GOLDEN_OPEN = (
    b"coalition-ledger/entry/v1\n"
    b'{"_sd":["yxFu8x2ne7HMXhZly-iEFmvQaRa5xVFKcMP9TwUK7MM"],"_sd_alg":"sha-256","actor":"comm'
    b'ittee","at":"2026-03-01T17:04:05Z","data":{"_sd":["T6PVhcLRWzPQTlDl2LFKmNPPv4nTDRz2Te15w'
    b'XY6lvA"],"agreement":"coalition-member-agreement","application":"7b0b893d972a82667301adf'
    b'e867765f0","clauses":["coalition-member.type"],"from_tier":"community-network","membersh'
    b'ip_class":"provider","reason":"requested","signed":false,"to_tier":"coalition-member"},"effective":"202'
    b'6-03-01","id":"98de11553b3c40587b3534f09e3b257f","policy":"cate@3","stream":"521e63b7cb8'
    b'33e6779fdea1d199b6776","type":"membership.tier_changed.v1","version":7}'
)
GOLDEN_CONFIDENTIAL = (
    b"coalition-ledger/entry/v1\n"
    b'{"_sd":["8FN_bqImd_NjYfmqy2AtNsuf4Y22jGgi5Kc9Jh_YOqc","ErmekRnDiLotU858H_-5cqFkXGnp8hlxE'
    b'ZSOJYyzddE","FEUkh0u_AGIo45NKU-pKz-U4KbWdA_RcIHrvfKiZ17E","RQnwMmuE_Kp5k5eNoFCNAatqiXXqx'
    b'hVUzmodqXK6IFc","U-Qm7dc5ye7D3NJ3kWo45FXzp42O_-FWE7XvATNxbcc","gtIMUGL74hah6YvzNUo7jXRHB'
    b'XNg5TscBCMlM4TzxTM","yB-fjMAfzmV4JRiUhhE2T5uXPx_XPQ_FjKTo7ypr5nY","yJbEQwQ6KP3ca6UqLX9xE'
    b'2qLfrGZFu1W7T7rK3rbMe0"],"_sd_alg":"sha-256","at":"2026-03-01","id":"98de11553b3c40587b3'
    b'534f09e3b257f"}'
)


def fixed_salts() -> Iterator[str]:
    return salts_from(b"".join(bytes([number]) * 16 for number in range(64)))


def body_of(data: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(data.removeprefix(DOMAIN_LINE))
    return body


def bytes_of(body: object) -> bytes:
    return DOMAIN_LINE + rfc8785.dumps(body)  # type: ignore[arg-type]


OPEN = encode_entry(ENVELOPE, CHANGED, fixed_salts())
CONFIDENTIAL = encode_entry(ENVELOPE, FOUND, fixed_salts())


# Every event that can be: generated from the declared types of its fields.

json_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
safe_integers = st.integers(-(2**53) + 1, 2**53 - 1)


def values_of(hint: object) -> st.SearchStrategy[Any]:
    """Return a strategy for a field's declared type, its level and limits aside."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin is typing.Annotated:
        return values_of(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*[values_of(each) for each in arguments if each is not UnsetType])
    if origin is list:
        return st.lists(values_of(arguments[0]), max_size=4)
    if origin is dict:
        ascii_keys = st.text(st.characters(codec="ascii"), max_size=8)
        return st.dictionaries(ascii_keys, values_of(arguments[1]), max_size=4)
    if isinstance(hint, typing.NewType):
        return values_of(hint.__supertype__)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint)
        return st.builds(hint, **{name: values_of(hints[name]) for name in hints})
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: json_text,
        bool: st.booleans(),
        int: safe_integers,
        date: st.dates(),
        type(None): st.none(),
    }
    return plain[hint]


def events_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(event_type, include_extras=True)
    fields = {name: values_of(hints[name]) for name in event_type.__struct_fields__}
    return st.builds(event_type, **fields)


any_event = st.sampled_from(list(EVENT_TYPES.values())).flatmap(events_of)
ids = st.binary(min_size=16, max_size=16).map(bytes.hex)
envelopes = st.builds(
    Envelope,
    entry_id=ids,
    stream=ids,
    version=st.integers(1, 2**53 - 1),
    at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    effective=st.dates(),
    actor=json_text,
    actor_id=json_text,
    policy=json_text,
)


def test_an_open_entry_has_these_bytes_for_ever() -> None:
    assert OPEN.data == GOLDEN_OPEN


def test_a_confidential_entry_has_these_bytes_for_ever() -> None:
    assert CONFIDENTIAL.data == GOLDEN_CONFIDENTIAL


def test_a_disclosure_and_its_digest_are_those_of_rfc_9901() -> None:
    # §4.2.1 gives this one without white space among the encodings of its example.
    disclosure = Disclosure("family_name", "_26bc4LT-ac6q2KI6cBW5es", "Möbius")
    unspaced = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd"
    assert disclosure.encoded() == unspaced
    # §4.2.3 gives the digest of the spaced one; a decoy is the digest of any text.
    spaced = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert decoy(spaced) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert disclosure.digest() == decoy(unspaced)


@given(envelopes, any_event)
def test_what_was_encoded_opens_to_the_same(envelope: Envelope, event: Event) -> None:
    encoded = encode_entry(envelope, event, fixed_salts())
    opened, same = open_entry(parse_entry(encoded.data), encoded.disclosures, EVENT_TYPES)
    assert same == event
    if event.confidential:
        # The time of day is not kept.
        midnight = envelope.at.replace(hour=0, minute=0, second=0)
        envelope = replace(envelope, at=midnight)
    assert opened == envelope


@given(envelopes, any_event)
def test_the_bytes_are_rfc_8785(envelope: Envelope, event: Event) -> None:
    encoded = encode_entry(envelope, event, fixed_salts())
    assert bytes_of(body_of(encoded.data)) == encoded.data


@given(envelopes, any_event)
def test_a_confidential_entry_shows_its_id_its_day_and_eight_digests(
    envelope: Envelope, event: Event
) -> None:
    if not event.confidential:
        return
    body = body_of(encode_entry(envelope, event, fixed_salts()).data)
    assert body.keys() == {"_sd", "_sd_alg", "at", "id"}
    assert (body["id"], body["at"]) == (envelope.entry_id, envelope.at.date().isoformat())
    assert len(body["_sd"]) == 8


@given(any_event)
def test_decoys_keep_the_number_of_digests(event: Event) -> None:
    hidden = hidden_fields(type(event))
    bare = type(event)(
        **{name: getattr(event, name) for name in event.__struct_fields__ if name not in hidden}
    )
    sizes = []
    for each in (event, bare):
        encoded = encode_entry(ENVELOPE, each, fixed_salts())
        opened = {each.path: each.value for each in encoded.disclosures}
        shown = opened["data"] if event.confidential else body_of(encoded.data)["data"]
        sizes.append(len(shown.get("_sd", [])))
    assert sizes == [len(hidden), len(hidden)]


def test_hidden_values_may_stay_closed() -> None:
    envelope, event = open_entry(parse_entry(OPEN.data), [], EVENT_TYPES)
    assert envelope == replace(ENVELOPE, actor_id="")
    assert event == TierChanged(
        **{
            name: getattr(CHANGED, name)
            for name in CHANGED.__struct_fields__
            if name != "standards"
        }
    )


def test_a_confidential_entry_opens_after_its_actor_was_erased() -> None:
    known = [each for each in CONFIDENTIAL.disclosures if each.path != "actorId"]
    envelope, event = open_entry(parse_entry(CONFIDENTIAL.data), known, EVENT_TYPES)
    assert (envelope.actor_id, event) == ("", FOUND)


def test_a_parsed_entry_opens_as_often_as_one_likes() -> None:
    for encoded in (OPEN, CONFIDENTIAL):
        entry = parse_entry(encoded.data)
        first = open_entry(entry, encoded.disclosures, EVENT_TYPES)
        assert open_entry(entry, encoded.disclosures, EVENT_TYPES) == first


@pytest.mark.parametrize("encoded", [OPEN, CONFIDENTIAL])
def test_a_value_that_was_tampered_with_is_refused(encoded: EncodedEntry) -> None:
    entry = parse_entry(encoded.data)
    for index, disclosure in enumerate(encoded.disclosures):
        for tampered in (
            replace(disclosure, value="another"),
            replace(disclosure, salt="Z" * 22),
        ):
            others = [*encoded.disclosures]
            others[index] = tampered
            with pytest.raises(EntryError, match="is not the one committed"):
                open_entry(entry, others, EVENT_TYPES)


def test_a_value_of_another_entry_is_refused() -> None:
    with pytest.raises(EntryError, match="is not the one committed"):
        open_entry(parse_entry(OPEN.data), CONFIDENTIAL.disclosures[:1], EVENT_TYPES)


def test_a_value_for_no_place_of_an_entry_is_refused() -> None:
    for path in ("stream", "data.standards.x", "nowhere", "data."):
        disclosure = Disclosure(path, "A" * 22, "x")
        with pytest.raises(EntryError):
            open_entry(parse_entry(OPEN.data), [disclosure], EVENT_TYPES)


def test_a_confidential_entry_does_not_open_without_its_envelope() -> None:
    for path in ("type", "stream", "data", "policy"):
        known = [each for each in CONFIDENTIAL.disclosures if each.path != path]
        with pytest.raises(EntryError, match="is not opened"):
            open_entry(parse_entry(CONFIDENTIAL.data), known, EVENT_TYPES)


def committed_anew(**changes: object) -> tuple[bytes, list[Disclosure]]:
    """Return the confidential entry with other values, properly committed."""
    disclosures = [
        replace(each, value=changes.get(each.path, each.value)) for each in CONFIDENTIAL.disclosures
    ]
    body = body_of(CONFIDENTIAL.data)
    body["_sd"] = sorted(each.digest() for each in disclosures if "." not in each.path)
    return bytes_of(body), disclosures


@pytest.mark.parametrize(
    "changes",
    [
        {"data": "nothing"},
        {"data": {"_sd": "nothing"}},
        {"data": {"_sd": []}},
        {"stream": 7},
        {"stream": "a name"},
        {"version": "7"},
        {"effective": "yesterday"},
        {"effective": 5},
        {"actor": None},
        {"policy": []},
        {"type": 1},
        {"type": "membership.tier_changed.v1"},
        {"type": "nothing.known.v1"},
    ],
)
def test_a_confidential_entry_of_another_make_is_refused(changes: dict[str, object]) -> None:
    data, disclosures = committed_anew(**changes)
    with pytest.raises(EntryError):
        open_entry(parse_entry(data), disclosures, EVENT_TYPES)


def test_a_confidential_fact_in_an_open_entry_is_refused() -> None:
    body = body_of(OPEN.data) | {"type": "review.recorded.v1", "data": {}}
    with pytest.raises(EntryError, match="wrong shape"):
        open_entry(parse_entry(bytes_of(body)), [], EVENT_TYPES)


def test_a_hidden_field_in_clear_is_refused() -> None:
    body = body_of(OPEN.data)
    body["data"]["standards"] = {}
    with pytest.raises(EntryError, match="shows standards, which is hidden"):
        open_entry(parse_entry(bytes_of(body)), [], EVENT_TYPES)


def test_a_public_field_that_is_disclosed_as_well_is_refused() -> None:
    body = body_of(OPEN.data)
    disclosure = Disclosure("data.to_tier", "A" * 22, "ally-network")
    body["data"]["_sd"] = sorted([*body["data"]["_sd"], disclosure.digest()])
    with pytest.raises(EntryError, match="to_tier stands in clear and is disclosed"):
        open_entry(parse_entry(bytes_of(body)), [disclosure], EVENT_TYPES)


def test_an_unknown_type_and_an_unknown_field_are_refused() -> None:
    with pytest.raises(EntryError, match="unknown event type"):
        open_entry(parse_entry(OPEN.data), [], {})
    with pytest.raises(EntryError, match="unknown event type"):
        decode_event("nothing.known.v1", {}, EVENT_TYPES)
    with pytest.raises(EntryError, match="unknown field"):
        decode_event("application.reviewed.v1", {"by": "me"}, EVENT_TYPES)


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


def test_an_entry_has_at_most_65_535_bytes() -> None:
    def with_clauses(text: str) -> TierChanged:
        return replace(CHANGED, clauses=[text])

    room = MAX_ENTRY_BYTES - len(encode_entry(ENVELOPE, with_clauses(""), fixed_salts()).data)
    full = encode_entry(ENVELOPE, with_clauses("x" * room), fixed_salts())
    assert len(full.data) == MAX_ENTRY_BYTES
    parse_entry(full.data)
    with pytest.raises(EntryError, match="entry has 65536 bytes"):
        encode_entry(ENVELOPE, with_clauses("x" * (room + 1)), fixed_salts())
    with pytest.raises(EntryError, match="at most 65535"):
        parse_entry(full.data.replace(b"xx", b"xxx", 1))


def test_a_value_without_a_canonical_form_is_not_encoded() -> None:
    for event in (
        SeatsSet(tier="t", seats=2**53, basis=Basis.DIRECTOR),
        PolicyAdopted(policy="\ud800", version=1, sha256="0" * 64, basis=Basis.DIRECTOR),
    ):
        with pytest.raises(EntryError, match="not canonical JSON"):
            encode_entry(ENVELOPE, event, fixed_salts())
    with pytest.raises(EntryError, match="not canonical JSON"):
        canonical_json({1: 2})


def test_a_time_is_written_in_utc_and_has_a_zone() -> None:
    west = timezone(timedelta(hours=-6))
    at = datetime(2026, 3, 1, 23, 30, tzinfo=west)
    reviewed = encode_entry(replace(ENVELOPE, at=at), ApplicationReviewed(), fixed_salts())
    assert body_of(reviewed.data)["at"] == "2026-03-02T05:30:00Z"
    assigned = encode_entry(replace(ENVELOPE, at=at), ReviewerAssigned(), fixed_salts())
    assert body_of(assigned.data)["at"] == "2026-03-02"
    naive = replace(ENVELOPE, at=datetime(2026, 3, 1, 12))  # noqa: DTZ001 - the point
    with pytest.raises(EntryError, match="zone"):
        encode_entry(naive, ApplicationReviewed(), fixed_salts())


def test_salts_are_cut_whole_from_random_bytes() -> None:
    assert [*salts_from(bytes(47))] == ["A" * 22, "A" * 22]
    assert [*salts_from(b"")] == []


def test_what_is_hidden_is_nowhere_in_the_bytes() -> None:
    name = "Lantern House"
    listed = OrganisationListingPublished(
        fields=[], name=name, description=name, counties=[name], website=name
    )
    encoded = encode_entry(ENVELOPE, listed, fixed_salts())
    assert name.encode() not in encoded.data
    assert ENVELOPE.actor_id.encode() not in encoded.data
    assert {each.name for each in encoded.disclosures} == {
        "actorId",
        "counties",
        "description",
        "name",
        "website",
    }
    for hidden in (ENVELOPE.stream, "review", "committee", "cate"):
        assert hidden.encode() not in CONFIDENTIAL.data


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
