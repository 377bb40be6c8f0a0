"""Three partners who are asked to vote, through the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.terms import Ballot, VoteId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.graphql.api import Api

REASON = "Canary: the funds were not accounted for."
PARTY = """id name registeredOn version
nameCorrections { field } counties { fips } membership { id } listing { id } hold { since } address
addressDisclosures { on }
... on Organisation { ein names { name } parts { id } representatives { name }
    formerRepresentatives { name } }
... on Individual { email isErased }"""
APPLICATION = f"""id kind phase tier {{ key }} party {{ {PARTY} }} statement applicant reviewers
evidence {{ description }} populationShares {{ numerator }} informationRequests {{ question }}
review {{ version recommendation reasons reviewers recused
    findings {{ requirement met note entry {{ id }} }}
    assessments {{ standard assessment note }} plans {{ steps }}
    conflicts {{ details }} decline {{ clauses note }} }}"""
MEMBER = f"""id party {{ {PARTY} }} representatives {{ name }} improvementPlans {{ phase }}
standards {{ assessment }} standings {{ standing clauses reason condition }}"""
VOTE = f"""id phase clauses reason electorate {{ id }} recused {{ id }} ballots {{ ballot }} counted
{{ approve }} application {{ {APPLICATION} }} termination {{ {MEMBER} }}"""
OPEN = f"""query ($filter: VoteFilter) {{ votes(filter: $filter) {{ nodes {{ {VOTE} }} }} }}"""


class Asked:
    """Three partners, an application and a vote on it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.coalition = self.assembly.coalition
        self.api = Api(self.coalition)

    @property
    def closes_on(self) -> str:
        return str(self.assembly.today + timedelta(days=7))

    def opens(self, **question: object) -> str:
        """Open a vote on something."""
        given = {"closesOn": self.closes_on} | question
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        vote: str = opened["vote"]["id"]
        return vote

    def votes(self, who: Principal | Role) -> list[dict[str, Any]]:
        """Return the open votes as somebody sees them."""
        found: list[dict[str, Any]] = self.api.ask(OPEN, who, filter={"phases": ["OPEN"]})["votes"][
            "nodes"
        ]
        return found

    def close(self, vote: VoteId) -> None:
        for number in range(3):
            self.assembly.cast(vote, number, Ballot.APPROVE)
        self.assembly.close(vote)

    def suspend(self, number: int) -> str:
        """Suspend a partner."""
        membership = global_id(NodeKind.MEMBERSHIP, self.assembly.partners[number].membership)
        given = {
            "membership": membership,
            "clauses": ["provider.transparent-collaboration"],
            "reason": REASON,
            "condition": REASON,
        }
        done = self.api.do("suspendMembership", given, Role.DIRECTOR)
        assert done["__typename"] == "SuspendMembershipAccepted", done
        return membership
