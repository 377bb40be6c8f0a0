"""Leaving: withdrawal and termination, and what they leave open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.vote import OpenVote, VoteOpened
from domain.coalition.voting import Voter
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.membership.contest import FileAppeal
from domain.membership.membership import AdmitMember, SendAgreement
from domain.membership.standing import (
    StandingAppealFiled,
    TerminateMembership,
    WithdrawMembership,
)
from domain.policy import VoteKind
from domain.terms import BallotsId, MembershipId, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    CLOSES,
    LATER,
    VOTE,
    cast,
    closed,
    member,
    opened,
    partners,
    seat,
    seats,
    vote,
    voted_in,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    LANTERN_EIN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    admitted,
    founded,
    organisation,
    policy_with,
    published,
    signed,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    put_to_vote,
    reinstated,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification

WITHDRAW = WithdrawMembership(membership=MEMBERSHIP)
TERMINATE = TerminateMembership(membership=MEMBERSHIP, vote=VOTE, clauses=[CLAUSE], reason=REASON)
ADMIT = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))

coalition = Specification().given(founded(seats=3), organisation(), partners(2))
active = coalition.given(published(MEMBER_AGREEMENT), admitted(MEMBER), signed(MEMBER_AGREEMENT))


def test_a_member_leaves_with_a_reason_or_without() -> None:
    active.when(WITHDRAW).then(withdrawn())
    active.when(replace(WITHDRAW, reason="We merged.")).then(withdrawn(reason="We merged."))


def test_nobody_is_held_not_even_while_suspended() -> None:
    active.given(suspended()).when(WITHDRAW).then(withdrawn())
    coalition.given(admitted(MEMBER)).when(WITHDRAW).then(withdrawn())


def test_who_has_left_leaves_once() -> None:
    active.given(withdrawn()).when(WITHDRAW).then_nothing()
    active.given(terminated()).when(WITHDRAW).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_whose_leaving_was_written_down_says_by_its_own_word_that_it_leaves() -> None:
    """It has nothing to appeal after that, and an appeal that it filed is over."""
    written = active.given(withdrawn(), by_director=True)
    file = FileAppeal(membership=MEMBERSHIP, grounds="We did not say so.")
    filed = Fact(MEMBERSHIP, StandingAppealFiled(grounds="We did not say so."))
    for given in (written, written.given(filed)):
        given.when(WITHDRAW).then(withdrawn())
        given.when(WITHDRAW, by_director=True).then_nothing()
        own = given.given(withdrawn())
        own.when(WITHDRAW).then_nothing()
        own.when(file).then_refused(RefusalCode.WRONG_PHASE, "appeal.own-word")
    late = TODAY + timedelta(days=CATE.deadlines.appeal_window_days + 1)
    written.when(WITHDRAW, today=late).then_nothing()


def test_the_director_writes_down_that_a_member_leaves_around_no_vote_on_ending_it() -> None:
    active.when(WITHDRAW, by_director=True).then(withdrawn())
    for given in (active.given(put_to_vote()), active.given(voted())):
        given.when(WITHDRAW).then(withdrawn())
        given.when(WITHDRAW, by_director=True).then_refused(
            RefusalCode.WRONG_PHASE, "votes.termination"
        )
    failed = active.given(voted(VoteOutcome.FAILED))
    failed.when(WITHDRAW).then(withdrawn())
    last = TODAY + timedelta(days=CATE.deadlines.appeal_window_days)
    failed.when(WITHDRAW, by_director=True, today=last, effective=last).then_refused(
        RefusalCode.NOT_YET, "votes.termination"
    )
    later = last + timedelta(days=1)
    failed.when(WITHDRAW, by_director=True, today=later, effective=later).then(withdrawn())
    # What was voted on before the member came back was about another time.
    back = failed.given(withdrawn(), reinstated())
    back.when(WITHDRAW, by_director=True).then(withdrawn())


def test_the_director_does_not_end_again_what_an_appeal_has_just_brought_back() -> None:
    came = [withdrawn(), *voted(kind=VoteKind.APPEAL)]
    back = active.given(*came, reinstated(vote=VOTE))
    last = TODAY + timedelta(days=CATE.deadlines.appeal_window_days)
    back.when(WITHDRAW, by_director=True, today=last, effective=last).then_refused(
        RefusalCode.NOT_YET, "votes.appeal", because="won an appeal"
    )
    back.when(WITHDRAW).then(withdrawn())
    later = last + timedelta(days=1)
    back.when(WITHDRAW, by_director=True, today=later, effective=later).then(withdrawn())
    # An appeal that was lost brought nothing back.
    lost = active.given(suspended(), voted(VoteOutcome.FAILED, VoteKind.APPEAL))
    lost.when(WITHDRAW, by_director=True).then(withdrawn())


def test_only_the_member_itself_says_that_it_left_on_an_earlier_day() -> None:
    later = TODAY + timedelta(days=45)
    active.when(WITHDRAW, today=later).then(withdrawn())
    active.when(WITHDRAW, today=later, by_director=True).then_refused(
        RefusalCode.TOO_EARLY,
        "effective-date.today",
        field="effectiveOn",
        because="the days to answer it begin with it",
    )
    active.when(WITHDRAW, today=later, effective=later, by_director=True).then(withdrawn())


def test_a_termination_follows_the_vote_that_passed() -> None:
    active.given(voted()).when(TERMINATE).then(terminated())
    active.given(suspended(), voted(version=4)).when(TERMINATE).then(terminated())


def test_a_termination_that_has_happened_happens_once() -> None:
    over = active.given(voted(), terminated())
    over.when(TERMINATE).then_nothing()
    over.when(replace(TERMINATE, vote=VoteId(ANOTHER))).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_nobody_is_voted_out_by_an_open_vote_or_one_that_failed() -> None:
    active.given(put_to_vote()).when(TERMINATE).then_refused(
        RefusalCode.WRONG_PHASE, "votes.termination"
    )
    active.given(voted(VoteOutcome.FAILED)).when(TERMINATE).then_refused(
        RefusalCode.VOTE_FAILED, "votes.termination"
    )


@pytest.mark.parametrize(
    "about",
    [
        opened(seats(1, 2)),
        opened(
            seats(1),
            kind=VoteKind.TERMINATION,
            application=None,
            membership=seat(2),
        ),
        [],
    ],
    ids=["an admission", "another member", "nothing"],
)
def test_a_vote_about_something_else_ends_nothing(about: list[Fact]) -> None:
    active.given(about).when(TERMINATE).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.termination", field="vote"
    )


def test_a_vote_from_before_the_member_came_back_ends_nothing() -> None:
    back = active.given(voted(version=2), withdrawn(), reinstated())
    back.when(TERMINATE).then_refused(RefusalCode.VOTE_REQUIRED, "votes.termination", field="vote")
    active.given(withdrawn(), reinstated(), voted(version=4)).when(TERMINATE).then(terminated())


def test_of_two_votes_to_end_a_membership_the_later_counts() -> None:
    failed = active.given(voted(VoteOutcome.FAILED))
    by_later = replace(TERMINATE, vote=LATER)
    failed.given(put_to_vote(vote=LATER)).when(by_later).then_refused(
        RefusalCode.WRONG_PHASE, "votes.termination", because="open until"
    )
    passed = failed.given(voted(vote=LATER))
    passed.when(TERMINATE).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.termination", field="vote"
    )
    passed.when(by_later).then(terminated(LATER))


def test_to_end_a_membership_is_not_asked_again_while_asked_or_after_a_yes() -> None:
    ask = OpenVote(
        vote=LATER,
        ballots=BallotsId(ANOTHER),
        kind=VoteKind.TERMINATION,
        closes_on=CLOSES,
        membership=MEMBERSHIP,
        clauses=[CLAUSE],
        reason=REASON,
    )
    voting = active.given(member(1), member(2))
    for held in (put_to_vote(), voted()):
        voting.given(held).when(ask).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    # Once it came back, it is another question.
    voting.given(voted(), withdrawn(), reinstated()).when(ask).then_accepted()


def test_a_suspension_does_not_outdate_a_vote() -> None:
    active.given(put_to_vote(version=2), suspended(), closed(VoteOutcome.PASSED)).when(
        TERMINATE
    ).then(terminated())


def test_a_termination_is_for_the_clauses_that_were_voted_on() -> None:
    other = "provider.trauma-informed"
    for clauses in ([], [other], [CLAUSE, other]):
        active.given(voted()).when(replace(TERMINATE, clauses=clauses)).then_refused(
            RefusalCode.INVALID_INPUT, "votes.termination.clauses", field="clauses", because=CLAUSE
        )
    active.given(voted()).when(replace(TERMINATE, clauses=[CLAUSE, CLAUSE])).then(terminated())


def test_what_was_voted_on_counts_though_the_policy_has_changed_since() -> None:
    without = policy_with((CLAUSE, "provider.open-collaboration"))
    active.given(voted()).under(without).when(TERMINATE).then(terminated())


def test_after_a_vote_of_the_first_releases_a_termination_names_any_of_its_tier() -> None:
    opening, *rest = voted()
    assert isinstance(opening.event, VoteOpened)
    first = active.given(
        Fact(opening.stream, replace(opening.event, clauses=UNSET, reason=UNSET)), rest
    )
    first.when(replace(TERMINATE, clauses=["provider.trauma-informed"])).then_accepted()
    for clauses, rule in (([], "reasons-by-requirement"), (["nonsense"], "known-clauses")):
        first.when(replace(TERMINATE, clauses=clauses)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field="clauses"
        )


@pytest.mark.parametrize("command", [WITHDRAW, TERMINATE])
def test_what_nobody_admitted_does_not_end(
    command: WithdrawMembership | TerminateMembership,
) -> None:
    active.when(replace(command, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nothing_holds_from_before_the_last_entry() -> None:
    for given, command in ((active, WITHDRAW), (active.given(voted()), TERMINATE)):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


@pytest.mark.parametrize("end", [withdrawn(), terminated()])
def test_the_seat_is_free_for_the_next(end: Fact) -> None:
    full = Specification().given(
        founded(seats=1),
        organisation(),
        admitted(PARTNER),
        organisation(FERRY, "992345678"),
        voted_in(PARTNER, FERRY),
    )
    full.when(ADMIT).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")
    full.given(end).when(ADMIT).then_accepted()


@pytest.mark.parametrize("end", [withdrawn(), terminated()])
def test_the_claim_to_an_ein_is_given_up(end: Fact) -> None:
    same = active.given(organisation(FERRY, LANTERN_EIN), voted_in(MEMBER, FERRY))
    same.when(ADMIT).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein")
    same.given(end).when(ADMIT).then_accepted()


def test_who_is_suspended_keeps_seat_and_ein() -> None:
    full = Specification().given(
        founded(seats=1),
        organisation(),
        admitted(PARTNER),
        suspended(),
        organisation(FERRY, LANTERN_EIN),
        voted_in(PARTNER, FERRY),
    )
    full.when(ADMIT).then_refused(
        RefusalCode.TIER_FULL,
        f"{PARTNER}.seats",
        unmet=[f"{PARTNER}.seats", "one-provider-per-ein"],
    )


def test_who_has_left_casts_no_ballot_and_a_ballot_that_was_cast_stands() -> None:
    voting = coalition.given(opened(seats(1, 2)), cast(1), withdrawn(seat(1)))
    # Whoever speaks for a party without a live membership votes for none.
    voting.when(vote(), voter=Voter()).then_refused(
        RefusalCode.NOT_IN_ELECTORATE, "votes.electorate"
    )
    voting.when(vote(), voter=Voter(membership=seat(1))).then_nothing()


def test_the_agreement_of_a_tier_that_is_gone_is_not_sent() -> None:
    gone = policy_with((NETWORK, "community-friends"))
    left = Specification().given(founded(), organisation(), admitted(NETWORK), withdrawn())
    left.under(gone).when(SendAgreement(membership=MEMBERSHIP)).then_refused(
        RefusalCode.POLICY_VERSION, "known-tier"
    )
