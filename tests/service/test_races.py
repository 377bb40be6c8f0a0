"""Seats and EINs when everybody comes at once, on the real ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from datetime import timedelta
from pathlib import Path

import pytest

from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.decision import Command, Refusal, RefusalCode
from domain.membership.application import SubmitApplication
from domain.membership.membership import AdmitMember
from domain.membership.waiting import (
    AcceptSeat,
    OfferSeat,
    WaitlistApplication,
    WithdrawApplication,
)
from domain.policy import PartyType, VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationPhase,
    Ballot,
    BallotsId,
    MembershipId,
    PartyId,
    ReviewId,
    VoteId,
)
from projections import memberships
from projections.as_of import AsOf, holds_now
from projections.tables import applications
from service.ledger.request import Accepted, Outcome
from service.security.principal import Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY, Coalition, new_id, organisation
from tests.service.reviews import review

PARTNER = "collaborative-partner"
MEMBER = "coalition-member"


@pytest.fixture
def coalition(database_url: str, tmp_path: Path) -> Iterator[Coalition]:
    made = Coalition(database_url, tmp_path, policy=CATE_TOML)
    yield made
    made.close()


def race(coalition: Coalition, who: Role, commands: Sequence[Command]) -> list[Outcome]:
    """Give commands all at once, and return their outcomes in order; applicants withdraw."""
    futures = [
        coalition.ledger.submit(coalition.request(each, coalition.principals[by]))
        for each in commands
        for by in [Role.APPLICANT if isinstance(each, WithdrawApplication) else who]
    ]
    wait(futures)
    return [future.result() for future in futures]


def accepted(coalition: Coalition, who: Role, commands: Sequence[Command]) -> None:
    """Give commands that are all to be accepted."""
    outcomes = race(coalition, who, commands)
    assert all(isinstance(each, Accepted) for each in outcomes), outcomes[:3]


def reviewed(
    coalition: Coalition, number: int, *, tier: str = PARTNER, ein: str | None = None
) -> list[ApplicationId]:
    """Return applications that wait for nothing but the decision, brought there together."""
    submitted = [
        SubmitApplication(
            application=ApplicationId(new_id()),
            review=ReviewId(new_id()),
            party=PartyId(new_id()),
            applicant=coalition.principals[Role.APPLICANT].id,
            tier=tier,
            organisation=organisation(ein=ein or coalition.ein()),
        )
        for _ in range(number)
    ]
    accepted(coalition, Role.APPLICANT, submitted)
    made = [each.application for each in submitted]
    reviewer = coalition.principals[Role.REVIEWER].id
    said = [review(each, POLICY, tier, PartyType.NONPROFIT_501C3, reviewer, {}) for each in made]
    for step in zip(*said, strict=True):
        accepted(coalition, step[0][0], [command for _, command in step])
    vote_on(coalition, made)
    return made


def vote_on(coalition: Coalition, made: Sequence[ApplicationId]) -> None:
    """Let the director say yes to all, since nobody else may vote yet."""
    votes = [VoteId(new_id()) for _ in made]
    opened = [
        OpenVote(
            vote=vote,
            ballots=BallotsId(new_id()),
            kind=VoteKind.ADMISSION,
            closes_on=coalition.clock.now.date() + timedelta(days=1),
            application=application,
            by_fallback=True,
        )
        for vote, application in zip(votes, made, strict=True)
    ]
    accepted(coalition, Role.DIRECTOR, opened)
    cast = [CastVote(vote=vote, ballot=Ballot.APPROVE) for vote in votes]
    accepted(coalition, Role.DIRECTOR, cast)
    accepted(coalition, Role.DIRECTOR, [CloseVote(vote=vote) for vote in votes])


def admit(application: ApplicationId) -> AdmitMember:
    return AdmitMember(application=application, membership=MembershipId(new_id()))


def accept(application: ApplicationId) -> AcceptSeat:
    return AcceptSeat(application=application, membership=MembershipId(new_id()))


def codes(outcomes: Sequence[Outcome]) -> Counter[object]:
    """Count outcomes by the code of the refusal, or ``None`` for an acceptance."""
    return Counter(each.code if isinstance(each, Refusal) else None for each in outcomes)


def taken(coalition: Coalition, tier: str) -> tuple[int, int]:
    """Return how many live memberships and open offers a tier has, by the views."""
    with coalition.ledger.read() as snapshot:
        connection = snapshot.connection
        now = AsOf(snapshot.position, coalition.clock.now.date(), current=True)
        members = memberships.count_by_tier(connection, now).get(tier, 0)
        offers = connection.execute(
            applications.select().where(
                holds_now(applications),
                applications.c.tier == tier,
                applications.c.phase == ApplicationPhase.SEAT_OFFERED,
            )
        ).all()
        return members, len(offers)


def test_of_two_hundred_racing_for_the_last_seat_exactly_one_gets_it(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 2)
    outcomes = race(coalition, Role.COMMITTEE, [admit(each) for each in reviewed(coalition, 200)])
    assert codes(outcomes) == {None: 1, RefusalCode.TIER_FULL: 199}
    assert taken(coalition, PARTNER) == (2, 0)


def test_ten_racing_for_ten_seats_all_get_one(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 11)
    outcomes = race(coalition, Role.COMMITTEE, [admit(each) for each in reviewed(coalition, 10)])
    assert codes(outcomes) == {None: 10}
    assert taken(coalition, PARTNER) == (11, 0)


def test_admissions_offers_and_acceptances_race_for_seats_and_no_seat_is_given_twice(
    coalition: Coalition,
) -> None:
    coalition.set_seats(PARTNER, 1)
    made = reviewed(coalition, 30)
    waiting, others = made[:20], made[20:]
    accepted(coalition, Role.COMMITTEE, [WaitlistApplication(application=each) for each in waiting])
    coalition.set_seats(PARTNER, 6)
    rivals: list[Command] = []
    for place, application in enumerate(waiting):
        rivals.append(OfferSeat(application=application))
        if place < len(others):
            rivals.append(admit(others[place]))
    assert codes(race(coalition, Role.COMMITTEE, rivals)) == {None: 5, RefusalCode.TIER_FULL: 25}
    members, offers = taken(coalition, PARTNER)
    assert members + offers == 6
    # Accepting an offer takes no second seat, and giving one up frees it for one other.
    outcomes = race(coalition, Role.DIRECTOR, [accept(each) for each in waiting])
    assert codes(outcomes) == {None: offers, RefusalCode.WRONG_PHASE: 20 - offers}
    assert taken(coalition, PARTNER) == (6, 0)


def test_a_seat_that_is_given_up_goes_to_exactly_one_other(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 1)
    waiting = reviewed(coalition, 12)
    accepted(coalition, Role.COMMITTEE, [WaitlistApplication(application=each) for each in waiting])
    coalition.set_seats(PARTNER, 2)
    first, *rest = waiting
    accepted(coalition, Role.DIRECTOR, [OfferSeat(application=first)])
    rivals: list[Command] = [OfferSeat(application=each) for each in rest]
    rivals.insert(5, WithdrawApplication(application=first))
    # Those whose turn it is not are passed over by nobody; whose turn it is asks again.
    assert codes(race(coalition, Role.DIRECTOR, rivals)) == {
        None: 1,
        RefusalCode.TIER_FULL: 5,
        RefusalCode.NOT_YET: 6,
    }
    again = race(coalition, Role.DIRECTOR, [OfferSeat(application=each) for each in rest])
    assert codes(again) == {None: 1, RefusalCode.TIER_FULL: 10}
    assert isinstance(again[0], Accepted)
    assert taken(coalition, PARTNER) == (1, 1)


def test_another_process_knows_who_came_first(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 1)
    waiting = reviewed(coalition, 3)
    # Neither their ids nor their submissions are in the order in which they come to wait.
    line = sorted(waiting, reverse=True)
    accepted(coalition, Role.COMMITTEE, [WaitlistApplication(application=each) for each in line])
    coalition.set_seats(PARTNER, 4)
    other = coalition.reopen()
    try:
        found = [
            other.execute(
                coalition.request(OfferSeat(application=each), coalition.principals[Role.DIRECTOR])
            )
            for each in (line[1], line[0], line[2], line[1], line[2])
        ]
    finally:
        other.close()
    assert codes(found) == {None: 3, RefusalCode.NOT_YET: 2}
    assert [isinstance(each, Accepted) for each in found] == [False, True, False, True, True]


def test_another_process_counts_the_seats_that_are_offered(coalition: Coalition) -> None:
    coalition.set_seats(PARTNER, 1)
    waiting = reviewed(coalition, 2)
    accepted(coalition, Role.COMMITTEE, [WaitlistApplication(application=each) for each in waiting])
    coalition.set_seats(PARTNER, 2)
    accepted(coalition, Role.DIRECTOR, [OfferSeat(application=waiting[0])])
    other = coalition.reopen()
    try:
        request = coalition.request(
            OfferSeat(application=waiting[1]), coalition.principals[Role.DIRECTOR]
        )
        outcome = other.execute(request)
    finally:
        other.close()
    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.TIER_FULL


def test_of_twenty_racing_with_one_ein_exactly_one_is_a_provider(coalition: Coalition) -> None:
    made = reviewed(coalition, 20, tier=MEMBER, ein=coalition.ein())
    outcomes = race(coalition, Role.COMMITTEE, [admit(each) for each in made])
    assert codes(outcomes) == {None: 1, RefusalCode.EIN_HELD: 19}
    assert taken(coalition, MEMBER) == (1, 0)
