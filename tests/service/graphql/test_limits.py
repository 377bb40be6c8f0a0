"""Limits on what one operation may ask for, whatever the document looks like."""

from __future__ import annotations

import time

import pytest
from graphql import parse

from service.graphql.limits import Limits, check
from service.graphql.operations import Documents, Prepared
from tests.service.graphql.api import SCHEMA as STRAWBERRY

SCHEMA = STRAWBERRY._schema

PAGES = "memberships(first: $n) { nodes { history(first: $n) { nodes { id position type } } } }"


def doubling(fragments: int) -> str:
    """Return a document whose fragments each spread the next one twice."""
    chain = " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(fragments)
    )
    return f"{{ ...F0 }} {chain} fragment F{fragments} on Query {{ viewer {{ role }} }}"


HOSTILE = {
    "depth": "{ viewer" + " { viewer" * 30 + " { role }" + " }" * 30 + " }",
    "fields": doubling(30),
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(500)) + " }",
    "directives": "{ __typename" + " @include(if: true)" * 200 + " }",
    "repeats": "{ " + "__typename " * 1_900 + "}",
    "fragments": "{ viewer { role } } "
    + " ".join(f"fragment G{n} on Query {{ viewer {{ role }} }}" for n in range(150)),
    "cost": f"{{ {PAGES.replace('$n', '100')} }}",
}


@pytest.mark.parametrize(("limit", "query"), HOSTILE.items(), ids=HOSTILE)
def test_too_much_of_anything_is_refused_by_name(limit: str, query: str) -> None:
    document = parse(query)
    exceeded = check(SCHEMA, document, {})
    assert exceeded is not None
    assert (exceeded.extensions or {}) == {
        "code": "LIMIT_EXCEEDED",
        "limit": limit,
        "most": str(getattr(Limits(), limit)),
    }
    if limit != "cost":
        assert Documents(SCHEMA).prepare(query) == [exceeded]


def test_the_walk_is_linear_where_fragments_double() -> None:
    small, large = (parse(doubling(count)) for count in (8, 60))
    assert check(SCHEMA, small, None) is None
    began_s = time.process_time()
    found = check(SCHEMA, large, None)
    # To expand them would be a million million million steps.
    assert time.process_time() - began_s < 1
    assert found is not None


def test_fragments_count_where_they_are_spread() -> None:
    limits = Limits(fields=7)
    spread = "fragment R on Viewer {{ role }} {{ {} }}"
    twice = spread.format("viewer { ...R } a: viewer { ...R } b: viewer { ...R }")
    assert check(SCHEMA, parse(twice), None, limits) is None
    more = spread.format("viewer { ...R } a: viewer { ...R } b: viewer { ...R } c: viewer { role }")
    assert check(SCHEMA, parse(more), None, limits) is not None


@pytest.mark.parametrize(("length", "within"), [(2, True), (100, False), (None, False)])
def test_pages_cost_what_their_variables_say(length: int | None, *, within: bool) -> None:
    document = parse(f"query ($n: Int) {{ {PAGES} }}")
    variables = {} if length is None else {"n": length}
    assert (check(SCHEMA, document, variables, Limits(cost=5_000)) is None) is within
    assert check(SCHEMA, document, None, Limits(cost=5_000)) is not None


def test_what_is_costly_with_long_pages_is_answered_with_short_ones() -> None:
    documents = Documents(SCHEMA)
    prepared = documents.prepare(f"query ($n: Int) {{ {PAGES} }}")
    assert isinstance(prepared, Prepared)
    assert documents.exceeded(prepared, {"n": 1}) is None
    exceeded = documents.exceeded(prepared, {"n": 100})
    assert exceeded is not None
    assert (exceeded.extensions or {})["limit"] == "cost"


def test_a_fragment_that_spreads_itself_is_left_to_validation() -> None:
    found = Documents(SCHEMA).prepare("{ ...F } fragment F on Query { ...F }")
    assert isinstance(found, list)
    assert "Cannot spread fragment" in found[0].message
