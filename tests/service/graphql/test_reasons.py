"""Who decides reads why, then and afterwards; and whom it may end reads it before it is decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.terms import Ballot, PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY, organisation
from tests.service.graphql.api import Api

WHY = "They tell nobody whom they refer people to."
CLAUSES = ["provider.transparent-collaboration"]
READ = """query ($id: ID!) { vote(id: $id) { clauses reason termination { id party { name } }
    application { phase party { name } decline { clauses } statement
        review { recommendation reasons conflicted recused reviewers conflicts { details }
            findings { requirement met note } decline { clauses note } } } } }"""
DUE = """{ dueDates(filter: { kinds: [VOTE_CLOSES] }) { totalCount
    nodes { kind waitingOn about { id } } } }"""


class Deciding:
    """Three partners who decide."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)

    def does(self, mutation: str, who: Principal | Role, /, **given: object) -> None:
        done = self.api.do(mutation, given, who)
        assert done["__typename"].endswith("Accepted"), done

    def reads(self, vote: str, who: Principal | Role) -> dict[str, Any]:
        found: dict[str, Any] = self.api.ask(READ, who, id=vote)["vote"]
        return found

    def opens(self, **question: object) -> str:
        given = {"closesOn": str(self.assembly.today + timedelta(days=1))} | question
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        vote: str = opened["vote"]["id"]
        return vote

    def membership(self, number: int) -> str:
        return global_id(NodeKind.MEMBERSHIP, self.assembly.partners[number].membership)

    def asks_to_end(self, number: int) -> str:
        """Put to a vote whether a partner stays one."""
        membership = self.membership(number)
        return self.opens(kind="TERMINATION", membership=membership, clauses=CLAUSES, reason=WHY)

    def decides(self, vote: str, *ballots: Ballot | None) -> None:
        """Let the partners vote, in order, and count the ballots when the day is over."""
        for number, ballot in enumerate(ballots):
            if ballot is not None:
                who = self.assembly.speaker(number)
                self.does("castVote", who, vote=vote, ballot=ballot.name)
        self.assembly.coalition.clock.advance(days=8)
        self.does("closeVote", Role.DIRECTOR, vote=vote)


@pytest.fixture
def deciding(database_url: str, tmp_path: Path) -> Iterator[Deciding]:
    made = Deciding(database_url, tmp_path)
    yield made
    made.assembly.coalition.close()


def why(vote: dict[str, Any]) -> tuple[object, object, object]:
    """Return what somebody reads of an ending: of whom, for what, and why."""
    return (vote["termination"] and vote["termination"]["id"], vote["clauses"], vote["reason"])


def test_who_votes_on_an_ending_reads_why_and_goes_on_reading_it(deciding: Deciding) -> None:
    vote = deciding.asks_to_end(2)
    told = (deciding.membership(2), CLAUSES, WHY)
    voters = [deciding.assembly.speaker(number) for number in range(2)]
    assert [why(deciding.reads(vote, who)) for who in voters] == [told, told]
    deciding.decides(vote, Ballot.APPROVE)
    # Who had a vote and cast no ballot decided nothing.
    assert [why(deciding.reads(vote, who)) for who in voters] == [told, (None, None, None)]


def test_nobody_takes_from_who_votes_why_before_they_have_decided(deciding: Deciding) -> None:
    given = {
        "kind": "TERMINATION",
        "membership": deciding.membership(2),
        "clauses": CLAUSES,
        "reason": WHY,
        "closesOn": str(deciding.assembly.today + timedelta(days=1)),
    }
    returning = "vote { id } receipt { entryIds }"
    opened = deciding.api.do("openVote", given, Role.DIRECTOR, returning=returning)
    vote, expunged = opened["vote"]["id"], {"entry": opened["receipt"]["entryIds"][0]}
    expunged["field"] = "reason"
    for who in (Role.DIRECTOR, Role.OPERATOR):
        refused = deciding.api.do("expungeValue", expunged, who)
        assert (refused["rule"], refused["field"]) == ("needed-fields", "field")
    voter = deciding.assembly.speaker(0)
    assert deciding.reads(vote, voter)["reason"] == WHY
    deciding.decides(vote, Ballot.AGAINST, Ballot.AGAINST)
    deciding.does("expungeValue", Role.OPERATOR, **expunged)
    assert deciding.reads(vote, voter)["reason"] is None


