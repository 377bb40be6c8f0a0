"""Votes in the API: asked by each role, and sealed to all of them until the close."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.terms import ApplicationId, Ballot, VoteId
from projections.votes import sealed_among
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.request import Accepted
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.assembly import Assembly
from tests.service.graphql.api import Api

VOTE = """
id kind phase openedOn closesOn closedOn outcome quorumMet thresholdMet policy byFallback
directorVotes tallyMinimumElectorate quorum { numerator denominator strict }
threshold { numerator denominator strict } tally { approve against abstain }
counted { approve against abstain } ballots { ballot membership { id } } ownBallot
electorate { id } recused { id } termination { id } proposal proposalSha256 version
application { id vote { id phase } } history(first: 10) { edges { node { position type } } }
"""
ENTRY = """
__typename position recordedOn recordedAt type stream version actor policy effectiveOn publicData
disclosures { path value salt encoded }
"""
COUNTED = {"approve": 3, "against": 2, "abstain": 0}


class Held(Assembly):
    """Five partners, of whom the last two voted against, in a vote that is open."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__(database_url, folder, partners=5)
        self.api = Api(self.coalition)
        self.application: ApplicationId = self.apply()
        self.vote: VoteId = self.open(self.application)
        self.positions: list[int] = []
        for number in range(5):
            outcome = self.cast(self.vote, number, Ballot.APPROVE if number < 3 else Ballot.AGAINST)
            assert isinstance(outcome, Accepted)
            self.positions += [entry.position for entry in outcome.entries]

    def everybody(self) -> Iterator[Principal]:
        """Yield somebody in each role, and two representatives."""
        yield from self.coalition.principals.values()
        yield self.speaker(0)
        yield self.speaker(4)

    def asked(self, who: Principal | Role) -> dict[str, Any]:
        """Return the vote as somebody gets it."""
        query = f"query ($id: ID!) {{ vote(id: $id) {{ {VOTE} }} }}"
        vote: dict[str, Any] = self.api.ask(query, who, id=self.global_id)["vote"]
        return vote

    def entries(self, who: Principal) -> list[dict[str, Any]]:
        """Return the entries of the ballots as somebody gets them."""
        query = f"query ($at: Int!) {{ ledger {{ entry(by: {{position: $at}}) {{ {ENTRY} }} }} }}"
        return [self.api.ask(query, who, at=at)["ledger"]["entry"] for at in self.positions]

    @property
    def global_id(self) -> str:
        """The vote in the API."""
        return global_id(NodeKind.VOTE, self.vote)


@pytest.fixture
def held(sqlite_url: str, tmp_path: Path) -> Iterator[Held]:
    made = Held(sqlite_url, tmp_path)
    yield made
    made.coalition.close()


def test_nobody_sees_a_ballot_before_the_close(held: Held) -> None:
    for who in held.everybody():
        vote = held.asked(who)
        assert (vote["phase"], vote["ballots"], vote["counted"]) == ("OPEN", None, None)
        for entry in held.entries(who):
            shown = {name for name, value in entry.items() if value is not None}
            assert shown == {"__typename", "position", "recordedOn"}, who.role


def test_only_the_voter_sees_their_own_ballot_before_the_close(held: Held) -> None:
    for who in held.everybody():
        own = held.asked(who)["ownBallot"]
        if who == held.speaker(0):
            assert own == "APPROVE"
        elif who == held.speaker(4):
            assert own == "AGAINST"
        else:
            assert own is None


def test_no_answer_holds_a_planted_ballot_before_the_close(held: Held) -> None:
    lists = f"""{{
        votes(first: 100) {{ totalCount edges {{ node {{ {VOTE} }} }} }}
        applications(first: 100) {{ edges {{ node {{ vote {{ {VOTE} }} }} }} }}
        ledger {{ entries(last: 60) {{ edges {{ node {{ {ENTRY} }} }} }} }}
    }}"""
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Vote {{ {VOTE} }} }} }}"
    for who in held.everybody():
        if who.role is Role.REPRESENTATIVE and who.party is not None:
            continue
        for text, given in ((lists, {}), (node, {"id": held.global_id})):
            answer = json.dumps(held.api.ask(text, who, **given))
            for canary in ("AGAINST", "APPROVE", '"against"', '"approve"', "ballot.cast.v1"):
                assert canary not in answer, (who.role, canary)


