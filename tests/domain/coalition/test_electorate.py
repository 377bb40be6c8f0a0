"""Who votes on what, and who stands aside."""

from __future__ import annotations

import msgspec

from domain.coalition.vote import OpenVote
from domain.decision import Fact, RefusalCode
from domain.membership.application import AppealFiled, AppealPutToVote, ApplicationDeclined
from domain.membership.review import ConflictDeclared
from domain.policy import VoteKind
from domain.terms import ApplicationKind, BallotsId, PrincipalId, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    CLOSES,
    DIRECTOR_VOTES,
    affiliated,
    ask,
    cast,
    closed,
    home,
    member,
    opened,
    partner,
    partners,
    seat,
    seats,
)
from tests.domain.examples import (
    APPLICATION,
    LANTERN,
    MEMBER,
    PARTNER,
    REVIEW,
    admitted,
    founded,
    organisation,
    policy_with,
    ready,
    submitted,
)
from tests.domain.specification import Specification
from tests.domain.world import an_id

coalition = Specification().given(founded(seats=8), partners(3))
applied = coalition.given(organisation(), ready(PARTNER))
SECOND = policy_with()


def test_partners_whose_agreement_is_signed_decide_on_admissions() -> None:
    (
        applied.given(organisation(partner(9)), admitted(PARTNER, partner(9), seat(9)))
        .given(member(5, MEMBER))
        .when(ask())
        .then(*opened(seats(1, 2, 3)))
    )


def test_every_active_member_decides_on_policy() -> None:
    (
        coalition.given(member(5, MEMBER))
        .when(ask(VoteKind.POLICY, application=None, proposal=SECOND), policy=SECOND)
        .then(*opened(seats(1, 2, 3, 5), kind=VoteKind.POLICY, application=None, proposal=SECOND))
    )


def test_the_director_has_a_vote_where_the_policy_says_so() -> None:
    applied.under(DIRECTOR_VOTES).when(ask()).then(
        *opened(seats(1, 2, 3), director_votes=True, policy=DIRECTOR_VOTES)
    )


def test_affiliates_of_the_applicant_stand_aside() -> None:
    (
        applied.given(affiliated(LANTERN, partner(2)))
        .when(ask())
        .then(*opened(seats(1, 3), seats(2)))
    )


def test_whom_it_is_about_takes_nobody_out_by_what_it_says_alone() -> None:
    """Else it would choose its judges before the vote is opened."""
    alone = applied.given(affiliated(LANTERN, partner(2), own_word=True))
    alone.when(ask()).then(*opened(seats(1, 2, 3)))
    # The other one's word, or the director's.
    alone.given(affiliated(LANTERN, partner(2))[:1]).when(ask()).then(
        *opened(seats(1, 3), seats(2))
    )


def test_who_declared_a_conflict_stands_aside() -> None:
    declared = ConflictDeclared(
        application=APPLICATION, declarer=PrincipalId("p"), party=partner(1), details="a tie"
    )
    applied.given(Fact(REVIEW, declared)).when(ask()).then(*opened(seats(2, 3), seats(1)))


def test_the_fiscal_sponsor_of_the_applicant_stands_aside_and_the_home_with_it() -> None:
    (
        applied.given(home(partner(1), partner(2)), affiliated(LANTERN, partner(2)))
        .when(ask())
        .then(*opened(seats(3), seats(1, 2)))
    )


def test_a_fiscal_sponsor_without_an_interest_votes() -> None:
    applied.given(home(partner(1), partner(2))).when(ask()).then(*opened(seats(1, 2, 3)))


def test_a_member_does_not_vote_on_its_own_termination() -> None:
    command = ask(VoteKind.TERMINATION, application=None, membership=seat(2))
    coalition.when(command).then(
        *opened(
            seats(1, 3),
            seats(2),
            kind=VoteKind.TERMINATION,
            application=None,
            membership=seat(2),
        )
    )


def test_a_member_does_not_vote_on_its_own_change_of_tier() -> None:
    change = [
        submitted(MEMBER, partner(2), kind=ApplicationKind.TIER_CHANGE, membership=seat(2)),
        *ready(MEMBER)[1:],
    ]
    coalition.given(change).when(ask(VoteKind.TIER_CHANGE)).then(
        *opened(seats(1, 3), seats(2), kind=VoteKind.TIER_CHANGE)
    )


