"""Every list of the API as files: which there are, with what filters, and who has what in them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from starlette.testclient import TestClient

from service.graphql.schema import build_schema
from service.partners.exports import EXPORTS
from service.partners.lists import TABLES, ListOfRows
from service.security.principal import Role
from tests.service.graphql.story import STAFF, Story
from tests.service.graphql.test_grievances import TEXT, Complaining
from tests.service.http.conftest import new_key, serving
from tests.service.partners.tables import parquet, rows_of, table

NO_FILES = {"changesBetween"}
"""Lists in pages that are no files; docs/portals.md says why."""

Headers = dict[Role, dict[str, str]]


def is_list(kind: object) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def connections(schema: GraphQLSchema) -> dict[str, Any]:
    """Return the lists in pages that can be had without an id, by where they are."""
    found = {}
    for around, name in (("", "Query"), ("ledger.", "Ledger")):
        holder = schema.type_map[name]
        assert isinstance(holder, GraphQLObjectType)
        for each, field in holder.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                found[around + each] = field
    return found


def test_every_list_in_pages_is_a_file(schema: GraphQLSchema) -> None:
    files = {rows.query for rows in TABLES.values()}
    assert files | NO_FILES == set(connections(schema))
    assert not files & NO_FILES


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
def test_the_filters_are_those_of_the_schema(rows: ListOfRows, schema: GraphQLSchema) -> None:
    paging = {"first", "after", "last", "before", "orderBy", "direction"}
    arguments = connections(schema)[rows.query].args
    kinds = {name: get_named_type(each.type) for name, each in arguments.items()}
    assert rows.arguments == {name: kinds[name].name for name in kinds.keys() - paging}
    declared = kinds.get("filter")
    fields = declared.fields if isinstance(declared, GraphQLInputObjectType) else {}
    lists = {name for name, each in fields.items() if is_list(each.type)}
    assert set(rows.terms) == lists
    assert set(rows.texts) == set(fields) - lists


@pytest.mark.parametrize("name", [name for name, each in EXPORTS.items() if each.rows.personal])
def test_what_nobody_has_without_a_key_asks_for_one(files: TestClient, name: str) -> None:
    answer = files.get(f"/export/{name}")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("role", [Role.PORTAL, Role.REVIEWER, Role.DIRECTOR])
def test_a_file_has_the_rows_that_the_query_gives_to_who_asks(
    files: TestClient, headers: Headers, name: str, role: Role
) -> None:
    rows = TABLES[name]
    asked = {"query": rows.document, "variables": {"filter": {}} if rows.terms else {}}
    found = files.post("/graphql", json=asked, headers=headers[role]).json()["data"]
    listed = (found["ledger"] if "." in rows.query else found)["rows"]
    lines = files.get(f"/export/{name}.jsonl", headers=headers[role]).text.splitlines()
    nodes = [] if listed is None else listed["nodes"]
    assert [json.loads(line) for line in lines][: len(nodes)] == nodes
    assert (len(lines) > len(nodes)) == bool(listed and listed["pageInfo"]["hasNextPage"])


def test_each_kind_of_database_has_every_file(story: Story) -> None:
    headers = {"authorization": f"Bearer {new_key(story.coalition)}"}
    with serving(story.coalition) as client:
        sizes = {}
        for name in TABLES:
            text = client.get(f"/export/{name}.csv", headers=headers).text
            content = client.get(f"/export/{name}.parquet", headers=headers).content
            lines = client.get(f"/export/{name}.jsonl", headers=headers).text.splitlines()
            sizes[name] = len(lines)
            assert len(table(text)) == parquet(content).num_rows == len(lines)
    empty = {name for name, size in sizes.items() if size == 0}
    assert empty == {"votes", "appeals", "grievances"}


def test_entries_have_hidden_values_for_who_may_read_them(
    files: TestClient, headers: Headers
) -> None:
    def named(role: Role, **asked: str) -> list[dict[str, str]]:
        answer = files.get("/export/entries.csv", params=asked, headers=headers[role])
        assert int(answer.headers["ledger-position"]) >= 1
        return table(answer.text)

    public, director = named(Role.PUBLIC), named(Role.DIRECTOR)
    assert [row["position"] for row in public] == [str(n + 1) for n in range(len(public))]
    assert [row["leafHash"] for row in public] == [row["leafHash"] for row in director]
    assert {row["disclosures"] for row in public} == {""}
    read = [value for row in director for value in json.loads(row["disclosures"] or "[]")]
    assert {"path": "data.name", "value": STAFF["organisation.name"]} in read
    admitted = named(Role.PUBLIC, types="membership.admitted.v1")
    assert len(admitted) >= 2
    assert all("tier" in json.loads(row["publicData"]) for row in admitted)


def test_times_are_times_in_a_table_with_types(files: TestClient) -> None:
    (first, *_) = rows_of(parquet(files.get("/export/entries.parquet").content))
    assert first["recordedAt"].utcoffset().total_seconds() == 0
    assert first["recordedAt"].date() == first["recordedOn"]


def test_grievances_are_those_of_who_asks_answered_or_not(
    database_url: str, tmp_path: Path
) -> None:
    scene = Complaining(database_url, tmp_path)
    coalition = scene.assembly.coalition
    with contextlib.closing(coalition), serving(coalition) as client:
        first, second = scene.filed(against=scene.members[1]), scene.filed(role="REVIEWER")
        scene.resolve(first, Role.DIRECTOR)
        director = {"authorization": f"Bearer {new_key(coalition)}"}

        def filed(**asked: str) -> list[dict[str, str]]:
            answer = client.get("/export/grievances.csv", params=asked, headers=director)
            return table(answer.text)

        assert [row["id"] for row in filed()] == [first, second]
        (answered,) = filed(resolved="true")
        assert (answered["id"], answered["text"]) == (first, TEXT)
        assert (answered["against"], answered["outcome"]) == (scene.members[1], "UPHELD")
        assert [row["id"] for row in filed(resolved="false")] == [second]
        portal = {"authorization": f"Bearer {new_key(coalition, Role.PORTAL)}"}
        assert table(client.get("/export/grievances.csv", headers=portal).text) == []
        for asked, said in (
            ("resolved=maybe", "resolved is true or false."),
            ("resolved=true&resolved=true", "resolved is given once."),
            ("kinds=x", "kinds is none of: resolved."),
        ):
            refused = client.get(f"/export/grievances.csv?{asked}", headers=director)
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["message"] == said


def test_the_review_queue_is_for_staff_and_takes_its_filters(
    files: TestClient, headers: Headers
) -> None:
    def waiting(role: Role, **asked: str) -> list[str]:
        answer = files.get("/export/review-queue.csv", params=asked, headers=headers[role])
        return [row["id"] for row in table(answer.text)]

    assert waiting(Role.PORTAL) == waiting(Role.APPLICANT) == []
    found = waiting(Role.DIRECTOR)
    assert len(found) == 1
    assert waiting(Role.DIRECTOR, tiers="community-network") == found
    assert waiting(Role.DIRECTOR, tiers="ally-network") == []


def test_a_new_key_is_in_the_file_of_keys_at_once(story: Story) -> None:
    headers = {"authorization": f"Bearer {new_key(story.coalition)}"}
    with serving(story.coalition) as client:
        first = client.get("/export/keys.csv", headers=headers)
        assert "etag" not in first.headers
        new_key(story.coalition, Role.AUDITOR)
        again = client.get("/export/keys.csv", headers=headers)
    assert first.headers["ledger-position"] == again.headers["ledger-position"]
    before, after = (
        {row["prefix"]: row["role"] for row in table(got.text)} for got in (first, again)
    )
    assert [after[prefix] for prefix in after.keys() - before.keys()] == ["AUDITOR"]