def test_staff_cannot_find_the_ballots_of_an_open_vote_by_their_stream(held: Held) -> None:
    opened = held.asked(Role.DIRECTOR)["history"]["edges"][0]["node"]["position"]
    query = f"query ($at: Int!) {{ ledger {{ entry(by: {{position: $at}}) {{ {ENTRY} }} }} }}"
    disclosures = held.api.ask(query, Role.DIRECTOR, at=opened)["ledger"]["entry"]["disclosures"]
    stream = next(each["value"] for each in disclosures if each["path"] == "data.ballots")
    found = """query ($of: [ID!]) {
        ledger { entries(filter: {streams: $of}) { totalCount edges { node { position } } } }
    }"""
    assert held.api.ask(found, Role.DIRECTOR, of=[stream])["ledger"]["entries"] == {
        "totalCount": 0,
        "edges": [],
    }
    held.coalition.clock.advance(days=8)
    held.close(held.vote)
    assert held.api.ask(found, Role.DIRECTOR, of=[stream])["ledger"]["entries"]["totalCount"] == 5


@pytest.mark.usefixtures("held")
def test_no_file_of_the_ledger_holds_a_ballot_in_clear(tmp_path: Path) -> None:
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b'"against"' not in path.read_bytes()
            assert b'"approve"' not in path.read_bytes()


def test_ballots_are_sealed_under_a_key_of_their_own_and_are_as_long(held: Held) -> None:
    with held.coalition.ledger.read() as snapshot:
        rows = snapshot.connection.execute(
            sa.select(tables.entries.c.stream, tables.hidden.c.sealed)
            .join(tables.hidden, tables.hidden.c.position == tables.entries.c.position)
            .where(tables.entries.c.position.in_(held.positions))
        ).all()
        (stream,) = {stream for stream, _ in rows}
        assert sealed_among(snapshot.connection, [stream, held.vote]) == {stream}
        assert len({len(bytes(sealed)) for _, sealed in rows}) == 1
        used = sa.select(tables.subject_keys.c.key_id)
        keys = [
            snapshot.connection.execute(used.where(tables.subject_keys.c.subject == each)).scalar()
            for each in (f"stream:{stream}", f"stream:{held.vote}")
        ]
        assert None not in keys
        assert len(set(keys)) == 2


