"""Appeals against suspensions and terminations, by those who took no part in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.ballots import VoteCast
from domain.decision import Fact, RefusalCode
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.standing import (
    LiftSuspension,
    ReinstateMembership,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
)
from domain.policy import Policy, VoteKind
from domain.terms import (
    AppealOutcome,
    Ballot,
    BallotsId,
    MembershipId,
    VoteId,
    VoteOutcome,
)
from tests.domain.coalition.votes import (
    DIRECTOR_VOTES,
    VOTE,
    ask,
    cast,
    closed,
    member,
    opened,
    partner,
    partners,
    seat,
    seats,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    LANTERN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    PARTNER,
    PARTNER_AGREEMENT,
    SECOND_TEXT,
    admitted,
    founded,
    organisation,
    published,
    queued,
    signed,
)
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import (
    lifted,
    put_to_vote,
    reinstated,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification

FILE = FileAppeal(membership=MEMBERSHIP, grounds="The books were in order.")
DECIDE = DecideAppeal(membership=MEMBERSHIP)
FILED = Fact(MEMBERSHIP, StandingAppealFiled(grounds="The books were in order."))
APPEAL = VoteId("a" * 32)
BALLOTS = BallotsId("b" * 32)
WINDOW = timedelta(days=CATE.deadlines.appeal_window_days)
REINSTATE = ReinstateMembership(membership=MEMBERSHIP)
OPEN = replace(
    ask(VoteKind.APPEAL, application=None, membership=MEMBERSHIP), vote=APPEAL, ballots=BALLOTS
)

active = Specification().given(
    founded(seats=4),
    organisation(),
    partners(3),
    published(MEMBER_AGREEMENT),
    admitted(MEMBER),
    signed(MEMBER_AGREEMENT),
)
held = active.given(suspended())
ended = active.given(put_to_vote(version=2), cast(1), cast(3), closed(VoteOutcome.PASSED)).given(
    terminated()
)


def asked(voters: list[int], aside: list[MembershipId], *, policy: Policy = CATE) -> list[Fact]:
    """Return that the appeal is put to a vote."""
    (vote, *_) = opened(
        seats(*voters),
        aside,
        kind=VoteKind.APPEAL,
        application=None,
        membership=MEMBERSHIP,
        membership_version=4,
        policy=policy,
    )
    return [
        Fact(APPEAL, replace(vote.event, ballots=BALLOTS)),
        Fact(MEMBERSHIP, StandingAppealPutToVote(vote=APPEAL)),
    ]


def counted(outcome: VoteOutcome) -> Fact:
    """Return that the vote on the appeal is closed."""
    return replace(closed(outcome), stream=APPEAL)


def decided(outcome: AppealOutcome) -> Fact:
    """Return what became of the decision."""
    return Fact(MEMBERSHIP, StandingAppealDecided(outcome=outcome, vote=APPEAL))


@pytest.mark.parametrize("given", [held, ended], ids=["suspended", "terminated"])
def test_a_suspension_or_termination_is_appealed_once_and_within_the_window(
    given: Specification,
) -> None:
    given.when(FILE).then(FILED)
    given.when(FILE, today=TODAY + WINDOW, effective=TODAY + WINDOW).then(FILED)
    late = TODAY + WINDOW + timedelta(days=1)
    given.when(FILE, today=late, effective=late).then_refused(
        RefusalCode.WRONG_PHASE, "deadlines.appeal_window_days"
    )
    given.given(FILED).when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.once")


def test_who_is_part_of_another_appeals_nothing_and_comes_back_by_no_appeal() -> None:
    part = together(partner(1), LANTERN, kept=seat(1), ended=None)
    ended.given(part).when(FILE).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="membership"
    )
    voted_back = ended.given(FILED, asked([2], seats(1, 3)), counted(VoteOutcome.PASSED))
    voted_back.given(part).when(DECIDE).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="party"
    )


def test_only_what_was_decided_against_a_member_is_appealed() -> None:
    left = active.given(withdrawn())
    left.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.own-word")
    left.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    for given in (active, held.given(lifted())):
        for command in (FILE, DECIDE):
            given.when(command).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")
    for command in (FILE, DECIDE):
        active.when(replace(command, membership=MembershipId(ANOTHER))).then_refused(
            RefusalCode.INVALID_INPUT, "known-membership", field="membership"
        )


def test_an_appeal_is_about_one_thing() -> None:
    for command in (FILE, DECIDE):
        held.when(replace(command, application=APPLICATION)).then_refused(
            RefusalCode.INVALID_INPUT, "appeal.subject", field="membership"
        )
        held.when(replace(command, membership=None)).then_refused(
            RefusalCode.INVALID_INPUT, "known-application", field="application"
        )


def test_an_appeal_holds_neither_from_before_the_decision_nor_from_a_day_to_come() -> None:
    over = held.given(FILED, asked([1, 2, 3], [MEMBERSHIP]), counted(VoteOutcome.PASSED))
    for given, command in ((held, FILE), (over, DECIDE)):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )
        given.when(command, effective=TODAY + timedelta(days=1)).then_refused(
            RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
        )


def test_all_members_but_itself_decide_on_a_suspension() -> None:
    held.given(FILED).when(OPEN).then(*asked([1, 2, 3], [MEMBERSHIP]))


def test_who_voted_for_or_against_a_termination_has_no_vote_on_the_appeal() -> None:
    ended.given(FILED).when(OPEN).then(*asked([2], seats(1, 3)))


def test_the_director_who_suspended_has_no_vote_on_the_appeal() -> None:
    held.under(DIRECTOR_VOTES).given(FILED).when(OPEN).then(
        *asked([1, 2, 3], [MEMBERSHIP], policy=DIRECTOR_VOTES)
    )
    refused = Specification(DIRECTOR_VOTES).given(
        founded(), organisation(), admitted(MEMBER), suspended(), FILED
    )
    refused.when(OPEN).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.appeal.electorate", field="byFallback"
    )
    refused.when(replace(OPEN, by_fallback=True)).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.appeal.fallback"
    )


def test_a_director_who_had_a_vote_on_the_termination_has_none_on_the_appeal() -> None:
    by_director = Fact(
        opened([], membership=MEMBERSHIP)[0].event.ballots,  # type: ignore[attr-defined]
        VoteCast(vote=VOTE, membership=None, ballot=Ballot.APPROVE),
    )
    alone = Specification().given(
        founded(),
        organisation(),
        admitted(MEMBER),
        put_to_vote(version=1),
        by_director,
        closed(VoteOutcome.PASSED),
        terminated(),
        FILED,
    )
    alone.when(replace(OPEN, by_fallback=True)).then_refused(
        RefusalCode.EMPTY_ELECTORATE, "votes.appeal.fallback"
    )


def test_an_appeal_is_put_to_one_vote_after_it_was_filed() -> None:
    held.when(OPEN).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    held.given(FILED, asked([1, 2, 3], [MEMBERSHIP])).when(
        replace(OPEN, vote=VoteId(ANOTHER), ballots=BallotsId("c" * 32))
    ).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    active.when(OPEN).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")
    held.when(replace(OPEN, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nobody_decides_an_appeal_but_its_vote() -> None:
    held.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    for given in (held.given(FILED), held.given(FILED, asked([1, 2, 3], [MEMBERSHIP]))):
        given.when(DECIDE).then_refused(RefusalCode.VOTE_REQUIRED, "appeal.vote")


def test_a_suspension_that_is_overturned_is_lifted() -> None:
    held.given(FILED, asked([1, 2, 3], [MEMBERSHIP]), counted(VoteOutcome.PASSED)).when(
        DECIDE
    ).then(decided(AppealOutcome.OVERTURNED), lifted())


def test_a_decision_that_is_upheld_stands_and_is_not_appealed_again() -> None:
    upheld = held.given(FILED, asked([1, 2, 3], [MEMBERSHIP]), counted(VoteOutcome.FAILED))
    upheld.when(DECIDE).then(decided(AppealOutcome.UPHELD))
    over = upheld.given(decided(AppealOutcome.UPHELD))
    over.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    over.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.once")
    over.when(LiftSuspension(membership=MEMBERSHIP)).then(lifted())


def test_the_next_suspension_can_be_appealed_anew() -> None:
    held.given(FILED, lifted(), suspended()).when(FILE).then(FILED)
    held.given(FILED, terminated()).when(FILE).then(FILED)


def overturned(given: Specification) -> Specification:
    """Return that the appeal against a termination passed."""
    return given.given(FILED, asked([2], seats(1, 3)), counted(VoteOutcome.PASSED))


def test_a_termination_that_is_overturned_never_cost_the_member_its_standing() -> None:
    overturned(ended).when(DECIDE).then(decided(AppealOutcome.OVERTURNED), reinstated(vote=APPEAL))


def test_a_member_that_was_suspended_at_its_end_is_suspended_again() -> None:
    both = held.given(voted(version=3), terminated())
    overturned(both).when(DECIDE).then(
        decided(AppealOutcome.OVERTURNED), reinstated(vote=APPEAL, suspended=True)
    )


def test_with_a_newer_text_the_member_comes_back_to_sign_it() -> None:
    newer = ended.given(published(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    overturned(newer).when(DECIDE).then(
        decided(AppealOutcome.OVERTURNED), reinstated(vote=APPEAL, signed=False)
    )


def test_an_overturned_termination_takes_a_free_place_before_who_waits_for_one() -> None:
    full = Specification().given(
        founded(seats=1),
        organisation(),
        published(PARTNER_AGREEMENT),
        admitted(PARTNER),
        signed(PARTNER_AGREEMENT),
        voted(version=2),
        terminated(),
        member(1),
    )
    free = full.given(withdrawn(seat(1)))
    back = (decided(AppealOutcome.OVERTURNED), reinstated(PARTNER, vote=APPEAL))
    overturned(free).when(DECIDE).then(*back)
    # It never lost its seat rightly, so that it comes before those who wait for one.
    overturned(free.given(queued(APPLICATION))).when(DECIDE).then(*back)


def test_a_member_that_left_meanwhile_has_nothing_to_appeal() -> None:
    gone = held.given(
        FILED, asked([1, 2, 3], [MEMBERSHIP]), withdrawn(), counted(VoteOutcome.PASSED)
    )
    gone.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")


def test_that_the_director_wrote_down_that_a_member_has_left_is_appealed_as_a_termination() -> None:
    written = active.given(withdrawn(), by_director=True)
    written.when(FILE).then(FILED)
    written.when(FILE, today=TODAY + WINDOW, effective=TODAY + WINDOW).then(FILED)
    late = TODAY + WINDOW + timedelta(days=1)
    written.when(FILE, today=late, effective=late).then_refused(
        RefusalCode.WRONG_PHASE, "deadlines.appeal_window_days"
    )
    filed = written.given(FILED)
    filed.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.once")
    back = replace(REINSTATE, vote=None)
    filed.when(back).then_refused(RefusalCode.WRONG_PHASE, "appeal.open")
    voted_on = filed.given(asked([1, 2, 3], [MEMBERSHIP]))
    passed_now = voted_on.given(counted(VoteOutcome.PASSED))
    passed_now.when(DECIDE).then(decided(AppealOutcome.OVERTURNED), reinstated(vote=APPEAL))
    voted_on.given(counted(VoteOutcome.FAILED)).when(DECIDE).then(decided(AppealOutcome.UPHELD))
