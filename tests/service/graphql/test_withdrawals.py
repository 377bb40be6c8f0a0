"""What the coalition recorded wrongly, what has an end, and what was replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import new_id
from tests.service.graphql.api import Api
from tests.service.graphql.recording import claim, governance, must
from tests.service.ledger.rows import everything

ITEM: dict[str, Any] = {"kind": "GUIDE", "title": "Where to find what"}
PUBLISHED = "publication { id entry { id } }"
LIBRARY = """query ($asOf: AsOf) { governance(asOf: $asOf) { library {
    id kind title sha256 supersedes { title } supersededBy { title }
} } }"""


def titles(api: Api, as_of: dict[str, Any] | None = None) -> list[str]:
    return [each["title"] for each in governance(api, LIBRARY, as_of=as_of)["library"]]


def test_a_publication_is_withdrawn_with_a_reason_and_stays_in_history(api: Api) -> None:
    api.coalition.clock.advance(days=30)
    today = api.coalition.clock.now.date()
    given = ITEM | {"effectiveOn": str(today - timedelta(days=20))}
    published = must(api, "publishLibraryItem", given, PUBLISHED)["publication"]
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    entry = published["entry"]["id"]
    withdraw = {"entry": entry, "reason": "It is out of date."}
    answer = must(
        api, "withdrawEntry", withdraw, "entry { id ... on OpenEntry { corrections { id } } }"
    )
    said = answer["receipt"]["entryIds"][0]
    assert answer["entry"] == {"id": entry, "corrections": [{"id": said}]}

    assert titles(api) == []
    # It stood there until then, and nobody knew better before.
    assert titles(api, {"effectiveOn": str(today - timedelta(days=1))}) == [ITEM["title"]]
    assert titles(api, {"at": {"position": head}}) == [ITEM["title"]]
    query = """query ($id: ID!) { node(id: $id) { ... on Publication {
        title corrections { field } withdrawal { on reason entry { id } } } } }"""
    for role, reason in ((Role.PUBLIC, None), (Role.COMMITTEE, "It is out of date.")):
        seen = api.ask(query, role, id=published["id"])["node"]
        withdrawal = {"on": str(today), "reason": reason, "entry": {"id": said}}
        assert seen == {"title": ITEM["title"], "corrections": [], "withdrawal": withdrawal}
    # Once is enough, and another day would not be told.
    for again in (withdraw, withdraw | {"effectiveOn": given["effectiveOn"]}):
        refused = api.do("withdrawEntry", again, Role.DIRECTOR)
        assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "withdrawn-once")
        assert str(today) in refused["message"]


@pytest.mark.parametrize(
    ("mutation", "wrong", "right"),
    [
        ("publishLibraryItem", ITEM | {"sha256": "ab" * 32}, ITEM | {"sha256": "cd" * 32}),
        ("publishLibraryItem", ITEM | {"kind": "PLAN"}, ITEM),
        ("publishLibraryItem", ITEM | {"wave": 2}, ITEM | {"wave": 1}),
        (
            "publishStandards",
            {"title": ITEM["title"], "wave": 2},
            {"title": ITEM["title"], "wave": 1},
        ),
    ],
)
def test_what_was_wrong_all_along_is_withdrawn_from_its_own_day_and_recorded_anew(
    small_api: Api, mutation: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    year: dict[str, Any] = {"effectiveOn": "2020-01-01", "precision": "YEAR"}
    entry = must(small_api, mutation, wrong | year, PUBLISHED)["publication"]["entry"]["id"]
    reason = {"reason": "It is another one.", "effectiveOn": "2020-01-01"}
    must(small_api, "withdrawEntry", {"entry": entry} | reason)
    again = must(small_api, mutation, right | year, PUBLISHED)["publication"]
    for day in ("2020-01-01", "2023-03-01"):
        (seen,) = governance(small_api, LIBRARY, as_of={"effectiveOn": day})["library"]
        assert seen["id"] == again["id"]


def test_a_claim_with_a_wrong_day_contradicts_nobody_once_it_is_withdrawn(api: Api) -> None:
    first = claim(api, "It began at the harbour.", "A newspaper", "2005-01-01")
    claim(api, "It began at the market.", "A letter", "2006-01-01", contradicts=[first])
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { history {
        text happenedOn { text } contradictedBy { text } entry { id } } } }"""
    harbour, market = governance(api, query)["history"]
    assert harbour["contradictedBy"] == [{"text": market["text"]}]
    entry = {"entry": market["entry"]["id"], "effectiveOn": "2006-01-01"}
    must(api, "withdrawEntry", entry | {"reason": "The letter says 2004."})
    (standing,) = governance(api, query)["history"]
    assert (standing["text"], standing["contradictedBy"]) == (harbour["text"], [])
    claim(api, "It began at the market.", "A letter", "2004-01-01", contradicts=[first])
    told = [each["happenedOn"]["text"] for each in governance(api, query)["history"]]
    assert told == ["2004", "2005"]


