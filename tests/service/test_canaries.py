"""What is hidden stays hidden: texts that stand nowhere else are looked for everywhere."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import Level, levels
from service import logs
from service.ledger.reader import read_between
from service.partners.exports import EXPORTS
from service.security.principal import Principal, Role
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.domain.policy.files import CATE_TOML
from tests.service.canaries import Canaries
from tests.service.coalition import Coalition
from tests.service.graphql.everything import everything
from tests.service.http.conftest import serving
from tests.service.partners.tables import text_of

CONCERNED_BY_NOTHING = [
    Role.PUBLIC,
    Role.PORTAL,
    Role.OPERATOR,
    Role.APPLICANT,
    Role.REPRESENTATIVE,
    Role.REVIEWER,
]

# Hidden texts that are keys of the policy, codes, digests, or public beside the log.
NO_CANARY = frozenset(
    {
        "says",
        "party_type",
        "counties",
        "sha256",
        "digest",
        "requirement",
        "clause",
        "file",
        "standard",
        "standards",
        "clauses",
        "field",
        "value",
        "types",
    }
)


class Sought(msgspec.Struct, frozen=True):
    """Where canaries are, and where they are looked for.

    Attributes:
        said: what was logged while everything was planted, and since.
    """

    canaries: Canaries
    folder: Path
    said: io.StringIO

    def found_in(self, text: str) -> set[str]:
        """Return where the canaries in a text were planted."""
        return {
            where
            for where, canary in self.canaries.planted.items()
            if canary.lower() in text.lower()
        }


@pytest.fixture(scope="module")
def sought(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sought]:
    """A coalition with canaries, served and signed, with all that it logs."""
    folder = tmp_path_factory.mktemp("canaries")
    coalition = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder, partners=2, policy=CATE_TOML)
    root, said = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    with contextlib.redirect_stderr(said):
        logs.configure("debug", "json")
    unlimited: dict[str, object] = {
        "cost_a_minute": 0,
        "public_cost_a_minute": 0,
        "max_cost": 10**9,
        "max_depth": 100,
    }
    unlimited |= {"max_body_bytes": 1_000_000, "evidence_folder": str(folder / "evidence")}
    with serving(coalition, **unlimited) as client:
        canaries = Canaries(client, coalition)
        Signer(coalition.ledger, SignedFile(folder / "signed")).sign()
        yield Sought(canaries, folder, said)
    root.handlers[:] = handlers
    root.setLevel(level)
    coalition.close()


def planted_fields(coalition: Coalition, planted: set[str]) -> set[tuple[str, str]]:
    """Return the hidden fields of events that hold a canary, opened as nobody can."""
    ledger = coalition.ledger
    with ledger.read() as snapshot:
        entries = list(read_between(snapshot.connection, ledger.opener, 0, snapshot.position))
        opened = ledger.disclosures(snapshot.connection, [each.position for each in entries])
    return {
        (each.event.stored_name, path.removeprefix("data."))
        for each in entries
        for path, disclosure in opened.get(each.position, {}).items()
        if any(canary in str(disclosure.value) for canary in planted)
    }


def test_there_is_a_canary_in_every_hidden_text_of_what_happens(sought: Sought) -> None:
    held = planted_fields(sought.canaries.coalition, set(sought.canaries.planted.values()))
    happened = {name for name, _ in held}
    missing = {
        (name, field)
        for name, event in EVENT_TYPES.items()
        for field, level in levels(event).items()
        # What is personal to somebody happens whatever it is, and most of the rest.
        if (level is Level.PERSONAL or (level is Level.STAFF and name in happened))
        and "str" in event.__annotations__[field]
        and field not in NO_CANARY
    } - held
    assert missing == set()
    assert len(happened) > 30


@pytest.mark.parametrize("role", CONCERNED_BY_NOTHING)
def test_whom_nothing_concerns_gets_no_canary_by_any_query(sought: Sought, role: Role) -> None:
    canaries = sought.canaries
    who = None if role is Role.PUBLIC else canaries.strangers[role]
    if role is Role.REPRESENTATIVE:
        who = canaries.stranger()
    assert sought.found_in(seen(canaries, who or canaries.strangers[role])) == set()
    for query, variables in questions(canaries):
        answer = canaries.ask(query, who, **variables)
        # A search that is refused may say what was searched for, and nothing else is said.
        asked = {where for where in canaries.planted if canaries.planted[where] in str(variables)}
        assert sought.found_in(answer.text) <= asked, (query, answer.text)
        assert not answer.json().get("data") or sought.found_in(str(answer.json()["data"])) == set()


def seen(canaries: Canaries, who: Principal) -> str:
    """Return all that somebody gets who asks for every field; it is too much for one request."""
    reply = canaries.api.send(everything(), who)
    assert reply.errors == []
    return str((reply.data, reply.extensions))


def questions(canaries: Canaries) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield queries that try to find something by its text, by its id, or in the past."""
    listed = canaries.planted["organisation.listing.name"]
    for text in (listed, listed[:6], canaries.planted["organisation.services"]):
        for wanted in ({"text": text}, {"services": [text]}, {"populations": [text]}):
            query = """query ($filter: DirectoryFilter) { directory(filter: $filter) {
                totalCount nodes { name services } pageInfo { endCursor } } }"""
            yield query, {"filter": wanted}
    for name in ("member.name", "name", "alias"):
        query = "query ($name: String!) { organisationsNamed(name: $name) { name } }"
        yield query, {"name": canaries.planted[name]}
    query = "query ($services: [String!]) { assetMap(services: $services) { organisations } }"
    yield query, {"services": [canaries.planted["organisation.services"]]}
    nodes = """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
        ... on Listing { name description services } ... on Party { name address }
        ... on Application { statement } ... on ConfidentialEntry { disclosures { value } } } }"""
    for some in canaries.ids():
        yield nodes, {"ids": some}
    head = canaries.head()
    past = """query ($asOf: AsOf) { directory(asOf: $asOf) { nodes { name phone } }
        memberships(asOf: $asOf) { nodes { listing { name } party { name } } }
        assetMap(asOf: $asOf) { service }
        governance(asOf: $asOf) { roster { name recordedName } } }"""
    for position in range(1, head + 1, 7):
        yield past, {"asOf": {"at": {"position": position}}}


