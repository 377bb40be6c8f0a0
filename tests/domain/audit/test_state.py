"""Digests of read models, computed from the public part of entries alone."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from domain import catalog
from domain.audit.filling import fillers_of
from domain.audit.finding import TamperedError
from domain.audit.rows import MODELS
from domain.audit.state import MOST_BEHIND, PublicState, digest_of
from domain.catalog import EVENT_TYPES, KINDS
from domain.coalition.custody import StateAttested
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.entry import open_entry, parse_entry
from tests.domain.audit.logs import Writer, audit, files_of, written
from tests.domain.ledger.entries import ENVELOPE
from tests.golden.make import example

IDS = st.lists(
    st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}"), unique=True, max_size=40
)


@given(IDS, st.randoms())
def test_a_digest_does_not_depend_on_the_order_of_rows(ids: list[str], random: Random) -> None:
    rows = [(each, place) for place, each in enumerate(ids)]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert digest_of(rows) == digest_of(shuffled)
    assert digest_of(rows)[0] == len(ids)


@given(IDS.filter(bool))
def test_a_digest_depends_on_every_row(ids: list[str]) -> None:
    rows = [(each, 1) for each in ids]
    assert digest_of(rows) != digest_of(rows[:-1])
    assert digest_of(rows) != digest_of([*rows[:-1], (ids[-1], 2)])


def test_what_is_hidden_can_be_stood_in_for() -> None:
    attested = {kind for model in MODELS.values() for kind in model.kinds}
    for kind, event_type in KINDS:
        if kind in attested and not event_type.confidential:
            fillers = fillers_of(event_type)
            assert set(fillers) == set(hidden_fields(event_type))
            assert UNSET not in fillers.values()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_streams_that_no_rule_made_have_rows_too(name: str) -> None:
    events = [each for kind, each in KINDS if kind in MODELS[name].kinds and not each.confidential]
    state = PublicState()
    pairs = [
        (first, second)
        for first in events
        for second in events
        if catalog.kind_of(example(first)) == catalog.kind_of(example(second))
    ]
    for place, (first, second) in enumerate(pairs, 1):
        for event in (first, second):
            placed = replace(ENVELOPE, stream=f"{place:032x}")
            state.take(place, placed, example(event))
    assert state.digest(name) == digest_of(state.rows(name).values())
    assert state.digest(name)[0] == len(pairs)


def attested_log(
    *, upto: int = 400, position: int | None = None, lag: int = 0, **changed: object
) -> dict[str, bytes]:
    """Return a log that ends with an attestation of its memberships."""
    writer = Writer(seed=9)
    writer.entries += written(upto)
    state = PublicState()
    for place, data in enumerate(writer.entries, 1):
        entry = parse_entry(data)
        if entry.envelope is not None and place <= upto - lag:
            state.take(place, entry.envelope, event_of(data))
    rows, digest = state.digest("memberships")
    values: dict[str, object] = {
        "model": "memberships",
        "version": 1,
        "position": upto - lag if position is None else position,
        "rows": rows,
        "digest": digest,
    }
    writer.write(f"{7:032x}", StateAttested(**(values | changed)))  # type: ignore[arg-type]
    return files_of(writer.entries)


def event_of(data: bytes) -> Event:
    return open_entry(parse_entry(data), (), EVENT_TYPES)[1]


@pytest.mark.parametrize("lag", [0, 1, 2, 150])
def test_what_follows_from_the_entries_is_attested(lag: int) -> None:
    assert audit(attested_log(lag=lag)).attestations == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"digest": "0" * 64}, "does not follow"),
        ({"rows": 3}, "does not follow"),
        ({"position": 398}, "does not follow"),
        ({"position": 401}, "not between"),
        ({"position": -1}, "not between"),
        ({"model": "listings"}, "not known"),
        ({"version": 2}, "not known"),
    ],
)
def test_what_does_not_follow_is_found_where_it_is_attested(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(TamperedError, match=said) as found:
        audit(attested_log(**changed))  # type: ignore[arg-type]
    assert found.value.position == 401


def test_nothing_is_attested_of_what_is_too_far_behind() -> None:
    state = PublicState()
    entry = parse_entry(written(5)[4])
    assert entry.envelope is not None
    with pytest.raises(ValueError, match="far behind"):
        state.take(
            MOST_BEHIND + 2,
            entry.envelope,
            StateAttested(model="memberships", version=1, position=1, rows=0, digest="0" * 64),
        )
