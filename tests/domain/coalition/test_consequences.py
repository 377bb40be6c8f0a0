"""What ends with a membership: what it asked for, the seat kept for it, and the votes on both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.consequences import ENDED
from domain.decision import Fact, RefusalCode
from domain.membership.application import AppealFiled, ApplicationDeclined
from domain.membership.contest import FileAppeal
from domain.membership.party import ListingWithdrawn, OrganisationListingPublished
from domain.membership.standing import (
    MembershipLapsed,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
from domain.membership.term import LapseMembership, RenewalMissed
from domain.membership.ties import MergeParties
from domain.membership.waiting import (
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    InformationRequested,
    OfferSeat,
    SeatOffered,
)
from domain.policy import VoteKind
from domain.terms import ApplicationId, ApplicationKind, LapseReason, ListedField, ReviewId
from tests.domain.coalition.votes import (
    LATER,
    cast,
    moot,
    opened,
    partner,
    partners,
    seat,
    seats,
)
from tests.domain.examples import (
    APPLICATION,
    FERRY,
    FERRY_EIN,
    LANTERN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    admitted,
    assessed,
    found_met,
    founded,
    organisation,
    published,
    queued,
    review_started,
    reviewed,
    signed,
    submitted,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    reinstated,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

WITHDRAW = WithdrawMembership(membership=MEMBERSHIP)
TERMINATE = TerminateMembership(membership=MEMBERSHIP, vote=LATER, clauses=[CLAUSE], reason=REASON)
APPEAL = FileAppeal(application=APPLICATION, grounds="Nobody asked us.")
UNTIL = TODAY + timedelta(days=CATE.deadlines.seat_offer_days)
OTHERS = ApplicationId(an_id("another's application"))


def over(application: ApplicationId = APPLICATION) -> Fact:
    """Return that an application ended with the membership that asked."""
    return Fact(application, ApplicationWithdrawn(reason=ENDED))


member = Specification().given(
    founded(seats=4),
    published(MEMBER_AGREEMENT),
    partners(3),
    organisation(),
    admitted(MEMBER),
    signed(MEMBER_AGREEMENT),
)
asking = member.given(
    submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP), review_started()
)
asked = asking.given(Fact(APPLICATION, InformationRequested(due=TODAY, question="Which counties?")))
ready = asking.given(found_met(PARTNER), assessed(PARTNER), reviewed())
voting = ready.given(opened(seats(1, 2, 3), kind=VoteKind.TIER_CHANGE))
waiting = ready.given(Fact(APPLICATION, ApplicationWaitlisted(clauses=[])))
offered = waiting.given(Fact(APPLICATION, SeatOffered(tier=PARTNER, until=UNTIL)))
declined = ready.given(Fact(APPLICATION, ApplicationDeclined()))
appealed = declined.given(Fact(APPLICATION, AppealFiled(grounds="Nobody asked us.")))


@pytest.mark.parametrize("given", [asking, asked, ready, waiting, offered, appealed])
def test_what_a_member_asked_for_ends_with_its_membership(given: Specification) -> None:
    given.when(WITHDRAW).then(withdrawn(), over())


def test_it_ends_however_the_membership_does() -> None:
    asking.given(voted(vote=LATER)).when(TERMINATE).then(terminated(LATER), over())
    missed = Fact(MEMBERSHIP, RenewalMissed(grace_ends=TODAY - timedelta(days=1)))
    lapsed = Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.RENEWAL_MISSED))
    asking.given(missed).when(LapseMembership(membership=MEMBERSHIP)).then(lapsed, over())


def test_the_listing_of_who_left_or_lapsed_is_withdrawn_and_of_who_was_voted_out_kept() -> None:
    shown = OrganisationListingPublished(
        fields=[ListedField.NAME],
        name="Lantern House",
        description=None,
        counties=[],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone=None,
    )
    listed = member.given(Fact(LANTERN, shown))
    down = Fact(LANTERN, ListingWithdrawn())
    listed.when(WITHDRAW).then(withdrawn(), down)
    missed = Fact(MEMBERSHIP, RenewalMissed(grace_ends=TODAY - timedelta(days=1)))
    lapsed = Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.RENEWAL_MISSED))
    listed.given(missed).when(LapseMembership(membership=MEMBERSHIP)).then(lapsed, down)
    # An appeal may show that it was never to come down.
    listed.given(voted(vote=LATER)).when(TERMINATE).then(terminated(LATER))
    listed.given(down).when(WITHDRAW).then(withdrawn())


def test_a_merger_waits_for_what_either_of_the_two_asked_for() -> None:
    # It can wait, and could be undone, which would bring back no application.
    merge = MergeParties(
        survivor=partner(1), merged=LANTERN, membership=seat(1), reason="They are one."
    )
    asking.when(merge).then_refused(RefusalCode.WRONG_PHASE, "merger.open-application")


def test_a_suspension_lets_it_wait() -> None:
    suspend = SuspendMembership(membership=MEMBERSHIP, clauses=[CLAUSE], reason=REASON, until=UNTIL)
    asking.when(suspend).then(suspended(until=UNTIL))


def test_what_others_asked_for_and_what_is_decided_stay() -> None:
    review = ReviewId(an_id("another's review"))
    admission = submitted(NETWORK, FERRY, application=OTHERS, review=review)
    others = member.given(organisation(FERRY, FERRY_EIN), admission)
    others.when(WITHDRAW).then(withdrawn())
    declined.when(WITHDRAW).then(withdrawn())


def test_every_application_of_the_membership_ends() -> None:
    review = ReviewId(an_id("another review"))
    second = submitted(
        NETWORK,
        kind=ApplicationKind.TIER_CHANGE,
        membership=MEMBERSHIP,
        application=OTHERS,
        review=review,
    )
    first, last = sorted([APPLICATION, OTHERS])
    asking.given(second).when(WITHDRAW).then(withdrawn(), over(first), over(last))


def test_the_vote_on_it_is_moot() -> None:
    voting.given(cast(2)).when(WITHDRAW).then(withdrawn(), over(), moot((1, 0, 0)))
    on_appeal = appealed.given(opened(seats(1, 2), kind=VoteKind.APPEAL))
    on_appeal.when(WITHDRAW).then(withdrawn(), over(), moot())


def test_the_seat_that_was_kept_for_it_is_free_at_once() -> None:
    next_in_line = [organisation(FERRY, FERRY_EIN), *queued(OTHERS)]
    offer = OfferSeat(application=OTHERS)
    offered.given(next_in_line).when(offer).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")
    offered.given(next_in_line, withdrawn(), over()).when(offer).then(
        Fact(OTHERS, SeatOffered(tier=PARTNER, until=UNTIL))
    )


def test_it_stays_ended_when_the_member_comes_back() -> None:
    left = offered.given(withdrawn(), over())
    left.under(CATE).when(ReinstateMembership(membership=MEMBERSHIP)).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.admission.required"
    )
    back = left.given(reinstated())
    back.when(WITHDRAW).then(withdrawn())
    back.when(OfferSeat(application=APPLICATION)).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_a_membership_does_not_end_before_it_asked() -> None:
    later = TODAY + timedelta(days=9)
    given = member.given(
        submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP), on=later
    )
    given.when(WITHDRAW, today=later).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because="was made"
    )
    given.when(WITHDRAW, today=later, effective=later).then(withdrawn(), over())


def test_whoever_has_left_appeals_no_decline_of_what_they_asked_for() -> None:
    declined.when(APPEAL).then_accepted()
    declined.given(withdrawn()).when(APPEAL).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )
    # Who comes back in time still may.
    declined.given(withdrawn(), reinstated()).when(APPEAL).then_accepted()