def test_what_took_the_place_of_it_is_told_until_that_is_withdrawn(api: Api) -> None:
    first = must(api, "publishLibraryItem", ITEM, PUBLISHED)["publication"]["id"]
    later = {"kind": "TOOLKIT", "title": "How to find it", "supersedes": first}
    entry = must(api, "publishLibraryItem", later, PUBLISHED)["publication"]["entry"]["id"]
    guide, toolkit = governance(api, LIBRARY)["library"]
    assert guide["supersededBy"] == [{"title": "How to find it"}]
    assert toolkit["supersedes"] == {"title": ITEM["title"]}
    must(api, "withdrawEntry", {"entry": entry, "reason": "It is another one."})
    (guide,) = governance(api, LIBRARY)["library"]
    assert guide["supersededBy"] == []


def test_funding_ends_and_members_read_where_that_is_documented(api: Api) -> None:
    given = {"funder": "Planted Foundation", "effectiveOn": "2015-01-01", "precision": "YEAR"}
    funding = must(api, "recordFunding", given, "funding { id }")["funding"]["id"]
    end = {"funding": funding, "source": "A web page", "effectiveOn": "2018-01-01"}
    shown = "funding { until { text } endSource version }"
    ended = must(api, "endFunding", end | {"precision": "YEAR"}, shown)["funding"]
    assert ended == {"until": {"text": "2018"}, "endSource": "A web page", "version": 2}
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { funding {
        until { text } endSource } } }"""
    (public,) = governance(api, query)["funding"]
    assert public == {"until": {"text": "2018"}, "endSource": None}
    (before,) = governance(api, query, as_of={"effectiveOn": "2017-06-01"})["funding"]
    assert before == {"until": None, "endSource": None}


NOBODY = global_id(NodeKind.PUBLICATION, new_id())
STRANGE: list[tuple[str, dict[str, Any]]] = [
    ("endFunding", {"funding": global_id(NodeKind.FUNDING, new_id())}),
    ("withdrawEntry", {"entry": global_id(NodeKind.ENTRY, new_id()), "reason": "It is wrong."}),
]


@pytest.mark.parametrize(("mutation", "given"), STRANGE)
def test_who_may_and_what_is_not_there(
    small_api: Api, mutation: str, given: dict[str, Any]
) -> None:
    before = everything(small_api.coalition)
    for role in Role:
        answer = small_api.do(mutation, given, role)
        assert answer["__typename"] == "NotAllowed", (role, answer)
    assert everything(small_api.coalition) == before


def test_bad_input_names_its_field_and_rule_and_changes_nothing(small_api: Api) -> None:
    query = "{ ledger { entries(first: 2) { nodes { id type } } } }"
    founding = small_api.ask(query)["ledger"]["entries"]["nodes"][1]["id"]
    grant = {"funder": "A Foundation", "effectiveOn": "2022-01-01"}
    funding = must(small_api, "recordFunding", grant, "funding { id }")["funding"]["id"]
    before = everything(small_api.coalition)
    for mutation, given, field, rule in (
        ("withdrawEntry", {"entry": founding, "reason": "No."}, "entry", "record-entries"),
        ("withdrawEntry", {"entry": founding, "reason": ""}, "reason", "min-length"),
        (
            "endFunding",
            {"funding": funding, "effectiveOn": "2021-12-31"},
            "effectiveOn",
            "effective-date",
        ),
        (
            "endFunding",
            {"funding": funding, "effectiveOn": "2022-05-02", "precision": "MONTH"},
            "effectiveOn",
            "date-precision",
        ),
        ("endFunding", {"funding": funding, "source": "a\nb"}, "source", "pattern"),
        (
            "publishLibraryItem",
            ITEM | {"supersedes": NOBODY},
            "supersedes",
            "known-supersedes",
        ),
    ):
        answer = small_api.do(mutation, given, Role.DIRECTOR)
        assert (answer["__typename"], answer["field"], answer["rule"]) == ("Refused", field, rule)
        assert answer["unmet"][0]["satisfiedBy"]
    assert everything(small_api.coalition) == before