def test_who_voted_on_the_decision_does_not_vote_on_the_appeal() -> None:
    vote, ballots = VoteId(an_id("the appeal")), BallotsId(an_id("its ballots too"))
    declined = applied.given(
        opened(seats(1, 2, 3)),
        cast(1),
        cast(3),
        closed(VoteOutcome.FAILED),
        Fact(APPLICATION, ApplicationDeclined()),
        Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")),
    )
    command = OpenVote(
        vote=vote,
        ballots=ballots,
        kind=VoteKind.APPEAL,
        closes_on=CLOSES,
        application=APPLICATION,
    )
    event = opened(seats(2), seats(1, 3), kind=VoteKind.APPEAL)[0].event
    expected = msgspec.structs.replace(event, ballots=ballots)
    put_to_vote = Fact(APPLICATION, AppealPutToVote(vote=vote))
    declined.when(command).then(Fact(vote, expected), put_to_vote)
    declined.given(put_to_vote).when(command).then_refused(RefusalCode.WRONG_PHASE, "votes.once")


def test_an_empty_electorate_refuses_and_names_the_fallback() -> None:
    nobody = Specification().given(founded(seats=8), organisation(), ready(PARTNER))
    nobody.when(ask()).then_refused(
        RefusalCode.EMPTY_ELECTORATE,
        "votes.admission.electorate",
        field="byFallback",
        because="members, or where none of them may vote either, the director",
    )


def test_where_all_partners_stand_aside_the_electorate_is_empty_too() -> None:
    (
        Specification()
        .given(founded(seats=8), partners(1), organisation(), ready(PARTNER))
        .given(affiliated(LANTERN, partner(1)))
        .when(ask())
        .then_refused(
            RefusalCode.EMPTY_ELECTORATE, "votes.admission.electorate", field="byFallback"
        )
    )


def test_the_fallback_votes_where_nobody_else_may() -> None:
    (
        Specification()
        .given(founded(seats=8), organisation(), ready(PARTNER), member(5, MEMBER))
        .when(ask(by_fallback=True))
        .then(*opened(seats(5), by_fallback=True))
    )


def test_the_director_decides_alone_where_the_policy_falls_back_on_them() -> None:
    (
        Specification()
        .given(founded(seats=8))
        .when(
            ask(VoteKind.POLICY, application=None, proposal=SECOND, by_fallback=True),
            policy=SECOND,
        )
        .then(
            *opened(
                [],
                kind=VoteKind.POLICY,
                application=None,
                proposal=SECOND,
                director_votes=True,
                by_fallback=True,
            )
        )
    )


def test_the_fallback_does_not_vote_while_the_electorate_can() -> None:
    applied.when(ask(by_fallback=True)).then_refused(
        RefusalCode.WRONG_PHASE, "votes.admission.fallback", field="byFallback"
    )


def test_where_the_fallback_is_empty_too_the_director_decides() -> None:
    # As for the first member of a coalition that was founded without partners, or whose only
    # partner has an interest.
    nobody = Specification().given(founded(seats=8), organisation(), ready(PARTNER))
    alone = nobody.given(partners(1), affiliated(LANTERN, partner(1)))
    for given, aside in ((nobody, []), (alone, seats(1))):
        given.when(ask(by_fallback=True)).then(
            *opened([], aside, director_votes=True, by_fallback=True)
        )


def test_nobody_is_left_to_vote_on_an_appeal_of_what_the_director_decided_by_vote() -> None:
    nobody = Specification().given(founded(seats=8), organisation(), ready(PARTNER))
    declined = nobody.given(
        opened([], director_votes=True, by_fallback=True),
        cast(None),
        closed(VoteOutcome.FAILED),
        Fact(APPLICATION, ApplicationDeclined()),
        Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")),
    )
    appeal = msgspec.structs.replace(
        ask(VoteKind.APPEAL, by_fallback=True),
        vote=VoteId(an_id("the appeal")),
        ballots=BallotsId(an_id("its ballots too")),
    )
    declined.when(appeal).then_refused(RefusalCode.EMPTY_ELECTORATE, "votes.appeal.fallback")


def test_an_affiliate_without_a_membership_recuses_nobody() -> None:
    tied = applied.given(organisation(partner(9)), affiliated(LANTERN, partner(9)))
    tied.when(ask()).then(*opened(seats(1, 2, 3)))
