"""Suspending a member, and lifting it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.vote import VoteOpened
from domain.coalition.voting import Voter
from domain.decision import Fact, RefusalCode
from domain.membership.application import RequestTierChange
from domain.membership.membership import ChangeTier, SignAgreement
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    SuspendMembership,
)
from domain.membership.term import RenewalMissed, RenewalOpened
from domain.policy import VoteKind
from domain.terms import (
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    MembershipId,
    MembershipStatus,
    PrincipalId,
    ReviewId,
    TierChangeReason,
)
from tests.domain.coalition.votes import (
    LATER,
    VOTE,
    ask,
    cast,
    opened,
    partner,
    partners,
    passed,
    seat,
    seats,
    vote,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FIRST_TEXT,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    SIGNATORY,
    admitted,
    founded,
    organisation,
    published,
    ready,
    sent,
    signed,
    submitted,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    UNTIL,
    lifted,
    suspended,
    terminated,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at

SUSPEND = SuspendMembership(membership=MEMBERSHIP, clauses=[CLAUSE], reason=REASON, until=UNTIL)
LIFT = LiftSuspension(membership=MEMBERSHIP)

pending = Specification().given(founded(), organisation(), admitted(MEMBER))
active = pending.given(
    published(MEMBER_AGREEMENT), sent(MEMBER_AGREEMENT), signed(MEMBER_AGREEMENT)
)
held = active.given(suspended())


def test_a_member_is_suspended_until_a_day_or_until_a_condition_is_met() -> None:
    active.when(SUSPEND).then(suspended())
    condition = "An audit of the accounts."
    on_condition = replace(SUSPEND, until=None, condition=condition)
    active.when(on_condition).then(suspended(until=None, condition=condition))


def test_a_member_that_has_not_signed_yet_is_suspended_too() -> None:
    pending.when(SUSPEND).then(suspended())


def test_a_member_that_has_missed_its_renewal_is_suspended_too() -> None:
    missed = active.given(
        Fact(MEMBERSHIP, RenewalOpened(term_ends=TODAY)),
        Fact(MEMBERSHIP, RenewalMissed(grace_ends=UNTIL)),
    )
    missed.when(SUSPEND).then(suspended())
    missed.given(suspended()).when(SUSPEND).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_a_suspension_has_an_end() -> None:
    active.when(replace(SUSPEND, until=None)).then_refused(
        RefusalCode.INVALID_INPUT, "suspension.end", field="until"
    )
    active.when(replace(SUSPEND, until=TODAY)).then_refused(
        RefusalCode.INVALID_INPUT, "suspension.end", field="until"
    )


def test_a_suspension_names_its_reasons_by_requirement_each_once() -> None:
    active.when(replace(SUSPEND, clauses=[])).then_refused(
        RefusalCode.INVALID_INPUT, "reasons-by-requirement", field="clauses"
    )
    active.when(replace(SUSPEND, clauses=["network.transparent-collaboration"])).then_refused(
        RefusalCode.INVALID_INPUT, "known-clauses", field="clauses"
    )
    active.when(replace(SUSPEND, clauses=[CLAUSE, CLAUSE])).then(suspended())


def test_who_is_suspended_already_or_has_left_is_not_suspended() -> None:
    for gone in (held, active.given(withdrawn()), active.given(terminated())):
        gone.when(SUSPEND).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")


@pytest.mark.parametrize("command", [SUSPEND, LIFT])
def test_what_nobody_admitted_is_neither_suspended_nor_freed(
    command: SuspendMembership | LiftSuspension,
) -> None:
    active.when(replace(command, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nothing_holds_from_before_the_last_entry() -> None:
    for given, command in ((active, SUSPEND), (held, LIFT)):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def test_a_suspension_is_lifted_before_its_day_or_after() -> None:
    held.when(LIFT).then(lifted())
    late = UNTIL + timedelta(days=9)
    held.when(LIFT, today=late, effective=late).then(lifted())
    held.when(replace(LIFT, reason="Settled.")).then(lifted("Settled."))


def test_only_a_suspension_is_lifted() -> None:
    for given in (active, held.given(lifted()), held.given(withdrawn())):
        given.when(LIFT).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")


def test_after_it_is_lifted_a_member_can_be_suspended_again() -> None:
    held.given(lifted()).when(SUSPEND).then(suspended())


def test_a_signature_lifts_no_suspension() -> None:
    sign = SignAgreement(
        membership=MEMBERSHIP,
        agreement=MEMBER_AGREEMENT,
        version=1,
        sha256=FIRST_TEXT,
        signatory=SIGNATORY,
        signatory_name="Robin Example",
        capacity="chair of the board",
    )
    waiting = pending.given(published(MEMBER_AGREEMENT), suspended(), sent(MEMBER_AGREEMENT))
    waiting.when(sign).then(signed(MEMBER_AGREEMENT))
    waiting.given(signed(MEMBER_AGREEMENT)).when(SUSPEND).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_who_is_suspended_asks_for_no_other_tier() -> None:
    ask_for = RequestTierChange(
        application=ApplicationId(ANOTHER),
        review=ReviewId(APPLICATION),
        applicant=PrincipalId("somebody"),
        membership=MEMBERSHIP,
        tier=NETWORK,
        reason=TierChangeReason.REQUESTED,
    )
    for given in (held, active.given(withdrawn())):
        given.when(ask_for).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")
    # On the day on which it is over by itself, it may, whenever the sweep is.
    held.when(ask_for, **at(UNTIL)).then_accepted()


def test_an_application_for_another_tier_waits_for_the_end_of_the_suspension() -> None:
    asked = active.given(
        submitted(NETWORK, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP),
        ready(NETWORK)[1:],
        passed(VoteKind.TIER_CHANGE),
    )
    change = ChangeTier(application=APPLICATION)
    for end in (suspended(), withdrawn()):
        asked.given(end).when(change).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")


three = Specification().given(founded(), organisation(), partners(3), ready(MEMBER))


def test_a_suspension_that_can_be_appealed_takes_nobody_out_of_a_vote() -> None:
    """Else whoever suspends for a minute chooses who votes."""
    two_held = three.given(suspended(seat(2)), suspended(seat(3)))
    last = TODAY + timedelta(days=CATE.deadlines.appeal_window_days)
    question = replace(ask(), closes_on=last + timedelta(days=2))
    asked = replace(opened(seats(1, 2, 3))[0].event, closes_on=question.closes_on)
    for day in (TODAY, last):
        two_held.when(question, **at(day)).then(Fact(VOTE, asked), *opened([])[1:])
    over = replace(asked, electorate=seats(1))
    two_held.when(question, **at(last + timedelta(days=1))).then(Fact(VOTE, over), *opened([])[1:])


def test_who_has_appealed_votes_until_that_is_decided() -> None:
    late = at(TODAY + timedelta(days=90))
    question = replace(ask(), closes_on=late["today"] + timedelta(days=1))
    appealed = three.given(
        suspended(seat(2)), Fact(seat(2), StandingAppealFiled(grounds="We answered."))
    )
    put_to_vote = appealed.given(Fact(seat(2), StandingAppealPutToVote(vote=LATER)))
    upheld = StandingAppealDecided(outcome=AppealOutcome.UPHELD, vote=LATER)
    decided = put_to_vote.given(Fact(seat(2), upheld))
    for given, voters in (
        (appealed, seats(1, 2, 3)),
        (put_to_vote, seats(1, 2, 3)),
        (decided, seats(1, 3)),
    ):
        event = replace(opened(voters)[0].event, closes_on=question.closes_on)
        given.when(question, **late).then(Fact(VOTE, event), *opened([])[1:])


def test_who_would_not_be_active_but_for_the_suspension_has_no_vote() -> None:
    fourth = [organisation(partner(4)), admitted(PARTNER, partner(4), seat(4)), suspended(seat(4))]
    three.given(fourth).when(ask()).then(*opened(seats(1, 2, 3)))


def test_a_partner_suspended_after_the_opening_votes_and_one_that_has_left_does_not() -> None:
    is_open = three.given(opened(seats(1, 2, 3)), suspended(seat(2)))
    voter = Voter(membership=seat(2), status=MembershipStatus.SUSPENDED)
    is_open.when(vote(), voter=voter).then(cast(2))
    left = replace(voter, status=MembershipStatus.WITHDRAWN)
    is_open.when(vote(), voter=left).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")


def test_a_suspended_member_can_be_voted_out() -> None:
    command = ask(VoteKind.TERMINATION, application=None, membership=seat(2))
    three = Specification().given(founded(), partners(3), suspended(seat(2)))
    three.when(command).then(
        *opened(
            seats(1, 3),
            seats(2),
            kind=VoteKind.TERMINATION,
            application=None,
            membership=seat(2),
            membership_version=3,
        )
    )


@pytest.mark.parametrize(
    ("given", "day", "voting"),
    [
        (suspended(seat(2)), UNTIL - timedelta(days=1), seats(3)),
        (suspended(seat(2)), UNTIL, seats(2, 3)),
        (suspended(seat(2)), UNTIL + timedelta(days=3), seats(2, 3)),
        (suspended(seat(2), condition="An audit."), UNTIL, seats(3)),
        (suspended(seat(2), until=None, condition="An audit."), UNTIL, seats(3)),
    ],
)
def test_from_the_day_until_which_it_is_suspended_a_member_has_a_vote_whenever_the_sweep_is(
    given: Fact, day: date, voting: list[MembershipId]
) -> None:
    closes_on = day + timedelta(days=1)
    command = ask(VoteKind.TERMINATION, application=None, membership=seat(1), closes_on=closes_on)
    (vote,) = opened(
        voting,
        seats(1),
        kind=VoteKind.TERMINATION,
        application=None,
        membership=seat(1),
        membership_version=2,
    )
    assert isinstance(vote.event, VoteOpened)
    three = Specification().given(founded(), partners(3), given)
    three.when(command, **at(day)).then(
        replace(vote, event=replace(vote.event, closes_on=closes_on))
    )


END = EndSuspension(membership=MEMBERSHIP)


def test_a_suspension_ends_on_its_day_and_not_before() -> None:
    held.when(END, today=UNTIL - timedelta(days=1)).then_refused(
        RefusalCode.NOT_YET, "suspension.end"
    )
    for day in (UNTIL, UNTIL + timedelta(days=3)):
        held.when(END, **at(day)).then(lifted())
    held.when(END, today=UNTIL, effective=UNTIL - timedelta(days=1)).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_no_day_ends_a_suspension_that_hangs_on_a_condition() -> None:
    for until in (None, UNTIL):
        on_condition = active.given(suspended(until=until, condition="An audit."))
        on_condition.when(END, **at(UNTIL)).then_refused(
            RefusalCode.WRONG_PHASE, "suspension.condition"
        )
        on_condition.when(LIFT, **at(UNTIL)).then(lifted())


def test_what_is_not_suspended_is_not_freed_by_the_calendar() -> None:
    for given in (active, held.given(lifted()), held.given(withdrawn())):
        given.when(END, **at(UNTIL)).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")