def test_an_auditor_gets_nothing_personal(sought: Sought) -> None:
    canaries = sought.canaries
    found = sought.found_in(seen(canaries, canaries.strangers[Role.AUDITOR]))
    # What an auditor reads is for staff; of people, and of where parties are, it reads nothing.
    personal = ("person", "applicant", "individual", "representative", "signatoryName")
    for where in found:
        assert not where.startswith((*personal, "address", "recipient", "purpose")), where
    assert "organisation.name" in found


def test_no_file_that_is_published_has_a_canary(sought: Sought) -> None:
    client = sought.canaries.client
    head = sought.canaries.head()
    paths = [
        "/log/v1/checkpoint",
        *(f"/log/v1/tile/0/000{part}" for part in ("", f".p/{head}")),
        *(f"/log/v1/tile/entries/000{part}" for part in ("", f".p/{head}")),
        *(f"/audit/v1/{position}.tlog-proof" for position in range(1, head + 1, 11)),
        *(f"/export/{name}" for name in EXPORTS),
        "/livez",
        "/readyz",
        "/metrics",
        "/contact",
        "/.well-known/jwt-vc-issuer",
    ]
    answered = 0
    for path in paths:
        answer = client.get(path)
        answered += answer.status_code == 200
        assert sought.found_in(text_of(answer) + str(answer.headers)) == set(), path
    assert answered > 10


def test_nothing_that_was_logged_has_a_canary(sought: Sought) -> None:
    client = sought.canaries.client
    # Faults of every kind, with canaries in them.
    for canary in list(sought.canaries.planted.values())[:10]:
        for body in (
            f'{{"query": "{{ {canary}',
            f'{{"query": "{{ x(a: \\"{canary}\\") }}"}}',
            canary,
        ):
            client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        client.get("/graphql", params={"query": canary})
        client.get("/export/directory.csv", params={"text": canary, canary: "x"})
        client.get("/graphql", headers={"Authorization": f"Bearer {canary}"})
    said = sought.said.getvalue()
    assert "request" in said
    assert sought.found_in(said) == set()


def test_no_file_of_the_database_has_a_canary_but_of_what_is_published(sought: Sought) -> None:
    found = set()
    for path in sought.folder.iterdir():
        if path.is_file():
            content = path.read_bytes()
            found |= {
                where
                for where, canary in sought.canaries.planted.items()
                if canary.encode() in content
            }
    # The listing of an organisation stands in its view as long as it consents to be shown.
    assert {where for where in found if not where.startswith("organisation.")} == set()
    assert "organisation.name" not in found
