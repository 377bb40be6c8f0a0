"""Appeals against declined applications, by those who took no part in the decline."""

from __future__ import annotations

from datetime import timedelta

from domain.coalition.vote import Tally, VoteClosed
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    AppealPutToVote,
    ApplicationDeclined,
    AttachEvidence,
    EvidenceAttached,
    ReviewStarted,
)
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.membership import DeclineApplication
from domain.membership.review import DeclineExplained, RecordFinding, RecordReview, RequirementFound
from domain.policy import VoteKind
from domain.terms import AppealOutcome, Recommendation, VoteOutcome
from tests.domain.coalition.votes import VOTE, closed, opened, passed, seats
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    REVIEW,
    assessed,
    found_met,
    founded,
    organisation,
    policy_with,
    ready,
    review_started,
    reviewed,
    submitted,
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


def explained(clause: str) -> Fact:
    return Fact(REVIEW, DeclineExplained(clauses=[clause], note=None))


AGAIN = [decided(AppealOutcome.OVERTURNED), Fact(APPLICATION, ReviewStarted())]


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


def test_the_vote_upholds_the_decline_or_overturns_it_and_the_review_goes_on() -> None:
    voting.given(counted(VoteOutcome.FAILED)).when(DECIDE).then(decided(AppealOutcome.UPHELD))
    voting.given(counted(VoteOutcome.PASSED)).when(DECIDE).then(*AGAIN)


def test_what_was_declined_is_looked_at_again_before_it_is_decided_anew() -> None:
    clause = f"{TIER}.interest"
    lacking = [
        submitted(TIER),
        *review_started(),
        *found_met(TIER, but=clause),
        Fact(REVIEW, RequirementFound(requirement=clause, met=False, note=None, ein_told=None)),
        *assessed(TIER),
        *reviewed(),
        explained(clause),
    ]
    again = Specification().given(founded(), organisation(), lacking, AGAIN)
    attach = AttachEvidence(application=APPLICATION, requirement=clause, description="A letter.")
    again.when(attach).then_accepted()
    attached = EvidenceAttached(
        requirement=None, clause=clause, description="A letter.", sha256=None
    )
    shown = again.given(Fact(APPLICATION, attached))
    found = RecordFinding(application=APPLICATION, requirement=clause, met=True)
    shown.when(found).then_accepted()
    record = RecordReview(
        application=APPLICATION, recommendation=Recommendation.ADMIT, reasons="As found."
    )
    shown.when(record).then_accepted()


def test_nobody_declines_alone_what_an_appeal_gave_back() -> None:
    clause = f"{TIER}.interest"
    decline = DeclineApplication(application=APPLICATION, clauses=[clause])
    again = applied.given(explained(clause), AGAIN)
    no = [explained(clause), Fact(APPLICATION, ApplicationDeclined())]
    for given in (again, again.given(opened(seats(1)), closed(VoteOutcome.MOOT))):
        given.when(decline).then_refused(RefusalCode.VOTE_REQUIRED, "appeal.decided-anew")
    again.given(opened(seats(1)), closed(VoteOutcome.FAILED)).when(decline).then(*no)
    # A yes that could not be carried out is no reason to keep it for ever.
    found = RequirementFound(requirement=clause, met=False, note=None, ein_told=None)
    again.given(Fact(REVIEW, found), passed()).when(decline).then(*no)
    gone = again.under(policy_with((TIER, "another-network")))
    gone.when(DeclineApplication(application=APPLICATION, clauses=[TIER])).then_accepted()


def test_a_decline_that_was_upheld_is_not_appealed_again() -> None:
    upheld = voting.given(counted(VoteOutcome.FAILED), decided(AppealOutcome.UPHELD))
    upheld.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "appeal.once")


def test_after_an_overturned_decline_another_one_can_be_appealed() -> None:
    overturned = voting.given(counted(VoteOutcome.PASSED), AGAIN)
    overturned.when(FILE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    overturned.given(Fact(APPLICATION, ApplicationDeclined())).when(FILE).then(FILED)
