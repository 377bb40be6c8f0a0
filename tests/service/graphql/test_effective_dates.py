"""Which effective dates may be named, by whom: what holds is never known before its day."""

from __future__ import annotations

from typing import Any

import pytest

from service.security.principal import Role
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api
from tests.service.graphql.steps import TIER, accepted, representative, review, submit

SEATS = {"tier": "collaborative-partner", "seats": 9}
YESTERDAY, TODAY, TOMORROW = "2023-03-03", "2023-03-04", "2023-03-05"


@pytest.fixture
def later_api(small_api: Api) -> Api:
    """The schema over a coalition that was founded three days ago."""
    small_api.coalition.clock.advance(days=3)
    return small_api


def refusal(answer: dict[str, Any]) -> tuple[str, str, str]:
    assert answer["__typename"] == "Refused", answer
    return answer["code"], answer["rule"], answer["field"]


TOO_EARLY = ("TOO_EARLY", "effective-date", "effectiveOn")
NOT_YET = ("NOT_YET", "effective-date", "effectiveOn")


@pytest.mark.parametrize("day", [TOMORROW, "9999-12-31"])
def test_nothing_holds_from_a_day_that_has_not_come(later_api: Api, day: str) -> None:
    given = SEATS | {"effectiveOn": day}
    assert refusal(later_api.do("setSeats", given, Role.DIRECTOR)) == NOT_YET
    assert refusal(submit(later_api, effectiveOn=day)) == NOT_YET


def test_nobody_is_a_member_from_a_day_that_has_not_come(later_api: Api) -> None:
    application = accepted(submit(later_api))["application"]["id"]
    review(later_api, application)
    given = {"application": application, "effectiveOn": TOMORROW}
    assert refusal(later_api.do("admitMember", given, Role.COMMITTEE)) == NOT_YET


def test_the_director_enters_what_happened_since_the_founding_in_its_order(later_api: Api) -> None:
    before = SEATS | {"effectiveOn": "2023-02-28"}
    assert refusal(later_api.do("setSeats", before, Role.DIRECTOR)) == TOO_EARLY
    accepted(later_api.do("setSeats", SEATS | {"effectiveOn": YESTERDAY}, Role.DIRECTOR))
    earlier = {"tier": SEATS["tier"], "seats": 10, "effectiveOn": "2023-03-02"}
    assert refusal(later_api.do("setSeats", earlier, Role.DIRECTOR)) == TOO_EARLY
    accepted(submit(later_api, Role.DIRECTOR, effectiveOn=YESTERDAY))


@pytest.mark.parametrize("day", ["0001-01-01", "2023-03-01", YESTERDAY])
def test_an_applicant_applies_for_a_new_party_today(later_api: Api, day: str) -> None:
    assert refusal(submit(later_api, effectiveOn=day)) == TOO_EARLY
    accepted(submit(later_api, effectiveOn=TODAY))


def test_an_applicant_gives_nothing_before_the_party_was_known(later_api: Api) -> None:
    application = accepted(submit(later_api))["application"]["id"]
    later_api.coalition.clock.advance(days=2)
    evidence = {
        "application": application,
        "requirement": f"{TIER}.interest",
        "description": "Minutes.",
    }
    early = evidence | {"effectiveOn": YESTERDAY}
    assert refusal(later_api.do("attachEvidence", early, Role.APPLICANT)) == TOO_EARLY
    accepted(later_api.do("attachEvidence", evidence | {"effectiveOn": TODAY}, Role.APPLICANT))


def test_a_representative_asks_for_nothing_before_the_last_entry_of_the_membership(
    later_api: Api,
) -> None:
    text = {"agreement": POLICY.agreement_for("collaborative-partner").id, "text": "Be kind."}
    accepted(later_api.do("publishAgreementTemplate", text, Role.DIRECTOR))
    found = later_api.ask("{ memberships { nodes { id party { id } } } }", Role.AUDITOR)
    membership = found["memberships"]["nodes"][0]
    accepted(later_api.do("sendAgreement", {"membership": membership["id"]}, Role.DIRECTOR))
    member = representative(later_api, membership["party"]["id"])
    request = {"membership": membership["id"], "tier": TIER, "reason": "REQUESTED"}
    for day in ("2023-02-28", YESTERDAY):
        answer = later_api.do("requestTierChange", request | {"effectiveOn": day}, member)
        assert refusal(answer)[::2] == ("TOO_EARLY", "effectiveOn")
    accepted(later_api.do("requestTierChange", request | {"effectiveOn": TODAY}, member))