def test_after_the_close_staff_see_who_voted_how_and_nobody_else(held: Held) -> None:
    held.coalition.clock.advance(days=8)
    answer = held.api.do(
        "closeVote", {"vote": held.global_id}, Role.COMMITTEE, returning=f"vote {{ {VOTE} }}"
    )
    assert answer["__typename"] == "CloseVoteAccepted"
    assert (answer["vote"]["outcome"], answer["vote"]["counted"]) == ("PASSED", COUNTED)
    staff = {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
    for who in held.everybody():
        vote = held.asked(who)
        assert vote["tally"] == COUNTED
        assert (vote["ballots"] is not None) is (who.role in staff)
        assert (vote["counted"] is not None) is (who.role in staff)
        types = {entry["type"] for entry in held.entries(who)}
        assert types == ({"ballot.cast.v1"} if who.role in staff else {None})
    ballots = held.asked(Role.AUDITOR)["ballots"]
    said = {each["membership"]["id"]: each["ballot"] for each in ballots}
    against = {global_id(NodeKind.MEMBERSHIP, each.membership) for each in held.partners[3:]}
    assert {member for member, ballot in said.items() if ballot == "AGAINST"} == against


def test_a_small_electorate_has_no_public_tally(sqlite_url: str, tmp_path: Path) -> None:
    assembly = Assembly(sqlite_url, tmp_path, partners=4)
    vote = assembly.open(assembly.apply())
    for number in range(4):
        assembly.cast(vote, number, Ballot.AGAINST if number == 3 else Ballot.APPROVE)
    assembly.close(vote)
    query = f"query ($id: ID!) {{ vote(id: $id) {{ {VOTE} }} }}"
    api, named = Api(assembly.coalition), global_id(NodeKind.VOTE, vote)
    public = api.ask(query, id=named)["vote"]
    assert (public["outcome"], public["tally"], public["counted"]) == ("PASSED", None, None)
    counted = {"approve": 3, "against": 1, "abstain": 0}
    assert api.ask(query, Role.DIRECTOR, id=named)["vote"]["counted"] == counted
    assembly.coalition.close()


def test_the_public_sees_that_a_vote_is_held_and_not_who_votes(held: Held) -> None:
    reply = held.api.send(f"query ($id: ID!) {{ vote(id: $id) {{ {VOTE} }} }}", id=held.global_id)
    assert reply.data is not None
    vote = reply.data["vote"]
    assert (vote["kind"], vote["policy"], vote["tallyMinimumElectorate"]) == (
        "ADMISSION",
        "cate@1",
        5,
    )
    assert vote["quorum"] == {"numerator": 1, "denominator": 2, "strict": True}
    hidden = ("electorate", "recused", "ballots", "counted", "ownBallot", "proposal")
    assert [vote[name] for name in hidden] == [None] * len(hidden)
    assert ("vote.electorate", "Vote.electorate", "review") in reply.redacted
    assert ("vote.ballots", "Vote.ballots", "count") in reply.redacted


def test_staff_see_the_electorate(held: Held) -> None:
    vote = held.asked(Role.COMMITTEE)
    named = {global_id(NodeKind.MEMBERSHIP, each.membership) for each in held.partners}
    assert {each["id"] for each in vote["electorate"]} == named
    assert vote["recused"] == []
    assert vote["application"]["vote"] == {"id": held.global_id, "phase": "OPEN"}


def test_votes_are_found_by_kind_phase_and_application(held: Held) -> None:
    query = "query ($f: VoteFilter) { votes(filter: $f) { totalCount edges { node { id } } } }"
    application = global_id(NodeKind.APPLICATION, held.application)
    for wanted, count in (
        (None, 1),
        ({"kinds": ["ADMISSION"], "phases": ["OPEN"], "application": application}, 1),
        ({"kinds": ["POLICY"]}, 0),
        ({"phases": ["CLOSED"]}, 0),
        ({"application": held.global_id}, 0),
    ):
        assert held.api.ask(query, f=wanted)["votes"]["totalCount"] == count


def test_a_vote_is_opened_cast_and_closed(sqlite_url: str, tmp_path: Path) -> None:
    assembly = Assembly(sqlite_url, tmp_path, partners=2)
    api = Api(assembly.coalition)
    application = global_id(NodeKind.APPLICATION, assembly.apply())
    question = {"kind": "ADMISSION", "closesOn": "2023-03-09", "application": application}
    opened = api.do("openVote", question, Role.COMMITTEE, returning="vote { id phase }")
    assert opened["vote"]["phase"] == "OPEN"
    vote = opened["vote"]["id"]
    second = api.do("openVote", question, Role.COMMITTEE)
    assert (second["code"], second["rule"]) == ("WRONG_PHASE", "votes.once")
    ballot = {"vote": vote, "ballot": "ABSTAIN"}
    cast = api.do("castVote", ballot, assembly.speaker(0), returning="vote { ownBallot }")
    assert cast["vote"]["ownBallot"] == "ABSTAIN"
    assert [entry["type"] for entry in cast["receipt"]["entries"]] == [None]
    again = api.do("castVote", ballot, assembly.speaker(0))
    assert again["receipt"]["entryIds"] == []
    other = api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, assembly.speaker(0))
    assert (other["code"], other["rule"]) == ("ALREADY_VOTED", "votes.one-each")
    early = api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
    assert (early["code"], early["rule"]) == ("TOO_EARLY", "votes.closes-on")
    assembly.coalition.clock.advance(days=9)
    done = api.do("closeVote", {"vote": vote}, Role.DIRECTOR, returning="vote { outcome }")
    assert done["vote"]["outcome"] == "FAILED"
    assert api.do("closeVote", {"vote": vote}, Role.DIRECTOR)["receipt"]["entryIds"] == []
    for mutation, given in (("openVote", question), ("closeVote", {"vote": vote})):
        refused = api.do(mutation, given, Role.REPRESENTATIVE)
        assert refused["__typename"] == "NotAllowed"
    assembly.coalition.close()


