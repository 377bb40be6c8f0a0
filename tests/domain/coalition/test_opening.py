"""Opening a vote: who votes, who stands aside, and what may be asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.coalition.vote import OpenVote
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealFiled,
    AppealPutToVote,
    ApplicationDeclined,
)
from domain.membership.review import ConflictDeclared
from domain.membership.standing import MembershipLapsed, MembershipMerged
from domain.policy import VoteKind
from domain.terms import ApplicationKind, BallotsId, LapseReason, PrincipalId, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    BALLOTS,
    CLOSES,
    DIRECTOR_VOTES,
    GROUNDS,
    WHY,
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
    DAY_BEFORE,
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
from tests.domain.policy.files import CATE, SMALL
from tests.domain.specification import Specification
from tests.domain.world import an_id

coalition = Specification().given(founded(seats=8), partners(3))
applied = coalition.given(organisation(), ready(PARTNER))
SECOND = policy_with()
OTHER_MISSION = policy_with((CATE.mission, "Another mission."))


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


def test_a_vote_waits_for_the_review() -> None:
    coalition.given(organisation(), submitted(PARTNER)).when(ask()).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_a_vote_on_another_kind_of_application_is_refused() -> None:
    applied.when(ask(VoteKind.TIER_CHANGE)).then_refused(
        RefusalCode.INVALID_INPUT, "application.kind", field="kind"
    )


@pytest.mark.parametrize("outcome", [None, VoteOutcome.PASSED])
def test_while_a_vote_is_open_or_after_it_passed_there_is_no_second(
    outcome: VoteOutcome | None,
) -> None:
    another = OpenVote(
        vote=VoteId(an_id("another vote")),
        ballots=BallotsId(an_id("other ballots")),
        kind=VoteKind.ADMISSION,
        closes_on=CLOSES,
        application=APPLICATION,
    )
    held = applied.given(opened(seats(1, 2, 3)))
    if outcome is not None:
        held = held.given(closed(outcome))
    held.when(another).then_refused(RefusalCode.WRONG_PHASE, "votes.once")


def test_an_appeal_is_against_a_decision() -> None:
    applied.when(ask(VoteKind.APPEAL)).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (ask(application=None), "application"),
        (ask(membership=seat(1)), "application"),
        (ask(VoteKind.TERMINATION), "membership"),
        (ask(VoteKind.POLICY), "proposal"),
    ],
)
def test_a_vote_is_about_the_one_thing_that_its_kind_decides(command: OpenVote, field: str) -> None:
    applied.when(command).then_refused(
        RefusalCode.INVALID_INPUT, f"votes.{command.kind}.subject", field=field
    )


ENDING = ask(VoteKind.TERMINATION, application=None, membership=seat(2))


def test_whoever_proposes_to_end_a_membership_says_why_by_requirement() -> None:
    twice = msgspec.structs.replace(ENDING, clauses=GROUNDS * 2)
    for command in (ENDING, twice):
        coalition.when(command).then(
            *opened(
                seats(1, 3),
                seats(2),
                kind=VoteKind.TERMINATION,
                application=None,
                membership=seat(2),
            )
        )
    for clauses, rule in (([], "reasons-by-requirement"), (["nonsense"], "known-clauses")):
        coalition.when(msgspec.structs.replace(ENDING, clauses=clauses)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field="clauses"
        )
    coalition.when(msgspec.structs.replace(ENDING, reason=None)).then_refused(
        RefusalCode.INVALID_INPUT, "votes.termination.grounds", field="reason"
    )


@pytest.mark.parametrize("given", [{"clauses": GROUNDS}, {"reason": WHY}])
def test_nothing_else_is_put_to_a_vote_for_clauses_or_a_reason(given: dict[str, Any]) -> None:
    applied.when(msgspec.structs.replace(ask(), **given)).then_refused(
        RefusalCode.INVALID_INPUT, "votes.admission.grounds", field=next(iter(given))
    )


def test_only_a_live_membership_can_be_ended() -> None:
    command = ask(VoteKind.TERMINATION, application=None, membership=seat(7))
    coalition.when(command).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_of_a_membership_that_has_ended_it_is_said_that_it_has() -> None:
    command = ask(VoteKind.TERMINATION, application=None, membership=seat(2))
    for event, standing in (
        (MembershipLapsed(reason=LapseReason.RENEWAL_MISSED), "lapsed"),
        (MembershipMerged(into=seat(1)), "merged"),
    ):
        coalition.given(Fact(seat(2), event)).when(command).then_refused(
            RefusalCode.WRONG_PHASE, "membership.standing", because=f"is {standing}"
        )


def test_a_proposal_that_changes_the_mission_is_voted_on_as_such() -> None:
    command = ask(VoteKind.POLICY, application=None, proposal=OTHER_MISSION)
    coalition.when(command, policy=OTHER_MISSION).then_refused(
        RefusalCode.INVALID_INPUT, "votes.policy.subject", field="kind"
    )


def test_a_proposal_must_be_a_later_version_of_the_policy() -> None:
    for proposal, rule in ((SMALL, "policy.id"), (policy_with(version=1), "policy.version")):
        kind = VoteKind.MISSION_AND_VALUES if proposal is SMALL else VoteKind.POLICY
        coalition.when(
            ask(kind, application=None, proposal=proposal), policy=proposal
        ).then_refused(RefusalCode.POLICY_VERSION, rule, field="policySha256")


def test_a_proposal_comes_with_its_file() -> None:
    coalition.when(ask(VoteKind.POLICY, application=None, proposal=SECOND)).then_refused(
        RefusalCode.INVALID_INPUT, "known-proposal", field="proposal"
    )


@pytest.mark.parametrize("day", [DAY_BEFORE, date(2030, 1, 1)])
def test_a_vote_closes_on_a_day_to_come_within_a_year(day: date) -> None:
    applied.when(ask(closes_on=day)).then_refused(
        RefusalCode.INVALID_INPUT, "votes.closes-on", field="closesOn"
    )


def test_a_vote_does_not_open_before_what_it_is_about() -> None:
    applied.when(ask(), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_a_vote_needs_new_ids() -> None:
    applied.given(cast(1)).when(ask()).then_refused(
        RefusalCode.INVALID_INPUT, "new-id", field="vote"
    )
    same = OpenVote(
        vote=VoteId(BALLOTS),
        ballots=BALLOTS,
        kind=VoteKind.ADMISSION,
        closes_on=CLOSES,
        application=APPLICATION,
    )
    applied.when(same).then_refused(RefusalCode.INVALID_INPUT, "distinct-ids", field="id")


def test_an_affiliate_without_a_membership_recuses_nobody() -> None:
    tied = applied.given(organisation(partner(9)), affiliated(LANTERN, partner(9)))
    tied.when(ask()).then(*opened(seats(1, 2, 3)))
