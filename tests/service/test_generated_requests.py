"""Whatever `schema.graphql` lets somebody send, nothing breaks and nothing leaks.

`make test` draws the same few hundred requests each time; `make drill` draws thousands of others.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy, sampled_from
from hypothesis_graphql import Mode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from domain.policy import PartyType
from projections.models import opened_events, read_models
from projections.rebuild import rebuild
from service.cli.rebuilding import LedgerSource
from service.graphql.ids import NodeKind, global_id
from service.ledger.reader import read_between
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.canaries import Canaries
from tests.service.coalition import POLICY, Coalition
from tests.service.generated import Pool, any_mutation, any_query
from tests.service.http.conftest import serving

ROOT = Path(__file__).parents[2]
# The drill of `make drill` draws at random; else the same are drawn each time.
DRILL = settings().max_examples > 100
BY_ROLES = settings(
    max_examples=settings().max_examples,
    derandomize=not DRILL,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
UNLIMITED = {"cost_a_minute": 0, "public_cost_a_minute": 0, "max_body_bytes": 1_000_000}

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
DOCUMENTED = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE))
FAULTS = {"INTERNAL", "UNAVAILABLE", "TOO_SLOW"}
INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|sqlite|psycopg|sqlalchemy|strawberry|msgspec|<[a-z.]+ object",
    re.IGNORECASE,
)
USUAL_DEPTH = sys.getrecursionlimit()
SIGNED_IN = [role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM)]
SEES_STAFF = {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}


def well_formed(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - a response of the test client
    """Hold a response to GraphQL over HTTP and to docs/errors.md; return its body."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code in (200, 400), answer.text
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    assert set(body) <= {"data", "errors", "extensions"}
    assert ("data" in body) == (answer.status_code == 200)
    assert "errors" not in body or body["errors"]
    assert body.get("data") is not None or body["errors"]
    for error in body.get("errors", []):
        assert set(error) <= {"message", "locations", "path", "extensions"}
        assert isinstance(error["message"], str)
        assert not INSIDE.search(error["message"]), error
        for place in error.get("locations", []):
            assert set(place) == {"line", "column"}
            assert min(place.values()) >= 1
        assert ("path" in error) <= ("data" in body)
        extensions = error["extensions"]
        assert extensions["code"] in DOCUMENTED - FAULTS, error
        assert re.fullmatch(r"[0-9a-f]{16}", extensions["requestId"])
    return body


