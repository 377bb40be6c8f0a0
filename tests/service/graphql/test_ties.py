"""Staff see before a vote who will stand aside in it, why, and by whose word; and can end a tie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.graphql.api import Api
from tests.service.ledger.erasures import assert_views_follow

SEEN = """query ($id: ID!) { application(id: $id) { party {
    affiliations { declaredBy affiliation affiliate { id } } } } }"""
THERE = """query ($id: ID!) { node(id: $id) { ... on Organisation {
    affiliations { declaredBy affiliate { id } } } } }"""


class Tied:
    """Four partners, and an applicant that each of three people ties to one of them."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=4)
        self.api = Api(self.assembly.coalition)
        self.application = global_id(NodeKind.APPLICATION, self.assembly.apply())
        self.applicant = global_id(NodeKind.PARTY, self.assembly.applicant)
        self.speaker = self.assembly.coalition.representative(self.assembly.applicant)

    def partner(self, number: int) -> str:
        return global_id(NodeKind.PARTY, self.assembly.partners[number].party)

    def ties(self, party: str, affiliate: str, who: Principal | Role) -> None:
        given = {"party": party, "affiliate": affiliate, "affiliation": "SHARES_LEADERSHIP"}
        done = self.api.do("declareAffiliation", given, who)
        assert done["__typename"] == "DeclareAffiliationAccepted", done

    def seen(self, who: Principal | Role) -> list[dict[str, str]] | None:
        party = self.api.ask(SEEN, who, id=self.application)["application"]["party"]
        found: list[dict[str, str]] | None = party["affiliations"]
        return found

    def opens(self) -> set[str]:
        """Open the vote, and return the memberships that stand aside in it."""
        closes_on = str(self.assembly.today + timedelta(days=7))
        given = {"kind": "ADMISSION", "application": self.application, "closesOn": closes_on}
        shown = "vote { recused { id } }"
        vote: Any = self.api.do("openVote", given, Role.COMMITTEE, returning=shown)["vote"]
        return {each["id"] for each in vote["recused"]}

    def members(self, *numbers: int) -> set[str]:
        partners = self.assembly.partners
        return {global_id(NodeKind.MEMBERSHIP, partners[each].membership) for each in numbers}


@pytest.fixture
def tied(database_url: str, tmp_path: Path) -> Iterator[Tied]:
    made = Tied(database_url, tmp_path)
    made.ties(made.applicant, made.partner(0), made.speaker)
    made.ties(made.partner(1), made.applicant, made.assembly.speaker(1))
    made.ties(made.applicant, made.partner(2), Role.DIRECTOR)
    yield made
    made.assembly.coalition.close()


def test_staff_see_who_will_stand_aside_and_whose_word_it_is(tied: Tied) -> None:
    words = zip(("PARTY", "AFFILIATE", "DIRECTOR"), map(tied.partner, range(3)), strict=True)
    wanted = [
        {"declaredBy": word, "affiliation": "SHARES_LEADERSHIP", "affiliate": {"id": partner}}
        for word, partner in words
    ]
    for who in (Role.DIRECTOR, Role.COMMITTEE):
        assert tied.seen(who) == wanted
    # Seen from the other one, too; and nobody else sees it, whoever said it.
    for number, word in enumerate(("AFFILIATE", "PARTY", "DIRECTOR")):
        there = tied.api.ask(THERE, Role.DIRECTOR, id=tied.partner(number))["node"]
        assert there["affiliations"] == [
            {"declaredBy": word, "affiliate": {"id": tied.applicant}},
        ]
    assert tied.seen(tied.speaker) is None
    # What was known is not said anew.
    tied.ties(tied.partner(0), tied.applicant, tied.assembly.speaker(0))
    assert tied.seen(Role.DIRECTOR) == wanted
    assert tied.opens() == tied.members(0, 1, 2)
    assert_views_follow(tied.assembly.coalition.ledger)


def test_a_partner_that_denies_a_tie_votes_once_the_director_has_ended_it(tied: Tied) -> None:
    given = {
        "party": tied.applicant,
        "affiliate": tied.partner(0),
        "affiliation": "SHARES_LEADERSHIP",
        "reason": "The partner knows nobody of theirs, and the register names other people.",
    }
    for who in (tied.speaker, tied.assembly.speaker(0), Role.COMMITTEE):
        assert tied.api.do("endAffiliation", given, who)["__typename"] == "NotAllowed"
    done = tied.api.do("endAffiliation", given, Role.DIRECTOR)
    assert done["__typename"] == "EndAffiliationAccepted"
    seen = tied.seen(Role.COMMITTEE)
    assert seen is not None
    assert [each["declaredBy"] for each in seen] == ["AFFILIATE", "DIRECTOR"]
    assert tied.opens() == tied.members(1, 2)
    # What the applicant says from now on takes nobody out.
    tied.ties(tied.applicant, tied.partner(0), tied.speaker)
    (vote,) = tied.api.ask("{ votes { nodes { id recused { id } } } }", Role.DIRECTOR)["votes"][
        "nodes"
    ]
    assert {each["id"] for each in vote["recused"]} == tied.members(1, 2)
