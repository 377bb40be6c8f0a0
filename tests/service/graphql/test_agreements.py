"""What a member has to sign, through the API, whatever text or policy comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY
from tests.service.graphql.year import Somebody, Year

NETWORK = "network-member-agreement"
DEADLINES = POLICY.deadlines
DAY = timedelta(days=1)
MEMBERSHIP = """query ($id: ID!) { membership(id: $id) {
    standing agreement { key } tier { agreement { key } } sentVersion
    resigning { agreement version signBy } agreements { agreement version } } }"""


@pytest.fixture
def year(database_url: str, tmp_path: Path) -> Iterator[Year]:
    made = Year(database_url, tmp_path)
    made.publishes_agreements()
    for each in made.partners:
        made.signs(each)
    yield made
    made.coalition.close()


ALLY = "ally-agreement"


def gives_allies_an_agreement(year: Year) -> None:
    """Let the membership give the tier of allies an agreement of its own, with a text."""
    text = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    text = text.replace(
        'tiers = ["community-network", "ally-network"]', 'tiers = ["community-network"]', 1
    )
    own = f'[agreements.{ALLY}]\nname = "Ally agreement"\ntiers = ["ally-network"]\n\n'
    text = text.replace(f"[agreements.{NETWORK}]", f"{own}[agreements.{NETWORK}]", 1)
    vote = year.opens_vote(kind="POLICY", proposal=text)
    for each in year.everybody.values():
        year.does("castVote", each.speaker, vote=vote, ballot="APPROVE")
    year.does("closeVote", Role.DIRECTOR, vote=vote)
    year.does("adoptPolicy", Role.DIRECTOR, text=text)
    year.does("publishAgreementTemplate", Role.DIRECTOR, agreement=ALLY, text="We stand by.")


def admitted(year: Year, tier: str, party_type: PartyType) -> Somebody:
    """Return a new member that was sent nothing yet."""
    somebody = year.applies("Lantern Friends", tier, party_type)
    year.is_reviewed(somebody)
    year.is_approved(kind="ADMISSION", application=somebody.application)
    found = year.does(
        "admitMember", Role.COMMITTEE, "membership { id }", application=somebody.application
    )
    somebody.membership = found["membership"]["id"]
    return somebody


def told(year: Year, whose: Somebody) -> dict[str, Any]:
    found: dict[str, Any] = year.ask(MEMBERSHIP, id=whose.membership)["membership"]
    return found


def text_of(year: Year, agreement: str) -> dict[str, Any]:
    """Return the present text of an agreement, as a signature names it."""
    query = "{ agreementTemplates { agreement version sha256 } }"
    texts = year.ask(query)["agreementTemplates"]
    text: dict[str, Any] = next(each for each in texts if each["agreement"] == agreement)
    return text


def signature(whose: Somebody, text: dict[str, Any]) -> dict[str, Any]:
    who = {"signatoryName": "Avery Invented", "capacity": "chair"}
    return {"membership": whose.membership, **text, **who}


def test_a_text_that_is_published_while_another_is_to_be_signed_is_asked_for_after_it(
    year: Year,
) -> None:
    lantern = admitted(year, "community-network", PartyType.EDUCATION)
    year.does("sendAgreement", Role.DIRECTOR, membership=lantern.membership)
    first = text_of(year, NETWORK)
    year.comes(year.today + 5 * DAY)
    year.does("publishAgreementTemplate", Role.DIRECTOR, agreement=NETWORK, text="We stand by it.")

    year.comes(year.today + DAY)
    second = text_of(year, NETWORK)
    assert told(year, lantern)["standing"] == "AGREEMENT_PENDING"
    year.may_not("signAgreement", lantern.speaker, "agreement.sent", **signature(lantern, second))
    year.does("signAgreement", lantern.speaker, **signature(lantern, first))
    assert told(year, lantern)["standing"] == "ACTIVE"

    year.comes(year.today + DAY)
    asked = told(year, lantern)["resigning"]
    assert (asked["agreement"], asked["version"]) == (NETWORK, 2)
    year.does("signAgreement", lantern.speaker, **signature(lantern, second))
    year.comes(year.today + timedelta(days=DEADLINES.resigning_grace_days + 40))
    assert told(year, lantern)["standing"] == "ACTIVE"


def test_a_policy_that_gives_a_tier_another_agreement_has_its_members_sign_that(
    year: Year,
) -> None:
    friends = admitted(year, "ally-network", PartyType.COALITION_OR_GROUP)
    year.signs(friends)
    gives_allies_an_agreement(year)
    found = told(year, friends)
    assert found["agreement"] == found["tier"]["agreement"] == {"key": ALLY}
    query = "{ agreementTemplates { agreement tiers } }"
    asked_by = {each["agreement"]: each["tiers"] for each in year.ask(query)["agreementTemplates"]}
    assert (asked_by[ALLY], asked_by[NETWORK]) == (["ally-network"], ["community-network"])

    year.comes(year.today + DAY)
    found = told(year, friends)
    assert (found["standing"], found["sentVersion"]) == ("ACTIVE", 1)
    by = date.fromisoformat(found["resigning"]["signBy"])
    assert found["resigning"] | {"signBy": 0} == {"agreement": ALLY, "version": 1, "signBy": 0}

    year.comes(by + DAY)
    assert told(year, friends)["standing"] == "AGREEMENT_PENDING"
    year.does("signAgreement", friends.speaker, **signature(friends, text_of(year, ALLY)))
    assert told(year, friends)["standing"] == "ACTIVE"
    year.is_verified()


def test_a_newer_text_of_the_agreement_that_a_tier_had_asks_nobody_in_it(year: Year) -> None:
    friends = admitted(year, "ally-network", PartyType.COALITION_OR_GROUP)
    year.signs(friends)
    gives_allies_an_agreement(year)
    year.does("publishAgreementTemplate", Role.DIRECTOR, agreement=NETWORK, text="Version two.")
    year.comes(year.today + DAY)
    assert told(year, friends)["resigning"]["agreement"] == ALLY
    year.does("signAgreement", friends.speaker, **signature(friends, text_of(year, ALLY)))
    year.comes(year.today + timedelta(days=DEADLINES.resigning_grace_days + 40))
    assert (told(year, friends)["standing"], told(year, friends)["resigning"]) == ("ACTIVE", None)


def test_staff_are_told_of_an_agreement_that_nobody_sent(year: Year) -> None:
    lantern = admitted(year, "community-network", PartyType.EDUCATION)
    admitted_on = year.today
    query = """{ dueDates(filter: {kinds: [AGREEMENT_SENDING]}) {
        nodes { dueOn overdue waitingOn about { id } } } }"""

    def due(who: Role | Principal) -> Any:  # noqa: ANN401 - JSON
        return year.ask(query, who)["dueDates"]["nodes"]

    year.comes(year.today + timedelta(days=120))
    found = {
        "dueOn": str(admitted_on),
        "overdue": True,
        "waitingOn": "STAFF",
        "about": {"id": lantern.membership},
    }
    assert due(Role.DIRECTOR) == due(lantern.speaker) == [found]
    assert due(Role.PUBLIC) == due(year.partners[0].speaker) == []

    year.does("sendAgreement", Role.DIRECTOR, membership=lantern.membership)
    assert due(Role.DIRECTOR) == []
