"""Limits on what one operation may ask for, whatever the document looks like."""

from __future__ import annotations

import time

import pytest
from graphql import GraphQLError, parse

from service.graphql.errors import RequestError
from service.graphql.limits import Limits, measure
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
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(200)) + " }",
    "directives": "{ __typename" + " @include(if: true)" * 105 + " }",
    "repeats": "{ " + "__typename " * 700 + "}",
    "inputs": "{ nodes(ids: [" + '"x" ' * 101 + "]) { id } }",
    "spreads": "{ "
    + " ".join(f"...S{n}" for n in range(20))
    + " } "
    + " ".join(f"fragment S{n} on Query {{ viewer {{ role }} }}" for n in range(20)),
    "operations": " ".join(f"query Q{n} {{ __typename }}" for n in range(17)),
    "fragments": "{ viewer { role } } "
    + " ".join(f"fragment G{n} on Query {{ viewer {{ role }} }}" for n in range(70)),
    "cost": f"{{ {PAGES.replace('$n', '100')} }}",
}


@pytest.mark.parametrize(("limit", "query"), HOSTILE.items(), ids=HOSTILE)
def test_too_much_of_anything_is_refused_by_name(limit: str, query: str) -> None:
    document = parse(query)
    exceeded = measure(SCHEMA, document, {}).exceeded
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
    assert measure(SCHEMA, small, None).exceeded is None
    began_s = time.process_time()
    found = measure(SCHEMA, large, None).exceeded
    # To expand them would be a million million million steps.
    assert time.process_time() - began_s < 1
    assert found is not None


def test_fragments_count_where_they_are_spread() -> None:
    limits = Limits(fields=7)
    spread = "fragment R on Viewer {{ role }} {{ {} }}"
    twice = spread.format("viewer { ...R } a: viewer { ...R } b: viewer { ...R }")
    assert measure(SCHEMA, parse(twice), None, limits).exceeded is None
    more = spread.format("viewer { ...R } a: viewer { ...R } b: viewer { ...R } c: viewer { role }")
    assert measure(SCHEMA, parse(more), None, limits).exceeded is not None


def test_lists_that_lead_back_to_themselves_cost_what_they_multiply_to() -> None:
    around = "counties { region {" * 4 + " key " + "} }" * 4
    exceeded = measure(SCHEMA, parse(f"{{ policies {{ regions {{ {around} }} }} }}"), {}).exceeded
    assert exceeded is not None
    assert (exceeded.extensions or {})["limit"] == "cost"
    assert measure(SCHEMA, parse("{ policies { regions { counties { name } } } }"), {}).costs == {
        # policies, regions and their counties: each a list.
        "": 1 + 10 * (1 + 10 * (1 + 10))
    }


def test_the_list_of_a_page_is_counted_once() -> None:
    asked = "{ memberships(first: 7) { edges { node { id } } nodes { id } totalCount } }"
    assert measure(SCHEMA, parse(asked), {}).costs == {"": 1 + 7 * 6}
    told = "subscription { entries(first: 7) { position entries { position } } }"
    assert measure(SCHEMA, parse(told), {}).costs == {"": 1 + 7 * 3}


@pytest.mark.parametrize(("length", "within"), [(2, True), (100, False), (None, False)])
def test_pages_cost_what_their_variables_say(length: int | None, *, within: bool) -> None:
    document = parse(f"query ($n: Int) {{ {PAGES} }}")
    variables = {} if length is None else {"n": length}
    assert (measure(SCHEMA, document, variables, Limits(cost=5_000)).exceeded is None) is within
    assert measure(SCHEMA, document, None, Limits(cost=5_000)).exceeded is not None


def test_what_is_costly_with_long_pages_is_answered_with_short_ones() -> None:
    documents = Documents(SCHEMA)
    prepared = documents.prepare(f"query ($n: Int) {{ {PAGES} }}")
    assert isinstance(prepared, Prepared)
    short = documents.cost(prepared, None, {"n": 1})
    assert isinstance(short, int)
    exceeded = documents.cost(prepared, None, {"n": 100})
    assert isinstance(exceeded, RequestError)
    assert (exceeded.extensions or {})["limit"] == "cost"


def test_an_operation_costs_its_fields_as_often_as_the_pages_are_long() -> None:
    documents = Documents(SCHEMA)
    prepared = documents.prepare(
        "query One { viewer { role } } query Two { memberships(first: 10) { nodes { id } } }"
    )
    assert isinstance(prepared, Prepared)
    assert prepared.costs == {"One": 2, "Two": 21}
    assert documents.cost(prepared, "Two", {}) == 21


def test_a_text_that_is_too_long_is_not_even_read() -> None:
    (error,) = _refused("{ viewer { role } } #" + "x" * 70_000)
    assert (error.extensions or {})["limit"] == "characters"


@pytest.mark.parametrize(
    "query",
    [
        "{{ memberships(first: {}) {{ totalCount }} }}",
        "query ($first: Int = {}) {{ memberships(first: $first) {{ totalCount }} }}",
        "{{ nodes(ids: [-{}e1]) {{ id }} }}",
    ],
)
def test_a_number_has_fewer_digits_than_python_reads(query: str) -> None:
    (error,) = _refused(query.format("9" * 5_000))
    assert (error.extensions or {}) == {"code": "LIMIT_EXCEEDED", "limit": "digits", "most": "300"}
    assert not isinstance(
        Documents(SCHEMA).prepare(f'{{ node(id: "{"9" * 5_000}") {{ id }} }}'), list
    )


WRONG = {
    "names that there are not": "{ " + " ".join(f"x{n}" for n in range(990)) + " }",
    "input that there is not": "{ memberships(filter: {"
    + " ".join(f"a{n}: 1" for n in range(190))
    + "}) { nodes { id } } }",
    "variables that nothing uses": "query("
    + " ".join(f"$v{n}: Int" for n in range(240))
    + ") { __typename }",
    "directives that there are not": "{ "
    + " ".join(f"a{n}: viewer @x{n} {{ role }}" for n in range(90))
    + " }",
    "values of another kind": "{ nodes(ids: [" + "1.5 " * 190 + "]) { id } }",
    "tokens": "{ " + "a " * 5_000 + "}",
}


@pytest.mark.parametrize("query", [*WRONG.values(), *HOSTILE.values()], ids=[*WRONG, *HOSTILE])
def test_what_is_refused_takes_little_time(query: str) -> None:
    documents = Documents(SCHEMA)
    taken_s = []
    for attempt in range(5):
        began_s = time.process_time()
        found = documents.prepare(f"{query} # {attempt}")
        if isinstance(found, Prepared):
            assert isinstance(documents.cost(found, None, {}), RequestError)
        taken_s.append(time.process_time() - began_s)
    # Ten times what it is on an idle machine; figures are the benchmark's.
    assert min(taken_s) < 0.1


def _refused(query: str) -> list[GraphQLError]:
    found = Documents(SCHEMA).prepare(query)
    assert isinstance(found, list)
    return found


def test_a_fragment_that_spreads_itself_is_left_to_validation() -> None:
    found = Documents(SCHEMA).prepare("{ ...F } fragment F on Query { ...F }")
    assert isinstance(found, list)
    assert "Cannot spread fragment" in found[0].message
