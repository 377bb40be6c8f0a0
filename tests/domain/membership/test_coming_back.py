"""Coming back: whoever was a member applies as anybody does, and has one membership still."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import PersonErased
from domain.coalition.consequences import JOINED
from domain.coalition.erasure import ErasePerson
from domain.decision import Fact, RefusalCode
from domain.membership.application import (
    AppealFiled,
    ApplicationApproved,
    ApplicationDeclined,
    SubmitApplication,
)
from domain.membership.contest import FileAppeal
from domain.membership.membership import AdmitMember, TierChanged
from domain.membership.party import IndividualRegistered
from domain.membership.standing import (
    ReinstateMembership,
    StandingAppealFiled,
    StandingAppealPutToVote,
)
from domain.membership.ties import MergeParties
from domain.membership.waiting import (
    AcceptSeat,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    OfferSeat,
    SeatOffered,
    WaitlistApplication,
)
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    MembershipId,
    MembershipStatus,
    PersonId,
    ReviewId,
    TierChangeReason,
    VoteId,
    VoteOutcome,
)
from tests.domain.coalition.votes import (
    OPTIONAL,
    VOTE,
    closed,
    member,
    moot,
    opened,
    partner,
    passed,
    seat,
    seats,
)
from tests.domain.examples import (
    APPLICANT,
    APPLICATION,
    DAY_BEFORE,
    LANTERN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    NETWORK_AGREEMENT,
    PARTNER,
    REVIEW,
    WREN,
    admitted,
    assessed,
    clauses,
    exhibited,
    found_met,
    founded,
    organisation,
    published,
    review_started,
    reviewed,
    sent,
    signed,
    submitted,
)
from tests.domain.membership.mergers import REASON, together
from tests.domain.membership.standings import (
    reinstated,
    suspended,
    terminated,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION, an_id

NEW = MembershipId(an_id("the membership that nobody needs"))
ADMIT = AdmitMember(application=APPLICATION, membership=NEW)
ASK = SubmitApplication(
    application=APPLICATION, review=REVIEW, party=LANTERN, applicant=APPLICANT, tier=MEMBER
)
OTHER = ApplicationId(an_id("what it asked for beside that"))
JOINED_OTHERWISE = Fact(OTHER, ApplicationWithdrawn(reason=JOINED))
ENDING = VoteId("5" * 32)

gone = Specification().given(
    founded(seats=2),
    [fact for number in (1, 2, 3) for fact in member(number, NETWORK)],
    organisation(),
    admitted(MEMBER),
    published(MEMBER_AGREEMENT),
    sent(MEMBER_AGREEMENT),
    signed(MEMBER_AGREEMENT),
    suspended(),
    withdrawn(),
)


def asks(
    tier: str = MEMBER,
    membership: MembershipId | None = MEMBERSHIP,
    application: ApplicationId = APPLICATION,
    review: ReviewId = REVIEW,
) -> Fact:
    """Return that whoever was a member asks to be one again."""
    fact = submitted(tier, application=application, review=review, membership=membership)
    return Fact(fact.stream, replace(fact.event, kind=ApplicationKind.ADMISSION, reason=None))


def looked_at(tier: str = MEMBER, membership: MembershipId | None = MEMBERSHIP) -> list[Fact]:
    """Return that of that application all was found met, and the vote on it passed."""
    return [
        asks(tier, membership),
        *review_started(),
        *found_met(tier),
        *assessed(tier),
        *reviewed(),
        *passed(),
    ]


def beside(membership: MembershipId | None = MEMBERSHIP) -> Fact:
    """Return that it asks for another tier, too."""
    return asks(NETWORK, membership, OTHER, ReviewId(an_id("its review")))


def comes_back(tier: str = MEMBER, *, signed: bool = True) -> list[Fact]:
    """Return that its membership goes on, as this application has found it to be."""
    assessed_anew = TierChanged(
        from_tier=tier,
        to_tier=tier,
        membership_class=CATE.tier(tier).membership_class.value,
        agreement=CATE.agreement_for(tier).id,
        reason=TierChangeReason.REASSESSMENT,
        application=APPLICATION,
        clauses=clauses(tier),
        signed=signed,
        standards=exhibited(tier),
    )
    return [
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(tier))),
        reinstated(tier, signed=signed, vote=VOTE),
        Fact(MEMBERSHIP, assessed_anew),
    ]


def test_whoever_was_a_member_asks_for_the_return_of_its_membership() -> None:
    gone.when(ASK).then(asks())
    gone.when(replace(ASK, tier=NETWORK)).then(asks(NETWORK))
    gone.given(asks()).when(ASK).then_nothing()
    gone.given(looked_at(), comes_back()).when(ASK).then_nothing()


@pytest.mark.parametrize("how", [withdrawn(), terminated(ENDING)])
def test_the_yes_brings_the_same_membership_back_however_it_ended(how: Fact) -> None:
    again = gone.given(reinstated(), how)
    again.given(looked_at()).when(ADMIT).then(*comes_back())


def test_it_comes_back_in_the_tier_that_it_asks_for_without_the_suspension_it_left_with() -> None:
    asked = gone.given(looked_at(NETWORK))
    asked.when(ADMIT).then(*comes_back(NETWORK, signed=False))
    world = asked.given(comes_back(NETWORK, signed=False)).world
    found = world.membership(MEMBERSHIP)
    assert (found.tier, found.assessed_by) == (NETWORK, APPLICATION)
    assert found.status is MembershipStatus.AGREEMENT_PENDING
    assert world.register.membership_of(LANTERN) == MEMBERSHIP
    assert (world.register.occupied(MEMBER), world.register.occupied(NETWORK)) == (0, 4)


def test_what_a_vote_ended_no_application_takes_back_without_one() -> None:
    put_out = gone.under(OPTIONAL).given(reinstated(), terminated(ENDING))
    unvoted = looked_at()[: -len(passed())]
    for command in (ADMIT, WaitlistApplication(application=APPLICATION)):
        put_out.given(unvoted).when(command).then_refused(
            RefusalCode.VOTE_REQUIRED, "votes.termination.required"
        )
    put_out.given(looked_at()).when(ADMIT).then(*comes_back())
    # Who left by itself comes back as the policy has it.
    gone.under(OPTIONAL).given(unvoted).when(ADMIT).then_accepted()


def test_it_comes_back_from_no_day_before_it_left() -> None:
    for command in (ASK, ADMIT):
        given = gone if command is ASK else gone.given(looked_at())
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def test_an_application_from_before_the_membership_makes_no_second_one() -> None:
    """As ledgers have them in which it did not end with the membership's admission."""
    old = gone.given(looked_at(membership=None))
    for command in (ADMIT, WaitlistApplication(application=APPLICATION)):
        old.when(command).then_refused(RefusalCode.SECOND_MEMBERSHIP, "one-history")
    # What satisfies it is the withdrawal, and another one.
    over = old.given(Fact(APPLICATION, ApplicationWithdrawn(reason=None)))
    over.when(replace(ASK, application=OTHER, review=ReviewId(an_id("anew")))).then_accepted()


