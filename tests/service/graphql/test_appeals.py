"""A decline, appealed and decided by those who had no part in it, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

PHASE = "application { phase decidedOn }"


class Declined:
    """An application that two of three partners voted down."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.application = global_id(NodeKind.APPLICATION, self.assembly.apply())
        self.applicant = self.assembly.coalition.representative(self.assembly.applicant)
        self.vote("ADMISSION", {0: "AGAINST", 1: "AGAINST"})
        clauses = [POLICY.tier(TIER).requirements[0].id]
        self.do("declineApplication", Role.COMMITTEE, clauses=clauses)

    def do(self, mutation: str, who: Role | Principal, **given: object) -> dict[str, Any]:
        """Give a command about the application."""
        subject = {"application": self.application}
        returning = PHASE if mutation in {"fileAppeal", "decideAppeal"} else ""
        return self.api.do(mutation, subject | given, who, returning=returning)

    def vote(self, kind: str, ballots: dict[int, str]) -> list[dict[str, Any]]:
        """Hold a vote to its end, and return what each ballot was answered with."""
        closes_on = self.assembly.today + timedelta(days=7)
        given = {"application": self.application, "kind": kind, "closesOn": str(closes_on)}
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        assert opened["__typename"] == "OpenVoteAccepted", opened
        vote = opened["vote"]["id"]
        answers = [
            self.api.do("castVote", {"vote": vote, "ballot": ballot}, self.assembly.speaker(who))
            for who, ballot in ballots.items()
        ]
        self.assembly.coalition.clock.advance(days=8)
        closed = self.api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
        assert closed["__typename"] == "CloseVoteAccepted", closed
        return answers


@pytest.fixture
def declined(database_url: str, tmp_path: Path) -> Iterator[Declined]:
    declined = Declined(database_url, tmp_path)
    yield declined
    declined.assembly.coalition.close()


def test_an_appeal_is_decided_by_those_who_took_no_part(declined: Declined) -> None:
    filed = declined.do("fileAppeal", declined.applicant, grounds="Nobody asked us.")
    assert filed["application"]["phase"] == "APPEALED"
    early = declined.do("decideAppeal", Role.DIRECTOR)
    assert (early["code"], early["rule"]) == ("VOTE_REQUIRED", "appeal.vote")

    barred, free = declined.vote("APPEAL", {0: "AGAINST", 2: "APPROVE"})
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    assert free["__typename"] == "CastVoteAccepted"

    decided = declined.do("decideAppeal", Role.COMMITTEE)
    assert decided["application"] == {"phase": "IN_REVIEW", "decidedOn": None}


APPEAL = """query ($id: ID!) { application(id: $id) { appeal {
    phase grounds outcome filedOn decidedOn vote { kind phase electorate { id } } } } }"""


def test_an_appeal_says_where_it_stands_and_who_decides_it(declined: Declined) -> None:
    def appeal(who: Role | Principal) -> Any:  # noqa: ANN401 - as the response has it
        found = declined.api.ask(APPEAL, who, id=declined.application)["application"]
        return None if found is None else found["appeal"]

    assert appeal(Role.COMMITTEE) is None
    declined.do("fileAppeal", declined.applicant, grounds="Nobody asked us.")
    filed = appeal(declined.applicant)
    assert (filed["phase"], filed["grounds"]) == ("FILED", "Nobody asked us.")
    assert (filed["vote"], filed["outcome"], filed["decidedOn"]) == (None, None, None)

    declined.vote("APPEAL", {2: "APPROVE"})
    voted = appeal(Role.COMMITTEE)
    assert (voted["phase"], voted["vote"]["kind"]) == ("PUT_TO_VOTE", "APPEAL")
    assert len(voted["vote"]["electorate"]) == 1
    # Whoever appeals knows that there is a vote, and not who has one.
    assert appeal(declined.applicant)["vote"]["electorate"] is None

    declined.do("decideAppeal", Role.COMMITTEE)
    decided = appeal(declined.applicant)
    assert (decided["phase"], decided["outcome"]) == ("DECIDED", "OVERTURNED")
    assert decided["decidedOn"] is not None
    for who in (Role.PUBLIC, Role.PORTAL, declined.assembly.speaker(0)):
        assert appeal(who) is None


def test_who_has_nothing_to_do_with_it_neither_appeals_nor_decides(declined: Declined) -> None:
    for who in (Role.PUBLIC, Role.DIRECTOR, declined.assembly.speaker(0)):
        filed = declined.do("fileAppeal", who, grounds="Nobody asked us.")
        assert filed["__typename"] == "NotAllowed"
    assert declined.do("decideAppeal", declined.applicant)["__typename"] == "NotAllowed"


def test_grounds_are_for_staff_and_that_there_is_an_appeal_is_public(declined: Declined) -> None:
    declined.do("fileAppeal", declined.applicant, grounds="Nobody asked us.")
    query = """{ ledger { entries(last: 1) { nodes { ... on OpenEntry {
        type publicData disclosures { path value } } } } } }"""
    (public,) = declined.api.ask(query)["ledger"]["entries"]["nodes"]
    assert (public["type"], public["disclosures"]) == ("application.appeal_filed.v1", None)
    assert "Nobody asked us." not in str(public)
    (staff,) = declined.api.ask(query, Role.COMMITTEE)["ledger"]["entries"]["nodes"]
    assert "Nobody asked us." in str(staff)
