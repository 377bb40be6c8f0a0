"""Values of an entry shown to somebody: they are the entry's, or the presentation is no good."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import EVENT_TYPES
from domain.ledger.entry import EncodedEntry, Envelope, encode_entry, salts_from
from domain.ledger.merkle import leaf_hash
from domain.ledger.sd_jwt import (
    ENTRY_TYPE,
    SdJwtError,
    check_presentation,
    needed_for,
    parse_sd_jwt,
    payload_of,
    reveal,
)
from tests.domain.ledger.entries import ENVELOPE
from tests.golden.make import example


def base64url(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def encoded(stored_name: str, envelope: Envelope = ENVELOPE) -> EncodedEntry:
    salts = salts_from(bytes(range(256)) * 4)
    return encode_entry(envelope, example(EVENT_TYPES[stored_name]), salts)


def presented(entry: EncodedEntry, *paths: str, kind: str = ENTRY_TYPE) -> str:
    jwt = f"{base64url({'alg': 'ES256', 'typ': kind})}.{base64url(payload_of(entry.data))}.c2ln"
    disclosures = {each.path: each for each in entry.disclosures}
    return "~".join([jwt, *needed_for(disclosures, paths), ""])


OPEN = encoded("party.organisation_listing_published.v1")
CONFIDENTIAL = encoded("party.representative_appointed.v1")


@pytest.mark.parametrize(
    ("entry", "paths"),
    [
        (OPEN, ["data.name"]),
        (OPEN, ["data.name", "actorId"]),
        (OPEN, []),
        (CONFIDENTIAL, ["type"]),
        (CONFIDENTIAL, ["data.name", "data.email"]),
    ],
)
def test_a_presentation_shows_what_it_is_asked_to_and_leads_to_the_leaf(
    entry: EncodedEntry, paths: list[str]
) -> None:
    shown = check_presentation(presented(entry, *paths))
    known = {each.path: each.value for each in entry.disclosures}
    assert shown.values == {path: known[path] for path in paths}
    assert shown.entry == entry.data
    assert shown.leaf_hash == leaf_hash(entry.data).hex()


def test_parsing_and_writing_are_inverse() -> None:
    text = presented(OPEN, "data.name", "actorId")
    assert parse_sd_jwt(text).text() == text


def test_a_value_of_another_entry_is_found() -> None:
    foreign = encoded("party.individual_listing_published.v1")
    stolen = next(each for each in foreign.disclosures if each.path == "data.name")
    changed = base64url([stolen.salt, "name", "Somebody else"])
    for disclosure in (changed, stolen.encoded().replace(stolen.encoded()[5], "A", 1)):
        with pytest.raises(SdJwtError):
            check_presentation(presented(OPEN) + disclosure + "~")


NAME = next(each for each in OPEN.disclosures if each.path == "data.name").encoded()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "signature"),
        ("a.b~", "signature"),
        ("a.b.c", "signature"),
        ("!.e30.c2ln~", "base64url"),
        ("e30.W10.c2ln~", "JSON object"),
        ("e30.e30.c2ln~", "no presentation"),
        (presented(OPEN, kind="dc+sd-jwt"), "no presentation"),
        (presented(OPEN, "data.name") + NAME + "~", "twice"),
        (presented(OPEN) + base64url(["salt", "name", "x"]) + "~", "not the one"),
        (presented(OPEN) + base64url(["salt", "_sd", []]) + "~", "_sd"),
        (presented(OPEN) + base64url({"a": 1}) + "~", "list of salt"),
        (presented(OPEN) + "é~", "ASCII"),
        ("\ud800", "ASCII"),
        ("x" * 300_001, "longer"),
        (f"{base64url({'typ': ENTRY_TYPE})}.{base64url({'id': 'x'})}.c2ln~", "no entry"),
    ],
)
def test_what_is_no_presentation_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(SdJwtError, match=said):
        check_presentation(text)


@given(st.text(alphabet="abcAB.~-_=09{}", max_size=80) | st.binary(max_size=60).map(base64url))
def test_any_text_gets_a_verdict(text: str) -> None:
    for attempt in (text, presented(OPEN) + text + "~", f"e30.{text}.c2ln~"):
        try:
            reveal(parse_sd_jwt(attempt))
        except SdJwtError:
            continue


@pytest.mark.parametrize("digests", [[[]], [{}], [1], "x", {}])
def test_digests_of_another_kind_are_refused(digests: object) -> None:
    with pytest.raises(SdJwtError, match="list of texts"):
        reveal(parse_sd_jwt(f"e30.{base64url({'inner': {'_sd': digests}})}.c2ln~"))


def test_every_changed_character_of_what_is_shown_is_found() -> None:
    text = presented(CONFIDENTIAL, "data.name")
    wanted = check_presentation(text)
    for place in range(text.index("~") + 1, len(text) - 1):
        other = "A" if text[place] != "A" else "B"
        try:
            found = check_presentation(text[:place] + other + text[place + 1 :])
        except SdJwtError:
            continue
        pytest.fail(f"{place}: {found.values} for {wanted.values}")
