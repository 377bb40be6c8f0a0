"""What is in the way of a yes can still be mended by somebody, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.policy import PartyType
from domain.terms import PrincipalId
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.graphql.year import Somebody, Year


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


EIN = "43-1390001"
PARTNER = "collaborative-partner"
SET = {"tier": PARTNER}


def in_line(year: Year, name: str, ein: str, *, works_towards: bool = False) -> Somebody:
    """Return who waits for a seat, since the coalition said yes."""
    year.does("setSeats", Role.DIRECTOR, seats=4, **SET)
    somebody = year.applies(name, PARTNER, PartyType.NONPROFIT_501C3, ein=ein)
    year.is_reviewed(somebody, works_towards=works_towards)
    year.is_approved(kind="ADMISSION", application=somebody.application)
    year.does("waitlistApplication", Role.COMMITTEE, application=somebody.application)
    return somebody


def test_who_waited_longer_than_their_plan_agrees_to_another_and_takes_the_seat(year: Year) -> None:
    alpha = in_line(year, "Alpha House", "43-1390001", works_towards=True)
    beta = in_line(year, "Beta House", "43-1390002")
    year.passes(days=120)
    year.does("setSeats", Role.DIRECTOR, seats=6, **SET)
    case, standard = {"application": alpha.application}, "provider.commitment-to-standards"
    year.may_not("offerSeat", Role.DIRECTOR, standard, **case)
    assert year.phase(alpha) == "WAITLISTED"
    # Nobody waits for them; their place is theirs still.
    year.does("offerSeat", Role.DIRECTOR, application=beta.application)
    plan = {"due": str(year.today + timedelta(days=90)), "steps": "A course.", "milestones": []}
    year.does("openImprovementPlan", Role.DIRECTOR, standard=standard, **plan, **case)
    year.does("offerSeat", Role.DIRECTOR, **case)
    year.does("acceptSeat", alpha.who, **case)
    assert year.phase(alpha) == "APPROVED"


def test_what_a_new_policy_asks_for_is_shown_and_found_by_who_was_voted_in_and_who_waits(
    year: Year,
) -> None:
    voted = year.applies("Lantern House", PARTNER, PartyType.NONPROFIT_501C3, ein="43-1390001")
    year.is_reviewed(voted)
    year.is_approved(kind="ADMISSION", application=voted.application)
    waits = in_line(year, "Marsh House", "43-1390002")
    clause = f"{PARTNER}.heard"
    adopts(year, clause)
    year.does("setSeats", Role.DIRECTOR, seats=6, **SET)
    reviewer = year.coalition.principals[Role.REVIEWER]
    for somebody, yes in ((waits, "offerSeat"), (voted, "admitMember")):
        case = {"application": somebody.application}
        year.may_not(yes, Role.COMMITTEE, clause, **case)
        year.does("attachEvidence", somebody.who, requirement=clause, description="How.", **case)
        year.does("recordFinding", reviewer, requirement=clause, met=True, **case)
        year.does(yes, Role.COMMITTEE, **case)
    year.does("acceptSeat", waits.who, application=waits.application)
    assert year.phase(voted) == year.phase(waits) == "APPROVED"


def test_what_a_recused_reviewer_recommended_is_reviewed_anew_by_another(year: Year) -> None:
    heron = year.applies("Heron House", "coalition-member", PartyType.NONPROFIT_501C3, ein=EIN)
    year.is_reviewed(heron)
    case = {"application": heron.application}
    year.is_approved(kind="ADMISSION", **case)
    conflicted = year.coalition.principals[Role.REVIEWER]
    year.does("declareConflict", conflicted, details="My wife runs it.", **case)
    year.may_not("admitMember", Role.COMMITTEE, "application.phase", **case)
    queue = """{ reviewQueue(first: 9) { nodes { waiting { on } } } }"""
    (waits,) = year.ask(queue, Role.DIRECTOR)["reviewQueue"]["nodes"]
    assert waits["waiting"]["on"] == "DIRECTOR"

    # What was verified is another one meanwhile: somebody else finds it.
    changed = {"ein": "43-1390009", "reason": "A slip."}
    year.does("changeParticulars", Role.DIRECTOR, party=heron.party, **changed)
    another = Principal(PrincipalId("ab" * 16), Role.REVIEWER)
    year.api.give_key(another)
    year.does("assignReviewer", Role.DIRECTOR, reviewer=another.id, **case)
    determination = {"requirement": "coalition-member.ein-determination", "met": True}
    year.does("recordFinding", another, **determination, **case)
    said = {"recommendation": "ADMIT", "reasons": "As found by me."}
    year.does("recordReview", another, **said, **case)
    # The vote stands.
    year.is_admitted(heron)
    assert year.standing(heron) == "ACTIVE"


def adopts(year: Year, clause: str) -> None:
    """Let the membership adopt a policy that asks of partners for one thing more."""
    before = f'[[tiers.{PARTNER}.requirements]]\nid = "{PARTNER}.commitment"'
    more = f'[[tiers.{PARTNER}.requirements]]\nid = "{clause}"\ntext = "How."\nkind = "evidence"'
    text = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    text = text.replace(before, f"{more}\n\n{before}", 1)
    year.is_approved(kind="POLICY", proposal=text)
    year.does("adoptPolicy", Role.DIRECTOR, text=text)
