"""Where it is documented what the coalition keeps of itself, and what no source dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from service.security.principal import Role
from tests.service.graphql.api import Api
from tests.service.graphql.recording import governance, must
from tests.service.ledger.rows import everything

KEPT = """query ($asOf: AsOf) { governance(asOf: $asOf) {
    workgroups { name source formedOn { ...when } entry { id } }
    library { title source publishedOn { ...when } }
} }
fragment when on PartialDate { text firstDay lastDay precision }"""
SOURCE = "A funder's web page"
UNDATED: dict[str, Any] = {"source": SOURCE, "precision": "UNDATED"}
COMMANDS: dict[str, dict[str, Any]] = {
    "formWorkgroup": {"name": "Standards"},
    "publishStandards": {"wave": 1, "title": "Wave One"},
    "publishLibraryItem": {"kind": "TOOLKIT", "title": "Toolkits"},
}


def test_everybody_reads_where_it_is_documented_what_the_coalition_keeps(api: Api) -> None:
    for mutation, given in COMMANDS.items():
        must(api, mutation, given | {"source": SOURCE})
        must(api, mutation, given)
    seen = governance(api, KEPT)
    assert [each["source"] for each in seen["workgroups"]] == [SOURCE, None]
    assert [each["source"] for each in seen["library"]] == [SOURCE, None, SOURCE, None]


def test_what_no_source_dates_was_so_by_a_day(api: Api) -> None:
    today = api.coalition.clock.now.date()
    by = today - timedelta(days=400)
    for mutation, given in COMMANDS.items():
        must(api, mutation, given | UNDATED | {"effectiveOn": str(by)})

    def seen(day: date) -> list[Any]:
        found = governance(api, KEPT, as_of={"effectiveOn": str(day)})
        workgroups = [each["formedOn"] for each in found["workgroups"]]
        return workgroups + [each["publishedOn"] for each in found["library"]]

    when = {"text": f"../{by}", "firstDay": None, "lastDay": str(by), "precision": "UNDATED"}
    assert seen(today) == seen(by) == [when] * 3
    assert seen(by - timedelta(days=1)) == []


def test_a_source_that_was_left_out_is_given_by_a_correction(small_api: Api) -> None:
    must(small_api, "formWorkgroup", COMMANDS["formWorkgroup"])
    head = small_api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    entry = governance(small_api, KEPT)["workgroups"][0]["entry"]["id"]
    must(small_api, "correctEntry", {"entry": entry, "field": "source", "value": SOURCE})
    assert governance(small_api, KEPT)["workgroups"][0]["source"] == SOURCE
    then = governance(small_api, KEPT, as_of={"at": {"position": head}})
    assert then["workgroups"][0]["source"] is None


def test_a_source_can_be_taken_back_for_ever(small_api: Api) -> None:
    must(small_api, "formWorkgroup", COMMANDS["formWorkgroup"] | {"source": SOURCE})
    entry = governance(small_api, KEPT)["workgroups"][0]["entry"]["id"]
    must(small_api, "expungeValue", {"entry": entry, "field": "source"})
    seen = governance(small_api, KEPT, Role.DIRECTOR)["workgroups"][0]
    assert (seen["name"], seen["source"]) == ("Standards", None)


@pytest.mark.parametrize("mutation", sorted(COMMANDS))
@pytest.mark.parametrize(("source", "rule"), [("s" * 501, "max-length"), ("a\nb", "pattern")])
def test_a_source_is_a_line(small_api: Api, mutation: str, source: str, rule: str) -> None:
    before = everything(small_api.coalition)
    answer = small_api.do(mutation, COMMANDS[mutation] | {"source": source}, Role.DIRECTOR)
    assert (answer["__typename"], answer["field"], answer["rule"]) == ("Refused", "source", rule)
    assert everything(small_api.coalition) == before
