"""What a member won by an appeal is not taken from it again at once, nor put to the vote."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.standing import (
    MembershipTerminated,
    StandingAppealDecided,
    StandingAppealFiled,
    SuspendMembership,
    SuspensionLifted,
)
from domain.policy import VoteKind
from domain.terms import AppealOutcome, BallotsId, VoteId, VoteOutcome
from tests.domain.coalition.votes import LATER, VOTE, ask, closed, partners
from tests.domain.examples import (
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    admitted,
    founded,
    organisation,
    published,
    sent,
    signed,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    UNTIL,
    put_to_vote,
    reinstated,
    suspended,
    terminated,
    voted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at

SUSPEND = SuspendMembership(membership=MEMBERSHIP, clauses=[CLAUSE], reason=REASON, until=UNTIL)
OTHER = "provider.client-centered"
DAY = timedelta(days=1)
LAST = TODAY + timedelta(days=CATE.deadlines.appeal_window_days)

active = Specification().given(
    founded(),
    organisation(),
    admitted(MEMBER),
    published(MEMBER_AGREEMENT),
    sent(MEMBER_AGREEMENT),
    signed(MEMBER_AGREEMENT),
)
END = replace(
    ask(VoteKind.TERMINATION, application=None, membership=MEMBERSHIP),
    vote=VoteId("c" * 32),
    ballots=BallotsId("d" * 32),
)
filed = Fact(MEMBERSHIP, StandingAppealFiled(grounds="We answered."))
lifted = Fact(MEMBERSHIP, SuspensionLifted(reason=None))


def decided(outcome: AppealOutcome) -> Fact:
    """Return that the appeal is decided."""
    return Fact(MEMBERSHIP, StandingAppealDecided(outcome=outcome, vote=LATER))


won = active.given(suspended(), filed, decided(AppealOutcome.OVERTURNED), lifted)


def test_what_an_appeal_has_overturned_is_not_imposed_again_for_the_days_of_another() -> None:
    for day in (TODAY, LAST):
        won.when(replace(SUSPEND, until=LAST + timedelta(days=9)), **at(day)).then_refused(
            RefusalCode.NOT_YET, "suspension.again", because=str(LAST)
        )
    until = LAST + timedelta(days=9)
    later = replace(SUSPEND, until=until)
    won.when(later, **at(LAST + timedelta(days=1))).then(suspended(until=until))


def test_a_member_that_won_is_suspended_for_something_else() -> None:
    for clauses in ([OTHER], [CLAUSE, OTHER]):
        event = replace(suspended().event, clauses=clauses)
        won.when(replace(SUSPEND, clauses=clauses)).then(Fact(MEMBERSHIP, event))


def test_what_it_won_once_it_has_won_whatever_it_wins_besides() -> None:
    other = Fact(MEMBERSHIP, replace(suspended().event, clauses=[OTHER]))
    twice = won.given(other, filed, decided(AppealOutcome.OVERTURNED), lifted)
    for clause in (CLAUSE, OTHER):
        twice.when(replace(SUSPEND, clauses=[clause])).then_refused(
            RefusalCode.NOT_YET, "suspension.again"
        )


def test_a_suspension_that_is_lifted_before_its_appeal_is_decided_is_not_imposed_again() -> None:
    """Else no appeal would ever be decided."""
    active.given(suspended(), filed, lifted).when(SUSPEND).then_refused(
        RefusalCode.NOT_YET, "suspension.again"
    )


def test_what_was_upheld_or_not_appealed_can_be_imposed_again() -> None:
    upheld = active.given(suspended(), filed, decided(AppealOutcome.UPHELD), lifted)
    for given in (upheld, active.given(suspended(), lifted)):
        given.when(SUSPEND).then(suspended())


def test_who_was_taken_back_by_an_appeal_is_not_suspended_for_what_it_was_put_out_for() -> None:
    put_out = MembershipTerminated(vote=VOTE, clauses=[CLAUSE], reason=REASON)
    back = active.given(
        Fact(MEMBERSHIP, put_out), filed, decided(AppealOutcome.OVERTURNED), reinstated(vote=LATER)
    )
    back.when(SUSPEND).then_refused(RefusalCode.NOT_YET, "suspension.again")


def test_nor_is_it_asked_at_once_whether_its_membership_ends_for_the_same() -> None:
    """A vote that said no would have held it back for as many days."""
    overturned = decided(AppealOutcome.OVERTURNED)
    put_out = active.given(voted(), terminated(), filed, overturned, reinstated(vote=LATER))
    for given in (put_out.given(partners(2)), won.given(partners(2))):
        for day in (TODAY, LAST):
            given.when(replace(END, closes_on=day + 2 * DAY), **at(day)).then_refused(
                RefusalCode.NOT_YET, "votes.once", because=str(LAST)
            )
        late = LAST + DAY
        given.when(replace(END, closes_on=late + 2 * DAY), **at(late)).then_accepted()
        given.when(replace(END, clauses=[CLAUSE, OTHER])).then_accepted()
        given.when(replace(END, clauses=[])).then_refused(
            RefusalCode.INVALID_INPUT, "reasons-by-requirement", field="clauses"
        )


def test_what_it_won_and_what_a_vote_said_no_to_are_not_asked_together_either() -> None:
    question, *_ = put_to_vote()
    on_other = Fact(question.stream, replace(question.event, clauses=[OTHER]))
    both = won.given(partners(2), on_other, closed(VoteOutcome.FAILED))
    ends = replace(END, clauses=[CLAUSE, OTHER])
    both.when(ends).then_refused(RefusalCode.NOT_YET, "votes.once", because=str(LAST))


def test_the_members_are_asked_of_what_no_appeal_has_decided_for_it() -> None:
    """Whoever appealed on the last day of a suspension would keep them from it otherwise."""
    upheld = active.given(suspended(), filed, decided(AppealOutcome.UPHELD), lifted)
    for given in (upheld, active.given(suspended(), filed, lifted)):
        given.given(partners(2)).when(END).then_accepted()


def test_what_is_free_anew_is_so_from_the_later_day() -> None:
    later = LAST + 9 * DAY
    again = won.given(suspended(until=None, condition="A report."), filed, lifted, on=later)
    again.when(replace(SUSPEND, until=later + 60 * DAY), **at(later)).then_refused(
        RefusalCode.NOT_YET, "suspension.again", because=str(later)
    )
    closes = replace(END, closes_on=later + 2 * DAY)
    again.given(partners(2), on=later).when(closes, **at(later)).then_accepted()
