"""Votes on what is over end with it; one on a termination waits for its last day."""

from __future__ import annotations

import pytest

from domain.coalition.consequences import Open, with_consequences
from domain.coalition.vote import CloseVote
from domain.coalition.voting import Voter
from domain.decision import Fact, Moment, RefusalCode
from domain.membership.application import ReviewStarted
from domain.membership.membership import DeclineApplication
from domain.membership.standing import (
    LiftSuspension,
    MembershipLapsed,
    MembershipMerged,
    StandingAppealFiled,
    StandingAppealPutToVote,
    WithdrawMembership,
)
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    LapseReason,
    MembershipId,
    MembershipStatus,
    VoteOutcome,
)
from tests.domain.coalition.votes import (
    AFTER,
    VOTE,
    cast,
    closed,
    moot,
    opened,
    partners,
    seat,
    seats,
    vote,
    voter,
)
from tests.domain.examples import (
    APPLICATION,
    MEMBER,
    MEMBERSHIP,
    admitted,
    clauses,
    founded,
    organisation,
    ready,
)
from tests.domain.membership.standings import lifted, reinstated, suspended, terminated, withdrawn
from tests.domain.specification import TODAY, Specification
from tests.domain.world import World

member = Specification().given(founded(), partners(3), organisation(), admitted(MEMBER))
appealed = member.given(
    suspended(until=None, condition="An audit."),
    Fact(MEMBERSHIP, StandingAppealFiled(grounds="We answered.")),
    opened(seats(1, 2, 3), kind=VoteKind.APPEAL, application=None, membership=MEMBERSHIP),
    Fact(MEMBERSHIP, StandingAppealPutToVote(vote=VOTE)),
)
ending = member.given(
    opened(seats(1, 2, 3), kind=VoteKind.TERMINATION, application=None, membership=MEMBERSHIP)
)
ON_APPLICATION = (APPLICATION, None)
ON_MEMBERSHIP = (None, MEMBERSHIP)
SUBJECTS = [
    (VoteKind.ADMISSION, *ON_APPLICATION),
    (VoteKind.TIER_CHANGE, *ON_APPLICATION),
    (VoteKind.APPEAL, *ON_APPLICATION),
    (VoteKind.APPEAL, *ON_MEMBERSHIP),
    (VoteKind.ADMISSION, *ON_MEMBERSHIP),
    (VoteKind.TERMINATION, *ON_MEMBERSHIP),
]


def moot_by(
    kind: VoteKind, fact: Fact, application: ApplicationId | None, membership: MembershipId | None
) -> bool:
    """Whether an open vote of a kind ends with a fact."""
    world = World()
    world.append(opened(seats(1), kind=kind, application=application, membership=membership), TODAY)
    is_open = Open(
        applications=[],
        parties=[],
        votes=[world.vote(VOTE)],
        ballots=lambda vote: world.ballots(vote.ballots),
        proposal=world.policies.__getitem__,
    )
    ended = with_consequences([fact], is_open, Moment(TODAY, TODAY))
    assert ended in ([fact], [fact, moot()])
    return ended != [fact]


OF_APPLICATION = {
    (VoteKind.ADMISSION, *ON_APPLICATION),
    (VoteKind.TIER_CHANGE, *ON_APPLICATION),
    (VoteKind.APPEAL, *ON_APPLICATION),
}
APPEAL = {(VoteKind.APPEAL, *ON_MEMBERSHIP)}


@pytest.mark.parametrize(
    ("fact", "ended"),
    [
        (Fact(APPLICATION, ApplicationWithdrawn()), OF_APPLICATION),
        (
            Fact(APPLICATION, ApplicationExpired(deadline="deadlines.application_expiry_days")),
            OF_APPLICATION,
        ),
        (Fact(APPLICATION, ReviewStarted()), OF_APPLICATION - {(VoteKind.APPEAL, *ON_APPLICATION)}),
        (lifted(), APPEAL),
        (withdrawn(), APPEAL),
        (terminated(), APPEAL),
        (Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.RENEWAL_MISSED)), APPEAL),
        (Fact(MEMBERSHIP, MembershipMerged(into=seat(1))), APPEAL),
        (reinstated(), APPEAL | {(VoteKind.ADMISSION, *ON_MEMBERSHIP)}),
        (suspended(), set()),
        (withdrawn(seat(2)), set()),
    ],
)
def test_which_votes_end_with_what(fact: Fact, ended: set[object]) -> None:
    assert {each for each in SUBJECTS if moot_by(each[0], fact, *each[1:])} == ended


def test_the_vote_on_an_appeal_ends_with_the_suspension() -> None:
    appealed.when(LiftSuspension(membership=MEMBERSHIP)).then(lifted(), moot())
    appealed.given(cast(1)).when(WithdrawMembership(membership=MEMBERSHIP)).then(
        withdrawn(), moot((1, 0, 0))
    )


def test_a_vote_that_is_closed_is_left_alone() -> None:
    given = appealed.given(closed(VoteOutcome.FAILED))
    given.when(LiftSuspension(membership=MEMBERSHIP)).then(lifted())


def test_a_vote_on_a_termination_shows_by_nothing_whom_it_was_about() -> None:
    ending.when(WithdrawMembership(membership=MEMBERSHIP)).then(withdrawn())
    left = ending.given(withdrawn())
    over = Voter(membership=seat(1), over=MembershipStatus.WITHDRAWN)
    left.when(vote(), voter=over).then_refused(RefusalCode.WRONG_PHASE, "votes.over")
    left.when(CloseVote(vote=VOTE), today=AFTER, effective=AFTER).then(
        closed(VoteOutcome.FAILED, quorum_met=False, threshold_met=False)
    )


def test_what_was_moot_says_neither_yes_nor_no() -> None:
    given = Specification().given(founded(), organisation(), ready(MEMBER))
    given = given.given(opened(seats(1)), moot())
    given.when(
        DeclineApplication(application=APPLICATION, clauses=clauses(MEMBER)[:1])
    ).then_accepted()


def test_who_has_no_vote_any_more_is_told_why() -> None:
    given = member.given(opened(seats(1, 2, 3), application=None, membership=MEMBERSHIP))
    left = Voter(membership=seat(1), status=MembershipStatus.WITHDRAWN)
    given.when(vote(), voter=left).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing", because="has not ended"
    )
    given.when(vote(), voter=Voter(is_merged=True)).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged"
    )
    given.when(vote(), voter=voter(1)).then(cast(1))