def test_a_policy_is_proposed_voted_on_and_adopted(sqlite_url: str, tmp_path: Path) -> None:
    assembly = Assembly(sqlite_url, tmp_path, partners=2)
    api = Api(assembly.coalition)
    text = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    proposal = text.replace('number = "limited"\n', 'number = "limited"\nseats = 20\n', 1)
    seats = "{ coalition { seats { limit } } }"
    assert api.ask(seats)["coalition"]["seats"] != [{"limit": 20}]
    question = {"kind": "POLICY", "closesOn": "2023-03-09", "proposal": proposal}
    broken = api.do("openVote", question | {"proposal": "id ="}, Role.DIRECTOR)
    assert (broken["code"], broken["field"]) == ("INVALID_INPUT", "proposal")
    opened = api.do("openVote", question, Role.DIRECTOR, returning="vote { id proposal }")
    assert opened["vote"]["proposal"] == proposal
    vote = opened["vote"]["id"]
    adopt = {"text": proposal}
    # The vote on the file is found by the file, by a ledger that reads it anew too.
    for given in (adopt | {"vote": vote}, adopt):
        refused = api.do("adoptPolicy", given, Role.DIRECTOR)
        assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "votes.policy")
        assembly.coalition.reopen()
    for number in range(2):
        api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, assembly.speaker(number))
    api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
    done = api.do("adoptPolicy", adopt, Role.DIRECTOR, returning="policy { version basis }")
    assert done["policy"] == {"version": 2, "basis": "VOTE"}
    # The number that the membership voted for holds, whatever the founding said.
    assert api.ask(seats)["coalition"]["seats"] == [{"limit": 20}]
    assembly.coalition.close()


def test_a_conflict_is_declared_and_read_by_staff_alone(held: Held) -> None:
    other = held.apply()
    given = {"application": global_id(NodeKind.APPLICATION, other), "details": "We share a board."}
    accepted = held.api.do(
        "declareConflict", given, held.speaker(1), returning="application { id }"
    )
    assert (accepted["__typename"], accepted["application"]) == ("DeclareConflictAccepted", None)
    reviewer = held.coalition.principals[Role.REVIEWER]
    held.api.do("declareConflict", given, Role.REVIEWER)
    query = """query ($id: ID!) { application(id: $id) {
        reviewers review { recused conflicts { declarer party details } }
    } }"""
    found = held.api.ask(query, Role.COMMITTEE, id=given["application"])["application"]
    assert (found["reviewers"], found["review"]["recused"]) == ([], [reviewer.id])
    party = global_id(NodeKind.PARTY, held.partners[1].party)
    assert found["review"]["conflicts"] == [
        {
            "declarer": held.speaker(1).id,
            "party": party,
            "details": "We share a board.",
        },
        {"declarer": reviewer.id, "party": None, "details": "We share a board."},
    ]
    # Whoever was recused sees the case no more.
    assert (
        held.api.ask(query, Role.REVIEWER, id=given["application"])["application"]["review"] is None
    )
    refused = held.api.do("declareConflict", given, Role.PORTAL)
    assert refused["__typename"] == "NotAllowed"


