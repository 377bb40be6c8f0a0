"""The review queue: whom each application waits for, in which order, for which staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.membership.review import AssignReviewer, RecuseReviewer
from domain.membership.waiting import RequestInformation, WithdrawApplication
from domain.policy import PartyType
from domain.terms import ApplicationId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import Coalition, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
QUEUE = """query ($filter: ReviewQueueFilter, $order: ReviewQueueOrder! = AGE,
    $first: Int, $after: String) {
  reviewQueue(filter: $filter, orderBy: $order, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { id ageDays waiting { on days } }
  }
}"""


class Queue:
    """Six applications, submitted a day apart, of which one is over."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.api = Api(self.coalition)
        made = []
        for _ in range(6):
            made.append(self.submit())
            self.coalition.clock.advance(days=1)
        self.ids = {global_id(NodeKind.APPLICATION, each): n for n, each in enumerate(made)}
        self.coalition.review(made[0], TIER, PartyType.NONPROFIT_501C3)
        self.coalition.clock.advance(days=1)
        reviewer = self.coalition.principals[Role.REVIEWER].id
        for each in made[1:3]:
            self.coalition.must(AssignReviewer(application=each, reviewer=reviewer), Role.DIRECTOR)
        self.coalition.must(RecuseReviewer(application=made[2], reviewer=reviewer), Role.DIRECTOR)
        self.coalition.clock.advance(days=1)
        question = RequestInformation(application=made[3], question="Which?")
        self.coalition.must(question, Role.DIRECTOR)
        self.coalition.must(WithdrawApplication(application=made[4]), Role.DIRECTOR)
        self.coalition.clock.advance(days=1)

    def submit(self) -> ApplicationId:
        return self.coalition.submit(TIER, organisation(ein=self.coalition.ein())).application

    def ask(self, **variables: object) -> dict[str, Any]:
        found: dict[str, Any] = self.api.ask(QUEUE, Role.REVIEWER, **variables)["reviewQueue"]
        return found

    def numbers(self, **variables: object) -> list[int]:
        """Return the applications of the queue by their number."""
        found = self.ask(**variables)
        numbers = [self.ids[each["id"]] for each in found["nodes"]]
        assert found["totalCount"] == len(numbers)
        return numbers


@pytest.fixture
def queue(database_url: str, tmp_path: Path) -> Iterator[Queue]:
    queue = Queue(database_url, tmp_path)
    yield queue
    queue.coalition.close()


def test_reviewers_see_how_long_each_application_has_waited_and_on_whom(queue: Queue) -> None:
    found = queue.ask()["nodes"]
    assert [
        (queue.ids[each["id"]], each["waiting"]["on"], each["waiting"]["days"], each["ageDays"])
        for each in found
    ] == [
        (0, "COMMITTEE", 3, 9),
        (1, "REVIEWER", 2, 8),
        (2, "DIRECTOR", 2, 7),
        (3, "APPLICANT", 1, 5),
        (5, "DIRECTOR", 4, 4),
    ]


def test_the_queue_is_ordered_by_age_or_by_waiting(queue: Queue) -> None:
    assert queue.numbers(order="AGE") == [0, 1, 2, 3, 5]
    waiting = queue.numbers(order="WAITING")
    assert (waiting[0], waiting[1], set(waiting[2:4]), waiting[4]) == (5, 0, {1, 2}, 3)


def test_the_queue_is_filtered_by_whom_it_waits_for(queue: Queue) -> None:
    for on, numbers in (
        (["APPLICANT"], [3]),
        (["REVIEWER"], [1]),
        (["COMMITTEE"], [0]),
        (["DIRECTOR"], [2, 5]),
        (["APPLICANT", "DIRECTOR"], [2, 3, 5]),
        ([], []),
    ):
        assert queue.numbers(filter={"waitingOn": on}) == numbers
    reviewer = queue.coalition.principals[Role.REVIEWER].id
    assert queue.numbers(filter={"reviewer": reviewer}) == [0, 1]
    assert queue.numbers(filter={"tiers": ["ally-network"]}) == []
    assert queue.numbers(filter={"kinds": ["ADMISSION"], "tiers": [TIER]}) == [0, 1, 2, 3, 5]


@pytest.mark.parametrize("order", ["AGE", "WAITING"])
def test_pages_of_the_queue_join_to_the_whole(queue: Queue, order: str) -> None:
    whole = queue.numbers(order=order)
    found: list[int] = []
    after = None
    while True:
        page = queue.ask(order=order, first=2, after=after)
        found += [queue.ids[each["id"]] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == whole


def test_a_cursor_of_one_order_is_none_of_another(queue: Queue) -> None:
    cursor = queue.ask(first=1)["pageInfo"]["endCursor"]
    error = queue.api.refused(QUEUE, Role.REVIEWER, order="WAITING", first=1, after=cursor)
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"


def test_the_queue_is_for_staff(queue: Queue) -> None:
    for role in (Role.PUBLIC, Role.APPLICANT, Role.REPRESENTATIVE, Role.PORTAL, Role.OPERATOR):
        assert queue.api.send(QUEUE, role).data == {"reviewQueue": None}
