"""Seats of limited tiers: who waits, whom one is kept for, and how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.coalition import AdoptPolicy, SeatsSet, SetSeats
from domain.coalition.governing import policy_adopted
from domain.decision import Command, Fact, RefusalCode
from domain.membership.application import (
    ApplicationApproved,
    ApplicationDeclined,
    AttachEvidence,
    EvidenceAttached,
)
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
    MemberAdmitted,
    TierChanged,
)
from domain.membership.plans import ImprovementPlanOpened, OpenImprovementPlan
from domain.membership.review import (
    AssessStandard,
    DeclineExplained,
    RecordFinding,
    RequirementFound,
    StandardAssessed,
)
from domain.membership.seating import for_applicant
from domain.membership.waiting import (
    AcceptSeat,
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExpireApplication,
    ExpireSeatOffer,
    OfferSeat,
    SeatOffered,
    SeatOfferExpired,
    WaitlistApplication,
    WithdrawApplication,
)
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    Assessment,
    Basis,
    MembershipId,
    TierChangeReason,
)
from tests.domain.coalition.votes import OPTIONAL, passed, voted_in
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    PARTNER_AGREEMENT,
    REVIEW,
    admitted,
    assessed,
    clauses,
    exhibited,
    found_met,
    founded,
    organisation,
    policy_with,
    queued,
    ready,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import suspended
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Outcome, Specification
from tests.domain.world import COALITION, an_id

OTHER = MembershipId(an_id("the one who has the seat"))
NEW = MembershipId(an_id("the membership to come"))
WAITLIST = WaitlistApplication(application=APPLICATION)
OFFER = OfferSeat(application=APPLICATION)
ACCEPT = AcceptSeat(application=APPLICATION, membership=NEW)
LAPSE = ExpireSeatOffer(application=APPLICATION)
UNTIL = TODAY + timedelta(days=CATE.deadlines.seat_offer_days)
DAY = timedelta(days=1)
SEATS = f"{PARTNER}.seats"
DEADLINE = "deadlines.seat_offer_days"

MORE_SEATS = Fact(COALITION, SeatsSet(tier=PARTNER, seats=3, basis=Basis.DIRECTOR))
WAITLISTED = Fact(APPLICATION, ApplicationWaitlisted(clauses=clauses(PARTNER)))
OFFERED = Fact(APPLICATION, SeatOffered(tier=PARTNER, until=UNTIL))
LAPSED = Fact(APPLICATION, SeatOfferExpired())
ADMITTED = [
    Fact(APPLICATION, ApplicationApproved(clauses=clauses(PARTNER))),
    Fact(
        NEW,
        MemberAdmitted(
            basis=Basis.APPLICATION,
            tier=PARTNER,
            membership_class="provider",
            agreement=PARTNER_AGREEMENT,
            application=APPLICATION,
            clauses=clauses(PARTNER),
            party=LANTERN,
            standards=exhibited(PARTNER),
        ),
    ),
]

applied = Specification().given(founded(seats=1), organisation(), voted_in(PARTNER))
full = applied.given(organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, OTHER))
waiting = applied.given(WAITLISTED)
offered = waiting.given(OFFERED)
moving = Specification().given(
    founded(seats=1),
    organisation(),
    admitted(MEMBER),
    submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP),
    review_started(),
    found_met(PARTNER),
    assessed(PARTNER),
    reviewed(),
    passed(VoteKind.TIER_CHANGE),
)


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


def test_a_free_seat_is_kept_for_the_policys_days() -> None:
    waiting.when(OFFER).then(OFFERED)
    offered.when(OFFER).then_nothing()


def test_a_seat_that_is_taken_is_offered_to_nobody() -> None:
    full.given(WAITLISTED).when(OFFER).then_refused(RefusalCode.TIER_FULL, SEATS)


def test_a_seat_is_offered_to_nobody_who_is_part_of_another() -> None:
    part = together(FERRY, LANTERN, kept=None, ended=None, tier=None, claims=[])
    waiting.given(organisation(FERRY, FERRY_EIN), part).when(OFFER).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="application"
    )


def test_a_seat_that_is_offered_is_taken() -> None:
    other = an_id("another application")
    taken = waiting.given(Fact(other, SeatOffered(tier=PARTNER, until=UNTIL)))
    taken.when(OFFER).then_refused(RefusalCode.TIER_FULL, SEATS)
    reviewed_only = applied.given(Fact(other, SeatOffered(tier=PARTNER, until=UNTIL)))
    admit = AdmitMember(application=APPLICATION, membership=NEW)
    reviewed_only.when(admit).then_refused(RefusalCode.TIER_FULL, SEATS)
    offered.when(SetSeats(tier=PARTNER, seats=0)).then_refused(
        RefusalCode.TIER_FULL, SEATS, field="seats"
    )


@pytest.mark.parametrize("ended", [LAPSED, Fact(APPLICATION, ApplicationWithdrawn(reason=None))])
def test_a_seat_that_is_not_taken_is_free_again(ended: Fact) -> None:
    seats_set = SeatsSet(tier=PARTNER, seats=0, basis=Basis.DIRECTOR)
    offered.given(ended).when(SetSeats(tier=PARTNER, seats=0)).then(Fact(COALITION, seats_set))


def test_a_policy_leaves_the_seats_that_are_offered() -> None:
    fewer = policy_with(('number = "limited"', 'number = "limited"\nseats = 0'))
    unset = Specification().given(founded(), organisation(), voted_in(PARTNER), WAITLISTED, OFFERED)
    unset.under(OPTIONAL).when(AdoptPolicy(policy_sha256=fewer.sha256), policy=fewer).then_refused(
        RefusalCode.TIER_FULL, SEATS
    )


def test_a_policy_leaves_the_tier_of_which_a_seat_is_offered() -> None:
    gone = policy_with(("collaborative-partner", "coalition-partner"))
    offered.under(OPTIONAL).when(AdoptPolicy(policy_sha256=gone.sha256), policy=gone).then_refused(
        RefusalCode.POLICY_VERSION, f"{PARTNER}.tier"
    )
    waiting.under(OPTIONAL).when(AdoptPolicy(policy_sha256=gone.sha256), policy=gone).then(
        Fact(COALITION, policy_adopted(gone, Basis.DIRECTOR))
    )


def test_who_accepts_is_a_member() -> None:
    offered.when(ACCEPT).then(*ADMITTED)
    offered.given(ADMITTED).when(ACCEPT).then_nothing()
    last = offered.when(ACCEPT, today=UNTIL, effective=UNTIL)
    last.then(*ADMITTED)


def test_a_seat_is_not_accepted_after_the_last_day_nor_without_an_offer() -> None:
    offered.when(ACCEPT, today=UNTIL + DAY, effective=UNTIL + DAY).then_refused(
        RefusalCode.WRONG_PHASE, DEADLINE
    )
    for given in (waiting, offered.given(LAPSED), applied):
        given.when(ACCEPT).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_nobody_comes_on_the_waitlist_without_a_vote_and_who_is_on_it_needs_no_other() -> None:
    taken = [organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, OTHER)]
    unvoted = Specification().given(founded(seats=1), organisation(), ready(PARTNER))
    unvoted.given(taken).when(WAITLIST).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.admission.required"
    )
    # It came there when the policy asked for no vote; now it could not be put to one.
    unvoted.given(WAITLISTED, OFFERED).when(ACCEPT).then(*ADMITTED)


def test_what_became_of_the_applicant_meanwhile_counts() -> None:
    offered.given(admitted(NETWORK)).when(ACCEPT).then_refused(
        RefusalCode.SECOND_MEMBERSHIP, "one-membership-per-party", field="party"
    )


def test_an_applicant_hears_of_nothing_but_that_the_coalition_has_to_look_again() -> None:
    rival = [organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER)]
    held = offered.given(rival).when(ACCEPT)
    held.then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein")
    twice = offered.given(admitted(NETWORK)).when(ACCEPT)
    said = [for_applicant(each._decision) for each in (held, twice)]
    assert said[0] == said[1]
    Outcome(said[0]).then_refused(RefusalCode.WRONG_PHASE, "seat.decided-anew")
    # What is no secret is said.
    for outcome in (offered.when(ACCEPT), waiting.when(ACCEPT)):
        assert for_applicant(outcome._decision) == outcome._decision


def test_a_member_that_waits_for_another_tier_gets_it_with_the_seat() -> None:
    moving.given(WAITLISTED, OFFERED).when(ACCEPT).then(
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(PARTNER))),
        Fact(
            MEMBERSHIP,
            TierChanged(
                from_tier=MEMBER,
                to_tier=PARTNER,
                membership_class="provider",
                agreement=PARTNER_AGREEMENT,
                reason=TierChangeReason.SERVICES_CHANGED,
                application=APPLICATION,
                clauses=clauses(PARTNER),
                signed=False,
                standards=exhibited(PARTNER),
            ),
        ),
    )


def test_an_offer_ends_the_day_after_its_last_one() -> None:
    offered.when(LAPSE, today=UNTIL, effective=UNTIL).then_refused(RefusalCode.NOT_YET, DEADLINE)
    late = UNTIL + DAY
    offered.when(LAPSE, today=late, effective=late).then(LAPSED)
    offered.when(LAPSE, today=late, effective=UNTIL).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    waiting.when(LAPSE).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


@pytest.mark.parametrize(
    ("given", "command"), [(waiting, OFFER), (offered, ACCEPT)], ids=["offer", "accept"]
)
def test_nothing_holds_from_before_the_application_came_to_its_place(
    given: Specification, command: Command
) -> None:
    given.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


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


def test_a_tier_that_is_gone_has_no_seats_to_offer() -> None:
    gone = policy_with(("collaborative-partner", "coalition-partner"))
    for given, command in ((waiting, OFFER), (offered, ACCEPT)):
        given.under(gone).when(command).then_refused(RefusalCode.POLICY_VERSION, "known-tier")


def test_what_nobody_submitted_has_no_place() -> None:
    for command in (WAITLIST, OFFER, ACCEPT, LAPSE):
        Specification().given(founded()).when(command).then_refused(
            RefusalCode.INVALID_INPUT, "known-application", field="application"
        )
    ended = applied.given(Fact(APPLICATION, ApplicationExpired(deadline="a deadline")))
    ended.when(WAITLIST).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


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


NEW_CLAUSE = f"{PARTNER}.heard"
BEFORE = f'[[tiers.{PARTNER}.requirements]]\nid = "{PARTNER}.commitment"'
ADDED = BEFORE.replace("commitment", "heard") + '\ntext = "Why."\nkind = "evidence"'
ASKS_MORE = policy_with((BEFORE, f"{ADDED}\n\n{BEFORE}"))


def test_no_seat_is_kept_for_whom_its_acceptance_would_refuse() -> None:
    rival = [organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER)]
    waiting.given(rival).when(OFFER).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )
    waiting.under(ASKS_MORE).when(OFFER).then_refused(RefusalCode.REQUIREMENT_UNMET, NEW_CLAUSE)
    moving.given(WAITLISTED, suspended()).when(OFFER).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


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
    attached = EvidenceAttached(requirement=NEW_CLAUSE, description="A letter.", sha256=None)
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
