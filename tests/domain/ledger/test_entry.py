"""The bytes of an entry: what they show and what they hide."""

from __future__ import annotations

import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given
from msgspec import UnsetType
from msgspec.structs import replace

from domain.catalog import EVENT_TYPES
from domain.coalition.coalition import PolicyAdopted, SeatsSet
from domain.ledger.commitment import decoy
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.entry import (
    MAX_ENTRY_BYTES,
    Disclosure,
    EntryError,
    Envelope,
    canonical_json,
    encode_entry,
    open_entry,
    parse_entry,
    salts_from,
)
from domain.membership.application import ApplicationReviewed
from domain.membership.membership import TierChanged
from domain.membership.party import OrganisationListingPublished
from domain.membership.review import ReviewerAssigned
from domain.terms import Basis
from tests.domain.ledger.entries import (
    CHANGED,
    CONFIDENTIAL,
    ENVELOPE,
    OPEN,
    body_of,
    bytes_of,
    fixed_salts,
    json_text,
    safe_integers,
)

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
