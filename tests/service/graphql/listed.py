"""Three partners, the first of which is in the directory, through the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.membership.details import OrganisationDetails
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.coalition import organisation
from tests.service.graphql.api import Api

CLAUSE = "provider.transparent-collaboration"
REASON = "Funds were not accounted for."
CONDITION = "An audit of the accounts."
SHOWN = """membership { standing standingSince
    standings { standing since until reason clauses condition vote { kind } } }"""
DIRECTORY = "{ directory { totalCount nodes { name } } }"


class Lived:
    """Three partners, the first of which is listed."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.member = self.assembly.partners[0]
        self.membership = global_id(NodeKind.MEMBERSHIP, self.member.membership)
        self.speaker = self.assembly.speaker(0)
        self.list_it()

    def list_it(self) -> None:
        """Publish a listing of the first partner, under a name that it is known by as well."""
        party = {"party": global_id(NodeKind.PARTY, self.member.party)}
        alias = party | {"alias": "Lantern House"}
        self.expect("AddAliasAccepted", self.api.do("addAlias", alias, self.speaker))
        given = party | {
            "name": "Lantern House",
            "counties": ["29510"],
            "services": ["Advocacy"],
        }
        self.expect("PublishListingAccepted", self.api.do("publishListing", given, self.speaker))

    def expect(self, typename: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Return an answer of a type."""
        assert answer["__typename"] == typename, answer
        return answer

    def do(self, mutation: str, who: Role | Principal, **given: object) -> dict[str, Any]:
        """Give a command about the first partner's membership."""
        subject = {"membership": self.membership}
        return self.api.do(mutation, subject | given, who, returning=SHOWN)

    def suspend(self) -> dict[str, Any]:
        """Suspend it."""
        until = str(self.assembly.today + timedelta(days=60))
        return self.do(
            "suspendMembership",
            Role.DIRECTOR,
            clauses=[CLAUSE],
            reason=REASON,
            condition=CONDITION,
            until=until,
        )

    def vote(self, kind: str, ballots: dict[int, str]) -> str:
        """Hold a vote on it to its end."""
        closes_on = self.assembly.today + timedelta(days=7)
        given: dict[str, object] = {"membership": self.membership, "kind": kind}
        given["closesOn"] = str(closes_on)
        if kind == "TERMINATION":
            given |= {"clauses": [CLAUSE], "reason": REASON}
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        vote: str = self.expect("OpenVoteAccepted", opened)["vote"]["id"]
        for who, ballot in ballots.items():
            speaker = self.assembly.speaker(who)
            cast = self.api.do("castVote", {"vote": vote, "ballot": ballot}, speaker)
            self.expect("CastVoteAccepted", cast)
        self.assembly.coalition.clock.advance(days=8)
        closed = self.api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
        self.expect("CloseVoteAccepted", closed)
        return vote

    def terminate(self) -> dict[str, Any]:
        """Vote it out."""
        vote = self.vote("TERMINATION", {1: "APPROVE", 2: "APPROVE"})
        return self.do(
            "terminateMembership", Role.COMMITTEE, vote=vote, clauses=[CLAUSE], reason=REASON
        )

    def names(self) -> list[str]:
        """Return whom the directory shows."""
        found = self.api.ask(DIRECTORY)["directory"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["name"] for node in found["nodes"]]


def group(name: str) -> OrganisationDetails:
    return organisation(name, party_type="coalition-or-group")
