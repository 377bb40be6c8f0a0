"""Appeals against declined applications, by those who took no part in the decline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.vote import Tally, VoteClosed
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    AppealPutToVote,
    ApplicationDeclined,
)
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.policy import VoteKind
from domain.terms import AppealOutcome, VoteOutcome
from tests.domain.coalition.votes import VOTE, opened, seats
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    founded,
    organisation,
    ready,
)
from tests.domain.membership.mergers import together
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification

TIER = "community-network"
FILE = FileAppeal(application=APPLICATION, grounds="Nobody asked us.")
DECIDE = DecideAppeal(application=APPLICATION)
FILED = Fact(APPLICATION, AppealFiled(grounds="Nobody asked us."))
WINDOW = timedelta(days=CATE.deadlines.appeal_window_days)

applied = Specification().given(founded(), organisation(), ready(TIER))
declined = applied.given(Fact(APPLICATION, ApplicationDeclined()))
appealed = declined.given(FILED)
voting = appealed.given(
    opened(seats(2), kind=VoteKind.APPEAL), Fact(APPLICATION, AppealPutToVote(vote=VOTE))
)


def counted(outcome: VoteOutcome) -> Fact:
    none = Tally(approve=0, against=0, abstain=0)
    event = VoteClosed(
        outcome=outcome, quorum_met=True, threshold_met=True, tally=None, counted=none
    )
    return Fact(VOTE, event)


def decided(outcome: AppealOutcome) -> Fact:
    return Fact(APPLICATION, AppealDecided(outcome=outcome, vote=VOTE))


def test_a_decline_is_appealed_within_the_window() -> None:
    declined.when(FILE).then(FILED)
    declined.when(FILE, today=TODAY + WINDOW, effective=TODAY + WINDOW).then(FILED)


def test_a_decline_is_not_appealed_after_the_window() -> None:
    late = TODAY + WINDOW + timedelta(days=1)
    declined.when(FILE, today=late, effective=late).then_refused(
        RefusalCode.WRONG_PHASE, "deadlines.appeal_window_days"
    )


def test_who_is_part_of_another_appeals_no_decline() -> None:
    part = together(FERRY, LANTERN, kept=None, ended=None, tier=None, claims=[])
    declined.given(organisation(FERRY, FERRY_EIN), part).when(FILE).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="application"
    )


def test_only_a_decline_is_appealed_and_only_an_appeal_decided() -> None:
    applied.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    appealed.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    declined.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_what_nobody_submitted_is_neither_appealed_nor_decided() -> None:
    for command in (FILE, DECIDE):
        Specification().given(founded()).when(command).then_refused(
            RefusalCode.INVALID_INPUT, "known-application", field="application"
        )


def test_an_appeal_holds_neither_from_before_the_decline_nor_from_a_day_to_come() -> None:
    over = voting.given(counted(VoteOutcome.PASSED))
    for given, command in ((declined, FILE), (over, DECIDE)):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )
        given.when(command, effective=TODAY + timedelta(days=1)).then_refused(
            RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
        )


def test_nobody_decides_an_appeal_but_its_vote() -> None:
    for given in (appealed, voting):
        given.when(DECIDE).then_refused(RefusalCode.VOTE_REQUIRED, "appeal.vote")


@pytest.mark.parametrize(
    ("vote", "outcome"),
    [
        (VoteOutcome.PASSED, AppealOutcome.OVERTURNED),
        (VoteOutcome.FAILED, AppealOutcome.UPHELD),
    ],
)
def test_the_vote_overturns_the_decline_or_upholds_it(
    vote: VoteOutcome, outcome: AppealOutcome
) -> None:
    voting.given(counted(vote)).when(DECIDE).then(decided(outcome))


def test_a_decline_that_was_upheld_is_not_appealed_again() -> None:
    upheld = voting.given(counted(VoteOutcome.FAILED), decided(AppealOutcome.UPHELD))
    upheld.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.once")


def test_after_an_overturned_decline_another_one_can_be_appealed() -> None:
    overturned = voting.given(counted(VoteOutcome.PASSED), decided(AppealOutcome.OVERTURNED))
    overturned.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    overturned.given(Fact(APPLICATION, ApplicationDeclined())).when(FILE).then(FILED)