def test_whom_a_vote_may_end_reads_why_before_it_is_decided_and_after(deciding: Deciding) -> None:
    vote = deciding.asks_to_end(2)
    told = (deciding.membership(2), CLAUSES, WHY)
    concerned = deciding.assembly.speaker(2)
    assert why(deciding.reads(vote, concerned)) == told
    about = [{"kind": "VOTE_CLOSES", "waitingOn": "VOTERS", "about": {"id": vote}}]
    assert deciding.api.ask(DUE, concerned)["dueDates"] == {"totalCount": 1, "nodes": about}
    deciding.decides(vote, Ballot.APPROVE, Ballot.APPROVE)
    assert deciding.api.ask(DUE, concerned)["dueDates"]["totalCount"] == 0
    given = {"membership": deciding.membership(2), "clauses": CLAUSES, "reason": WHY}
    deciding.does("terminateMembership", Role.COMMITTEE, vote=vote, **given)
    assert why(deciding.reads(vote, concerned)) == told


def test_nobody_else_reads_why_a_membership_may_end(deciding: Deciding) -> None:
    coalition = deciding.assembly.coalition
    other = coalition.admit("community-network", organisation(ein=None))
    vote = deciding.asks_to_end(2)
    aside = deciding.assembly.speaker(0)
    deciding.does("castVote", aside, vote=vote, ballot="AGAINST")
    deciding.does("declareConflict", aside, vote=vote, details="We share a landlord.")
    others: list[Principal | Role] = [
        aside,
        coalition.representative(other.party),
        Role.REVIEWER,
        Role.PORTAL,
        Role.PUBLIC,
    ]
    for closed in (False, True):
        if closed:
            deciding.decides(vote, None, Ballot.APPROVE)
        for who in others:
            assert why(deciding.reads(vote, who)) == (None, None, None)
            assert deciding.api.ask(DUE, who)["dueDates"]["totalCount"] == (
                not closed and who is Role.REVIEWER
            )


def test_who_votes_on_an_application_reads_the_reasons_recommended(deciding: Deciding) -> None:
    vote = global_id(NodeKind.VOTE, deciding.assembly.open(deciding.assembly.apply()))
    of_staff = deciding.reads(vote, Role.COMMITTEE)["application"]["review"]
    voters = [deciding.assembly.speaker(number) for number in range(3)]
    seen = deciding.reads(vote, voters[0])["application"]
    assert seen["review"]["reasons"] == of_staff["reasons"] != ""
    assert seen["party"]["name"]
    deciding.decides(vote)
    assert [deciding.reads(vote, who)["application"] for who in voters] == [None] * 3


def test_who_voted_reads_afterwards_what_was_there_at_the_close(deciding: Deciding) -> None:
    application = deciding.assembly.apply()
    vote = global_id(NodeKind.VOTE, deciding.assembly.open(application))
    voter, other = deciding.assembly.speaker(0), deciding.assembly.speaker(2)
    meanwhile = deciding.reads(vote, voter)["application"]
    deciding.decides(vote, Ballot.AGAINST, Ballot.AGAINST)
    assert deciding.reads(vote, other)["application"] is None
    clauses = [POLICY.tier(TIER).requirements[0].id]
    given = {"application": global_id(NodeKind.APPLICATION, application), "clauses": clauses}
    deciding.does("declineApplication", Role.COMMITTEE, note="Canary.", **given)
    after = deciding.reads(vote, voter)["application"]
    assert after["review"] == meanwhile["review"] | {"decline": {"clauses": None, "note": None}}
    # Of who applied, and what came of it, they read no more than everybody.
    assert (after["party"], after["decline"], after["statement"]) == (None, None, None)


