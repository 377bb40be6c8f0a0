"""Files of the public lists: what is in them, for whom, and how they are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from domain.membership.party import PublishListing, WithdrawListing
from domain.membership.safety import HoldListing
from service.graphql.budget import Allowance, OverBudgetError
from service.graphql.execution import Engine
from service.graphql.schema import build_schema
from service.partners.exports import EXPORTS
from service.partners.layouts import cell
from service.partners.reading import Reading, RefusedError
from service.security.principal import Role
from tests.service.coalition import Coalition, organisation
from tests.service.graphql.story import LISTED, PERSONAL, REVIEW, STAFF, Story
from tests.service.http.conftest import new_key, serving
from tests.service.partners.tables import table, text_of


def bearer(coalition: Coalition, role: Role) -> dict[str, str]:
    return {"authorization": f"Bearer {new_key(coalition, role)}"}


def test_the_directory_is_a_table_and_lines_of_json_of_the_same_rows(files: TestClient) -> None:
    answer = files.get("/export/directory.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="directory.csv"'
    rows = table(answer.text)
    assert [row["name"] for row in rows] == [LISTED["individual"], LISTED["organisation"]]
    assert rows[1]["counties"] == "29189; 29510"
    assert rows[1]["services"] == "shelter"
    assert rows[1]["tier"] == "coalition-member"
    lines = [json.loads(line) for line in files.get("/export/directory.jsonl").text.splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in rows]


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_without_a_key_has_nothing_that_is_hidden(files: TestClient, name: str) -> None:
    text = _text(files, name)
    for hidden in (*PERSONAL.values(), *STAFF.values(), *REVIEW.values()):
        assert hidden not in text


def test_the_same_file_has_more_for_who_may_read_more(
    files: TestClient, headers: dict[Role, dict[str, str]]
) -> None:
    def members(role: Role) -> list[dict[str, str]]:
        return table(files.get("/export/memberships.csv", headers=headers[role]).text)

    assert {row["organisation"] for row in table(files.get("/export/memberships.csv").text)} == {""}
    seen = {role: members(role) for role in (Role.PORTAL, Role.AUDITOR, Role.DIRECTOR)}
    assert {row["organisation"] for row in seen[Role.PORTAL]} == {""}
    assert STAFF["organisation.name"] in {row["organisation"] for row in seen[Role.AUDITOR]}
    assert {row["person"] for row in seen[Role.AUDITOR]} == {""}
    assert PERSONAL["individual.legal-name"] in {row["person"] for row in seen[Role.DIRECTOR]}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"counties": ["29510", "29095"]}, [LISTED["organisation"]]),
        ({"counties": "29095"}, []),
        ({"tiers": "community-network"}, [LISTED["individual"]]),
        ({"text": "SHOWN"}, [LISTED["organisation"]]),
        ({"services": "shelter", "populations": "everyone"}, [LISTED["organisation"]]),
        ({"position": "1"}, []),
        ({"effectiveOn": "2023-03-01"}, []),
    ],
)
def test_a_file_is_filtered_and_dated_as_the_query_is(
    files: TestClient, asked: dict[str, Any], found: list[str]
) -> None:
    rows = table(files.get("/export/directory.csv", params=asked).text)
    assert [row["name"] for row in rows] == found


@pytest.mark.parametrize(
    ("name", "asked", "code", "said"),
    [
        ("directory.csv", {"county": "29510"}, "BAD_REQUEST", "county is none of: counties"),
        ("directory.parquet", {"county": "29510"}, "BAD_REQUEST", "county is none of: counties"),
        ("directory.csv", {"text": ["a", "b"]}, "BAD_REQUEST", "text is given once"),
        ("directory.csv", {"position": "x"}, "BAD_REQUEST", "position is a number"),
        ("directory.csv", {"position": "99999"}, "INVALID_ARGUMENT", "The ledger ends"),
        ("directory.csv", {"counties": "St. Louis"}, "INVALID_VARIABLES", ""),
        ("directory.csv", {"regions": "nowhere"}, "INVALID_ARGUMENT", "no region"),
        ("memberships.csv", {"party": "x"}, "NOT_READABLE", "filter.party"),
        ("memberships.csv", {"standings": "GONE"}, "INVALID_VARIABLES", ""),
        ("votes.csv", {"position": "1"}, "BAD_REQUEST", "position is none of: kinds"),
        ("memberships.csv", {"orderBy": "ADMITTED"}, "BAD_REQUEST", "orderBy is none of: "),
        ("votes.csv", {"resolved": "true"}, "BAD_REQUEST", "application."),
    ],
)
def test_what_cannot_be_asked_is_told_by_parameter(
    files: TestClient, name: str, asked: dict[str, Any], code: str, said: str
) -> None:
    answer = files.get(f"/export/{name}", params=asked)
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code
    assert said in error["message"]


def test_there_is_no_other_file(files: TestClient) -> None:
    answer = files.get("/export/policies.csv")
    assert answer.status_code == 404
    assert "directory.csv" in answer.json()["errors"][0]["message"]
    assert files.post("/export/directory.csv").status_code == 405


@pytest.mark.parametrize("presented", ["Bearer nonsense", "Basic eDp5", "nonsense"])
def test_a_wrong_key_is_never_taken_for_nobody(files: TestClient, presented: str) -> None:
    answer = files.get("/export/directory.csv", headers={"authorization": presented})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_file_is_kept_until_the_ledger_grows(story: Story) -> None:
    with serving(story.coalition) as client:
        first = client.get("/export/directory.csv")
        assert first.headers["cache-control"] == "private, no-cache"
        assert first.headers["vary"] == "Authorization"
        known = {"if-none-match": first.headers["etag"]}
        again = client.get("/export/directory.csv", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        for other in ("directory.jsonl", "directory.parquet", "directory.csv?tiers=ally-network"):
            assert client.get(f"/export/{other}", headers=known).status_code == 200
        as_director = {**known, **bearer(story.coalition, Role.DIRECTOR)}
        assert client.get("/export/directory.csv", headers=as_director).status_code == 200
        head = client.head("/export/directory.csv")
        assert (head.headers["etag"], head.content) == (first.headers["etag"], b"")
        story.coalition.must(HoldListing(party=story.member.party), story.representative)
        grown = client.get("/export/directory.csv", headers=known)
        assert grown.status_code == 200
        assert LISTED["organisation"] not in grown.text


@pytest.mark.parametrize(
    "end",
    [lambda party: HoldListing(party=party), lambda party: WithdrawListing(party=party)],
    ids=["held", "withdrawn"],
)
def test_what_is_not_shown_any_more_is_in_no_file(
    story: Story, end: Callable[[Any], HoldListing | WithdrawListing]
) -> None:
    party = story.member.party
    with serving(story.coalition) as client:
        shown = [name for name in EXPORTS if LISTED["organisation"] in _text(client, name)]
        assert "directory.parquet" in shown
        story.coalition.must(end(party), story.representative)
        for name in EXPORTS:
            assert LISTED["organisation"] not in _text(client, name)
            assert LISTED["organisation"] not in _text(client, f"{name}?effectiveOn=2023-03-03")


def _text(client: TestClient, name: str) -> str:
    return text_of(client.get(f"/export/{name}"))


def test_a_long_list_is_read_in_pages_and_a_listing_taken_down_meanwhile_is_left_out(
    small_coalition: Coalition,
) -> None:
    members = []
    for number in range(130):
        name = f"Organisation {number:03d}"
        details = organisation(name, ein=small_coalition.ein())
        member = small_coalition.admit("coalition-member", details)
        speaker = small_coalition.representative(member.party)
        small_coalition.must(PublishListing(party=member.party, name=name), speaker)
        members.append((member.party, speaker))
    engine = Engine(build_schema(), small_coalition.ledger)
    wanted = EXPORTS["directory.jsonl"].wanted("directory.jsonl", [])
    reading = Reading(engine, wanted)
    position = reading.position
    # The second page is read when the first is taken.
    party, speaker = members[120]
    small_coalition.must(HoldListing(party=party), speaker)
    pages = list(reading)
    names = [row["name"] for page in pages for row in page]
    assert [len(page) for page in pages] == [100, 29]
    assert len(set(names)) == 129
    assert "Organisation 120" not in names
    assert reading.position == position


def test_entries_end_where_the_log_did_for_the_first_page(small_coalition: Coalition) -> None:
    for seats in range(9, 159):
        small_coalition.set_seats("collaborative-partner", seats)
    wanted = EXPORTS["entries.jsonl"].wanted("entries.jsonl", [])
    reading = Reading(Engine(build_schema(), small_coalition.ledger), wanted)
    for seats in range(159, 269):
        small_coalition.set_seats("collaborative-partner", seats)
    positions = [row["position"] for page in reading for row in page]
    assert positions == list(range(1, reading.position + 1))
    assert 150 < reading.position < 250


def test_an_error_after_the_first_page_ends_the_reading(small_coalition: Coalition) -> None:
    engine = Engine(build_schema(), small_coalition.ledger)
    wanted = EXPORTS["memberships.csv"].wanted("memberships.csv", [])
    reading = Reading(engine, wanted)
    assert reading._page is not None
    reading._page["pageInfo"] = {"hasNextPage": True, "endCursor": "none of ours"}
    with pytest.raises(RefusedError, match="no cursor"):
        list(reading)


def test_a_long_list_takes_the_time_that_its_readers_budget_takes(
    small_coalition: Coalition,
) -> None:
    with serving(small_coalition, public_cost_a_minute=6_000) as client:
        assert client.get("/export/memberships.csv").status_code == 200
        answer = client.get("/export/memberships.csv")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["errors"][0]["extensions"]["code"] == "OVER_BUDGET"
    engine = Engine(build_schema(), small_coalition.ledger, allowance=Allowance(public=6_000))
    wanted = EXPORTS["memberships.csv"].wanted("memberships.csv", [])
    reading = Reading(engine, wanted)
    assert reading._page is not None
    reading._page["pageInfo"] = {"hasNextPage": True, "endCursor": None}
    for _ in range(2):
        # A page that is not paid for is there yet.
        with pytest.raises(OverBudgetError):
            reading.next()


def test_a_list_whose_pages_cost_more_than_a_minute_brings_is_refused_for_good(
    small_coalition: Coalition,
) -> None:
    with serving(small_coalition, public_cost_a_minute=1_000) as client:
        answer = client.get("/export/memberships.csv")
        assert answer.status_code == 400
        assert "retry-after" not in answer.headers
        assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("  +1 314 555 0142", "'  +1 314 555 0142"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\uff1d1", "'\uff1d1"),
        (["=1", "2"], "'=1; 2"),
        ("a=b", "a=b"),
        (-3, "-3"),
        (True, "true"),
        (None, ""),
        ([], ""),
    ],
)
def test_a_cell_is_never_a_formula(value: object, written: str) -> None:
    assert cell(value) == written


def test_the_calendar_has_what_is_due_for_who_holds_a_key(
    files: TestClient, headers: dict[Role, dict[str, str]]
) -> None:
    assert files.get("/export/due-dates.ics").status_code == 401
    key = headers[Role.DIRECTOR]["authorization"].removeprefix("Bearer ")
    answer = files.get("/export/due-dates.ics", auth=("calendar", key))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    text = answer.text
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")
    due = files.post(
        "/graphql",
        json={"query": "{ dueDates { nodes { dueOn } } }"},
        headers=headers[Role.DIRECTOR],
    ).json()["data"]["dueDates"]["nodes"]
    days = re.findall(r"DTSTART;VALUE=DATE:(\d{8})", text)
    assert days == [each["dueOn"].replace("-", "") for each in due] != []
    uids = re.findall(r"UID:(\S+)", text)
    assert len(set(uids)) == len(days)
    # A calendar reminds of each a week before.
    assert text.count("BEGIN:VALARM\r\nACTION:DISPLAY\r\n") == len(days)
    assert text.count("TRIGGER:-P7D\r\nEND:VALARM\r\nEND:VEVENT\r\n") == len(days)
    again = files.get("/export/due-dates.ics", headers=headers[Role.COMMITTEE])
    assert re.findall(r"UID:(\S+)", again.text) == uids
    others = files.get("/export/due-dates.ics", headers=headers[Role.PORTAL])
    assert "VEVENT" not in others.text
