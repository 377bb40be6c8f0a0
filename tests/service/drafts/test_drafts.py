"""Drafts over HTTP: saved, taken up again, deleted for good, and submitted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

from domain.coalition.clearing import ClearText
from domain.membership.draft import Draft, DraftAnswer
from domain.membership.party import PublishListing
from domain.policy import RequirementKind
from domain.terms import PrincipalId
from projections.as_of import holds_now
from projections.tables import applications
from service.drafts.aging import purge
from service.drafts.store import MOST_DRAFTS, DraftStore
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.keys import Missing
from service.security import issuing
from service.security.principal import Principal, Role
from service.sweep import foretell, sweep
from tests.service.coalition import POLICY, Coalition, new_id, organisation
from tests.service.http.conftest import serving

TIER = "community-network"
INTEREST = f"{TIER}.interest"
SAID = "We want to learn, and to help where we can."
WHOLE: dict[str, Any] = {
    "tier": TIER,
    "partyType": "EDUCATION",
    "name": "Harbour Light School",
    "counties": ["29510"],
    "statement": SAID,
    "answers": {INTEREST: {"description": "Minutes of our meeting about it."}},
}


class Writer:
    """Somebody who applies, and their client."""

    def __init__(self, coalition: Coalition, client: TestClient, role: Role) -> None:
        self.coalition, self.client = coalition, client
        self.principal = Principal(PrincipalId(new_id()), role)
        with begin_writing(coalition.ledger.engine) as connection:
            made = issuing.create(connection, self.principal, "a test's", now=coalition.clock())
        self.headers = {"Authorization": f"Bearer {made.text}"}

    def send(self, method: str, path: str, body: object = None) -> Response:
        return self.client.request(method, f"/drafts{path}", headers=self.headers, json=body)

    def save(self, draft: object) -> str:
        answer = self.send("POST", "", draft)
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made


@pytest.fixture
def coalition(database_url: str, tmp_path: Path) -> Iterator[Coalition]:
    made = Coalition(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def writer(coalition: Coalition) -> Iterator[Writer]:
    with serving(coalition) as client:
        yield Writer(coalition, client, Role.APPLICANT)


def rows(coalition: Coalition) -> list[Any]:
    with coalition.ledger.engine.connect() as connection:
        return list(connection.execute(sa.select(tables.drafts)).all())


def size(coalition: Coalition) -> int:
    with coalition.ledger.read() as snapshot:
        return snapshot.position


def test_a_draft_is_kept_outside_the_ledger_and_taken_up_again(writer: Writer) -> None:
    before = size(writer.coalition)
    draft = writer.save({"tier": TIER, "partyType": "EDUCATION"})
    found = writer.send("GET", f"/{draft}").json()
    assert found["draft"]["tier"] == TIER
    assert [each["requirement"] for each in found["questions"]] == [INTEREST]
    assert {each["clause"] for each in found["missing"]} == {"name", INTEREST}
    again = writer.send("PUT", f"/{draft}", WHOLE)
    assert again.json()["missing"] == []
    assert [each["id"] for each in writer.send("GET", "").json()["drafts"]] == [draft]
    assert size(writer.coalition) == before
    assert again.headers["cache-control"] == "no-store"


def test_a_draft_speaks_as_the_schema_does(writer: Writer) -> None:
    draft = writer.save({"tier": "coalition-member", "partyType": "EDUCATION"})
    found = writer.send("GET", f"/{draft}").json()
    assert found["draft"]["partyType"] == "EDUCATION"
    assert {each["kind"] for each in found["questions"]} <= set(RequirementKind.__members__)
    sponsor = {"unlisted": {"name": "Harbour School", "partyType": "EDUCATION"}}
    kept = writer.send("PUT", f"/{draft}", {"partyType": "GOVERNMENT", "sponsoredBy": sponsor})
    assert kept.json()["draft"]["sponsoredBy"]["unlisted"]["partyType"] == "EDUCATION"
    assert kept.json()["draft"]["partyType"] == "GOVERNMENT"


@pytest.mark.parametrize("named", ["education", "SCHOOL", "", 3, ["EDUCATION"]])
def test_a_type_of_party_by_another_name_is_refused(writer: Writer, named: object) -> None:
    for body in ({"partyType": named}, {"sponsoredBy": {"unlisted": {"partyType": named}}}):
        answer = writer.send("POST", "", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")
        assert "EDUCATION" in answer.json()["error"]["message"]
    assert rows(writer.coalition) == []


def test_a_draft_says_what_will_be_refused_as_data_about_a_survivor(writer: Writer) -> None:
    story = "The girl is 15 years old."
    told = WHOLE | {"statement": story, "answers": {INTEREST: {"description": story}}}
    draft = writer.save(told)
    missing = writer.send("GET", f"/{draft}").json()["missing"]
    assert [each["clause"] for each in missing] == ["screening.en.age"] * 2
    fields = [each["message"].partition(" ")[0] for each in missing]
    assert fields == ["statement", f"answers.{INTEREST}.description"]
    assert not any("15" in text for each in missing for text in each.values())
    assert all("clearText" in each["satisfiedBy"] for each in missing)
    refused = writer.send("POST", f"/{draft}/submission")
    assert (refused.status_code, refused.json()["error"]["rule"]) == (422, "screening.en.age")
    cleared = ClearText(text=story, reason="It is a line of a play.")
    writer.coalition.must(cleared, Role.DIRECTOR)
    assert writer.send("POST", f"/{draft}/submission").status_code == 201


def test_what_is_stored_cannot_be_read_without_the_key(writer: Writer) -> None:
    writer.save(WHOLE)
    (row,) = rows(writer.coalition)
    assert SAID.encode() not in bytes(row.sealed)


def test_a_deleted_draft_is_gone_for_good(writer: Writer) -> None:
    draft = writer.save(WHOLE)
    (row,) = rows(writer.coalition)
    assert writer.send("DELETE", f"/{draft}").status_code == 204
    assert rows(writer.coalition) == []
    assert writer.coalition.ledger.keys.get(row.key_id) is Missing.DESTROYED
    for method in ("GET", "DELETE"):
        assert writer.send(method, f"/{draft}").status_code == 404
    assert writer.send("PUT", f"/{draft}", WHOLE).status_code == 404
    assert writer.send("POST", f"/{draft}/submission").status_code == 404
    # The ledger opens again: that key hid nothing of it.
    writer.coalition.ledger.finish_erasures()


def test_a_draft_whose_deletion_broke_off_is_none(writer: Writer) -> None:
    draft = writer.save(WHOLE)
    (row,) = rows(writer.coalition)
    writer.coalition.ledger.keys.destroy(row.key_id)
    assert writer.send("GET", f"/{draft}").status_code == 404
    assert writer.send("GET", "").json() == {"drafts": []}
    assert writer.send("DELETE", f"/{draft}").status_code == 204
    assert rows(writer.coalition) == []


def test_nobody_reads_or_deletes_what_another_wrote(writer: Writer) -> None:
    draft = writer.save(WHOLE)
    other = Writer(writer.coalition, writer.client, Role.APPLICANT)
    assert other.send("GET", "").json() == {"drafts": []}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/submission")):
        assert other.send(method, f"/{draft}{path}").status_code == 404
    assert other.send("PUT", f"/{draft}", WHOLE).status_code == 404
    for role in (Role.DIRECTOR, Role.REVIEWER, Role.OPERATOR):
        staff = Writer(writer.coalition, writer.client, role)
        assert staff.send("GET", f"/{draft}").status_code == 403
    assert writer.client.get("/drafts").status_code == 401
    wrong = {"Authorization": "Bearer nonsense"}
    assert writer.client.get("/drafts", headers=wrong).status_code == 401


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"tier": "x" * 201}, "tier"),
        ({"email": "nobody"}, "email"),
        ({"answers": {INTEREST: {"numerator": -1}}}, "answers"),
        ({"nonsense": 1}, "nonsense"),
        ([], "object"),
    ],
)
def test_what_is_no_draft_is_refused_by_its_place(writer: Writer, body: object, place: str) -> None:
    answer = writer.send("POST", "", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")
    assert place in answer.json()["error"]["message"]
    assert rows(writer.coalition) == []


@pytest.mark.parametrize(
    ("body", "field", "rule", "satisfied_by"),
    [
        ({"statement": " \n"}, "statement", "pattern", "more in it than white space"),
        ({"name": ""}, "name", "min-length", "more in it than white space"),
        ({"name": "x" * 201}, "name", "max-length", "at most 200 characters"),
        ({"answers": {INTEREST: {"basis": " "}}}, "answers[...].basis", "pattern", "white space"),
        ({"answers": {INTEREST: {"sha256": "no"}}}, "answers[...].sha256", "pattern", "64"),
        ({"counties": ["no"]}, "counties[0]", "pattern", "five digits"),
    ],
)
def test_a_text_that_cannot_be_is_refused_by_field_and_rule(
    writer: Writer, body: object, field: str, rule: str, satisfied_by: str
) -> None:
    answer = writer.send("POST", "", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
    assert (error["field"], error["rule"]) == (field, rule)
    assert satisfied_by in error["unmet"][0]["satisfiedBy"]
    assert rows(writer.coalition) == []


def test_what_was_kept_when_a_blank_was_a_text_is_read_without_it(writer: Writer) -> None:
    ledger = writer.coalition.ledger
    answers = {INTEREST: DraftAnswer(description=" ", basis="Counted.")}
    written = Draft(tier=TIER, name="Lantern House", statement="  \n", answers=answers)
    store = DraftStore(ledger.engine, ledger.keys)
    kept = store.create(writer.principal.id, written, writer.coalition.clock())
    assert [each["id"] for each in writer.send("GET", "").json()["drafts"]] == [kept.id]
    found = writer.send("GET", f"/{kept.id}").json()["draft"]
    assert (found["name"], found.get("statement")) == ("Lantern House", None)
    answer = found["answers"][INTEREST]
    assert (answer["basis"], answer.get("description")) == ("Counted.", None)


def test_a_draft_that_is_no_text_is_refused(writer: Writer) -> None:
    for body in (b'{"tier": "\xff"}', b'{"\xff": 1}', b'{"tier": "\\ud800"}', b"[" * 60_000):
        answer = writer.client.post("/drafts", content=body, headers=writer.headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("name", ["%00", "%ff", "x" * 5_000, "0" * 32])
def test_an_id_of_no_draft_names_none(writer: Writer, name: str) -> None:
    for method, path, body in (("GET", "", None), ("PUT", "", {}), ("POST", "/submission", None)):
        assert writer.send(method, f"/{name}{path}", body).status_code == 404
    assert writer.send("DELETE", f"/{name}").status_code == 404


def test_a_draft_that_is_too_large_is_refused(writer: Writer) -> None:
    assert writer.send("POST", "", {"statement": "x" * 300_000}).status_code == 413


def test_one_keeps_so_many_drafts(writer: Writer) -> None:
    for _ in range(MOST_DRAFTS):
        writer.save({})
    assert writer.send("POST", "", {}).status_code == 409


def test_an_incomplete_draft_is_not_submitted(writer: Writer) -> None:
    draft = writer.save({"tier": TIER, "partyType": "EDUCATION", "name": "Harbour Light"})
    before = size(writer.coalition)
    answer = writer.send("POST", f"/{draft}/submission")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "INCOMPLETE")
    assert [each["clause"] for each in error["unmet"]] == [INTEREST]
    assert size(writer.coalition) == before
    assert writer.send("GET", f"/{draft}").status_code == 200


def test_a_draft_that_names_a_file_nobody_sent_is_not_submitted_at_all(writer: Writer) -> None:
    answer = WHOLE["answers"][INTEREST]
    named = WHOLE | {"answers": {INTEREST: answer | {"sha256": "0" * 64}}}
    draft = writer.save(named)
    (missing,) = writer.send("GET", f"/{draft}").json()["missing"]
    before = size(writer.coalition)
    refused = writer.send("POST", f"/{draft}/submission")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "INCOMPLETE")
    assert refused.json()["error"]["unmet"] == [missing]
    assert (missing["clause"], missing["message"]) == (INTEREST, "No such file was sent.")
    assert size(writer.coalition) == before
    writer.send("PUT", f"/{draft}", WHOLE)
    assert writer.send("POST", f"/{draft}/submission").status_code == 201


def test_a_whole_draft_becomes_an_application_and_is_deleted(writer: Writer) -> None:
    draft = writer.save(WHOLE)
    answer = writer.send("POST", f"/{draft}/submission")
    assert answer.status_code == 201, answer.text
    query = "query ($id: ID!) { application(id: $id) { phase statement evidence { requirement } } }"
    told = writer.client.post(
        "/graphql",
        json={"query": query, "variables": {"id": answer.json()["application"]}},
        headers=writer.headers,
    ).json()["data"]["application"]
    assert (told["phase"], told["statement"]) == ("SUBMITTED", SAID)
    assert told["evidence"] == [{"requirement": INTEREST}]
    assert rows(writer.coalition) == []


def test_a_draft_names_the_sponsor_whose_ein_it_shares(writer: Writer) -> None:
    coalition, tier = writer.coalition, "coalition-member"
    sponsor = coalition.admit(tier, organisation("Mill House", ein=coalition.ein()))
    listing = global_id(NodeKind.LISTING, sponsor.party)
    group = {
        "tier": tier,
        "partyType": "NONPROFIT_501C3",
        "name": "Quay Street Project",
        "sponsoredBy": {"listing": listing},
        "answers": {
            f"{tier}.population": {"description": "Young people without a home."},
            f"{tier}.staff-contacts": {"description": "Its coordinator."},
        },
    }
    draft = writer.save(group)
    for named in ({"listing": listing}, {"listing": "nonsense"}):
        writer.send("PUT", f"/{draft}", group | {"sponsoredBy": named})
        (missing,) = writer.send("GET", f"/{draft}").json()["missing"]
        assert missing["clause"] == "sponsoredBy.listing"
    show = PublishListing(party=sponsor.party, name="Mill House")
    coalition.must(show, coalition.representative(sponsor.party))
    kept = writer.send("PUT", f"/{draft}", group).json()
    assert (kept["missing"], kept["draft"]["sponsoredBy"]["listing"]) == ([], listing)
    answer = writer.send("POST", f"/{draft}/submission")
    assert answer.status_code == 201, answer.text
    told = writer.client.post(
        "/graphql",
        json={
            "query": "query ($id: ID!) { application(id: $id) { sponsor } }",
            "variables": {"id": answer.json()["application"]},
        },
        headers=writer.headers,
    ).json()["data"]["application"]
    assert told == {"sponsor": "Mill House"}


def test_what_the_rules_refuse_stays_a_draft_and_goes_on_when_it_is_mended(writer: Writer) -> None:
    share = {
        "numerator": 90,
        "denominator": 80,
        "basis": "people served",
        "periodStart": "2022-01-01",
        "periodEnd": "2022-12-31",
    }
    tier = "collaborative-partner"
    partner = {
        "tier": tier,
        "partyType": "NONPROFIT_501C3",
        "name": "Harbour Light",
        "ein": writer.coalition.ein(),
        "answers": {
            f"{tier}.executive": {"description": "Its executive director."},
            f"{tier}.direct-service-lead": {"description": "Its lead of services."},
            f"{tier}.population-share": share,
        },
    }
    draft = writer.save(partner)
    refused = writer.send("POST", f"/{draft}/submission")
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "numerator"
    share["denominator"] = 100
    writer.send("PUT", f"/{draft}", partner)
    assert writer.send("POST", f"/{draft}/submission").status_code == 201
    with writer.coalition.ledger.read() as snapshot:
        made = snapshot.connection.execute(
            sa.select(applications.c.evidence, applications.c.shares).where(
                holds_now(applications), applications.c.applicant == writer.principal.id
            )
        ).all()
    assert len(made) == 1
    assert [len(json.loads(positions)) for positions in made[0]] == [2, 1]


def test_drafts_that_nobody_saves_any_more_are_purged(writer: Writer) -> None:
    old = writer.save(WHOLE)
    kept = writer.save(WHOLE)
    days = POLICY.deadlines.application_expiry_days
    writer.coalition.clock.advance(days=days)
    writer.send("PUT", f"/{kept}", WHOLE)
    ledger = writer.coalition.ledger
    assert purge(ledger) == foretell(ledger).drafts == 0
    tomorrow = (writer.coalition.clock.now + timedelta(days=1)).date()
    assert foretell(ledger, tomorrow).drafts == 1
    writer.coalition.clock.advance(days=1)
    (row,) = (each for each in rows(writer.coalition) if each.id == old)
    assert foretell(ledger).drafts == sweep(ledger).drafts == 1
    assert [each.id for each in rows(writer.coalition)] == [kept]
    assert writer.coalition.ledger.keys.get(row.key_id) is Missing.DESTROYED


def test_the_page_for_applicants_shows_a_draft_that_lacks_nothing(writer: Writer) -> None:
    page = (Path(__file__).parents[3] / "docs" / "applying.md").read_text()
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    kept = writer.send("POST", "", shown).json()
    assert kept["missing"] == []
    assert kept["draft"]["partyType"] == shown["partyType"]
    assert writer.send("POST", f"/{kept['id']}/submission").status_code == 201
