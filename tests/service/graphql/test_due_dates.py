"""Deadlines through the API: in the order of days, and one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

DUE = """query ($filter: DueDateFilter, $first: Int, $after: String, $last: Int, $before: String) {
    dueDates(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { kind dueOn overdue waitingOn about { id __typename } } } }"""


class Waiting:
    """Two applications that wait for a decision, and votes on them that are open."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.first = self.assembly.apply()
        self.applicant = self.assembly.coalition.representative(self.assembly.applicant)
        self.vote = self.assembly.open(self.first, days=7)
        self.assembly.coalition.clock.advance(days=3)
        self.second = self.assembly.apply()
        self.later_vote = self.assembly.open(self.second, days=7)

    def due(self, who: Role | Principal, **variables: object) -> dict[str, Any]:
        """Ask for deadlines, where nothing else is asked of applications and votes only."""
        variables = {"filter": {"kinds": ["VOTE_CLOSES", "APPLICATION_DECISION"]}} | variables
        found: dict[str, Any] = self.api.ask(DUE, who, **variables)["dueDates"]
        return found


@pytest.fixture
def waiting(database_url: str, tmp_path: Path) -> Iterator[Waiting]:
    made = Waiting(database_url, tmp_path)
    yield made
    made.assembly.coalition.close()


def test_staff_see_what_is_due_in_the_order_of_days(waiting: Waiting) -> None:
    found = waiting.due(Role.DIRECTOR)
    assert found["totalCount"] == 4
    assert [(each["kind"], each["waitingOn"], each["about"]["id"]) for each in found["nodes"]] == [
        ("VOTE_CLOSES", "VOTERS", global_id(NodeKind.VOTE, waiting.vote)),
        ("VOTE_CLOSES", "VOTERS", global_id(NodeKind.VOTE, waiting.later_vote)),
        ("APPLICATION_DECISION", "STAFF", global_id(NodeKind.APPLICATION, waiting.first)),
        ("APPLICATION_DECISION", "STAFF", global_id(NodeKind.APPLICATION, waiting.second)),
    ]
    assert [each["overdue"] for each in found["nodes"]] == [False] * 4
    waiting.assembly.coalition.clock.advance(days=5)
    assert waiting.due(Role.DIRECTOR)["nodes"][0]["overdue"] is True


def test_every_way_of_paging_gives_the_same_list(waiting: Waiting) -> None:
    # Deadlines of memberships too, several on one day.
    everything: dict[str, Any] = {"filter": {}}
    whole = waiting.due(Role.COMMITTEE, **everything)["nodes"]
    assert len({each["kind"] for each in whole}) == 3
    for size in (1, 2, 3):
        forward: list[Any] = []
        after = None
        while True:
            page = waiting.due(Role.COMMITTEE, first=size, after=after, **everything)
            forward += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert forward == whole
        backward: list[Any] = []
        before = None
        while True:
            page = waiting.due(Role.COMMITTEE, last=size, before=before, **everything)
            backward = page["nodes"] + backward
            before = page["pageInfo"]["startCursor"]
            if not page["pageInfo"]["hasPreviousPage"]:
                break
        assert backward == whole


def test_a_filter_restricts_kinds_and_days(waiting: Waiting) -> None:
    votes = waiting.due(Role.DIRECTOR, filter={"kinds": ["VOTE_CLOSES"]})
    assert votes["totalCount"] == len(votes["nodes"]) == 2
    until = votes["nodes"][0]["dueOn"]
    assert waiting.due(Role.DIRECTOR, filter={"until": until})["nodes"] == votes["nodes"][:1]
    assert waiting.due(Role.DIRECTOR, filter={"kinds": []})["totalCount"] == 0


def test_whoever_it_concerns_sees_their_own_and_others_nothing(waiting: Waiting) -> None:
    ours = waiting.due(waiting.applicant)
    assert [each["about"]["id"] for each in ours["nodes"]] == [
        global_id(NodeKind.APPLICATION, waiting.first)
    ]
    applicant = waiting.due(Role.APPLICANT)
    assert {each["kind"] for each in applicant["nodes"]} == {"APPLICATION_DECISION"}
    assert applicant["totalCount"] == 2
    for who in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR):
        assert waiting.due(who)["totalCount"] == 0


def test_an_application_is_to_be_decided_within_the_days_of_the_policy(waiting: Waiting) -> None:
    (due,) = waiting.due(waiting.applicant)["nodes"]
    query = "query ($id: ID!) { application(id: $id) { submittedOn } }"
    told = waiting.api.ask(query, Role.DIRECTOR, id=due["about"]["id"])["application"]
    days = timedelta(days=POLICY.deadlines.application_expiry_days)
    assert date.fromisoformat(told["submittedOn"]) + days == date.fromisoformat(due["dueOn"])


def test_a_date_at_the_end_of_time_asks_for_everything(waiting: Waiting) -> None:
    for until, count in (("9999-12-31", 7), ("0001-01-01", 0)):
        assert waiting.due(Role.DIRECTOR, filter={"until": until})["totalCount"] == count
