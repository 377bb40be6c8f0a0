"""Opening a vote: what may be asked, of whom and when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.coalition.vote import OpenVote
from domain.decision import Fact, RefusalCode
from domain.membership.standing import MembershipLapsed, MembershipMerged
from domain.policy import VoteKind
from domain.terms import BallotsId, LapseReason, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    BALLOTS,
    CLOSES,
    GROUNDS,
    WHY,
    ask,
    cast,
    closed,
    opened,
    partners,
    seat,
    seats,
)
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    PARTNER,
    founded,
    organisation,
    policy_with,
    ready,
    submitted,
)
from tests.domain.policy.files import CATE, SMALL
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

coalition = Specification().given(founded(seats=8), partners(3))
applied = coalition.given(organisation(), ready(PARTNER))
SECOND = policy_with()
OTHER_MISSION = policy_with((CATE.mission, "Another mission."))


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


@pytest.mark.parametrize("day", [DAY_BEFORE, TODAY, TODAY + timedelta(days=367)])
def test_a_vote_is_open_for_a_whole_day_at_least_and_for_a_year_at_most(day: date) -> None:
    """Else it could be over before those who vote look, as one opened before midnight."""
    applied.when(ask(closes_on=day)).then_refused(
        RefusalCode.INVALID_INPUT,
        "votes.closes-on",
        field="closesOn",
        because=str(TODAY + timedelta(days=1)),
    )
    for first_or_last in (1, 366):
        applied.when(ask(closes_on=TODAY + timedelta(days=first_or_last))).then_accepted()


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
