"""The queries that the demonstration begins with, run as those for whom they are meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from service.demo.seed import DemoCoalition
from service.graphql.context import Context
from service.graphql.cursors import CursorCipher
from service.graphql.schema import build_schema
from service.security.principal import ANYONE, Role


@pytest.fixture(scope="module")
def answers(demo: DemoCoalition) -> Mapping[Role, list[dict[str, Any]]]:
    """The data of each query's answer, by the role that asks."""
    schema = build_schema()
    cursors = CursorCipher(demo.ledger.keys.named_key("cursors"))
    found: dict[Role, list[dict[str, Any]]] = {}
    for query in demo.queries:
        principal = ANYONE if query.role is Role.PUBLIC else demo.principals[query.role]
        with Context(demo.ledger, principal, request_id="test", cursors=cursors) as context:
            result = schema.execute_sync(query.document, context_value=context)
        assert result.errors is None, query.title
        assert result.data is not None
        found.setdefault(query.role, []).append(result.data)
    return found


def nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def test_each_is_one_line_without_what_a_shell_would_read(demo: DemoCoalition) -> None:
    assert len(demo.queries) == 4
    assert all(not set(query.document) & set("\n'$`\\") for query in demo.queries)


def test_anybody_finds_members_in_a_county(answers: Mapping[Role, list[dict[str, Any]]]) -> None:
    listed = nodes(answers[Role.PUBLIC][0]["directory"])
    assert listed
    assert all(each["name"] and each["tier"] and each["since"] for each in listed)


def test_anybody_reads_the_life_of_a_membership_with_a_change_of_tier(
    answers: Mapping[Role, list[dict[str, Any]]],
) -> None:
    membership = answers[Role.PUBLIC][1]["membership"]
    assert membership["standing"] == "ACTIVE"
    assert membership["listing"]["name"]
    history = [each["type"] for each in nodes(membership["history"])]
    assert history[0] == "membership.admitted.v1"
    assert "membership.tier_changed.v1" in history
    assert len(membership["agreements"]) >= 2


def test_a_reviewer_reads_what_waits_and_opens_what_is_theirs(
    answers: Mapping[Role, list[dict[str, Any]]],
) -> None:
    waiting = nodes(answers[Role.REVIEWER][0]["reviewQueue"])
    assert {each["phase"] for each in waiting} == {
        "SUBMITTED",
        "AWAITING_APPLICANT",
        "IN_REVIEW",
        "REVIEWED",
        "APPEALED",
        "WAITLISTED",
        "SEAT_OFFERED",
    }
    assert any(each["party"] and each["review"]["findings"] for each in waiting)
    assert any(each["party"] is None for each in waiting)


def test_a_partner_reads_what_it_may_vote_on_still(
    answers: Mapping[Role, list[dict[str, Any]]],
) -> None:
    (vote,) = nodes(answers[Role.REPRESENTATIVE][0]["votes"])
    assert (vote["kind"], vote["ownBallot"]) == ("ADMISSION", None)
    assert date.fromisoformat(vote["closesOn"]) >= date(2027, 6, 1)
    assert vote["application"]["party"]["name"]
    assert all(each["met"] for each in vote["application"]["review"]["findings"])
