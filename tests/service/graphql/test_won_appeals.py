"""A partner wins its appeal while its seat is taken: it reads so, and comes back before others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from service.graphql.ids import NodeKind, own_id
from service.ledger.roll import load_register
from service.security.principal import Role
from tests.service.coalition import POLICY
from tests.service.graphql.year import Somebody, Year

PARTNER = "collaborative-partner"
GROUNDS = {"clauses": ["provider.transparent-collaboration"], "reason": "As found."}
MEMBERSHIP = """query ($id: ID!) { membership(id: $id) { standing appeal { phase outcome } } }"""
DUE = """{ dueDates(filter: {kinds: [APPEAL_DECISION]}) { nodes { waitingOn about { id } } } }"""


class Won:
    """Four partners, of which one was put out, and two schools that decide on its appeal."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.year = year = Year(database_url, folder)
        year.publishes_agreements()
        for each in year.partners:
            year.signs(each)
        year.does("setSeats", Role.DIRECTOR, tier=PARTNER, seats=4)
        self.schools = [self.a_school(number) for number in (1, 2)]
        self.waiting = self.waits()
        self.out = self.puts_out(year.partners[0])
        self.case = {"membership": self.out.membership}
        self.other = year.partners[1]

    def puts_out(self, member: Somebody) -> Somebody:
        case = {"membership": member.membership}
        vote = self.year.opens_vote(kind="TERMINATION", **case, **GROUNDS)
        for each in self.year.partners:
            if each is not member and each.name in self.year.everybody:
                self.year.does("castVote", each.speaker, vote=vote, ballot="APPROVE")
        self.year.does("closeVote", Role.DIRECTOR, vote=vote)
        self.year.does("terminateMembership", Role.DIRECTOR, vote=vote, **case, **GROUNDS)
        return self.year.leaves(member.name)

    def a_school(self, number: int) -> Somebody:
        school = self.year.applies(f"School {number}", "community-network", PartyType.EDUCATION)
        self.year.is_reviewed(school)
        self.year.is_approved(kind="ADMISSION", application=school.application)
        self.year.is_admitted(school)
        return school

    def waits(self, name: str = "Tern House", ein: str = "43-1390002") -> Somebody:
        """Let somebody be voted in as a partner, for whom there is no seat."""
        waits = self.year.applies(name, PARTNER, PartyType.NONPROFIT_501C3, ein=ein)
        self.year.is_reviewed(waits)
        case = {"application": waits.application}
        self.year.is_approved(kind="ADMISSION", **case)
        self.year.does("waitlistApplication", Role.COMMITTEE, **case)
        return waits

    def takes_the_seat(self) -> None:
        case = {"application": self.waiting.application}
        self.year.does("offerSeat", Role.DIRECTOR, **case)
        self.year.does("acceptSeat", self.waiting.who, **case)

    def wins(self, out: Somebody | None = None) -> None:
        out = out or self.out
        case = {"membership": out.membership}
        self.year.does("fileAppeal", out.speaker, grounds="We answered.", **case)
        vote = self.year.opens_vote(kind="APPEAL", **case)
        self.year.closes_vote(vote, {each.name: "APPROVE" for each in self.schools})
        self.year.does("decideAppeal", Role.DIRECTOR, **case)

    def reads(self) -> dict[str, Any]:
        found = self.year.ask(MEMBERSHIP, self.out.speaker, id=self.out.membership)
        membership: dict[str, Any] = found["membership"]
        return membership


@pytest.fixture
def won(database_url: str, tmp_path: Path) -> Iterator[Won]:
    made = Won(database_url, tmp_path)
    yield made
    made.year.coalition.close()


def test_a_won_appeal_is_decided_at_once_and_the_next_seat_is_the_members(won: Won) -> None:
    won.takes_the_seat()
    won.wins()
    decided = {"phase": "DECIDED", "outcome": "OVERTURNED"}
    assert won.reads() == {"standing": "TERMINATED", "appeal": decided}
    due = won.year.ask(DUE, Role.DIRECTOR)["dueDates"]["nodes"]
    assert due == [{"waitingOn": "STAFF", "about": {"id": won.out.membership}}]
    won.year.may_not("reinstateMembership", Role.COMMITTEE, f"{PARTNER}.seats", **won.case)
    # Whoever starts the service knows for whom the next seat is.
    with won.year.coalition.ledger.engine.connect() as connection:
        kept = load_register(connection, str).won_in(PARTNER)
    assert kept == [own_id(NodeKind.MEMBERSHIP, won.out.membership)]
    next_one = won.waits("Heron House", "43-1390003")
    won.year.does("withdrawMembership", won.other.speaker, membership=won.other.membership)
    case = {"application": next_one.application}
    won.year.may_not("offerSeat", Role.DIRECTOR, "appeal.seat", **case)
    won.year.does("reinstateMembership", Role.COMMITTEE, **won.case)
    assert won.reads() == {"standing": "ACTIVE", "appeal": decided}
    assert won.year.ask(DUE, Role.DIRECTOR)["dueDates"]["nodes"] == []
    won.year.may_not("offerSeat", Role.DIRECTOR, f"{PARTNER}.seats", **case)


def test_the_members_are_not_asked_for_the_same_again_as_it_comes_back(won: Won) -> None:
    won.wins()
    assert won.reads()["standing"] == "ACTIVE"
    days = POLICY.deadlines.appeal_window_days
    closes = str(won.year.today + timedelta(days=days + 2))
    ends = {"kind": "TERMINATION", "closesOn": closes, **won.case, **GROUNDS}
    won.year.may_not("openVote", Role.DIRECTOR, "votes.once", **ends)
    won.year.coalition.clock.advance(days=days + 1)
    won.year.does("openVote", Role.DIRECTOR, **ends)


def test_whoever_has_won_and_leaves_frees_the_seat(won: Won) -> None:
    won.takes_the_seat()
    won.wins()
    won.year.does("withdrawMembership", won.out.speaker, **won.case)
    assert won.reads()["standing"] == "WITHDRAWN"
    assert won.year.ask(DUE, Role.DIRECTOR)["dueDates"]["nodes"] == []
    with won.year.coalition.ledger.engine.connect() as connection:
        assert load_register(connection, str).won_in(PARTNER) == []


def test_of_two_that_have_won_who_won_first_comes_back_first(won: Won) -> None:
    """Whoever starts the service knows the order, too."""
    year = won.year
    both = [won.out, won.puts_out(won.other)]
    year.does("setSeats", Role.DIRECTOR, tier=PARTNER, seats=2)
    out = {own_id(NodeKind.MEMBERSHIP, each.membership): each for each in both}
    # Not in the order of their ids, in which they might be read.
    order = sorted(filter(None, out), reverse=True)
    for each in order:
        won.wins(out[each])
    with year.coalition.ledger.engine.connect() as connection:
        assert load_register(connection, str).won_in(PARTNER) == order
    first, second = ({"membership": out[each].membership} for each in order)
    year.does("setSeats", Role.DIRECTOR, tier=PARTNER, seats=3)
    year.may_not("reinstateMembership", Role.COMMITTEE, "appeal.seat", **second)
    year.does("reinstateMembership", Role.COMMITTEE, **first)
    year.may_not("reinstateMembership", Role.COMMITTEE, f"{PARTNER}.seats", **second)
