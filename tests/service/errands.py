"""Errands: what leads to a mutation that takes more than luck, one command after another.

An errand looks at what there is before each of its commands, since others come in between; whatever
is refused on the way, it goes on, and what it was for is refused then too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

import msgspec
import sqlalchemy as sa

from domain.policy import RequirementKind
from domain.terms import PartyId, PrincipalId
from projections import tables as views
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, new_id
from tests.service.likely import ABOUT, GONE, LEFT, PARTNER, PLANNED, next_policy

Row = Mapping[str, Any]
_OPEN = ("submitted", "in-review", "reviewed")


class Step(msgspec.Struct, frozen=True):
    """A command of an errand: of what is not given the proposer makes something up.

    Attributes:
        mutation: what is to be sent.
        given: what it is sent with, besides what it needs.
        about: the rows of what it is about.
        who: who is to give it, where that is not any who may.
    """

    mutation: str
    given: Mapping[str, Any] = {}
    about: Mapping[NodeKind, Row] = {}
    who: Principal | None = None


Errand = Iterator[Step]


class Errands:
    """Runs errands for a demonstration as it stands.

    Args:
        rows: what a view holds now.
        today: the day.
        reviewer: whom applications are assigned to.
        random: chooses.
    """

    def __init__(
        self,
        rows: Callable[[sa.Table], list[Row]],
        today: Callable[[], date],
        reviewer: PrincipalId,
        random: Random,
    ) -> None:
        self._rows = rows
        self._today = today
        self._reviewer = reviewer
        self._random = random
        self.ways: Mapping[str, Callable[[], Errand]] = {
            # Who is admitted has a plan.
            **dict.fromkeys(
                ("admitMember", *PLANNED), partial(self._say_yes, "admitMember", "admission")
            ),
            "changeTier": partial(self._say_yes, "changeTier", "tier-change"),
            "waitlistApplication": partial(self._say_yes, "waitlistApplication", "tier-change"),
            "terminateMembership": self._terminate,
            "reinstateMembership": self._reinstate,
            "adoptPolicy": self._adopt,
            "decideAppeal": self._decide_appeal,
            "offerSeat": self._offer,
            "endAffiliation": self._untie,
        }

    def _one(self, table: sa.Table, fits: Callable[[Row], bool]) -> Row | None:
        found = [row for row in self._rows(table) if fits(row)]
        return self._random.choice(found) if found else None

    def _say_yes(self, mutation: str, kind: str) -> Errand:
        """Review an application that came, have it voted on, and say yes to it."""
        waits = mutation == "waitlistApplication"
        if kind == "tier-change":
            yield from self._ask_for_seat()
        case = self._one(
            views.applications,
            lambda row: (
                row["kind"] == kind
                and row["phase"] in _OPEN
                and (row["tier"] == PARTNER or not waits)
            ),
        )
        if case is None:
            yield Step("submitApplication")
            return
        about = {NodeKind.APPLICATION: case}
        if case["phase"] == "submitted":
            yield Step("assignReviewer", {"reviewer": self._reviewer}, about)
        if case["phase"] != "reviewed":
            yield from self._review(about, case["tier"])
        yield from self._vote(kind, about)
        if case["tier"] == PARTNER:
            if not waits:
                yield from self._end_the_line()
            yield self._seats(0 if waits else 1)
        yield Step(mutation, about=about)
        if mutation == "admitMember":
            # At once, since somebody else may close the plan.
            worked = {"standard": POLICY.standards_for(case["tier"])[0].id, "milestone": 1}
            yield Step("recordMilestone", worked, about)
        undecided = [row["id"] for row in self._rows(views.applications) if row["phase"] in _OPEN]
        asked = [row["application"] for row in self._rows(views.votes) if row["phase"] == "open"]
        if case["id"] in undecided and case["id"] not in asked:
            # What is in its way stays there.
            yield Step("withdrawApplication", about=about)

    def _end_the_line(self) -> Errand:
        """Have nobody wait for a seat any more, so that whoever comes may take one."""
        for case in self._rows(views.applications):
            if case["phase"] == "waitlisted":
                yield Step("withdrawApplication", about={NodeKind.APPLICATION: case})

    def _ask_for_seat(self) -> Errand:
        member = self._one(
            views.memberships,
            lambda row: row["tier"] == "coalition-member" and row["status"] == "active",
        )
        if member is not None:
            about = {NodeKind.MEMBERSHIP: member}
            yield Step("requestTierChange", {"tier": PARTNER}, about)

    def _review(self, about: Mapping[NodeKind, Row], tier: str) -> Errand:
        """Find everything met, but for one standard that there is a plan for."""
        (asked,) = [each.requirements for each in POLICY.tiers if each.id == tier]
        for each in asked:
            requirement = {"requirement": each.id}
            if each.kind is RequirementKind.POPULATION_SHARE:
                yield Step("attestPopulationShare", {**requirement, "numerator": 90}, about)
            if each.kind is not RequirementKind.PARTY_TYPE:
                yield Step("recordFinding", {**requirement, "met": True}, about)
        planned, *others = [each.id for each in POLICY.standards_for(tier)]
        for standard in others:
            yield Step("assessStandard", {"standard": standard, "assessment": "EXHIBITS"}, about)
        worked = {"standard": planned, "assessment": "WORKS_TOWARDS"}
        yield Step("assessStandard", worked, about)
        due = self._today() + timedelta(days=200)
        plan = {"standard": planned, "due": due.isoformat(), "milestones": ["One.", "Two."]}
        yield Step("openImprovementPlan", plan, about)
        yield Step("recordReview", about=about)

    def _vote(self, kind: str, about: Mapping[NodeKind, Row], **given: object) -> Errand:
        """Have everybody who has a vote say yes to something, and count that."""

        def on_it(row: Row) -> bool:
            own = {each["id"] for each in about.values()}
            is_same = row["proposal_sha256"] == sha256 or own & {row[each] for each in ABOUT}
            return row["kind"] == kind and row["phase"] == "open" and bool(is_same)

        proposal = given.get("proposal")
        sha256 = proposal and hashlib.sha256(str(proposal).encode()).hexdigest()
        closes_on = (self._today() + timedelta(days=3)).isoformat()
        subject = {name.lower(): _id_of(name, row) for name, row in about.items()}
        named = {"kind": kind.replace("-", "_").upper(), "closesOn": closes_on}
        if self._one(views.votes, on_it) is None:
            yield Step("openVote", named | subject | given, about)
        vote = self._one(views.votes, on_it)
        if vote is None:
            return
        on_vote = {NodeKind.VOTE: vote}
        voters = [
            voter
            for row in self._rows(views.electorates)
            if row["id"] == vote["id"] and vote["closes_on"] >= self._today()
            for voter in json.loads(row["voters"])
        ]
        parties = {row["id"]: row["party"] for row in self._rows(views.memberships)}
        for voter in voters:
            party = PartyId(parties[voter])
            who = Principal(PrincipalId(new_id()), Role.REPRESENTATIVE, party)
            yield Step("castVote", {"ballot": "APPROVE"}, on_vote, who)
        yield Step("closeVote", about=on_vote)

    def _closed(self, kind: str, membership: Row) -> str:
        """Return the last vote of a kind on a membership."""
        votes = [
            row
            for row in self._rows(views.votes)
            if row["kind"] == kind and row["membership"] == membership["id"]
        ]
        last = max(votes, key=lambda row: row["opened_position"], default={"id": new_id()})
        return global_id(NodeKind.VOTE, last["id"])

    def _terminate(self) -> Errand:
        member = self._one(
            views.memberships, lambda row: row["status"] == "active" and row["tier"] != PARTNER
        )
        if member is None:
            return
        about = {NodeKind.MEMBERSHIP: member}
        clauses = [POLICY.standards_for(member["tier"])[0].id]
        yield from self._vote("termination", about, clauses=clauses, reason="They are not there.")
        vote = self._closed("termination", member)
        yield Step("terminateMembership", {"vote": vote, "clauses": clauses}, about)

    def _reinstate(self) -> Errand:
        member = self._one(views.memberships, lambda row: row["status"] in LEFT)
        if member is None:
            yield Step("withdrawMembership")
            return
        about = {NodeKind.MEMBERSHIP: member}
        yield Step("sendAgreement", about=about)
        yield Step("signAgreement", about=about)
        yield from self._vote("admission", about)
        if member["tier"] == PARTNER:
            yield from self._end_the_line()
            yield self._seats(1)
        yield Step("reinstateMembership", about=about)

    def _adopt(self) -> Errand:
        text = next_policy(int(self._rows(views.coalition)[0]["policy_version"]))
        yield from self._vote("policy", {}, proposal=text)
        yield Step("adoptPolicy", {"text": text})

    def _decide_appeal(self) -> Errand:
        case = self._one(views.applications, lambda row: row["phase"] == "appealed")
        if case is None:
            yield Step("fileAppeal")
            return
        about = {NodeKind.APPLICATION: case}
        yield from self._vote("appeal", about)
        yield Step("decideAppeal", {"application": _id_of(NodeKind.APPLICATION, case)}, about)

    def _offer(self) -> Errand:
        yield self._seats(1)
        for case in self._rows(views.applications):
            if case["phase"] == "waitlisted":
                # Of those who came on one day it is for the first one.
                yield Step("offerSeat", about={NodeKind.APPLICATION: case})

    def _seats(self, free: int) -> Step:
        """Have so many seats free."""
        members = [
            row["tier"] for row in self._rows(views.memberships) if row["status"] not in GONE
        ]
        offered = [
            row["tier"] for row in self._rows(views.applications) if row["phase"] == "seat-offered"
        ]
        return Step("setSeats", {"seats": [*members, *offered].count(PARTNER) + free})

    def _untie(self) -> Errand:
        tied = self._one(views.affiliations, lambda _: True)
        if tied is None:
            yield Step("declareAffiliation")
            return
        tie = self._random.choice(json.loads(tied["ties"]))
        ends = {
            "party": global_id(NodeKind.PARTY, tied["id"]),
            "affiliate": global_id(NodeKind.PARTY, tie["affiliate"]),
            "affiliation": tie["affiliation"].replace("-", "_").upper(),
        }
        yield Step("endAffiliation", ends)


def _id_of(kind: NodeKind, row: Row) -> str:
    return global_id(kind, row["id"])
