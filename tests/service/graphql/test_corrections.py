"""Corrections of what was written down, which edit nothing."""

from __future__ import annotations

from service.security.principal import Role
from tests.service.graphql.api import Api
from tests.service.graphql.recording import claim, governance, must
from tests.service.ledger.rows import everything


def test_a_correction_is_shown_with_its_link_and_edits_nothing(api: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { history {
        text corrections { field original { id leafHash } entry { id position type } }
        entry { id leafHash ... on OpenEntry { corrections { id } } } version
    } } }"""
    claim(api, "It began at the harbuor.", "A newspaper", "2005-01-01")
    (before,) = governance(api, query)["history"]
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    entry = before["entry"]["id"]
    given = {"entry": entry, "field": "text", "value": "It began at the harbour."}
    answer = must(
        api, "correctEntry", given, "entry { id ... on OpenEntry { corrections { id } } }"
    )
    correction = answer["receipt"]["entryIds"][0]
    assert answer["entry"] == {"id": entry, "corrections": [{"id": correction}]}
    (after,) = governance(api, query)["history"]
    assert after == {
        "text": "It began at the harbour.",
        "corrections": [
            {
                "field": "text",
                "original": {"id": entry, "leafHash": before["entry"]["leafHash"]},
                "entry": {
                    "id": correction,
                    "position": head + 1,
                    "type": "correction.entry_corrected.v1",
                },
            }
        ],
        "entry": before["entry"] | {"corrections": [{"id": correction}]},
        "version": 1,
    }
    # As of the time before it, the text is the one that was known.
    (then,) = governance(api, query, as_of={"at": {"position": head}})["history"]
    assert (then["text"], then["corrections"]) == ("It began at the harbuor.", [])
    # Once more, it has already happened.
    again = api.do("correctEntry", given, Role.DIRECTOR)
    assert again["receipt"]["entryIds"] == []


def test_a_corrected_text_is_for_those_who_read_the_field(small_api: Api) -> None:
    query = "{ governance { funding { funder corrections { field } entry { id } } } }"
    must(small_api, "recordFunding", {"funder": "Plantd Foundation"})
    entry = governance(small_api, query)["funding"][0]["entry"]["id"]
    given = {"entry": entry, "field": "funder", "value": "Planted Foundation"}
    must(small_api, "correctEntry", given)
    told = {
        role: governance(small_api, query, role)["funding"][0]["funder"]
        for role in (Role.PUBLIC, Role.OPERATOR, Role.PORTAL, Role.AUDITOR)
    }
    assert told == {
        Role.PUBLIC: None,
        Role.OPERATOR: None,
        Role.PORTAL: "Planted Foundation",
        Role.AUDITOR: "Planted Foundation",
    }


def test_the_source_of_the_founding_reads_as_corrected(small_api: Api) -> None:
    query = "query ($asOf: AsOf) { coalition(asOf: $asOf) { source } }"
    founding = small_api.ask("{ ledger { entries(first: 1) { nodes { id } } } }")
    given = {
        "entry": founding["ledger"]["entries"]["nodes"][0]["id"],
        "field": "source",
        "value": "Minutes of the first meeting",
    }
    must(small_api, "correctEntry", given)
    assert small_api.ask(query, Role.PORTAL)["coalition"]["source"] == given["value"]
    assert small_api.ask(query)["coalition"]["source"] is None
    then = small_api.ask(query, Role.PORTAL, asOf={"at": {"position": 2}})["coalition"]
    assert then["source"] == "Minutes of the founding meeting"


def test_a_decision_is_not_corrected(api: Api) -> None:
    query = "{ ledger { entries(first: 3) { nodes { id type } } } }"
    entries = api.ask(query)["ledger"]["entries"]["nodes"]
    seats = next(each["id"] for each in entries if each["type"] == "coalition.seats_set.v1")
    before = everything(api.coalition)
    given = {"entry": seats, "field": "seats", "value": "9"}
    answer = api.do("correctEntry", given, Role.DIRECTOR)
    assert (answer["__typename"], answer["rule"]) == ("Refused", "descriptive-fields")
    assert everything(api.coalition) == before