def test_of_several_that_ended_the_last_comes_back() -> None:
    """As ledgers have them in which each admission made one."""
    later = TODAY + timedelta(days=9)
    second = gone.given(admitted(NETWORK, membership=NEW), withdrawn(NEW), on=later)
    second.when(ASK, today=later, effective=later).then(asks(membership=NEW))


def test_it_waits_for_a_seat_as_others_do_and_takes_it_with_its_own_membership() -> None:
    full = gone.given(member(8), member(9)).given(looked_at(PARTNER))
    full.when(ADMIT).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")
    waitlisted = Fact(APPLICATION, ApplicationWaitlisted(clauses=clauses(PARTNER)))
    full.when(WaitlistApplication(application=APPLICATION)).then(waitlisted)
    until = TODAY + timedelta(days=CATE.deadlines.seat_offer_days)
    offered = Fact(APPLICATION, SeatOffered(tier=PARTNER, until=until))
    free = full.given(waitlisted, withdrawn(seat(9)))
    free.when(OfferSeat(application=APPLICATION)).then(offered)
    accept = AcceptSeat(application=APPLICATION, membership=NEW)
    free.given(offered).when(accept).then(*comes_back(PARTNER, signed=False))


def test_an_appeal_against_its_end_is_over_with_its_return() -> None:
    appeal = [
        *opened(
            seats(1, 2),
            kind=VoteKind.APPEAL,
            application=None,
            membership=MEMBERSHIP,
            membership_version=8,
            vote=ENDING,
        ),
        Fact(MEMBERSHIP, StandingAppealPutToVote(vote=ENDING)),
    ]
    filed = Fact(MEMBERSHIP, StandingAppealFiled(grounds="We answered."))
    appealed = gone.given(reinstated(), terminated(VoteId("6" * 32)), filed, appeal)
    over = replace(moot(), stream=ENDING)
    appealed.given(looked_at()).when(ADMIT).then(*comes_back(), over)
    world = appealed.given(looked_at(), comes_back()).world
    assert world.membership(MEMBERSHIP).standing.decision is None


