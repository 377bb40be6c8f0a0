"""Deciding an application for another tier with yes."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationApproved, RequestTierChange
from domain.membership.membership import ChangeTier, TierChanged
from domain.membership.plans import ImprovementPlanOpened, PlanClosed, ReviewReplaced
from domain.membership.review import StandardAssessed
from domain.membership.standing import MembershipLapsed
from domain.membership.term import LapseMembership, RenewalMissed, RenewalOpened
from domain.membership.waiting import WaitlistApplication
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    Assessment,
    LapseReason,
    MembershipId,
    MembershipStatus,
    PlanOutcome,
    PrincipalId,
    ReviewId,
    TierChangeReason,
    VoteOutcome,
)
from tests.domain.coalition.votes import closed, opened, passed
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN_EIN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    NETWORK_AGREEMENT,
    PARTNER,
    PARTNER_AGREEMENT,
    REVIEW,
    SECOND_TEXT,
    SHARE,
    admitted,
    approved,
    assessed,
    clauses,
    exhibited,
    found_met,
    founded,
    organisation,
    policy_with,
    published,
    review_started,
    reviewed,
    sent,
    signed,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at
from tests.domain.world import World

CHANGE = ChangeTier(application=APPLICATION)
APPROVED = passed(VoteKind.TIER_CHANGE)


def asked(tier: str, *, but: str = "") -> list[Fact]:
    """Return a reviewed application for another tier that lacks at most one finding."""
    return [
        submitted(tier, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP),
        *review_started(),
        *found_met(tier, but=but),
        *assessed(tier),
        *reviewed(),
        *APPROVED,
    ]


def changed(
    from_tier: str,
    to_tier: str,
    agreement: str,
    *,
    is_signed: bool = False,
    by: ApplicationId = APPLICATION,
) -> list[Fact]:
    """Return the facts of a change of tier."""
    membership_class = "network" if to_tier == NETWORK else "provider"
    event = TierChanged(
        from_tier=from_tier,
        to_tier=to_tier,
        membership_class=membership_class,
        agreement=agreement,
        reason=TierChangeReason.SERVICES_CHANGED,
        application=by,
        clauses=clauses(to_tier),
        signed=is_signed,
        standards=exhibited(to_tier),
    )
    return [
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(to_tier))),
        Fact(MEMBERSHIP, event),
    ]


coalition = Specification().given(founded(seats=1), organisation())
FIRST = ApplicationId(ANOTHER)
EARLIER = ReviewId("0a" * 16)
BEFORE = submitted(MEMBER, application=FIRST, review=EARLIER)
STANDARD = "network.transparent-collaboration"
PLAN = ImprovementPlanOpened(
    standard=STANDARD, due=TODAY + timedelta(days=9), steps="Train.", milestones=None
)
REPLACED = Fact(EARLIER, ReviewReplaced(application=APPLICATION))

network_member = coalition.given(admitted(NETWORK))
partner = coalition.given(admitted(PARTNER))


def test_a_membership_comes_to_another_tier() -> None:
    network_member.given(asked(MEMBER)).when(CHANGE).then(
        *changed(NETWORK, MEMBER, MEMBER_AGREEMENT)
    )


def test_another_tier_takes_a_vote_and_the_one_that_a_member_has_takes_none() -> None:
    unvoted = network_member.given(asked(MEMBER)[: -len(APPROVED)])
    unvoted.when(CHANGE).then_refused(RefusalCode.VOTE_REQUIRED, "votes.tier-change.required")
    same = network_member.given(asked(NETWORK)[: -len(APPROVED)])
    same.when(CHANGE).then_accepted()
    # One that was opened binds all the same.
    failed = same.given(
        opened([], kind=VoteKind.TIER_CHANGE),
        closed(VoteOutcome.FAILED),
    )
    failed.when(CHANGE).then_refused(RefusalCode.VOTE_FAILED, "votes.tier-change")


def test_a_member_that_has_missed_its_renewal_may_come_to_another_tier() -> None:
    last = TODAY + timedelta(days=30)
    missed = network_member.given(
        Fact(MEMBERSHIP, RenewalOpened(term_ends=TODAY)),
        Fact(MEMBERSHIP, RenewalMissed(grace_ends=last)),
    )
    ask = RequestTierChange(
        application=APPLICATION,
        review=REVIEW,
        applicant=PrincipalId("somebody"),
        membership=MEMBERSHIP,
        tier=MEMBER,
        reason=TierChangeReason.SERVICES_CHANGED,
    )
    missed.when(ask).then_accepted()
    moved = missed.given(asked(MEMBER))
    moved.when(CHANGE).then(*changed(NETWORK, MEMBER, MEMBER_AGREEMENT))
    # The tier is another, the term is not: it lapses all the same, or is renewed.
    after = moved.given(changed(NETWORK, MEMBER, MEMBER_AGREEMENT))
    over = last + timedelta(days=1)
    after.when(LapseMembership(membership=MEMBERSHIP), **at(over)).then_accepted()


def test_tiers_have_no_rank_so_a_partner_may_come_to_the_network() -> None:
    partner.given(asked(NETWORK)).when(CHANGE).then(*changed(PARTNER, NETWORK, NETWORK_AGREEMENT))


def test_a_provider_s_own_ein_and_membership_are_not_in_its_way() -> None:
    partner.given(asked(MEMBER)).when(CHANGE).then(*changed(PARTNER, MEMBER, MEMBER_AGREEMENT))


def test_changing_the_tier_again_changes_nothing() -> None:
    network_member.given(asked(MEMBER), changed(NETWORK, MEMBER, MEMBER_AGREEMENT)).when(
        CHANGE
    ).then_nothing()


def test_an_application_for_admission_changes_no_tier() -> None:
    coalition.given(submitted(MEMBER), review_started(), reviewed()).when(CHANGE).then_refused(
        RefusalCode.WRONG_PHASE, "application.kind", because="tier-change"
    )
    coalition.given(submitted(MEMBER), reviewed(), approved()).when(CHANGE).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_no_tier_is_changed_before_the_review_is_complete() -> None:
    asking = submitted(MEMBER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)
    network_member.given(asking, review_started()).when(CHANGE).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_no_tier_is_changed_by_an_application_that_nobody_made() -> None:
    network_member.when(replace(CHANGE, application=ApplicationId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


def test_no_tier_is_changed_before_it_was_asked_for() -> None:
    network_member.given(asked(MEMBER)).when(CHANGE, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_no_tier_is_changed_to_one_that_the_policy_no_longer_has() -> None:
    renamed = policy_with(("coalition-member", "coalition-friend"))
    network_member.given(asked(MEMBER)).under(renamed).when(CHANGE).then_refused(
        RefusalCode.POLICY_VERSION, "known-tier"
    )


def test_a_member_that_has_come_to_the_tier_meanwhile_is_assessed_anew() -> None:
    meanwhile = [BEFORE, changed(NETWORK, MEMBER, MEMBER_AGREEMENT, by=FIRST)[1]]
    network_member.given(asked(MEMBER), meanwhile).when(CHANGE).then(
        *changed(MEMBER, MEMBER, MEMBER_AGREEMENT)
    )


def test_a_member_is_found_to_meet_its_own_tier_without_another_seat() -> None:
    # The one seat there is is its own.
    partner.given(asked(PARTNER)).when(CHANGE).then(*changed(PARTNER, PARTNER, PARTNER_AGREEMENT))


def test_a_member_meets_all_that_its_own_tier_asks_for() -> None:
    partner.given(asked(PARTNER, but=SHARE)).when(CHANGE).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE
    )


def test_a_member_waits_for_no_seat_of_its_own_tier() -> None:
    partner.given(asked(PARTNER)).when(WaitlistApplication(application=APPLICATION)).then_refused(
        RefusalCode.WRONG_PHASE, f"{PARTNER}.seats"
    )


def test_a_member_is_assessed_anew_and_what_was_agreed_before_counts_no_more() -> None:
    member = coalition.given(BEFORE, admitted(NETWORK, application=FIRST))
    anew = changed(NETWORK, NETWORK, NETWORK_AGREEMENT)
    agreed = member.given(Fact(EARLIER, PLAN))
    agreed.given(asked(NETWORK)).when(CHANGE).then(*anew, REPLACED)
    # Where nothing is still to be carried out, nothing is said of the earlier review.
    done = PlanClosed(standard=STANDARD, outcome=PlanOutcome.CARRIED_OUT, note=None)
    for ended in (member, agreed.given(Fact(EARLIER, done))):
        ended.given(asked(NETWORK)).when(CHANGE).then(*anew)


def test_a_standard_that_a_member_works_towards_needs_a_plan_of_the_new_assessment() -> None:
    towards = StandardAssessed(standard=STANDARD, assessment=Assessment.WORKS_TOWARDS, note=None)
    again = [*asked(NETWORK), Fact(REVIEW, towards)]
    network_member.given(again).when(CHANGE).then_refused(RefusalCode.STANDARD_UNMET, STANDARD)
    network_member.given(again, Fact(REVIEW, PLAN)).when(CHANGE).then_accepted()


def test_another_tier_asks_for_its_own_requirements() -> None:
    network_member.given(asked(PARTNER, but=SHARE)).when(CHANGE).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE
    )


def test_a_full_tier_takes_nobody_from_another() -> None:
    full = network_member.given(organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, ANOTHER))
    full.given(asked(PARTNER)).when(CHANGE).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")


def test_a_partner_that_leaves_the_tier_leaves_its_seat() -> None:
    other = [organisation(FERRY, FERRY_EIN), admitted(NETWORK, FERRY, ANOTHER)]
    moved = partner.given(asked(MEMBER), changed(PARTNER, MEMBER, MEMBER_AGREEMENT), other)
    request = submitted(
        PARTNER, FERRY, kind=ApplicationKind.TIER_CHANGE, membership=MembershipId(ANOTHER)
    )
    facts = [
        request,
        *review_started(),
        *found_met(PARTNER),
        *assessed(PARTNER),
        *reviewed(),
        *APPROVED,
    ]
    event = changed(NETWORK, PARTNER, PARTNER_AGREEMENT)[1].event
    moved.given(facts).when(CHANGE).then(
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(PARTNER))), Fact(ANOTHER, event)
    )


def test_an_ein_has_one_provider_however_it_became_one() -> None:
    network_member.given(
        organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER), asked(MEMBER)
    ).when(CHANGE).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein")


def test_a_provider_that_leaves_its_class_leaves_its_claim_to_the_ein() -> None:
    left = partner.given(asked(NETWORK), changed(PARTNER, NETWORK, NETWORK_AGREEMENT))
    request = submitted(
        MEMBER, FERRY, kind=ApplicationKind.TIER_CHANGE, membership=MembershipId(ANOTHER)
    )
    event = changed(NETWORK, MEMBER, MEMBER_AGREEMENT)[1].event
    left.given(
        organisation(FERRY, LANTERN_EIN),
        admitted(NETWORK, FERRY, ANOTHER),
        [
            request,
            *review_started(),
            *found_met(MEMBER),
            *assessed(MEMBER),
            *reviewed(),
            *APPROVED,
        ],
    ).when(CHANGE).then(
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(MEMBER))), Fact(ANOTHER, event)
    )


def status_after(*facts: Fact | list[Fact]) -> MembershipStatus | None:
    world = World()
    for each in facts:
        world.append([each] if isinstance(each, Fact) else each, TODAY)
    return world.membership(MEMBERSHIP).status


def test_in_another_tier_its_agreement_is_still_to_be_signed() -> None:
    before = [organisation(), admitted(NETWORK), signed(NETWORK_AGREEMENT)]
    assert status_after(before) is MembershipStatus.ACTIVE
    after = status_after(before, changed(NETWORK, MEMBER, MEMBER_AGREEMENT)[1])
    assert after is MembershipStatus.AGREEMENT_PENDING


def test_what_a_founding_partner_has_signed_counts_when_a_newer_text_is_waiting_for_it() -> None:
    before = [organisation(), admitted(PARTNER), signed(PARTNER_AGREEMENT)]
    reviewed_since = changed(PARTNER, PARTNER, PARTNER_AGREEMENT)[1]
    assert status_after(before, reviewed_since) is MembershipStatus.ACTIVE


gone_over = network_member.given(
    published(NETWORK_AGREEMENT),
    signed(NETWORK_AGREEMENT),
    BEFORE,
    changed(NETWORK, MEMBER, MEMBER_AGREEMENT, by=FIRST)[1],
)


def test_a_text_that_was_signed_and_is_still_current_counts_when_the_member_comes_back() -> None:
    back = changed(MEMBER, NETWORK, NETWORK_AGREEMENT, is_signed=True)
    gone_over.given(asked(NETWORK)).when(CHANGE).then(*back)
    there = changed(NETWORK, MEMBER, MEMBER_AGREEMENT)[1]
    before = [organisation(), admitted(NETWORK), signed(NETWORK_AGREEMENT), there]
    assert status_after(before, back[1]) is MembershipStatus.ACTIVE


def test_a_signature_does_not_count_for_a_text_that_came_later() -> None:
    back = changed(MEMBER, NETWORK, NETWORK_AGREEMENT, is_signed=False)
    gone_over.given(published(NETWORK_AGREEMENT, 2, SECOND_TEXT), asked(NETWORK)).when(CHANGE).then(
        *back
    )
    there = changed(NETWORK, MEMBER, MEMBER_AGREEMENT)[1]
    before = [organisation(), admitted(NETWORK), signed(NETWORK_AGREEMENT), there, back[1]]
    assert status_after(before) is MembershipStatus.AGREEMENT_PENDING
    newer = signed(NETWORK_AGREEMENT, 2, SECOND_TEXT)
    assert status_after(before, newer) is MembershipStatus.ACTIVE


def test_the_days_for_a_text_that_came_later_begin_when_that_is_sent() -> None:
    there = changed(NETWORK, MEMBER, MEMBER_AGREEMENT)[1]
    back = changed(MEMBER, NETWORK, NETWORK_AGREEMENT, is_signed=False)[1]
    waiting = network_member.given(
        published(NETWORK_AGREEMENT),
        sent(NETWORK_AGREEMENT),
        signed(NETWORK_AGREEMENT),
        there,
        published(NETWORK_AGREEMENT, 2, SECOND_TEXT),
        back,
    )
    lapse = LapseMembership(membership=MEMBERSHIP)
    over = TODAY + timedelta(days=CATE.deadlines.agreement_signing_days + 1)
    waiting.when(lapse, **at(over)).then_refused(RefusalCode.WRONG_PHASE, "membership.lapse")
    waiting.given(sent(NETWORK_AGREEMENT, 2, SECOND_TEXT)).when(lapse, **at(over)).then(
        Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.AGREEMENT_UNSIGNED))
    )


def test_no_tier_is_changed_before_the_last_entry_of_the_membership() -> None:
    later = TODAY + timedelta(days=1)
    network_member.given(asked(MEMBER)).given(signed(NETWORK_AGREEMENT), on=later).when(
        CHANGE, today=later
    ).then_refused(RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn")
