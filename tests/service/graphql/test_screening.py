"""A text about a survivor is refused where it is written, unless the staff let it pass."""

from __future__ import annotations

from service.security.principal import Role
from tests.service.graphql.api import Api
from tests.service.graphql.steps import accepted, submit

DATA = "The client Spring was with us from the beginning."
"""About a company that is called so; the rules cannot know."""


def test_a_text_is_refused_by_field_and_rule_and_let_pass_by_staff(api: Api) -> None:
    refused = submit(api, statement=DATA)
    assert refused["__typename"] == "Refused"
    assert (refused["code"], refused["rule"], refused["field"]) == (
        "INVALID_INPUT",
        "screening.en.name",
        "statement",
    )
    assert "Spring" not in str(refused)
    assert "clearText" in refused["unmet"][0]["satisfiedBy"]

    given = {"text": DATA, "reason": "Spring is a laundry that gives us linen."}
    for who in set(Role) - {Role.COMMITTEE, Role.DIRECTOR}:
        assert api.do("clearText", given, who)["__typename"] == "NotAllowed"
    answer = accepted(api.do("clearText", given, Role.COMMITTEE))
    # The log shows that something confidential happened, and no more.
    assert [each["type"] for each in answer["receipt"]["entries"]] == ["coalition.text_cleared.v1"]
    log = "{ ledger { entries(last: 1) { nodes { __typename publicData bytes } } } }"
    (entry,) = api.ask(log)["ledger"]["entries"]["nodes"]
    assert entry["__typename"] == "ConfidentialEntry"
    assert accepted(submit(api, statement=DATA))["application"]["statement"] == DATA


def test_nothing_changes_by_a_refusal(api: Api) -> None:
    head = "{ ledger { head { position rootHash } } }"
    before = api.ask(head)
    for statement in (DATA, "She was trafficked.", "Ella fue explotada."):
        assert submit(api, statement=statement)["__typename"] == "Refused"
    assert api.ask(head) == before


def test_who_may_not_is_told_so_whatever_the_text(api: Api) -> None:
    answer = submit(api, Role.PUBLIC, statement=DATA)
    assert answer["__typename"] == "NotAllowed"
