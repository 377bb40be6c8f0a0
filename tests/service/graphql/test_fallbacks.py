"""Who decides where those who are to vote cannot: the policy's fallback, and last the director."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.ties import DeclareAffiliation
from domain.terms import Affiliation
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.assembly import Assembly
from tests.service.coalition import Coalition, organisation
from tests.service.graphql.api import Api

PARTNER = "collaborative-partner"
MEMBER = "coalition-member"
VOTE = "vote { id byFallback directorVotes electorate { id } policy }"


class Deciding:
    """What a coalition does to decide on an application, through the API."""

    def __init__(self, coalition: Coalition) -> None:
        self.coalition = coalition
        self.api = Api(coalition)

    def applies(self, tier: str) -> str:
        """Return an application that waits for nothing but the vote."""
        submitted = self.coalition.submit(tier, organisation(ein=self.coalition.ein()))
        self.coalition.review(submitted.application, tier, "nonprofit-501c3")
        self.party = submitted.party
        return global_id(NodeKind.APPLICATION, submitted.application)

    def opens(self, application: str, *, by_fallback: bool) -> dict[str, Any]:
        given = {
            "kind": "ADMISSION",
            "application": application,
            "closesOn": str(self.coalition.clock.now.date() + timedelta(days=1)),
            "byFallback": by_fallback,
        }
        return self.api.do("openVote", given, Role.COMMITTEE, returning=VOTE)

    def admits(self, application: str) -> dict[str, Any]:
        given = {"application": application}
        return self.api.do(
            "admitMember", given, Role.COMMITTEE, returning="membership { id party { id } }"
        )


def refused(answer: dict[str, Any]) -> tuple[str, str, str | None]:
    assert answer["__typename"] == "Refused", answer
    return answer["code"], answer["rule"], answer["field"]


def test_a_coalition_without_partners_admits_its_first_member_and_then_that_one_votes(
    database_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(database_url, tmp_path, partners=0, policy=CATE_TOML)
    try:
        deciding = Deciding(coalition)
        first = deciding.applies(PARTNER)
        assert refused(deciding.admits(first))[1] == "votes.admission.required"
        empty = deciding.opens(first, by_fallback=False)
        assert refused(empty) == ("EMPTY_ELECTORATE", "votes.admission.electorate", "byFallback")
        assert "the director" in empty["unmet"][0]["satisfiedBy"]
        vote = deciding.opens(first, by_fallback=True)["vote"]
        # The entry names what the decision rests on.
        assert (vote["byFallback"], vote["directorVotes"], vote["policy"]) == (True, True, "cate@1")
        assert refused(deciding.admits(first))[1] == "votes.admission"
        ballot = {"vote": vote["id"], "ballot": "APPROVE"}
        for mutation, given in (("castVote", ballot), ("closeVote", {"vote": vote["id"]})):
            answer = deciding.api.do(mutation, given, Role.DIRECTOR)
            assert answer["__typename"].endswith("Accepted"), answer
        member = deciding.admits(first)["membership"]
        version, sha256 = coalition.publish("partner-agreement", "We act as partners.")
        deciding.api.do("sendAgreement", {"membership": member["id"]}, Role.DIRECTOR)
        signed = {"agreement": "partner-agreement", "version": version, "sha256": sha256}
        signed |= {"signatoryName": "Avery Invented", "capacity": "director"}
        speaker = coalition.representative(deciding.party)
        deciding.api.do("signAgreement", {"membership": member["id"], **signed}, speaker)

        second = deciding.applies(MEMBER)
        late = deciding.opens(second, by_fallback=True)
        assert refused(late) == ("WRONG_PHASE", "votes.admission.fallback", "byFallback")
        vote = deciding.opens(second, by_fallback=False)["vote"]
        assert (vote["byFallback"], vote["directorVotes"]) == (False, False)
        ballot = {"vote": vote["id"], "ballot": "APPROVE"}
        assert refused(deciding.api.do("castVote", ballot, Role.DIRECTOR))[0] == "NOT_IN_ELECTORATE"
        assert deciding.api.do("castVote", ballot, speaker)["__typename"] == "CastVoteAccepted"
        deciding.api.do("closeVote", {"vote": vote["id"]}, Role.COMMITTEE)
        assert deciding.admits(second)["__typename"] == "AdmitMemberAccepted"
    finally:
        coalition.close()


@pytest.mark.parametrize("member_is_there", [False, True])
def test_where_the_only_partner_has_an_interest_members_decide_or_the_director(
    database_url: str, tmp_path: Path, *, member_is_there: bool
) -> None:
    assembly = Assembly(database_url, tmp_path, partners=1)
    coalition = assembly.coalition
    try:
        deciding = Deciding(coalition)
        voters: list[Role | Principal] = []
        if member_is_there:
            member = coalition.admit(MEMBER, organisation(ein=coalition.ein()))
            version, sha256 = coalition.publish("coalition-member-agreement", "Be kind.")
            coalition.sign(member, "coalition-member-agreement", version, sha256)
            voters = [coalition.representative(member.party)]
        application = deciding.applies(MEMBER)
        tie = DeclareAffiliation(
            party=assembly.partners[0].party,
            affiliate=deciding.party,
            affiliation=Affiliation.SHARES_LEADERSHIP,
        )
        coalition.must(tie, assembly.speaker(0))
        empty = deciding.opens(application, by_fallback=False)
        assert refused(empty)[:2] == ("EMPTY_ELECTORATE", "votes.admission.electorate")
        vote = deciding.opens(application, by_fallback=True)["vote"]
        assert vote["directorVotes"] is not member_is_there
        ballot = {"vote": vote["id"], "ballot": "APPROVE"}
        for who in voters or [Role.DIRECTOR]:
            answer = deciding.api.do("castVote", ballot, who)
            assert answer["__typename"] == "CastVoteAccepted", answer
        deciding.api.do("closeVote", {"vote": vote["id"]}, Role.COMMITTEE)
        assert deciding.admits(application)["__typename"] == "AdmitMemberAccepted"
    finally:
        coalition.close()
