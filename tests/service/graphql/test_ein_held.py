"""Whether a provider has an applicant's EIN: told to whoever decides, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.membership.review import AssignReviewer
from domain.membership.standing import WithdrawMembership
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import organisation
from tests.service.graphql.api import Api
from tests.service.graphql.test_mergers import Partners

SEEN = "query ($id: ID!) { application(id: $id) { einHeld } }"
TIER = "coalition-member"


@pytest.fixture
def partners(database_url: str, tmp_path: Path) -> Iterator[Partners]:
    partners = Partners(database_url, tmp_path)
    yield partners
    partners.assembly.coalition.close()


def held(api: Api, application: str, who: Role | Principal = Role.COMMITTEE) -> bool | None:
    found = api.ask(SEEN, who, id=global_id(NodeKind.APPLICATION, application))["application"]
    shown: bool | None = None if found is None else found["einHeld"]
    return shown


def test_whoever_decides_sees_that_another_provider_has_the_ein(api: Api) -> None:
    coalition, ein = api.coalition, api.coalition.ein()
    first = coalition.submit(TIER, organisation("Quay House", ein=ein))
    assert held(api, first.application) is False
    provider = coalition.admit(TIER, organisation("Mill House", ein=ein))
    other = coalition.submit(TIER, organisation("Lock House", ein=coalition.ein()))
    reviewer = coalition.principals[Role.REVIEWER]
    coalition.must(
        AssignReviewer(application=first.application, reviewer=reviewer.id), Role.DIRECTOR
    )
    for who in (Role.COMMITTEE, Role.DIRECTOR, Role.REVIEWER):
        assert held(api, first.application, who) is True
    assert held(api, other.application) is False
    # A provider is not in its own way.
    assert held(api, provider.application) is False

    leave = WithdrawMembership(membership=provider.membership)
    coalition.must(leave, coalition.representative(provider.party))
    assert held(api, first.application) is False


def test_nobody_else_is_told(api: Api) -> None:
    coalition, ein = api.coalition, api.coalition.ein()
    coalition.admit(TIER, organisation("Mill House", ein=ein))
    asked = coalition.submit(TIER, organisation("Quay House", ein=ein))
    theirs = coalition.representative(asked.party)
    for who in (
        Role.PUBLIC,
        Role.APPLICANT,
        Role.REPRESENTATIVE,
        Role.PORTAL,
        Role.REVIEWER,
        theirs,
    ):
        assert held(api, asked.application, who) is None


def test_an_applicant_gets_the_same_answer_whether_or_not_a_member_has_the_ein(api: Api) -> None:
    ein = api.coalition.ein()
    api.coalition.admit(TIER, organisation("Mill House", ein=ein))
    answers = [
        api.do(
            "submitApplication",
            {
                "tier": TIER,
                "organisation": {
                    "name": "Quay House",
                    "partyType": "NONPROFIT_501C3",
                    "ein": each,
                    "counties": ["29510"],
                },
            },
            Role.APPLICANT,
            returning="application { phase einHeld }",
        )
        for each in (ein, api.coalition.ein())
    ]
    for answer in answers:
        assert answer["__typename"] == "SubmitApplicationAccepted"
        assert answer["application"] == {"phase": "SUBMITTED", "einHeld": None}


def test_what_is_part_of_a_provider_keeps_its_ein_for_it(partners: Partners) -> None:
    coalition, api = partners.assembly.coalition, partners.api
    query = "query ($id: ID!) { node(id: $id) { ... on Organisation { ein } } }"
    ein = api.ask(query, Role.DIRECTOR, id=partners.party(partners.two))["node"]["ein"]
    asked = coalition.submit(TIER, organisation("Quay House", ein=ein)).application
    partners.merge()
    assert held(api, asked) is True
    survivor = coalition.submit(TIER, organisation("Wharf House", ein=coalition.ein())).application
    assert held(api, survivor) is False
