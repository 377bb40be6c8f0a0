"""Others' clients and compilers take `schema.graphql` as it is, and what they make works."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport

from service.graphql.ids import NodeKind, global_id
from service.ledger.reader import read_between
from service.security.principal import Role
from tests.e2e.conftest import FOLDER
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import served

ROOT = Path(__file__).parents[2]
# What is installed from the lock files once takes longer than a test does.
pytestmark = pytest.mark.timeout(300)

MEMBERS = """query Members($first: Int!, $after: String) {
  memberships(first: $first, after: $after) {
    nodes { id party { name } } pageInfo { hasNextPage endCursor }
  }
}"""
SET_SEATS = """mutation SetSeats($input: SetSeatsInput!) {
  setSeats(input: $input) {
    __typename
    ... on SetSeatsAccepted { receipt { position } }
    ... on Rejection { code message }
  }
}"""


def run(command: list[str], folder: Path) -> str:
    """Run a program that is to succeed, and return what it printed."""
    environment = os.environ | {"NO_COLOR": "1", "CI": "true"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def memberships(coalition: Coalition) -> list[str]:
    """Return the global ids of all memberships, by the ledger's own reading."""
    ledger = coalition.ledger
    with ledger.read() as snapshot:
        entries = list(read_between(snapshot.connection, ledger.opener, 0, snapshot.position))
    return [
        global_id(NodeKind.MEMBERSHIP, each.envelope.stream)
        for each in entries
        if each.event.stored_name.startswith("membership.") and each.envelope.version == 1
    ]


@pytest.fixture(scope="module")
def director_key(coalition: Coalition) -> str:
    """An API key of the director's."""
    return new_key(coalition, Role.DIRECTOR)


@pytest.fixture
def workshop(tmp_path: Path, tools: Path) -> Path:
    """A project of somebody's who uses the service: its sources, the schema and the packages."""
    folder = tmp_path / "project"
    shutil.copytree(FOLDER, folder)
    shutil.copy(ROOT / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(tools / "node_modules")
    return folder


def test_relay_compiles_pages_and_what_is_fetched_again(node: str, workshop: Path) -> None:
    made = workshop / "relay" / "__generated__"
    made.mkdir()
    said = run([node, "node_modules/relay-compiler/cli.js", "relay.config.json"], workshop)
    assert "5 reader, 3 normalization, 6 operation text" in said
    page = (made / "MembersPageQuery.graphql.ts").read_text(encoding="utf-8")
    assert "query MembersPageQuery(" in page
    again = (made / "MemberQuery.graphql.ts").read_text(encoding="utf-8")
    assert "node(id: $id)" in again


def test_a_typed_client_is_generated_compiles_and_runs(
    node: str, workshop: Path, coalition: Coalition, director_key: str
) -> None:
    codegen = "node_modules/@graphql-codegen/cli/esm/bin.js"
    run([node, codegen, "--config", "codegen.json"], workshop)
    run([node, "node_modules/typescript/bin/tsc"], workshop)
    with served(coalition) as address:
        said = run([node, "built/main.js", f"{address}/graphql", director_key], workshop)
    holds(json.loads(said), coalition)


def test_a_generated_python_client_runs(
    ariadne: Path, tmp_path: Path, coalition: Coalition, director_key: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(FOLDER / "ariadne", project)
    shutil.copy(ROOT / "schema.graphql", project)
    run([str(ariadne / "ariadne-codegen")], project)
    with served(coalition) as address, coalition.ledger.read() as snapshot:
        last = snapshot.position
        said = json.loads(
            run([str(ariadne / "python"), "run.py", address, director_key, str(last)], project)
        )
    assert said["positions"][:last] == list(range(1, last + 1))
    holds(said, coalition)


def holds(said: dict[str, Any], coalition: Coalition) -> None:
    """Hold what a client was told of members and seats to what there is."""
    assert sorted(said["ids"]) == sorted(memberships(coalition))
    first, again = said["answers"]
    # One command, sent twice.
    assert first == again


def test_the_library_gql_asks_commands_and_follows(coalition: Coalition, director_key: str) -> None:
    headers = {"Authorization": f"Bearer {director_key}"}
    with served(coalition) as address:
        transport = RequestsHTTPTransport(f"{address}/graphql", headers=headers)
        with Client(transport=transport, fetch_schema_from_transport=True) as session:
            found = session.execute(GraphQLRequest(MEMBERS, variable_values={"first": 100}))
            assert len(found["memberships"]["nodes"]) == len(memberships(coalition))
            given = {"commandId": str(uuid.uuid4()), "tier": "collaborative-partner", "seats": 30}
            command = GraphQLRequest(SET_SEATS, variable_values={"input": given})
            answer = session.execute(command)["setSeats"]
            last = answer["receipt"]["position"]
            with pytest.raises(TransportQueryError) as refused:
                session.execute(gql("{ memberships(first: 500) { totalCount } }"))
            assert refused.value.errors is not None
            assert refused.value.errors[0]["extensions"]["code"] == "INVALID_ARGUMENT"
        heard = asyncio.run(_heard(f"{address.replace('http', 'ws')}/graphql", headers, last))
    assert heard == list(range(1, last + 1))


async def _heard(url: str, headers: dict[str, str], last: int) -> list[int]:
    """Follow the log up to a position, and leave in order: in a loop that is closed then."""
    live = WebsocketsTransport(url, headers=headers)
    follow = gql("subscription { entries(after: 0) { entries { position } } }")
    heard: list[int] = []
    async with Client(transport=live) as session:
        told: Any
        async for told in session.subscribe(follow):
            heard += [each["position"] for each in told["entries"]["entries"]]
            if heard[-1] >= last:
                break
    return heard
