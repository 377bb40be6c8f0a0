"""A former member applies: one history, whatever else was open about its first time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from domain.terms import PartyId
from service.graphql.ids import NodeKind, own_id
from service.ledger.roll import load_register
from service.security.principal import Role
from tests.service.graphql.year import Somebody, Year

TIER, PARTNER = "community-network", "collaborative-partner"
GROUNDS = {"clauses": ["network.transparent-collaboration"], "reason": "As found."}
MEMBERSHIPS = """query ($party: ID!) { memberships(filter: {party: $party}) {
    nodes { id tier { key } standing application { id } appeal { phase outcome }
        evidence { application { id } } standings { standing } } } }"""


class Former:
    """A member that leaves, or whose membership a vote ends."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.year = Year(database_url, folder)
        self.year.publishes_agreements()
        for each in self.year.partners:
            self.year.signs(each)
        self.member = self.year.applies(
            "Lantern Library", TIER, PartyType.NONPROFIT_501C3, ein="43-1390002"
        )
        self.year.is_reviewed(self.member)
        self.is_voted_in(self.member)
        self.year.is_admitted(self.member)
        self.year.leaves(self.member.name)

    def is_voted_in(self, whose: Somebody) -> None:
        self.year.is_approved(kind="ADMISSION", application=whose.application)

    def is_terminated(self) -> None:
        case = {"membership": self.member.membership, **GROUNDS}
        vote = self.year.opens_vote(kind="TERMINATION", **case)
        for each in self.year.partners:
            self.year.does("castVote", each.speaker, vote=vote, ballot="APPROVE")
        self.year.does("closeVote", Role.DIRECTOR, vote=vote)
        self.year.does("terminateMembership", Role.DIRECTOR, vote=vote, **case)

    def leaves(self) -> None:
        self.year.does("withdrawMembership", self.member.speaker, membership=self.member.membership)

    def asks(self, tier: str = TIER) -> Somebody:
        """Apply once more, as whoever speaks for the member does."""
        answer = self.year.does(
            "submitApplication",
            self.member.speaker,
            "application { id membership { id } }",
            tier=tier,
            party=self.member.party,
        )["application"]
        assert answer["membership"] == {"id": self.member.membership}
        return Somebody(
            name=self.member.name,
            tier=tier,
            party_type=PartyType.NONPROFIT_501C3,
            who=self.member.speaker,
            application=answer["id"],
            party=self.member.party,
        )

    def memberships(self) -> list[dict[str, Any]]:
        found = self.year.ask(MEMBERSHIPS, Role.DIRECTOR, party=self.member.party)
        nodes: list[dict[str, Any]] = found["memberships"]["nodes"]
        return nodes

    def phase(self, whose: Somebody) -> tuple[str, str | None]:
        query = "query ($id: ID!) { application(id: $id) { phase withdrawalReason } }"
        found = self.year.ask(query, Role.DIRECTOR, id=whose.application)["application"]
        return found["phase"], found["withdrawalReason"]


@pytest.fixture
def former(database_url: str, tmp_path: Path) -> Iterator[Former]:
    made = Former(database_url, tmp_path)
    yield made
    made.year.coalition.close()


def test_whoever_was_put_out_applies_and_its_membership_goes_on(former: Former) -> None:
    former.is_terminated()
    case = {"membership": former.member.membership}
    former.year.does("fileAppeal", former.member.speaker, grounds="We answered.", **case)
    again = former.asks()
    former.year.is_reviewed(again, works_towards=True)
    former.is_voted_in(again)
    former.year.is_admitted(again)
    assert again.membership == former.member.membership
    (found,) = former.memberships()
    assert [each["standing"] for each in found.pop("standings")] == [
        "AGREEMENT_PENDING",
        "ACTIVE",
        "TERMINATED",
        "ACTIVE",
    ]
    assert found.pop("evidence") == {"application": {"id": again.application}}
    assert found == {
        "id": former.member.membership,
        "tier": {"key": TIER},
        "standing": "ACTIVE",
        # It was admitted by that one for the first time.
        "application": {"id": former.member.application},
        "appeal": {"phase": "DECIDED", "outcome": "MOOT"},
    }
    # Its plan is of this time, and binds it.
    assert former.year.plan(again) == ("OPEN", [False, False])
    query = "{ appeals(decided: false) { totalCount } }"
    assert former.year.ask(query, Role.DIRECTOR)["appeals"]["totalCount"] == 0
    former.year.may_not(
        "decideAppeal", Role.DIRECTOR, "membership.standing", membership=again.membership
    )


def test_it_comes_back_in_the_tier_it_asks_for_and_what_else_it_asked_for_ends(
    former: Former,
) -> None:
    former.leaves()
    same, other = former.asks(), former.asks("coalition-member")
    former.year.is_reviewed(other)
    former.is_voted_in(other)
    admit = {"application": other.application}
    found = former.year.does(
        "admitMember", Role.COMMITTEE, "membership { id tier { key } standing }", **admit
    )
    assert found["membership"] == {
        "id": former.member.membership,
        "tier": {"key": "coalition-member"},
        "standing": "AGREEMENT_PENDING",
    }
    assert former.phase(same) == ("WITHDRAWN", "Whoever asked has a membership without it.")
    assert len(former.memberships()) == 1


def test_a_return_that_was_applied_for_is_over_once_the_membership_is_back(
    former: Former,
) -> None:
    former.leaves()
    again = former.asks()
    former.year.is_approved(kind="ADMISSION", membership=former.member.membership)
    former.year.does("reinstateMembership", Role.COMMITTEE, membership=former.member.membership)
    assert former.phase(again)[0] == "WITHDRAWN"
    assert [each["standing"] for each in former.memberships()] == ["ACTIVE"]


def test_it_may_appeal_the_decline_of_its_return(former: Former) -> None:
    former.leaves()
    again = former.asks()
    former.year.is_reviewed(again, lacks=f"{TIER}.interest")
    case = {"application": again.application}
    former.year.does("declineApplication", Role.COMMITTEE, clauses=[f"{TIER}.interest"], **case)
    query = "{ dueDates(filter: {kinds: [APPEAL]}) { nodes { about { id } } } }"
    due = former.year.ask(query, former.member.speaker)["dueDates"]["nodes"]
    assert {"about": {"id": again.application}} in due
    former.year.does("fileAppeal", former.member.speaker, grounds="See our letter.", **case)


def test_whoever_starts_the_service_knows_who_was_a_member(former: Former) -> None:
    former.leaves()
    member = own_id(NodeKind.MEMBERSHIP, former.member.membership)
    party = own_id(NodeKind.PARTY, former.member.party)
    with former.year.coalition.ledger.engine.connect() as connection:
        register = load_register(connection, str)
    assert register.former_of(PartyId(party or "")) == {member}
    assert register.membership_of(PartyId(party or "")) is None
