"""What is in the way of a yes can still be mended by somebody, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.policy import PartyType
from service.security.principal import Role
from tests.service.graphql.year import Year


@pytest.fixture
def year(database_url: str, tmp_path: Path) -> Iterator[Year]:
    year = Year(database_url, tmp_path)
    year.publishes_agreements()
    for partner in year.partners:
        year.signs(partner)
    yield year
    year.coalition.close()


def test_an_appeal_that_is_won_opens_the_review_again_and_the_applicant_is_admitted(
    year: Year,
) -> None:
    clause = "community-network.interest"
    lantern = year.applies("Lantern Library", "community-network", PartyType.EDUCATION)
    case = {"application": lantern.application}
    year.is_reviewed(lantern, lacks=clause)
    year.does("declineApplication", Role.COMMITTEE, clauses=[clause], **case)
    year.does("fileAppeal", lantern.who, grounds="You overlooked our letter.", **case)
    vote = year.opens_vote(kind="APPEAL", **case)
    year.closes_vote(vote, {each.name: "APPROVE" for each in year.partners})
    year.does("decideAppeal", Role.DIRECTOR, **case)
    assert year.phase(lantern) == "IN_REVIEW"

    # Nobody declines it alone once more.
    year.may_not(
        "declineApplication", Role.COMMITTEE, "appeal.decided-anew", clauses=[clause], **case
    )
    reviewer = year.coalition.principals[Role.REVIEWER]
    letter = {"requirement": clause, "description": "The letter."}
    year.does("attachEvidence", lantern.who, **letter, **case)
    year.does("recordFinding", reviewer, requirement=clause, met=True, **case)
    year.is_recommended(lantern)
    year.is_approved(kind="ADMISSION", **case)
    year.is_admitted(lantern)
    assert year.standing(lantern) == "ACTIVE"