def test_a_director_who_stands_aside_holds_nothing_up(held: Held) -> None:
    subject = {"application": global_id(NodeKind.APPLICATION, held.apply())}
    reviewer = {"reviewer": held.coalition.principals[Role.REVIEWER].id}
    given = subject | {"details": "They are my sister's."}
    declared = held.api.do("declareConflict", given, Role.DIRECTOR)
    assert declared["__typename"] == "DeclareConflictAccepted"
    for mutation, more in (("assignReviewer", reviewer), ("withdrawApplication", {})):
        refused = held.api.do(mutation, subject | more, Role.DIRECTOR)
        assert refused["__typename"] == "NotAllowed"
    assigned = held.api.do("assignReviewer", subject | reviewer, Role.COMMITTEE)
    assert assigned["__typename"] == "AssignReviewerAccepted"


def test_a_reviewer_is_recused_by_the_director_alone(held: Held) -> None:
    given = {
        "application": global_id(NodeKind.APPLICATION, held.apply()),
        "reviewer": held.coalition.principals[Role.REVIEWER].id,
        "reason": "They used to work there.",
    }
    assert held.api.do("recuseReviewer", given, Role.COMMITTEE)["__typename"] == "NotAllowed"
    accepted = held.api.do(
        "recuseReviewer", given, Role.DIRECTOR, returning="application { reviewers }"
    )
    assert accepted["application"]["reviewers"] == []


def test_an_affiliation_is_declared_by_the_party_or_the_director_who_alone_ends_it(
    held: Held,
) -> None:
    one, two = (global_id(NodeKind.PARTY, each.party) for each in held.partners[:2])
    given = {"party": one, "affiliate": two, "affiliation": "SPONSORS"}
    assert held.api.do("declareAffiliation", given, held.speaker(2))["code"] == "NOT_ALLOWED"
    accepted = held.api.do(
        "declareAffiliation", given, held.speaker(0), returning="party { version }"
    )
    assert accepted["__typename"] == "DeclareAffiliationAccepted"
    end = given | {"reason": "The sponsorship ended."}
    assert held.api.do("endAffiliation", end, held.speaker(0))["code"] == "NOT_ALLOWED"
    ended = held.api.do("endAffiliation", end, Role.DIRECTOR, returning="party { id }")
    assert (ended["__typename"], ended["party"]["id"]) == ("EndAffiliationAccepted", one)
    again = held.api.do("endAffiliation", end, Role.DIRECTOR)
    assert (again["code"], again["rule"]) == ("WRONG_PHASE", "party.affiliation")
    itself = held.api.do("declareAffiliation", given | {"affiliate": one}, Role.DIRECTOR)
    assert (itself["code"], itself["rule"]) == ("INVALID_INPUT", "another-party")


def test_the_home_is_told_to_staff(held: Held) -> None:
    one, two = (global_id(NodeKind.PARTY, each.party) for each in held.partners[:2])
    given = {"home": one, "fiscalSponsor": two, "source": "Minutes of May"}
    shown = "coalition { home { id } fiscalSponsor { id } }"
    assert held.api.do("transferHome", given, Role.COMMITTEE)["code"] == "NOT_ALLOWED"
    accepted = held.api.do("transferHome", given, Role.DIRECTOR, returning=shown)
    assert accepted["coalition"] == {"home": {"id": one}, "fiscalSponsor": {"id": two}}
    query = f"{{ {shown} }}"
    assert held.api.ask(query, Role.AUDITOR)["coalition"] == accepted["coalition"]
    assert held.api.ask(query)["coalition"] == {"home": None, "fiscalSponsor": None}


def test_a_home_that_is_left_out_stays_and_null_is_nobody(held: Held) -> None:
    one, two = (global_id(NodeKind.PARTY, each.party) for each in held.partners[:2])
    shown = "coalition { home { id } fiscalSponsor { id } }"
    told: list[Any] = []
    for given in ({"home": one, "fiscalSponsor": two}, {}, {"home": None}, {"fiscalSponsor": None}):
        answer = held.api.do(
            "transferHome", {"source": "Minutes"} | given, Role.DIRECTOR, returning=shown
        )
        told.append(answer["coalition"])
    both = {"home": {"id": one}, "fiscalSponsor": {"id": two}}
    assert told == [both, both, both | {"home": None}, {"home": None, "fiscalSponsor": None}]
