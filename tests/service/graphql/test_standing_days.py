"""Days that a suspension and the window of an appeal have: among what is due, and swept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.membership import DeclineApplication
from domain.terms import ApplicationId
from service import sweep
from service.deadline import DueKind
from service.deadlines import DEADLINES
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.coalition import POLICY, organisation
from tests.service.graphql.api import Api

NO = POLICY.standards_for("community-network")[0].id
CLAUSE = POLICY.standards_for("collaborative-partner")[0].id
WINDOW = timedelta(days=POLICY.deadlines.appeal_window_days)
DUE = """query ($kind: DueKind!) { dueDates(filter: {kinds: [$kind]}) {
    totalCount nodes { dueOn waitingOn about { id } } } }"""
(END,) = (each for each in DEADLINES if each.kind is DueKind.SUSPENSION)


class Held:
    """Three partners, of which the first can be suspended for ten days."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.ledger, self.clock = self.assembly.coalition.ledger, self.assembly.coalition.clock
        own = self.assembly.partners[0].membership
        self.membership = global_id(NodeKind.MEMBERSHIP, own)
        self.speaker = self.assembly.speaker(0)
        self.until = self.assembly.today + timedelta(days=10)

    def suspend(self, condition: str | None = None) -> str:
        given = {"clauses": [CLAUSE], "reason": "As found.", "until": str(self.until)}
        more = {} if condition is None else {"condition": condition}
        given = {"membership": self.membership} | given | more
        returning = "receipt { entryIds }"
        answer = self.api.do("suspendMembership", given, Role.DIRECTOR, returning=returning)
        assert answer["__typename"] == "SuspendMembershipAccepted", answer
        entry: str = answer["receipt"]["entryIds"][0]
        return entry

    def due(self, kind: str, who: Role | Principal) -> list[dict[str, Any]]:
        found = self.api.ask(DUE, who, kind=kind)["dueDates"]
        assert found["totalCount"] == len(found["nodes"])
        nodes: list[dict[str, Any]] = found["nodes"]
        return nodes

    def standing(self) -> str:
        query = "query ($id: ID!) { membership(id: $id) { standing } }"
        standing: str = self.api.ask(query, id=self.membership)["membership"]["standing"]
        return standing


@pytest.fixture
def held(database_url: str, tmp_path: Path) -> Iterator[Held]:
    made = Held(database_url, tmp_path)
    yield made
    made.assembly.coalition.close()


def test_a_suspension_is_due_and_ends_on_its_day_once(held: Held) -> None:
    held.suspend()
    last = held.until - timedelta(days=1)
    expected = [{"dueOn": str(last), "waitingOn": "STAFF", "about": {"id": held.membership}}]
    for who in (Role.DIRECTOR, held.speaker):
        assert held.due("SUSPENSION", who) == expected
    for other in (Role.PUBLIC, held.assembly.speaker(1)):
        assert held.due("SUSPENSION", other) == []

    held.clock.advance(days=9)
    assert sweep.sweep(held.ledger, [END]) == sweep.Swept((), ())
    assert held.standing() == "SUSPENDED"
    held.clock.advance(days=1)
    assert len(sweep.sweep(held.ledger, [END]).done) == 1
    assert held.standing() == "ACTIVE"
    assert sweep.sweep(held.ledger, [END]) == sweep.Swept((), ())
    assert held.due("SUSPENSION", Role.DIRECTOR) == []


def test_a_member_votes_from_the_day_on_which_its_suspension_ends_however_late_the_sweep(
    held: Held,
) -> None:
    held.suspend()
    held.clock.advance(days=10)
    vote = held.assembly.open(held.assembly.apply())
    asked = {"id": global_id(NodeKind.VOTE, vote)}
    query = "query ($id: ID!) { vote(id: $id) { electorate { id } } }"
    voters = held.api.ask(query, Role.COMMITTEE, **asked)["vote"]["electorate"]
    assert held.membership in {each["id"] for each in voters}
    # It reads what it votes on.
    query = "query ($id: ID!) { vote(id: $id) { application { review { reasons } } } }"
    found = held.api.ask(query, held.speaker, **asked)["vote"]["application"]
    assert found["review"]["reasons"] is not None
    assert held.standing() == "SUSPENDED"
    ballot = {"vote": global_id(NodeKind.VOTE, vote), "ballot": "APPROVE"}
    done = held.api.do("castVote", ballot, held.speaker)
    assert done["__typename"] == "CastVoteAccepted", done
    held.clock.advance(days=3)
    assert len(sweep.sweep(held.ledger, [END]).done) == 1
    assert held.standing() == "ACTIVE"


@pytest.mark.parametrize("condition", [None, "An audit of the accounts."])
def test_nothing_of_a_suspension_that_ends_it_is_expunged(
    held: Held, condition: str | None
) -> None:
    entry = held.suspend(condition)
    for who in (Role.DIRECTOR, Role.OPERATOR):
        refused = held.api.do("expungeValue", {"entry": entry, "field": "condition"}, who)
        assert (refused["rule"], refused["field"]) == ("needed-fields", "field")
    held.clock.advance(days=10)
    assert len(sweep.sweep(held.ledger, [END]).done) == (condition is None)


def test_a_suspension_on_a_condition_is_due_and_left_to_the_staff(held: Held) -> None:
    held.suspend(condition="An audit of the accounts.")
    held.clock.advance(days=30)
    assert sweep.sweep(held.ledger, [END]) == sweep.Swept((), ())
    assert held.standing() == "SUSPENDED"
    assert len(held.due("SUSPENSION", Role.DIRECTOR)) == 1


def test_a_suspension_can_be_appealed_until_a_day_that_is_due(held: Held) -> None:
    held.suspend()
    last = held.assembly.today + WINDOW
    expected = [{"dueOn": str(last), "waitingOn": "MEMBER", "about": {"id": held.membership}}]
    for who in (Role.DIRECTOR, held.speaker):
        assert held.due("APPEAL", who) == expected
    appeal = {"membership": held.membership, "grounds": "The accounts are there."}
    filed = held.api.do("fileAppeal", appeal, held.speaker)
    assert filed["__typename"] == "FileAppealAccepted"
    assert held.due("APPEAL", held.speaker) == []


def test_the_window_is_due_until_its_last_day_only(held: Held) -> None:
    held.suspend()
    held.clock.advance(days=WINDOW.days)
    assert len(held.due("APPEAL", held.speaker)) == 1
    held.clock.advance(days=1)
    assert held.due("APPEAL", held.speaker) == []
    assert held.due("APPEAL", Role.DIRECTOR) == []


def test_a_decline_can_be_appealed_until_a_day_that_is_due(held: Held) -> None:
    tier = "community-network"
    details = organisation("Hopeful Action")
    application = held.assembly.coalition.submit(tier, details).application
    held.assembly.coalition.review(application, tier, details.party_type)
    decline = DeclineApplication(application=application, clauses=[NO])
    held.assembly.coalition.must(decline, Role.COMMITTEE)
    (due,) = held.due("APPEAL", Role.APPLICANT)
    assert due == {
        "dueOn": str(held.assembly.today + WINDOW),
        "waitingOn": "APPLICANT",
        "about": {"id": global_id(NodeKind.APPLICATION, ApplicationId(application))},
    }
    appeal = {"application": due["about"]["id"], "grounds": "We do."}
    filed = held.api.do("fileAppeal", appeal, Role.APPLICANT)
    assert filed["__typename"] == "FileAppealAccepted"
    assert held.due("APPEAL", Role.APPLICANT) == []