def test_voters_know_that_somebody_too_close_had_found_it(deciding: Deciding) -> None:
    application = deciding.assembly.apply()
    given = {"application": global_id(NodeKind.APPLICATION, application)}
    # Who found nothing and stands aside changes nothing.
    idle = Principal(PrincipalId("c" * 32), Role.REVIEWER)
    deciding.api.give_key(idle)
    deciding.does("recuseReviewer", Role.DIRECTOR, reviewer=idle.id, reason="Canary.", **given)
    voter, other = deciding.assembly.speaker(0), Principal(PrincipalId("b" * 32), Role.REVIEWER)
    found = "query ($id: ID!) { application(id: $id) { review { conflicted } } }"
    review = deciding.api.ask(found, Role.DIRECTOR, id=given["application"])["application"]
    assert review == {"review": {"conflicted": False}}
    reviewer = deciding.assembly.coalition.principals[Role.REVIEWER]
    deciding.does("recuseReviewer", Role.DIRECTOR, reviewer=reviewer.id, reason="Canary.", **given)
    deciding.api.give_key(other)
    deciding.does("assignReviewer", Role.DIRECTOR, reviewer=other.id, **given)
    said = {"recommendation": "ADMIT", "reasons": "As it was found."}
    deciding.does("recordReview", other, **said, **given)
    vote = global_id(NodeKind.VOTE, deciding.assembly.open(application))
    seen = deciding.reads(vote, voter)["application"]["review"]
    assert (seen["reasons"], seen["conflicted"]) == (said["reasons"], True)
    assert (seen["recused"], seen["reviewers"], seen["conflicts"]) == (None, None, None)
    applicant = deciding.assembly.coalition.representative(deciding.assembly.applicant)
    assert deciding.reads(vote, applicant)["application"]["review"] is None


ANSWER = "We have told everybody since."
CAST = {"ballot": "AGAINST"}
SHOWN = """query ($id: ID!) { vote(id: $id) { id kind phase application { id } termination { id }
    clauses reason answer proposalSha256 policy directorVotes byFallback openedOn closesOn closedOn
    outcome quorumMet thresholdMet tally { approve } counted { approve } electorate { id }
    recused { id } conflicts { details } ballots { ballot } ownBallot version
    history { totalCount pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        nodes { __typename id position } edges { cursor } }
    last: history(last: 1) { nodes { id } } } }"""
HEARD = "query ($id: ID!) { vote(id: $id) { answer version history { totalCount } } }"


def test_whom_it_may_end_answers_and_those_who_vote_read_it(deciding: Deciding) -> None:
    vote = deciding.asks_to_end(2)
    concerned, voter, other = (deciding.assembly.speaker(number) for number in (2, 0, 1))
    staff: list[Principal | Role] = [Role.COMMITTEE, Role.AUDITOR]
    nobody: list[Principal | Role] = [Role.PUBLIC, Role.REVIEWER, Role.PORTAL, Role.APPLICANT]
    for answer in ("We did not know.", ANSWER):
        deciding.does("answerTermination", concerned, vote=vote, answer=answer)
        for who in (concerned, voter, other, *staff):
            assert deciding.api.ask(HEARD, who, id=vote)["vote"]["answer"] == answer
    # The same again is said already, and nobody else sees that anything was.
    deciding.does("answerTermination", concerned, vote=vote, answer=ANSWER)
    for who in nobody:
        seen = deciding.api.ask(HEARD, who, id=vote)["vote"]
        assert seen == {"answer": None, "version": 1, "history": {"totalCount": 1}}
    deciding.decides(vote, Ballot.AGAINST)
    for who, heard in ((concerned, ANSWER), (voter, ANSWER), (other, None)):
        assert deciding.api.ask(HEARD, who, id=vote)["vote"]["answer"] == heard
    late = deciding.api.do("answerTermination", {"vote": vote, "answer": "Thanks."}, concerned)
    assert (late["code"], late["rule"]) == ("WRONG_PHASE", "votes.open")


