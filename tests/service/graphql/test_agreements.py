"""What a member has to sign, through the API, whatever text or policy comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from service.security.principal import Role
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
