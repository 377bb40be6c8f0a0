"""What ends with a membership: what it asked for, the seat that was kept, and the votes on both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.application import RequestTierChange
from domain.policy import PartyType, VoteKind
from domain.terms import ApplicationId, ReviewId, TierChangeReason
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.assembly import PARTNER, TIER, Assembly
from tests.service.coalition import POLICY, new_id, organisation
from tests.service.graphql.api import Api

SEEN = """query ($id: ID!) {
  application(id: $id) { phase withdrawalReason }
  reviewQueue { totalCount }
  coalition { seats { taken offered waiting } }
  appeals { nodes { phase outcome } }
  votes(filter: {phases: [OPEN]}) { totalCount }
}"""


class Asking:
    """A member that asks to be a partner, and whose application is reviewed."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.coalition = self.assembly.coalition
        self.api = Api(self.coalition)
        agreement = POLICY.agreement_for(TIER).id
        version, sha256 = self.coalition.publish(agreement, "We act as members.")
        member = self.coalition.admit(TIER, organisation(ein=self.coalition.ein()))
        self.coalition.sign(member, agreement, version, sha256)
        self.speaker = self.coalition.representative(member.party)
        self.membership = member.membership
        self.member = {"membership": global_id(NodeKind.MEMBERSHIP, self.membership)}
        self.application = ApplicationId(new_id())
        self.case = {"application": global_id(NodeKind.APPLICATION, self.application)}
        ask = RequestTierChange(
            application=self.application,
            review=ReviewId(new_id()),
            applicant=self.coalition.principals[Role.APPLICANT].id,
            membership=self.membership,
            tier=PARTNER,
            reason=TierChangeReason.SERVICES_CHANGED,
        )
        self.coalition.must(ask, Role.DIRECTOR)
        self.coalition.review(self.application, PARTNER, PartyType.NONPROFIT_501C3)

    def does(
        self,
        mutation: str,
        who: Role | Principal,
        **given: Any,  # noqa: ANN401 - as the input has it
    ) -> list[str]:
        """Give a command; return the types of its entries."""
        answer = self.api.do(mutation, given, who)
        assert answer["__typename"].endswith("Accepted"), answer
        return [each["type"] for each in answer["receipt"]["entries"]]

    def put_to_vote(self, kind: str) -> None:
        closes_on = str(self.assembly.today + timedelta(days=7))
        self.does("openVote", Role.COMMITTEE, kind=kind, closesOn=closes_on, **self.case)

    def leave(self) -> list[str]:
        return self.does("withdrawMembership", self.speaker, **self.member)

    def put_back(self) -> None:
        """Let it come back by a vote."""
        self.coalition.approve(membership=self.membership)
        self.does("reinstateMembership", Role.COMMITTEE, **self.member)

    def seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.api.ask(SEEN, Role.DIRECTOR, id=self.case["application"])
        (seats,) = seen.pop("coalition")["seats"]
        counts = {name: seen.pop(name)["totalCount"] for name in ("reviewQueue", "votes")}
        return seen | counts | {"seats": seats, "appeals": seen["appeals"]["nodes"]}


@pytest.fixture
def asking(database_url: str, tmp_path: Path) -> Iterator[Asking]:
    asking = Asking(database_url, tmp_path)
    yield asking
    asking.coalition.close()


OVER = {"phase": "WITHDRAWN", "withdrawalReason": "The membership that asked for it has ended."}
LEFT = ["membership.withdrawn.v1", "application.withdrawn.v1"]


def test_an_application_for_another_tier_ends_with_the_membership_and_frees_its_seat(
    asking: Asking,
) -> None:
    asking.coalition.set_seats(PARTNER, 3)
    asking.coalition.approve(VoteKind.TIER_CHANGE, application=asking.application)
    asking.does("waitlistApplication", Role.COMMITTEE, **asking.case)
    asking.coalition.set_seats(PARTNER, 4)
    asking.does("offerSeat", Role.DIRECTOR, **asking.case)
    before = asking.seen()
    assert (before["application"]["phase"], before["reviewQueue"]) == ("SEAT_OFFERED", 1)
    assert before["seats"] == {"taken": 3, "offered": 1, "waiting": 0}

    assert asking.leave() == LEFT
    after = asking.seen()
    assert (after["application"], after["reviewQueue"]) == (OVER, 0)
    assert after["seats"] == {"taken": 3, "offered": 0, "waiting": 0}
    # The seat is free at once, for the rules too.
    asking.coalition.set_seats(PARTNER, 3)

    # Who comes back asks anew.
    asking.put_back()
    assert asking.seen()["application"] == OVER
    refused = asking.api.do("acceptSeat", asking.case, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "application.phase")


