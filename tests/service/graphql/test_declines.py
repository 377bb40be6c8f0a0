"""Why an application was declined: told to whoever applied, and to nobody outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.terms import PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY, new_id
from tests.service.graphql.api import Api

REQUIREMENT = POLICY.tier(TIER).requirements[-1]
STANDARD = POLICY.standards_for(TIER)[0]
REASONS = {
    "clauses": [REQUIREMENT.id, STANDARD.id],
    "unmet": [
        {
            "clause": REQUIREMENT.id,
            "message": f"Not found met: {REQUIREMENT.text}",
            "satisfiedBy": "An application from which a reviewer sees it.",
        },
        {
            "clause": STANDARD.id,
            "message": f"Neither exhibited nor worked towards: {STANDARD.name}.",
            "satisfiedBy": "Exhibiting it, or an improvement plan by which it is worked towards.",
        },
    ],
}
QUERY = """query ($id: ID!) { application(id: $id) { phase review { decline { clauses note } }
    decline { clauses unmet { clause message satisfiedBy } note } } }"""


class Declined:
    """An application that the committee declined, with a note to itself."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=2)
        self.api = Api(self.assembly.coalition)
        self.application = global_id(NodeKind.APPLICATION, self.assembly.apply())
        given = {"application": self.application, "note": "They seem new to this."}
        clauses = REASONS["clauses"]
        answer = self.api.do("declineApplication", given | {"clauses": clauses}, Role.COMMITTEE)
        assert answer["__typename"] == "DeclineApplicationAccepted", answer

    def asked(self, who: Role | Principal) -> Any:  # noqa: ANN401 - as the response has it
        """Return what somebody is told of it."""
        return self.api.ask(QUERY, who, id=self.application)["application"]


@pytest.fixture
def declined(database_url: str, tmp_path: Path) -> Iterator[Declined]:
    declined = Declined(database_url, tmp_path)
    yield declined
    declined.assembly.coalition.close()


def test_whoever_applied_is_told_the_clauses_and_what_would_satisfy_each(
    declined: Declined,
) -> None:
    coalition = declined.assembly.coalition
    for who in (Role.APPLICANT, coalition.representative(declined.assembly.applicant)):
        told = declined.asked(who)
        assert told["decline"] == REASONS | {"note": None}
        assert (told["phase"], told["review"]) == ("DECLINED", None)


def test_the_staff_concerned_read_the_note_too(declined: Declined) -> None:
    noted = {"note": "They seem new to this."}
    for who in (Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR, Role.REVIEWER):
        told = declined.asked(who)
        assert told["decline"] == REASONS | noted
        assert told["review"]["decline"] == noted | {"clauses": REASONS["clauses"]}
    stranger = Principal(PrincipalId(new_id()), Role.REVIEWER)
    assert declined.asked(stranger)["decline"] is None


def test_nobody_else_is_told(declined: Declined) -> None:
    somebody = Principal(PrincipalId(new_id()), Role.APPLICANT)
    for who in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR, somebody, declined.assembly.speaker(0)):
        assert declined.asked(who) is None


def test_what_would_satisfy_it_is_by_the_policy_of_then(declined: Declined) -> None:
    text = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    assert STANDARD.name in text
    proposal = text.replace(STANDARD.name, "Renamed since")
    question = {"kind": "POLICY", "closesOn": "2023-03-09", "proposal": proposal}
    api, assembly = declined.api, declined.assembly
    vote = api.do("openVote", question, Role.DIRECTOR, returning="vote { id }")["vote"]["id"]
    for number in range(2):
        api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, assembly.speaker(number))
    api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
    answer = api.do("adoptPolicy", {"text": proposal}, Role.DIRECTOR)
    assert answer["__typename"] == "AdoptPolicyAccepted", answer

    assert declined.asked(Role.APPLICANT)["decline"] == REASONS | {"note": None}


def test_what_was_not_declined_has_no_decline(database_url: str, tmp_path: Path) -> None:
    assembly = Assembly(database_url, tmp_path, partners=2)
    application = global_id(NodeKind.APPLICATION, assembly.apply())
    found = Api(assembly.coalition).ask(QUERY, Role.APPLICANT, id=application)["application"]
    assert found == {"phase": "REVIEWED", "review": None, "decline": None}
    assembly.coalition.close()