def test_whoever_was_declined_a_return_may_appeal_that() -> None:
    declined = gone.given(looked_at(), Fact(APPLICATION, ApplicationDeclined()))
    declined.when(FileAppeal(application=APPLICATION, grounds="All is met.")).then_accepted()


def test_whatever_else_it_asked_to_be_admitted_by_ends_as_it_comes_back() -> None:
    both = gone.given(looked_at(), beside())
    both.when(ADMIT).then(*comes_back(), JOINED_OTHERWISE)
    declined = [Fact(OTHER, ApplicationDeclined()), Fact(OTHER, AppealFiled(grounds="Wrong."))]
    both.given(declined).when(ADMIT).then(*comes_back(), JOINED_OTHERWISE)
    again = gone.given(beside(), voted_back())
    again.when(ReinstateMembership(membership=MEMBERSHIP, vote=VOTE)).then(
        reinstated(vote=VOTE), JOINED_OTHERWISE
    )


def voted_back() -> list[Fact]:
    """Return that a vote on the return of its membership passed."""
    asked = opened(seats(1), application=None, membership=MEMBERSHIP, membership_version=9)
    return [*asked, closed(VoteOutcome.PASSED)]


def test_of_two_first_applications_the_one_that_is_left_ends_with_the_other() -> None:
    """What was asked for is over with the membership, and is to be asked for by that."""
    new = Specification().given(founded(), organisation(), looked_at(membership=None))
    first = new.given(beside(None)).when(ADMIT)
    first.then(
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(MEMBER))),
        admitted_as(NEW),
        JOINED_OTHERWISE,
    )


def admitted_as(membership: MembershipId) -> Fact:
    """Return that it is a member for the first time."""
    fact = admitted(MEMBER, membership=membership, application=APPLICATION)
    event = replace(fact.event, clauses=clauses(MEMBER), standards=exhibited(MEMBER))
    return Fact(membership, event)


def test_nobody_is_admitted_from_before_the_last_word_on_what_ends_with_it() -> None:
    later = TODAY + timedelta(days=2)
    given = gone.given(looked_at()).given(beside(), on=later)
    given.when(ADMIT, today=later).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because="was made"
    )
    given.when(ADMIT, today=later, effective=later).then(*comes_back(), JOINED_OTHERWISE)


def test_what_an_organisation_asked_for_ends_as_a_membership_passes_to_it() -> None:
    """By a merger it is a member, too."""
    survivor = Specification().given(founded(), organisation(), member(1), beside(None))
    merge = MergeParties(survivor=LANTERN, merged=partner(1), reason=REASON)
    survivor.when(merge).then(
        *together(LANTERN, partner(1), kept=seat(1), ended=None, passed=True),
        JOINED_OTHERWISE,
    )


WREN_IS_KNOWN = [
    Fact(
        WREN,
        IndividualRegistered(
            party_type="individual", name="Wren", email="wren@example.org", counties=["29189"]
        ),
    )
]
ERASED = Fact(COALITION, PersonErased(person=PersonId(WREN)))
ERASE = ErasePerson(person=PersonId(WREN))
wren = Specification(OPTIONAL).given(founded(), WREN_IS_KNOWN)


def test_whatever_somebody_asked_to_be_admitted_by_ends_as_they_are_erased() -> None:
    asked = submitted(NETWORK, WREN, application=OTHER)
    over = Fact(OTHER, ApplicationWithdrawn(reason=None))
    wren.given(asked).when(ERASE).then(over, ERASED)
    vote = opened(seats(1), application=OTHER)
    wren.given(asked, vote).when(ERASE).then(over, ERASED, moot())
    # An erasure from before it was so ended nothing: it does when it is said again.
    wren.given(asked, ERASED).when(ERASE).then(over)
    later = TODAY + timedelta(days=2)
    wren.given(asked, on=later).when(ERASE, today=later).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_whoever_was_erased_is_no_member_again() -> None:
    text = NETWORK_AGREEMENT
    left = wren.given(
        admitted(NETWORK, WREN), published(text), sent(text), signed(text), withdrawn(), ERASED
    )
    refused = RefusalCode.INVALID_INPUT, "erased-person"
    for command in (
        replace(ASK, party=WREN, tier=NETWORK),
        ReinstateMembership(membership=MEMBERSHIP),
    ):
        left.when(command).then_refused(*refused, field="party")