def test_the_vote_on_what_a_member_asked_for_ends_with_its_membership(asking: Asking) -> None:
    asking.put_to_vote("TIER_CHANGE")
    assert asking.seen()["votes"] == 1
    assert asking.leave() == [*LEFT, "vote.closed.v1"]
    assert (asking.seen()["application"], asking.seen()["votes"]) == (OVER, 0)


@pytest.mark.parametrize("voting", [False, True])
def test_an_appeal_about_a_tier_ends_with_the_membership(asking: Asking, *, voting: bool) -> None:
    clauses = [POLICY.tier(PARTNER).requirements[0].id]
    appeal = asking.case | {"grounds": "Nobody asked us."}
    asking.does("declineApplication", Role.COMMITTEE, clauses=clauses, **asking.case)
    asking.does("fileAppeal", asking.speaker, **appeal)
    if voting:
        asking.put_to_vote("APPEAL")
    assert asking.leave() == [*LEFT, *(["vote.closed.v1"] if voting else [])]
    after = asking.seen()
    assert (after["application"], after["votes"], after["reviewQueue"]) == (OVER, 0, 0)
    assert after["appeals"] == [{"phase": "DECIDED", "outcome": "MOOT"}]


def test_whoever_has_left_appeals_no_decline_of_another_tier(asking: Asking) -> None:
    clauses = [POLICY.tier(PARTNER).requirements[0].id]
    asking.does("declineApplication", Role.COMMITTEE, clauses=clauses, **asking.case)
    due = "{ dueDates(filter: {kinds: [APPEAL]}) { totalCount } }"
    assert asking.api.ask(due, asking.speaker) == {"dueDates": {"totalCount": 1}}
    assert asking.leave() == LEFT[:1]
    assert asking.api.ask(due, asking.speaker) == {"dueDates": {"totalCount": 0}}
    appeal = asking.case | {"grounds": "Nobody asked us."}
    refused = asking.api.do("fileAppeal", appeal, asking.speaker)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "membership.standing")
    assert asking.seen()["application"]["phase"] == "DECLINED"


def test_another_process_knows_which_applications_end(asking: Asking) -> None:
    asking.coalition.ledger.close()
    asking.coalition.ledger = asking.coalition.reopen()
    asking.api = Api(asking.coalition)
    assert asking.leave() == LEFT


def test_a_vote_on_a_policy_ends_once_a_later_version_is_adopted(
    database_url: str, tmp_path: Path
) -> None:
    assembly = Assembly(database_url, tmp_path, partners=2)
    api = Api(assembly.coalition)
    votes = []
    texts = [
        CATE_TOML.decode().replace("\nversion = 1\n", f"\nversion = {version}\n", 1)
        for version in (2, 3, 4)
    ]
    for text in texts:
        question = {"kind": "POLICY", "closesOn": "2023-03-09", "proposal": text}
        opened = api.do("openVote", question, Role.DIRECTOR, returning="vote { id }")
        votes.append(opened["vote"]["id"])
    for number in range(2):
        api.do("castVote", {"vote": votes[1], "ballot": "APPROVE"}, assembly.speaker(number))
    api.do("closeVote", {"vote": votes[1]}, Role.DIRECTOR)
    # Another process reads which version each file is that is voted on.
    assembly.coalition.ledger.close()
    assembly.coalition.ledger = assembly.coalition.reopen()
    api = Api(assembly.coalition)
    done = api.do("adoptPolicy", {"text": texts[1]}, Role.DIRECTOR)
    kinds = [each["type"] for each in done["receipt"]["entries"]]
    assert kinds == ["coalition.policy_adopted.v1", "vote.closed.v1"]
    found = api.ask("{ votes { nodes { id phase outcome } } }")["votes"]["nodes"]
    assert {each["id"]: (each["phase"], each["outcome"]) for each in found} == {
        votes[0]: ("CLOSED", "MOOT"),
        votes[1]: ("CLOSED", "PASSED"),
        votes[2]: ("OPEN", None),
    }
    assembly.coalition.close()
