"""Following the log: everything since a position, then what comes, each entry once."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time

import pytest

from service.graphql import feed
from service.graphql.ids import NodeKind, global_id
from service.ledger.engine import begin_writing
from service.security import api_keys, key_ring
from tests.service.coalition import Coalition, organisation
from tests.service.http.conftest import new_key
from tests.service.live.served import ENTRIES, events_of, served, socket_to

GROUP = "community-organisation"
SEATS = itertools.count(9)


def grow(coalition: Coalition, commands: int = 1) -> int:
    """Record so many entries; return the last position."""
    for _ in range(commands):
        coalition.set_seats("collaborative-partner", next(SEATS))
    return end(coalition)


def end(coalition: Coalition) -> int:
    with coalition.ledger.read() as snapshot:
        return snapshot.position


def test_everything_since_a_position_is_told_and_then_what_comes(coalition: Coalition) -> None:
    before = grow(coalition, 40)
    with served(coalition) as address, socket_to(address) as socket:
        socket.subscribe(ENTRIES, after=0)
        assert socket.entries(before) == list(range(1, before + 1))
        for _ in range(3):
            last = grow(coalition)
            assert socket.entries(last) == [last]


def test_without_a_position_only_what_comes_is_told(small_coalition: Coalition) -> None:
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.subscribe("subscription { entries { entries { position type } } }")
        # By and by it has begun.
        while True:
            last = grow(small_coalition)
            with contextlib.suppress(TimeoutError):
                told = socket.hear(timeout_s=1)["payload"]["data"]["entries"]["entries"]
                break
        assert told == [{"position": last, "type": "coalition.seats_set.v1"}]


def test_a_stream_of_events_tells_the_same(coalition: Coalition) -> None:
    before = end(coalition)
    with served(coalition) as address, events_of(address, ENTRIES, {"after": 0}) as events:
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.entries(before) == list(range(1, before + 1))
        last = grow(coalition)
        event = events.hear()
        assert event["id"] == str(last)


def test_a_browser_that_comes_back_goes_on_from_the_last_event(small_coalition: Coalition) -> None:
    last = grow(small_coalition, 5)
    query = "subscription { entries(after: 0, first: 2) { entries { position } } }"
    with served(small_coalition) as address:
        with events_of(address, query) as events:
            assert events.hear()["id"] == "2"
        with events_of(address, query, headers={"last-event-id": "2"}) as events:
            assert events.entries(last) == list(range(3, last + 1))


def test_whoever_comes_back_again_and_again_misses_nothing_and_hears_nothing_twice(
    coalition: Coalition,
) -> None:
    heard: list[int] = []
    growing = threading.Thread(target=grow, args=(coalition, 60))
    first = end(coalition)
    with served(coalition) as address:
        growing.start()
        position, leaving = first, 0
        while position < first + 60:
            leaving += 1
            if leaving % 2:
                with socket_to(address) as socket:
                    socket.subscribe(ENTRIES, after=position)
                    told = socket.hear()["payload"]["data"]["entries"]
            else:
                with events_of(address, ENTRIES, {"after": position}) as events:
                    told = events.next()["data"]["entries"]
            heard += [entry["position"] for entry in told["entries"]]
            position = told["position"]
        growing.join()
    assert heard == list(range(first + 1, end(coalition) + 1))


def test_a_commit_of_another_process_is_told(coalition: Coalition) -> None:
    with served(coalition) as address, socket_to(address) as socket:
        socket.subscribe(ENTRIES, after=end(coalition))
        other = coalition.reopen()
        try:
            here, coalition.ledger = coalition.ledger, other
            last = grow(coalition)
        finally:
            coalition.ledger = here
            other.close()
        assert socket.entries(last) == [last]


def test_what_was_not_asked_for_is_passed_over(small_coalition: Coalition) -> None:
    query = """subscription ($after: Int) {
        entries(after: $after, filter: { types: ["coalition.seats_set.v1"] }) {
            position entries { position type }
        }
    }"""
    with served(small_coalition) as address, socket_to(address) as socket:
        socket.subscribe(query, after=end(small_coalition))
        small_coalition.submit("community-network", organisation(party_type=GROUP))
        last = grow(small_coalition)
        told = socket.hear()["payload"]["data"]["entries"]
        assert told["entries"] == [{"position": last, "type": "coalition.seats_set.v1"}]
        assert told["position"] == last


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { entries(first: 0) { position } }", "INVALID_ARGUMENT"),
        ("subscription { entries(first: 101) { position } }", "INVALID_ARGUMENT"),
        ("subscription { entries(after: -1) { position } }", "INVALID_ARGUMENT"),
        ("subscription { entries(after: 1000000) { position } }", "INVALID_ARGUMENT"),
        ('subscription { entries(filter: {types: ["x"]}) { position } }', "INVALID_ARGUMENT"),
        ('subscription { membershipChanged(id: "x") { position } }', "INVALID_ARGUMENT"),
        ("subscription { reviewQueueChanged { position } }", "NOT_READABLE"),
        ("subscription { nothing }", "VALIDATION_FAILED"),
        ("subscription { __typename }", "VALIDATION_FAILED"),
        ("subscription { a: entries { position } b: entries { position } }", "VALIDATION_FAILED"),
        (
            "subscription { entries { position } ... @skip(if: true) { entries { position } } }",
            "VALIDATION_FAILED",
        ),
        ("subscription { entries @skip(if: true) { position } }", "VALIDATION_FAILED"),
        ("subscription {", "PARSE_FAILED"),
        (
            "subscription { entries(first: 100) { entries { disclosures { "
            + " ".join(f"a{n}: path" for n in range(150))
            + " } } } }",
            "LIMIT_EXCEEDED",
        ),
    ],
)
def test_what_cannot_be_followed_is_refused_at_once(
    small_coalition: Coalition, query: str, code: str
) -> None:
    with served(small_coalition) as address:
        with socket_to(address) as socket:
            socket.subscribe(query)
            message = socket.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            assert {each["extensions"]["code"] for each in message["payload"]} == {code}
        with events_of(address, query) as events:
            told = events.next()
            assert {each["extensions"]["code"] for each in told["errors"]} == {code}
            assert events.hear() == {"event": "complete", "data": ""}


def test_each_sees_what_they_may_see_as_in_a_query(coalition: Coalition) -> None:
    query = """subscription ($after: Int) { entries(after: $after, first: 100) {
        entries { position disclosures { path } }
    } }"""
    first = end(coalition)
    coalition.submit("community-network", organisation(party_type=GROUP))
    with served(coalition) as address:
        key = new_key(coalition)
        with socket_to(address) as anybody, socket_to(address, key=key) as director:
            for socket in (anybody, director):
                socket.subscribe(query, after=first)
            hidden, shown = anybody.hear()["payload"], director.hear()["payload"]
    assert all(entry["disclosures"] is None for entry in hidden["data"]["entries"]["entries"])
    assert {each["field"] for each in hidden["extensions"]["redacted"]} == {
        "OpenEntry.disclosures",
        "ConfidentialEntry.disclosures",
    }
    paths = {
        each["path"]
        for entry in shown["data"]["entries"]["entries"]
        for each in entry["disclosures"]
    }
    assert "data.name" in paths


def test_a_revoked_key_ends_what_it_began(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_ring, "CACHE_S", 0.1)
    monkeypatch.setattr(feed, "CHECK_S", 0.3)
    key = new_key(coalition)
    with served(coalition) as address:
        header = {"authorization": f"Bearer {key}"}
        with (
            socket_to(address, key=key) as socket,
            events_of(address, ENTRIES, {"after": 0}, headers=header) as events,
        ):
            socket.subscribe(ENTRIES, after=0)
            socket.entries(end(coalition))
            events.entries(end(coalition))
            with begin_writing(coalition.ledger.engine) as connection:
                api_keys.revoke(connection, key.partition(".")[0], now=coalition.clock())
            # Nothing happens in the log, and it ends all the same.
            message = socket.hear()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert events.next()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert events.hear()["event"] == "complete"


def test_a_member_is_told_of_when_something_is_recorded_about_them(coalition: Coalition) -> None:
    version, sha256 = coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", organisation(party_type=GROUP))
    with served(coalition) as address, socket_to(address) as socket:
        socket.subscribe(
            "subscription ($id: ID!, $after: Int) { membershipChanged(id: $id, after: $after) {"
            " position membership { standing } } }",
            id=global_id(NodeKind.MEMBERSHIP, admitted.membership),
            after=end(coalition),
        )
        # Somebody else's affairs are none of it.
        grow(coalition)
        coalition.sign(admitted, "network-member-agreement", version, sha256)
        standings = []
        position = 0
        while position < end(coalition):
            told = socket.hear()["payload"]["data"]["membershipChanged"]
            position = told["position"]
            standings.append(told["membership"]["standing"])
        assert standings[-1] == "ACTIVE"


def test_staff_are_told_when_the_review_queue_changes(coalition: Coalition) -> None:
    query = """subscription ($after: Int) { reviewQueueChanged(after: $after) {
        position reviewQueue { totalCount }
    } }"""
    with served(coalition) as address, socket_to(address, key=new_key(coalition)) as socket:
        socket.subscribe(query, after=end(coalition))
        grow(coalition)
        coalition.submit("community-network", organisation(party_type=GROUP))
        told = socket.hear()["payload"]["data"]["reviewQueueChanged"]
        assert told == {"position": end(coalition), "reviewQueue": {"totalCount": 1}}


def test_a_key_for_nothing_is_refused(small_coalition: Coalition) -> None:
    wrong = {"authorization": "Bearer abcdefgh2345." + "A" * 43}
    with served(small_coalition) as address, events_of(address, ENTRIES, headers=wrong) as events:
        assert events.response.status_code == 401


def test_members_of_a_group_are_told_what_was_made_once(
    small_coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    make = feed.Feed.make

    async def counted(self: feed.Feed, followed: object, position: int) -> object:
        made.append(position)
        return await make(self, followed, position)  # type: ignore[arg-type]

    monkeypatch.setattr(feed.Feed, "make", counted)
    with served(small_coalition) as address, socket_to(address) as socket:
        first = end(small_coalition)
        names = [str(number) for number in range(20)]
        for name in names:
            socket.subscribe(ENTRIES, name=name, after=first)
        socket.subscribe("{ __typename }", name="q")
        while socket.hear()["type"] != "complete":
            pass
        time.sleep(0.2)
        made.clear()
        last = grow(small_coalition)
        heard = {socket.hear()["id"] for _ in names}
        assert heard == set(names)
        assert made.count(first) == 1
        assert last == first + 1
        # A little later something may have been erased: it is made again.
        monkeypatch.setattr(feed, "KEPT_S", -1.0)
        for count, name in enumerate(("late", "later"), 2):
            time.sleep(1.1)
            socket.subscribe(ENTRIES, name=name, after=first)
            assert socket.hear()["id"] == name
            assert made.count(first) == count
