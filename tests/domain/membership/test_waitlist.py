"""Who comes on the waitlist, in which order it is served, and what may be mended meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.coalition import SeatsSet
from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationDeclined, AttachEvidence, EvidenceAttached
from domain.membership.membership import AdmitMember, ChangeTier, DeclineApplication
from domain.membership.plans import ImprovementPlanOpened, OpenImprovementPlan
from domain.membership.review import (
    AssessStandard,
    DeclineExplained,
    RecordFinding,
    RequirementFound,
    StandardAssessed,
)
from domain.membership.waiting import (
    ApplicationWithdrawn,
    ExpireApplication,
    OfferSeat,
    SeatOffered,
    WithdrawApplication,
)
from domain.terms import ApplicationId, Assessment, Basis
from tests.domain.coalition.votes import passed, voted_in
from tests.domain.examples import (
    APPLICATION,
    FERRY,
    FERRY_EIN,
    MEMBER,
    NETWORK,
    PARTNER,
    REVIEW,
    admitted,
    assessed,
    found_met,
    founded,
    organisation,
    queued,
    ready,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.membership.waitlists import (
    ACCEPT,
    ADMITTED,
    ASKS_MORE,
    LAPSED,
    NEW,
    NEW_CLAUSE,
    OFFER,
    OFFERED,
    OTHER,
    SEATS,
    UNTIL,
    WAITLIST,
    WAITLISTED,
    applied,
    full,
    moving,
    offered,
    waiting,
)
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION, an_id

DAY = timedelta(days=1)

MORE_SEATS = Fact(COALITION, SeatsSet(tier=PARTNER, seats=3, basis=Basis.DIRECTOR))


def test_a_yes_without_a_seat_puts_the_application_on_the_waitlist() -> None:
    full.when(AdmitMember(application=APPLICATION, membership=NEW)).then_refused(
        RefusalCode.TIER_FULL, SEATS
    )
    full.when(WAITLIST).then(WAITLISTED)
    full.given(WAITLISTED).when(WAITLIST).then_nothing()


def test_whoever_did_not_wait_takes_no_seat_that_others_wait_for() -> None:
    admit = AdmitMember(application=APPLICATION, membership=NEW)
    behind = applied.given(queued(SECOND))
    behind.when(admit).then_refused(RefusalCode.TIER_FULL, "waitlist.order")
    behind.when(WAITLIST).then(WAITLISTED)
    # The seat that the first of them is offered is taken, and one more is for nobody who waits.
    offered_first = behind.given(Fact(SECOND, SeatOffered(tier=PARTNER, until=UNTIL)))
    offered_first.when(admit).then_refused(RefusalCode.TIER_FULL, SEATS)
    offered_first.given(MORE_SEATS).when(admit).then(*ADMITTED)
    behind.given(UNSEATED).when(admit).then(*ADMITTED)
    # Who waits for a seat of another tier, or for what needs none, is in nobody's way.
    applied.given(queued(SECOND, MEMBER)).when(admit).then(*ADMITTED)


def test_a_member_takes_no_seat_of_another_tier_that_others_wait_for() -> None:
    change = ChangeTier(application=APPLICATION)
    behind = moving.given(queued(SECOND))
    behind.when(change).then_refused(RefusalCode.TIER_FULL, "waitlist.order")
    behind.when(WAITLIST).then(WAITLISTED)
    behind.given(UNSEATED).when(change).then_accepted()


def test_nobody_waits_for_a_tier_that_has_room() -> None:
    applied.when(WAITLIST).then_refused(RefusalCode.WRONG_PHASE, SEATS)
    Specification().given(founded(), organisation(), voted_in(NETWORK)).when(WAITLIST).then_refused(
        RefusalCode.WRONG_PHASE, f"{NETWORK}.seats"
    )


def test_who_is_not_found_fit_does_not_wait_either() -> None:
    clause = f"{PARTNER}.executive"
    unfit = Specification().given(
        founded(seats=0),
        organisation(),
        submitted(PARTNER),
        review_started(),
        found_met(PARTNER, but=clause),
        assessed(PARTNER),
        reviewed(),
        passed(),
    )
    unfit.when(WAITLIST).then_refused(RefusalCode.REQUIREMENT_UNMET, clause)


def test_only_what_is_reviewed_comes_on_the_waitlist() -> None:
    early = Specification().given(founded(seats=0), organisation(), submitted(PARTNER))
    for given in (early, offered, full.given(Fact(APPLICATION, ApplicationDeclined()))):
        given.when(WAITLIST).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_nobody_comes_on_the_waitlist_without_a_vote_and_who_is_on_it_needs_no_other() -> None:
    taken = [organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, OTHER)]
    unvoted = Specification().given(founded(seats=1), organisation(), ready(PARTNER))
    unvoted.given(taken).when(WAITLIST).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.admission.required"
    )
    # It came there when the policy asked for no vote; now it could not be put to one.
    unvoted.given(WAITLISTED, OFFERED).when(ACCEPT).then(*ADMITTED)


def test_who_waits_may_give_up_and_be_declined_and_does_not_expire() -> None:
    for given in (waiting, offered):
        withdraw = WithdrawApplication(application=APPLICATION)
        given.when(withdraw).then(Fact(APPLICATION, ApplicationWithdrawn(reason=None)))
        late = TODAY + timedelta(days=1_000)
        given.when(
            ExpireApplication(application=APPLICATION), today=late, effective=late
        ).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    clause = f"{PARTNER}.executive"
    decline = DeclineApplication(application=APPLICATION, clauses=[clause])
    offered.when(decline).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    waiting.when(decline).then_refused(RefusalCode.WRONG_PHASE, "votes.admission")
    # Where the policy of the day asked for no vote.
    Specification().given(founded(seats=1), organisation(), ready(PARTNER), WAITLISTED).when(
        decline
    ).then(
        Fact(REVIEW, DeclineExplained(clauses=[clause], note=None)),
        Fact(APPLICATION, ApplicationDeclined()),
    )


UNMET = f"{PARTNER}.executive"


def unmet() -> Fact:
    return Fact(REVIEW, RequirementFound(requirement=UNMET, met=False, note=None))


SECOND, THIRD = (ApplicationId(an_id(f"{nth} in the queue")) for nth in ("second", "third"))
UNSEATED = Fact(SECOND, ApplicationWithdrawn(reason=None))


def offer(application: ApplicationId) -> OfferSeat:
    return OfferSeat(application=application)


def test_a_seat_is_offered_to_who_came_first_to_the_waitlist() -> None:
    line = waiting.given(organisation(FERRY, FERRY_EIN), queued(SECOND), queued(THIRD), MORE_SEATS)
    for application, before in ((SECOND, "1 came"), (THIRD, "2 came")):
        line.when(offer(application)).then_refused(
            RefusalCode.NOT_YET, "waitlist.order", field="application", because=before
        )
    line.when(OFFER).then(OFFERED)
    # Nobody waits any more who was offered a seat, gave up or was declined.
    for gone in (
        OFFERED,
        Fact(APPLICATION, ApplicationWithdrawn(reason=None)),
        Fact(APPLICATION, ApplicationDeclined()),
    ):
        line.given(gone).when(offer(SECOND)).then_accepted()
        line.given(gone).when(offer(THIRD)).then_refused(
            RefusalCode.NOT_YET, "waitlist.order", field="application"
        )


def test_whoever_let_an_offer_pass_waits_behind_all_others() -> None:
    ferry = organisation(FERRY, FERRY_EIN)
    line = waiting.given(ferry, queued(SECOND), MORE_SEATS, OFFERED, LAPSED)
    line.when(OFFER).then_refused(RefusalCode.NOT_YET, "waitlist.order", field="application")
    line.when(offer(SECOND)).then_accepted()


def test_the_waitlist_of_another_tier_is_another_one() -> None:
    ferry = organisation(FERRY, FERRY_EIN)
    waiting.given(ferry, queued(SECOND, MEMBER), MORE_SEATS).when(OFFER).then(OFFERED)


def test_whoever_cannot_take_a_seat_keeps_their_place_and_nobody_waits_for_them() -> None:
    ferry = organisation(FERRY, FERRY_EIN)
    line = waiting.given(ferry, unmet(), queued(SECOND), MORE_SEATS)
    line.when(OFFER).then_refused(RefusalCode.REQUIREMENT_UNMET, UNMET)
    line.when(offer(SECOND)).then_accepted()
    found = RequirementFound(requirement=UNMET, met=True, note=None)
    line.given(Fact(REVIEW, found)).when(offer(SECOND)).then_refused(
        RefusalCode.NOT_YET, "waitlist.order", field="application"
    )


@pytest.mark.parametrize("given", [applied, waiting, offered], ids=["voted", "waits", "offered"])
def test_what_the_policy_asks_for_since_is_shown_and_found_and_nothing_else(
    given: Specification,
) -> None:
    more = given.under(ASKS_MORE)
    attach = AttachEvidence(
        application=APPLICATION, requirement=NEW_CLAUSE, description="A letter."
    )
    more.when(attach).then_accepted()
    attached = EvidenceAttached(
        requirement=None, clause=NEW_CLAUSE, description="A letter.", sha256=None
    )
    find = RecordFinding(application=APPLICATION, requirement=NEW_CLAUSE, met=True)
    more.given(Fact(APPLICATION, attached)).when(find).then_accepted()
    settled = RecordFinding(application=APPLICATION, requirement=UNMET, met=False)
    more.when(settled).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


@pytest.mark.parametrize("given", [applied, waiting, offered], ids=["voted", "waits", "offered"])
def test_a_standard_that_is_in_the_way_is_assessed_and_a_plan_agreed_anew(
    given: Specification,
) -> None:
    standard = "provider.trauma-informed"
    assess = AssessStandard(
        application=APPLICATION, standard=standard, assessment=Assessment.WORKS_TOWARDS
    )
    given.when(assess).then_refused(RefusalCode.WRONG_PHASE, "application.phase")
    failed = StandardAssessed(standard=standard, assessment=Assessment.DOES_NOT_MEET, note=None)
    given.given(Fact(REVIEW, failed)).when(assess).then_accepted()
    late = StandardAssessed(standard=standard, assessment=Assessment.WORKS_TOWARDS, note=None)
    over = ImprovementPlanOpened(
        standard=standard, due=TODAY - DAY, steps="Train.", milestones=None
    )
    plan = OpenImprovementPlan(
        application=APPLICATION, standard=standard, due=TODAY + DAY, steps="Train."
    )
    given.given(Fact(REVIEW, late), Fact(REVIEW, over)).when(plan).then_accepted()
