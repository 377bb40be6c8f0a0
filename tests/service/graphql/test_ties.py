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
    affiliations { declaredBy recuses affiliation affiliate { id } } } } }"""
THERE = """query ($id: ID!) { node(id: $id) { ... on Organisation {
    affiliations { declaredBy recuses affiliate { id } } } } }"""


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

    def seen(self, who: Principal | Role) -> list[dict[str, Any]] | None:
        party = self.api.ask(SEEN, who, id=self.application)["application"]["party"]
        found: list[dict[str, Any]] | None = party["affiliations"]
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
    words = zip(
        ("PARTY", "AFFILIATE", "DIRECTOR"),
        (False, True, True),
        map(tied.partner, range(3)),
        strict=True,
    )
    wanted = [
        {
            "declaredBy": word,
            "recuses": recuses,
            "affiliation": "SHARES_LEADERSHIP",
            "affiliate": {"id": partner},
        }
        for word, recuses, partner in words
    ]
    for who in (Role.DIRECTOR, Role.COMMITTEE):
        assert tied.seen(who) == wanted
    # Seen from the other one, too; and nobody else sees it, whoever said it.
    there = (("AFFILIATE", True), ("PARTY", False), ("DIRECTOR", True))
    for number, (word, recuses) in enumerate(there):
        seen = tied.api.ask(THERE, Role.DIRECTOR, id=tied.partner(number))["node"]
        assert seen["affiliations"] == [
            {"declaredBy": word, "recuses": recuses, "affiliate": {"id": tied.applicant}},
        ]
    assert tied.seen(tied.speaker) is None
    # What was known by another's word is not said anew.
    tied.ties(tied.applicant, tied.partner(1), tied.speaker)
    tied.ties(tied.partner(2), tied.applicant, tied.assembly.speaker(2))
    assert tied.seen(Role.DIRECTOR) == wanted
    assert tied.opens() == tied.members(1, 2)
    assert_views_follow(tied.assembly.coalition.ledger)


@pytest.mark.parametrize("says_so_too", ["DIRECTOR", "AFFILIATE"])
def test_what_an_applicant_says_alone_takes_a_partner_out_once_another_says_so_too(
    tied: Tied, says_so_too: str
) -> None:
    who = Role.DIRECTOR if says_so_too == "DIRECTOR" else tied.assembly.speaker(0)
    tied.ties(tied.partner(0), tied.applicant, who)
    seen = tied.seen(Role.COMMITTEE)
    assert seen is not None
    assert {each["affiliate"]["id"]: each["declaredBy"] for each in seen} == {
        tied.partner(0): says_so_too,
        tied.partner(1): "AFFILIATE",
        tied.partner(2): "DIRECTOR",
    }
    # Another process reads what this one has folded.
    coalition = tied.assembly.coalition
    first, coalition.ledger = coalition.ledger, coalition.reopen()
    first.close()
    assert tied.opens() == tied.members(0, 1, 2)
    assert_views_follow(coalition.ledger)


def test_whom_a_vote_is_about_does_not_choose_who_votes(tied: Tied) -> None:
    """Neither before it is opened, by as many ties as there are voters, nor while it is."""
    tied.ties(tied.applicant, tied.partner(3), tied.speaker)
    assert tied.opens() == tied.members(1, 2)
    tied.ties(tied.applicant, tied.partner(1), tied.speaker)
    (vote,) = tied.api.ask("{ votes { nodes { id recused { id } } } }", Role.DIRECTOR)["votes"][
        "nodes"
    ]
    assert {each["id"] for each in vote["recused"]} == tied.members(1, 2)


def test_only_the_director_ends_a_tie(tied: Tied) -> None:
    given = {
        "party": tied.applicant,
        "affiliate": tied.partner(1),
        "affiliation": "SHARES_LEADERSHIP",
        "reason": "The register names other people.",
    }
    for who in (tied.speaker, tied.assembly.speaker(1), Role.COMMITTEE):
        assert tied.api.do("endAffiliation", given, who)["__typename"] == "NotAllowed"
    done = tied.api.do("endAffiliation", given, Role.DIRECTOR)
    assert done["__typename"] == "EndAffiliationAccepted"
    assert tied.opens() == tied.members(2)
