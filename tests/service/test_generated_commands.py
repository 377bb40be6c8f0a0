"""Commands that have a chance, one after another: whatever is accepted, the views are the log's.

`make test` gives the same few hundred each time, and `make drill` thousands of others, until each
mutation was accepted. With `--log-cli-level=info` it says how many of each were.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from projections.models import opened_events, read_models
from projections.rebuild import rebuild
from service.app import build_app
from service.cli.rebuilding import LedgerSource
from service.demo.player import StoryClock
from service.demo.seed import DemoCoalition
from service.demo.seed import seed as seed_demo
from service.ledger.engine import begin_writing
from service.security import issuing
from service.security.principal import Principal
from service.settings import Settings, demo_settings, load
from service.sweep import sweep
from tests.service.generated import MUTATIONS
from tests.service.generated_variables import FIELDS
from tests.service.http.conftest import HOST
from tests.service.proposing import Proposed, Proposing
from tests.service.test_generated_requests import DRILL, UNLIMITED, well_formed

STEPS = 6_000 if DRILL else 400
MOST_STEPS = 4 * STEPS if DRILL else STEPS
DAYS = [timedelta(days=days) for days in (1, 2, 7, 20)]
DOCUMENTS = {each.name: each.document for each in FIELDS}

_log = logging.getLogger(__name__)


class Sending:
    """Sends commands to a demonstration that is served."""

    def __init__(self, demo: DemoCoalition, client: TestClient) -> None:
        self._demo = demo
        self._client = client
        self._keys: dict[Principal, str] = {}

    def send(self, proposed: Proposed) -> tuple[str, int]:
        """Send one; return what came of it, and the log's last position after it."""
        body = self._ask(
            DOCUMENTS[f"Mutation.{proposed.mutation}"], proposed.who, {"input": proposed.given}
        )
        if "data" not in body:
            return body["errors"][0]["message"], self.end()
        answer = body["data"][proposed.mutation] or {}
        return answer.get("code", answer.get("__typename", "")), self.end()

    def end(self) -> int:
        """Return the last position of the log."""
        with self._demo.ledger.read() as snapshot:
            return snapshot.position

    def _ask(self, query: str, who: Principal, variables: object) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = self._client.post("/graphql", json=body, headers=self._headers(who))
        if answer.status_code == 401:
            # A command has revoked the key.
            del self._keys[who]
            answer = self._client.post("/graphql", json=body, headers=self._headers(who))
        return well_formed(answer)

    def _headers(self, who: Principal) -> dict[str, str]:
        if who not in self._keys:
            with begin_writing(self._demo.ledger.engine) as connection:
                made = issuing.create(connection, who, "A test", now=self._demo.ledger.clock())
            self._keys[who] = made.text
        return {
            "Authorization": f"Bearer {self._keys[who]}",
            "Accept": "application/graphql-response+json",
        }


@pytest.mark.timeout(3_600)
def test_whatever_is_accepted_the_views_are_the_log_s(database_url: str, tmp_path: Path) -> None:
    at = demo_settings(tmp_path, host="127.0.0.1", port=0)
    here = replace(at, database_url=database_url, evidence_folder=tmp_path / "evidence")
    demo = seed_demo(here, 1, lambda _: None)
    seed = secrets.randbits(32) if DRILL else 1
    random, clock = Random(seed), demo.ledger.clock  # noqa: S311 - content only
    assert isinstance(clock, StoryClock)
    places = {"database_url": "sqlite:///unused", "keys_url": "sqlite:///unused", "kek": "unused"}
    settings = load(Settings, **places, allowed_hosts=HOST, **UNLIMITED)
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    with TestClient(build_app(demo.ledger, settings), base_url=f"http://{HOST}") as client:
        proposing, sending = Proposing(demo, random), Sending(demo, client)
        before = sending.end()
        missing = [*MUTATIONS]
        for step in range(MOST_STEPS):
            if step >= STEPS and not missing:
                break
            if random.random() < 0.02:
                clock.now = clock.now.replace(hour=12) + random.choice(DAYS)
                if step > STEPS / 4 and random.random() < 0.5:
                    # Else somebody may come before the sweep to what is due.
                    sweep(demo.ledger)
                before = sending.end()
            proposed = proposing.next(missing)
            outcome, after = sending.send(proposed)
            outcomes[proposed.mutation][outcome] += 1
            accepted = outcome.endswith(("Accepted", "Done"))
            assert accepted or after == before, (seed, step, proposed)
            if accepted and proposed.mutation in missing:
                missing.remove(proposed.mutation)
            before = after
    _told(outcomes)
    models = read_models(blind=demo.ledger.blind)
    source = LedgerSource(demo.ledger.engine, demo.ledger.opener, opened_events(models))
    assert rebuild(models, source).differing == (), seed
    demo.ledger.close()
    assert sum(map(_accepted, outcomes.values())) > STEPS / 4, outcomes
    assert not missing if DRILL else len(missing) < len(MUTATIONS) / 2, (seed, missing)


def _accepted(outcomes: Counter[str]) -> int:
    return sum(n for name, n in outcomes.items() if name.endswith(("Accepted", "Done")))


def _told(outcomes: dict[str, Counter[str]]) -> None:
    for name, of in sorted(outcomes.items()):
        refused = {code: n for code, n in of.items() if not code.endswith(("Accepted", "Done"))}
        _log.info("%s: %d of %d; %s", name, _accepted(of), of.total(), refused)
    sent, good = sum(of.total() for of in outcomes.values()), sum(map(_accepted, outcomes.values()))
    _log.info("together: %d of %d", good, sent)