@contextlib.contextmanager
def as_deep_as_served() -> Iterator[None]:
    """Let calls be nested no more deeply than where it serves: hypothesis raises the limit."""
    raised = sys.getrecursionlimit()
    sys.setrecursionlimit(USUAL_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(raised)


class Bench:
    """A coalition with canaries in it, and what may be named there.

    Attributes:
        canaries: what is planted, and a client.
        pool: ids, texts and hashes of what is there, the canaries among them.
        callers: somebody in each role whom nothing of it concerns; by name.
    """

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        coalition, ledger = canaries.coalition, canaries.coalition.ledger
        with ledger.read() as snapshot:
            entries = list(read_between(snapshot.connection, ledger.opener, 0, snapshot.position))
        streams = sorted({each.envelope.stream for each in entries})
        ids = [global_id(kind, stream) for kind in NodeKind for stream in streams]
        ids += [global_id(NodeKind.ENTRY, each.envelope.entry_id) for each in entries]
        people = [principal.id for principal in coalition.principals.values()]
        texts = [*canaries.planted.values(), *people, *self._cursors()]
        for tier in POLICY.tiers:
            texts += [each.id for each in POLICY.standards_for(tier.id)]
            texts += [each.id for each in POLICY.requirements_for(tier.id, PartyType.EDUCATION)]
        self.pool = Pool([*self._existing(ids), *ids[:10]], sorted(set(texts)))
        self.callers: dict[Role, Principal | None] = dict.fromkeys([Role.PUBLIC])
        self.callers |= {role: canaries.strangers[role] for role in SIGNED_IN}
        self.callers[Role.REPRESENTATIVE] = canaries.stranger()

    def _cursors(self) -> Iterator[str]:
        director = self.canaries.coalition.principals[Role.DIRECTOR]
        for name in ("memberships", "directory", "applications"):
            page = f"{{ {name}(first: 1) {{ pageInfo {{ endCursor }} }} }}"
            found = self.canaries.ask(page, director).json()["data"][name]["pageInfo"]["endCursor"]
            if found is not None:
                yield found

    def _existing(self, ids: Sequence[str]) -> Iterator[str]:
        director = self.canaries.coalition.principals[Role.DIRECTOR]
        for start in range(0, len(ids), 100):
            some = ids[start : start + 100]
            query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
            found = self.canaries.ask(query, director, ids=some).json()["data"]["nodes"]
            yield from [each["id"] for each in found if each is not None]

    def send(self, document: str, who: Principal | None) -> dict[str, Any]:
        """Send a document, and return what well-formed response came back."""
        with as_deep_as_served():
            return well_formed(self.canaries.ask(document, who))

    def leaked(self, document: str, body: dict[str, Any]) -> set[str]:
        """Return where the canaries in a response were planted that nobody had named."""
        said, named = (
            json.dumps(body, ensure_ascii=False),
            document.encode().decode("unicode_escape"),
        )
        return {
            where
            for where, canary in self.canaries.planted.items()
            if canary.lower() in said.lower() and canary.lower() not in named.lower()
        }


def personal(where: str) -> bool:
    """Whether what was planted there is for staff only, and of persons."""
    kinds = ("person", "applicant", "individual", "representative", "signatoryName", "address")
    return where.startswith((*kinds, "recipient", "purpose"))


@contextlib.contextmanager
def bench(folder: Path, database_url: str | None = None) -> Iterator[Bench]:
    """Give a coalition with canaries, served as it is by default but for the budget."""
    url = database_url or f"sqlite:///{folder / 'ledger.db'}"
    coalition = Coalition(url, folder, partners=2, policy=CATE_TOML)
    with serving(coalition, evidence_folder=str(folder / "evidence"), **UNLIMITED) as client:
        client.headers["Accept"] = "application/graphql-response+json"
        yield Bench(Canaries(client, coalition))
    coalition.close()


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench that nobody changes anything of."""
    with bench(tmp_path_factory.mktemp("looked-at")) as made:
        yield made


@pytest.mark.timeout(3_600)
def test_no_query_of_anybody_breaks_anything_or_tells_what_is_hidden(looked_at: Bench) -> None:
    @BY_ROLES
    @given(any_query(looked_at.pool))
    def holds(query: str) -> None:
        for role, who in looked_at.callers.items():
            leaked = looked_at.leaked(query, looked_at.send(query, who))
            if role is Role.AUDITOR:
                leaked = {where for where in leaked if personal(where)}
            assert role in {Role.COMMITTEE, Role.DIRECTOR} or leaked == set(), role

    holds()


@pytest.mark.timeout(3_600)
def test_answers_are_those_of_graphql_core_to_the_letter(looked_at: Bench) -> None:
    @BY_ROLES
    @given(any_query(looked_at.pool), sampled_from(sorted(looked_at.callers)))
    def holds(query: str, role: Role) -> None:
        who = looked_at.callers[role]
        ours = looked_at.send(query, who)
        with patch("service.graphql.execution.Executor", StrawberryGraphQLCoreExecutionContext):
            theirs = looked_at.send(query, who)
        for each in [*ours.get("errors", []), *theirs.get("errors", [])]:
            del each["extensions"]["requestId"]
        assert ours == theirs

    holds()


@pytest.mark.timeout(3_600)
def test_no_mutation_of_whom_nothing_concerns_tells_what_is_hidden(looked_at: Bench) -> None:
    strangers = {role: who for role, who in looked_at.callers.items() if role not in SEES_STAFF}

    @BY_ROLES
    @given(any_mutation(looked_at.pool))
    def holds(mutation: str) -> None:
        for role, who in strangers.items():
            body = looked_at.send(mutation, who)
            assert looked_at.leaked(mutation, body) == set(), role

    holds()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("strategy", [any_query, any_mutation])
def test_a_document_that_breaks_one_rule_of_the_schema_is_refused(
    looked_at: Bench, strategy: Callable[[Pool, Mode], SearchStrategy[str]]
) -> None:
    @BY_ROLES
    @given(strategy(looked_at.pool, Mode.NEGATIVE))
    def holds(document: str) -> None:
        for role in (Role.PUBLIC, Role.DIRECTOR):
            body = looked_at.send(document, looked_at.callers[role])
            codes = {error["extensions"]["code"] for error in body["errors"]}
            assert "data" not in body
            assert codes <= {"PARSE_FAILED", "VALIDATION_FAILED", "LIMIT_EXCEEDED"}

    holds()


@pytest.mark.timeout(3_600)
def test_whatever_those_send_who_may_change_things_the_views_are_the_log_s(tmp_path: Path) -> None:
    with bench(tmp_path) as changed:
        callers = changed.callers | changed.canaries.coalition.principals
        callers[Role.REPRESENTATIVE] = changed.callers[Role.REPRESENTATIVE]
        del callers[Role.SYSTEM], callers[Role.PUBLIC]

        @BY_ROLES
        @given(any_mutation(changed.pool), sampled_from(sorted(callers)))
        def holds(mutation: str, role: Role) -> None:
            changed.send(mutation, callers[role])

        holds()
        ledger = changed.canaries.coalition.ledger
        models = read_models(blind=ledger.blind)
        source = LedgerSource(ledger.engine, ledger.opener, opened_events(models))
        assert rebuild(models, source).differing == ()