def test_everybody_else_reads_the_same_of_a_vote_after_an_answer(deciding: Deciding) -> None:
    vote, concerned = deciding.asks_to_end(2), deciding.assembly.speaker(2)
    mine = {"vote": vote, "answer": ANSWER, "expectedVersion": 1}
    nobody: list[Principal | Role] = [Role.PUBLIC, Role.REVIEWER, Role.PORTAL, Role.APPLICANT]
    before = [deciding.api.send(SHOWN, who, id=vote) for who in nobody]
    assert all(each.data and not each.errors for each in before)
    deciding.does("answerTermination", concerned, **mine)
    after = [deciding.api.send(SHOWN, who, id=vote) for who in nobody]
    for one, other in zip(before, after, strict=True):
        assert (one.data, one.redacted) == (other.data, other.redacted)
    # Nor is anybody told by a version that they did not expect.
    for who in (deciding.assembly.speaker(0), concerned):
        refused = deciding.api.do("castVote", CAST | {"vote": vote, "expectedVersion": 9}, who)
        assert (refused["code"], refused["actualVersion"]) == ("CONFLICT", 1)
    deciding.does("castVote", deciding.assembly.speaker(0), vote=vote, expectedVersion=1, **CAST)
    deciding.decides(vote, None, Ballot.AGAINST)
    shown = deciding.api.ask(SHOWN, id=vote)["vote"]
    assert (shown["version"], shown["history"]["totalCount"]) == (2, 2)
    late = deciding.api.do("closeVote", {"vote": vote, "expectedVersion": 1}, Role.DIRECTOR)
    assert (late["code"], late["actualVersion"]) == ("CONFLICT", 2)


def test_nobody_answers_in_another_ones_place(deciding: Deciding) -> None:
    vote = deciding.asks_to_end(2)
    given = {"vote": vote, "answer": ANSWER}
    others: list[Principal | Role] = [deciding.assembly.speaker(0), Role.DIRECTOR, Role.COMMITTEE]
    for who in others:
        done = deciding.api.do("answerTermination", given, who)
        assert done["__typename"] == "NotAllowed"
    admission = deciding.assembly.open(deciding.assembly.apply())
    given = {"vote": global_id(NodeKind.VOTE, admission), "answer": ANSWER}
    applicant = deciding.assembly.coalition.representative(deciding.assembly.applicant)
    done = deciding.api.do("answerTermination", given, applicant)
    assert done["__typename"] == "NotAllowed"


def test_an_answer_says_nothing_of_a_survivor(deciding: Deciding) -> None:
    vote = deciding.asks_to_end(2)
    given = {"vote": vote, "answer": "Survivor Ana Lopez was raped at 12 Oak Street."}
    done = deciding.api.do("answerTermination", given, deciding.assembly.speaker(2))
    assert (done["code"], done["field"]) == ("INVALID_INPUT", "answer")


def test_an_answer_that_should_not_have_been_written_is_said_anew_and_erased(
    deciding: Deciding,
) -> None:
    vote, concerned = deciding.asks_to_end(2), deciding.assembly.speaker(2)
    given = {"vote": vote, "answer": ANSWER}
    done = deciding.api.do("answerTermination", given, concerned, returning="receipt { entryIds }")
    (entry,) = done["receipt"]["entryIds"]
    expunged = {"entry": entry, "field": "answer"}
    # Nobody takes from who votes what they decide by.
    for staff in (Role.DIRECTOR, Role.OPERATOR):
        refused = deciding.api.do("expungeValue", expunged, staff)
        assert (refused["rule"], refused["field"]) == ("needed-fields", "field")
    deciding.does("answerTermination", concerned, vote=vote, answer="We were never asked.")
    deciding.does("expungeValue", Role.DIRECTOR, **expunged)
    readers: list[Principal | Role] = [concerned, deciding.assembly.speaker(0), Role.COMMITTEE]
    for who in readers:
        seen = deciding.api.ask(HEARD, who, id=vote)["vote"]["answer"]
        assert seen == "We were never asked."
    deciding.does("answerTermination", concerned, **given)
    voter = deciding.assembly.speaker(0)
    assert deciding.api.ask(HEARD, voter, id=vote)["vote"]["answer"] == ANSWER
    deciding.decides(vote, Ballot.AGAINST, Ballot.AGAINST)
