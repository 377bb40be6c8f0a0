"""Days that a policy gave somebody: the next one, which gives fewer, does not take them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from domain.policy import PartyType
from service import sweep
from service.security.principal import Role
from tests.domain.policy.files import CATE_TOML
from tests.service.graphql.year import Somebody, Year

_DUE = """{ dueDates { nodes { kind dueOn about { id } } } }"""


def begun(database_url: str, folder: Path) -> Year:
    """Return a year whose partners have signed, and may vote."""
    year = Year(database_url, folder)
    year.publishes_agreements()
    for partner in year.partners:
        year.signs(partner)
    return year


def decline(year: Year, whose: Somebody) -> None:
    case = {"application": whose.application}
    reviewer = year.coalition.principals[Role.REVIEWER].id
    year.does("assignReviewer", Role.DIRECTOR, reviewer=reviewer, **case)
    clauses = ["community-network.interest"]
    year.does("declineApplication", Role.COMMITTEE, clauses=clauses, **case)


def adopt(year: Year, *settings: str) -> None:
    """Let the members vote for the policy with other numbers, which takes eight days."""
    text = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    for setting in settings:
        name = setting.partition(" = ")[0]
        text = re.sub(rf"^{name} = \d+$", setting, text, count=1, flags=re.MULTILINE)
    vote = year.opens_vote(kind="POLICY", proposal=text)
    year.closes_vote(vote, {each.name: "APPROVE" for each in year.partners})
    year.does("adoptPolicy", Role.DIRECTOR, text=text)


def test_a_policy_with_fewer_days_counts_for_what_begins_under_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    year = begun(sqlite_url, tmp_path)
    year.passes(days=10)
    early = year.applies("Early Library", "community-network", PartyType.EDUCATION)
    asked = year.applies("Asked Library", "community-network", PartyType.EDUCATION)
    decline(year, early)
    year.passes(days=1)
    adopt(year, "application_expiry_days = 20", "appeal_window_days = 3")
    late = year.applies("Late Library", "community-network", PartyType.EDUCATION)
    refused = year.applies("Other Library", "community-network", PartyType.EDUCATION)
    decline(year, refused)
    day = year.today

    def due(application: str) -> dict[str, int]:
        found = year.ask(_DUE, Role.DIRECTOR)["dueDates"]["nodes"]
        return {
            each["kind"]: (date.fromisoformat(each["dueOn"]) - day).days
            for each in found
            if each["about"]["id"] == application
        }

    assert due(asked.application) == {"APPLICATION_DECISION": 180 - 9}
    assert due(late.application) == {"APPLICATION_DECISION": 20}
    assert due(early.application) == {"APPEAL": 30 - 9}
    assert due(refused.application) == {"APPEAL": 3}
    year.passes(days=21)
    grounds = {"grounds": "See our figures."}
    year.does("fileAppeal", early.who, application=early.application, **grounds)
    year.may_not(
        "fileAppeal",
        refused.who,
        "deadlines.appeal_window_days",
        application=refused.application,
        **grounds,
    )
    assert len(sweep.sweep(year.coalition.ledger).done) == 1
    assert (year.phase(asked), year.phase(late)) == ("SUBMITTED", "EXPIRED")
    year.coalition.close()


def test_the_applicant_and_the_queue_read_the_last_day_that_the_sweep_goes_by(
    sqlite_url: str, tmp_path: Path
) -> None:
    year = begun(sqlite_url, tmp_path)
    early = year.applies("Early Library", "community-network", PartyType.EDUCATION)
    last = {early.application: year.today + timedelta(days=180)}
    adopt(year, "application_expiry_days = 20")
    late = year.applies("Late Library", "community-network", PartyType.EDUCATION)
    last[late.application] = year.today + timedelta(days=20)

    of_one = "query ($id: ID!) { application(id: $id) { phase waiting { expiresOn } } }"
    queue = "{ reviewQueue(first: 10) { nodes { id waiting { expiresOn } } } }"
    queued = year.ask(queue, Role.DIRECTOR)["reviewQueue"]["nodes"]
    due = year.ask(_DUE, Role.DIRECTOR)["dueDates"]["nodes"]
    told = {each["id"]: each["waiting"]["expiresOn"] for each in queued}
    assert told == {
        each["about"]["id"]: each["dueOn"] for each in due if each["kind"] == "APPLICATION_DECISION"
    }
    for whose in (late, early):
        expires_on = last[whose.application]
        assert told[whose.application] == str(expires_on)
        year.comes(expires_on)
        found = year.ask(of_one, whose.who, id=whose.application)["application"]
        assert found == {"phase": "SUBMITTED", "waiting": {"expiresOn": str(expires_on)}}
        year.comes(expires_on + timedelta(days=1))
        assert year.phase(whose) == "EXPIRED"
    year.coalition.close()
