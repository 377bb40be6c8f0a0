"""Opening an entry with the values that it hides, or with some of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.catalog import EVENT_TYPES
from domain.ledger.entry import (
    Disclosure,
    EncodedEntry,
    EntryError,
    decode_event,
    open_entry,
    parse_entry,
)
from domain.membership.membership import TierChanged
from tests.domain.ledger.entries import (
    CHANGED,
    CONFIDENTIAL,
    ENVELOPE,
    FOUND,
    OPEN,
    body_of,
    bytes_of,
)


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
