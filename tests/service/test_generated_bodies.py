"""Whatever variables and bodies are sent, they are answered, and what is refused changes nothing.

`make test` draws the same few dozen each time; `make drill` draws thousands of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.graphql.errors import LONGEST_MESSAGE
from service.security.principal import Principal, Role
from tests.databases import create_database, drop_database
from tests.service.canaries import Canaries
from tests.service.generated_variables import DEEP, ODD, Asked, any_asked, as_json
from tests.service.test_generated_requests import (
    BY_ROLES,
    DOCUMENTED,
    FAULTS,
    INSIDE,
    SEES_STAFF,
    SIGNED_IN,
    Bench,
    as_deep_as_served,
    bench,
    personal,
    well_formed,
)

GRAPHQL = "application/graphql-response+json"
STATUSES = {200, 204, 304, 400, 401, 405, 406, 408, 413, 415}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def changed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server_url: str,
) -> Iterator[Bench]:
    """A bench of which things may be changed, on either database."""
    folder, url = tmp_path_factory.mktemp("changed"), None
    if request.param == "postgresql":
        url = create_database(postgres_server_url)
    with bench(folder, url) as made:
        yield made
    if url is not None:
        drop_database(postgres_server_url, url)


def everybody(made: Bench) -> list[tuple[str, Principal | None]]:
    """Return who asks: whom nothing concerns, and who may change things."""
    strangers = [(f"other {role}", who) for role, who in made.callers.items()]
    known = made.canaries.coalition.principals
    own = [role for role in SIGNED_IN if role is not Role.REPRESENTATIVE]
    return strangers + [(role, known[role]) for role in own]


def post(canaries: Canaries, content: bytes, who: Principal | None) -> Any:  # noqa: ANN401
    """Send the body of a request."""
    headers = {"Content-Type": "application/json", "Accept": GRAPHQL}
    if who is not None:
        headers["Authorization"] = f"Bearer {canaries._key(who)}"
    with as_deep_as_served():
        return canaries.client.post("/graphql", content=content, headers=headers)


def accepted(body: dict[str, Any]) -> set[str]:
    """Return which mutations of a response were accepted."""
    return {
        name
        for name, answer in (body.get("data") or {}).items()
        if isinstance(answer, dict) and answer.get("__typename", "").endswith("Accepted")
    }


def names_what_is_wrong(body: dict[str, Any], asked: Asked) -> None:
    """Hold errors and refusals to naming the field and the rule that it breaks."""
    for error in body.get("errors", []):
        code, message = error["extensions"]["code"], error["message"]
        if code == "INVALID_VARIABLES":
            named = re.match(r"Variable '\$(\w+)' has invalid value(?: at ([^:]+))?: \S", message)
            assert named, message
            assert named[1] in asked.document
            assert len(message) <= LONGEST_MESSAGE
        elif code == "INVALID_ARGUMENT":
            assert error["extensions"]["field"]
            assert error["extensions"]["rule"]
    for answer in (body.get("data") or {}).values():
        if isinstance(answer, dict) and answer.get("__typename") == "Refused":
            assert answer["rule"], answer
            assert answer["message"]


@pytest.mark.timeout(3_600)
def test_whatever_is_wrong_with_variables_is_named_and_changes_nothing(changed: Bench) -> None:
    canaries, callers = changed.canaries, everybody(changed)
    staff = {f"other {role}" for role in (*SEES_STAFF, Role.AUDITOR)}

    @BY_ROLES
    @given(any_asked(changed.pool), st.sampled_from(callers))
    def holds(asked: Asked, caller: tuple[str, Principal | None]) -> None:
        name, who = caller
        before = canaries.head()
        answer = post(canaries, asked.body, who)
        body = well_formed(answer)
        names_what_is_wrong(body, asked)
        if not accepted(body):
            assert canaries.head() == before
        if name.startswith("other "):
            leaked = changed.leaked(f"{asked.document} {_named(asked)}", body)
            leaked = {where for where in leaked if name not in staff or personal(where)}
            assert name in staff - {"other auditor"} or leaked == set(), (name, leaked)

    holds()


def _named(asked: Asked) -> str:
    """Return what the variables name, as `Bench.leaked` reads it."""
    return asked.body.decode()


PARTS: list[tuple[str, Any]] = [
    ("query", "{ __typename }"),
    ("query", "query A { __typename } query B { viewer { role } }"),
    (
        "query",
        "mutation ($input: RemoveWebhookInput!) { removeWebhook(input: $input) { __typename } }",
    ),
    ("operationName", "A"),
    ("variables", {}),
    ("variables", {"input": {"webhook": "x"}}),
    ("variables", {"input": f"{DEEP}45"}),
    ("variables", {"input": f"{DEEP}1000"}),
    ("extensions", {}),
    ("extensions", {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}),
    ("documentId", f"sha256:{'0' * 64}"),
]
CONTENT_TYPES = [
    *["application/json"] * 6,
    *("application/json; charset=utf-16", "application/graphql", "text/plain", "", "application/"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json,"),
    *("application/json; charset", "application/json;;;", "APPLICATION/JSON; charset=UTF-8"),
]


@st.composite
def any_object(draw: st.DrawFn) -> bytes:
    """Return a strategy of objects with the names of parameters, once, twice or not at all."""
    names = st.sampled_from(PARTS)
    odd = st.tuples(names, st.sampled_from(ODD)).map(lambda made: (made[0][0], made[1]))
    parts = draw(st.lists(st.one_of(names, names, odd), max_size=6))
    if draw(st.booleans()):
        parts.insert(0, PARTS[0])
    return b"{" + b", ".join(as_json(name) + b": " + as_json(value) for name, value in parts) + b"}"


@st.composite
def any_body(draw: st.DrawFn) -> bytes:
    """Return a strategy of bodies: objects whole and damaged, and what is none."""
    made = draw(any_object())
    at = draw(st.integers(0, len(made) - 1))
    damaged: list[bytes] = [
        *[made] * 4,
        made[:at],
        made[:at] + draw(st.binary(min_size=1, max_size=4)) + made[at:],
        made[:at] + bytes([made[at] ^ 1 << draw(st.integers(0, 7))]) + made[at + 1 :],
        b"\xef\xbb\xbf" + made,
        made.decode().encode("utf-16"),
        made.decode().encode("utf-32"),
        made + made,
        b"[" + made + b"]",
        b"[" + b",".join([made] * 20) + b"]",
        b"[" * 100_000,
        b'{"query":' * 5_000,
        as_json(draw(st.sampled_from(ODD))),
        draw(st.binary(max_size=50)),
    ]
    return draw(st.sampled_from(damaged))


def answered(answer: Any) -> None:  # noqa: ANN401 - a response of the test client
    """Hold an answer of any status to telling nothing of the inside, in the form of errors.md."""
    assert answer.status_code in STATUSES, answer.text
    if answer.status_code == 200 or not answer.content:
        return
    assert answer.headers["content-type"].startswith(GRAPHQL)
    for error in answer.json()["errors"]:
        assert error["extensions"]["code"] in DOCUMENTED - FAULTS, error
        assert re.fullmatch(r"[0-9a-f]{16}", error["extensions"]["requestId"])
        assert not INSIDE.search(error["message"]), error


@pytest.mark.timeout(3_600)
def test_whatever_body_is_posted_is_answered_and_changes_nothing(changed: Bench) -> None:
    canaries = changed.canaries
    director = canaries._key(canaries.coalition.principals[Role.DIRECTOR])
    before = canaries.head()

    @BY_ROLES
    @given(any_body(), st.sampled_from(CONTENT_TYPES))
    def holds(body: bytes, content_type: str) -> None:
        headers = {"Accept": GRAPHQL, "Authorization": f"Bearer {director}"}
        headers |= {"Content-Type": content_type} if content_type else {}
        with as_deep_as_served():
            answered(canaries.client.post("/graphql", content=body, headers=headers))

    holds()
    assert canaries.head() == before


@pytest.mark.timeout(3_600)
def test_whatever_address_is_asked_is_answered_and_changes_nothing(changed: Bench) -> None:
    canaries = changed.canaries
    director = canaries._key(canaries.coalition.principals[Role.DIRECTOR])
    before = canaries.head()
    names = st.sampled_from(
        ["query", "variables", "operationName", "extensions", "documentId", "x"]
    )
    odd = st.sampled_from([each for each in ODD if len(as_json(each)) <= 2_000]).map(as_json)
    parts = st.one_of(
        st.sampled_from([(name, _plain(value)) for name, value in PARTS]),
        st.tuples(names, st.one_of(odd, st.binary(max_size=20))),
    )
    methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])

    @BY_ROLES
    @given(methods, st.lists(parts, max_size=5), st.booleans())
    @example("GET", [("variables", as_json({"input": f"{DEEP}1000"}))], True)  # noqa: FBT003
    def holds(method: str, asked: list[tuple[str, bytes]], whole: bool) -> None:  # noqa: FBT001
        asked = [("query", b"{ __typename }")] * whole + asked
        address = "/graphql?" + "&".join(f"{name}={quote(value)}" for name, value in asked)
        headers = {"Accept": GRAPHQL, "Authorization": f"Bearer {director}"}
        with as_deep_as_served():
            answered(canaries.client.request(method, address, headers=headers))

    holds()
    assert canaries.head() == before


def _plain(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else as_json(value)
