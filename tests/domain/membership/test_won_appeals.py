"""An appeal that is won while somebody has the seat: decided at once, and the next seat is kept."""

from __future__ import annotations

from msgspec.structs import replace

from domain.coalition.coalition import PersonErased
from domain.coalition.consequences import JOINED
from domain.coalition.erasure import ErasePerson
from domain.decision import Fact, RefusalCode
from domain.membership.application import SubmitApplication
from domain.membership.contest import DecideAppeal
from domain.membership.membership import AdmitMember
from domain.membership.standing import (
    ReinstateMembership,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    WithdrawMembership,
)
from domain.membership.waiting import ApplicationWithdrawn, OfferSeat, WaitlistApplication
from domain.policy import VoteKind
from domain.terms import (
    AppealOutcome,
    ApplicationId,
    BallotsId,
    MembershipId,
    MembershipStatus,
    PersonId,
    ReviewId,
    VoteId,
    VoteOutcome,
)
from tests.domain.coalition.votes import (
    ask,
    closed,
    member,
    moot,
    opened,
    partner,
    seat,
    seats,
    voted_in,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICANT,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    PARTNER_AGREEMENT,
    WREN,
    admitted,
    founded,
    organisation,
    published,
    queued,
    signed,
)
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import (
    reinstated,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.membership.test_coming_back import WREN_IS_KNOWN
from tests.domain.specification import Specification
from tests.domain.world import COALITION, an_id

APPEAL = VoteId("a" * 32)
WON = Fact(MEMBERSHIP, StandingAppealDecided(outcome=AppealOutcome.OVERTURNED, vote=APPEAL))
DECIDE = DecideAppeal(membership=MEMBERSHIP)
BACK = ReinstateMembership(membership=MEMBERSHIP)
LEAVE = WithdrawMembership(membership=MEMBERSHIP)
WAITS = ApplicationId(an_id("who waits for a seat"))
NEW = MembershipId(an_id("a newcomer"))
SEATS = f"{PARTNER}.seats"

appealed = Specification().given(
    founded(seats=2),
    organisation(),
    published(PARTNER_AGREEMENT),
    admitted(PARTNER),
    signed(PARTNER_AGREEMENT),
    voted(version=2),
    terminated(),
    Fact(MEMBERSHIP, StandingAppealFiled(grounds="We answered.")),
    opened(
        seats(1),
        kind=VoteKind.APPEAL,
        application=None,
        membership=MEMBERSHIP,
        membership_version=4,
        vote=APPEAL,
    ),
    Fact(MEMBERSHIP, StandingAppealPutToVote(vote=APPEAL)),
    closed(VoteOutcome.PASSED, vote=APPEAL),
)
full = appealed.given(member(1), member(2))
waiting = full.given(WON)
free = waiting.given(withdrawn(seat(2)))


def test_the_decision_is_overturned_at_once_and_the_return_waits_for_a_seat() -> None:
    full.when(DECIDE).then(WON)
    waiting.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    waiting.when(BACK).then_refused(RefusalCode.TIER_FULL, SEATS)
    world = waiting.world
    assert world.membership(MEMBERSHIP).status is MembershipStatus.TERMINATED
    assert world.register.won_in(PARTNER) == [MEMBERSHIP]
    # It takes no other vote, and no other vote takes its place.
    back = reinstated(PARTNER, vote=APPEAL)
    free.when(BACK).then(back)
    free.when(replace(BACK, vote=APPEAL)).then(back)
    free.when(replace(BACK, vote=VoteId("b" * 32))).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.appeal", field="vote"
    )
    free.when(BACK, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    assert free.given(back).world.register.won_in(PARTNER) == []
    free.given(back).when(BACK).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")


def test_it_is_overturned_whatever_is_in_the_way_of_the_return() -> None:
    taken = appealed.given(
        organisation(FERRY, LANTERN_EIN), admitted(PARTNER, FERRY, membership=ANOTHER)
    )
    taken.when(DECIDE).then(WON)
    taken.given(WON).when(BACK).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )
    part = appealed.given(member(3), together(partner(3), LANTERN, kept=seat(3), ended=None))
    part.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")


def test_the_next_seat_is_for_whoever_has_won_it_back() -> None:
    """Neither for who waits for one, nor for a newcomer, nor by another return."""
    queue = free.given(organisation(FERRY, FERRY_EIN), queued(WAITS))
    queue.when(OfferSeat(application=WAITS)).then_refused(RefusalCode.TIER_FULL, "appeal.seat")
    queue.when(BACK).then(reinstated(PARTNER, vote=APPEAL))
    comes = free.given(organisation(FERRY, FERRY_EIN), voted_in(PARTNER, FERRY))
    comes.when(AdmitMember(application=APPLICATION, membership=NEW)).then_refused(
        RefusalCode.TIER_FULL, "appeal.seat"
    )
    comes.when(WaitlistApplication(application=APPLICATION)).then_accepted()
    # With two seats free there is one for another, too.
    more = comes.given(withdrawn(seat(1)))
    more.when(AdmitMember(application=APPLICATION, membership=NEW)).then_accepted()


def test_of_two_that_have_won_who_won_first_comes_back_first() -> None:
    """They kept the seat from each other before, and from everybody, for good."""
    also_won = Fact(ANOTHER, replace(WON.event, vote=VoteId("b" * 32)))
    two = appealed.given(
        organisation(FERRY, FERRY_EIN),
        admitted(PARTNER, FERRY, membership=ANOTHER),
        Fact(ANOTHER, terminated().event),
        member(1),
        member(2),
    )
    first = withdrawn(seat(2))
    for won in ((WON, also_won), (also_won, WON)):
        one_free = two.given(*won, first)
        earlier, later = (MembershipId(each.stream) for each in won)
        assert one_free.world.register.won_in(PARTNER) == [earlier, later]
        one_free.when(ReinstateMembership(membership=later)).then_refused(
            RefusalCode.TIER_FULL, "appeal.seat"
        )
        one_free.when(ReinstateMembership(membership=earlier)).then_accepted()
        # The other one has its own as there are two, or once the first is back or has left.
        both_free = one_free.given(withdrawn(seat(1)))
        both_free.when(ReinstateMembership(membership=later)).then_accepted()
        gone = one_free.given(Fact(earlier, withdrawn().event))
        gone.when(ReinstateMembership(membership=later)).then_accepted()


def test_it_may_leave_before_it_is_back_and_its_seat_is_free() -> None:
    waiting.when(LEAVE).then(withdrawn())
    left = free.given(withdrawn())
    assert left.world.register.won_in(PARTNER) == []
    left.when(LEAVE).then_nothing()
    left.given(organisation(FERRY, FERRY_EIN), queued(WAITS)).when(
        OfferSeat(application=WAITS)
    ).then_accepted()


def test_it_goes_on_suspended_where_it_was_and_to_sign_what_it_has_not() -> None:
    """As it would have come back at once."""
    was = Specification().given(
        founded(seats=2), organisation(), published(PARTNER_AGREEMENT), admitted(PARTNER)
    )
    put_out = was.given(suspended(), voted(version=2), terminated(), WON)
    put_out.when(BACK).then(reinstated(PARTNER, vote=APPEAL, signed=False, suspended=True))


def test_whoever_has_won_may_apply_all_the_same_and_takes_its_own_seat() -> None:
    ask = SubmitApplication(
        application=APPLICATION,
        review=ReviewId(an_id("its review")),
        party=LANTERN,
        applicant=APPLICANT,
        tier=PARTNER,
    )
    free.when(ask).then_accepted()
    asked, *found = voted_in(PARTNER)
    again = free.given(Fact(asked.stream, replace(asked.event, membership=MEMBERSHIP)), found)
    again.when(AdmitMember(application=APPLICATION, membership=NEW)).then_accepted()
    # What it applied for ends as the appeal brings it back.
    over = Fact(APPLICATION, ApplicationWithdrawn(reason=JOINED))
    again.when(BACK).then(reinstated(PARTNER, vote=APPEAL), over)


def test_no_seat_is_kept_for_who_is_erased() -> None:
    wren = Specification().given(founded(), WREN_IS_KNOWN, admitted(NETWORK, WREN))
    won = wren.given(voted(version=1), terminated(), WON)
    erased = Fact(COALITION, PersonErased(person=PersonId(WREN)))
    erase = ErasePerson(person=PersonId(WREN))
    won.when(erase, by_director=True).then(withdrawn(), erased)
    # Whoever runs the service takes nobody's place.
    won.when(erase).then_refused(RefusalCode.WRONG_PHASE, "erasure.member")
    won.given(erased).when(BACK).then_refused(
        RefusalCode.INVALID_INPUT, "erased-person", field="party"
    )


def test_no_seat_is_kept_for_who_has_another_membership_or_is_part_of_another() -> None:
    """As by a merger; it may still say that it leaves the one that it won back."""
    queue = [organisation(FERRY, FERRY_EIN), *queued(WAITS)]
    passed = together(LANTERN, partner(3), kept=seat(3), ended=None, tier=NETWORK, passed=True)
    part = together(partner(3), LANTERN, kept=seat(3), ended=None, tier=NETWORK)
    for merged in (passed, part):
        given = free.given(member(3, NETWORK), merged, queue)
        given.when(OfferSeat(application=WAITS)).then_accepted()
        given.when(LEAVE).then(withdrawn())


def test_what_it_applied_for_stays_open_as_it_leaves_what_it_has_won() -> None:
    asked, *_ = voted_in(NETWORK)
    event = replace(asked.event, membership=MEMBERSHIP)
    waiting.given(Fact(APPLICATION, event)).when(LEAVE).then(withdrawn())


def test_an_appeal_is_moot_as_its_member_is_erased_and_no_return_of_theirs_is_voted_on() -> None:
    wren = Specification().given(founded(), member(1), WREN_IS_KNOWN, admitted(NETWORK, WREN))
    put_out = wren.given(voted(version=1), terminated())
    filed = Fact(MEMBERSHIP, StandingAppealFiled(grounds="I answered."))
    asked = opened(
        seats(1),
        kind=VoteKind.APPEAL,
        application=None,
        membership=MEMBERSHIP,
        membership_version=3,
        vote=APPEAL,
    )
    open_vote = [*asked, Fact(MEMBERSHIP, StandingAppealPutToVote(vote=APPEAL))]
    erased = Fact(COALITION, PersonErased(person=PersonId(WREN)))
    erase = ErasePerson(person=PersonId(WREN))
    # As after a start on an older backup: nobody erases them sooner than the appeal is decided.
    done = replace(erase, is_done=True)
    put_out.when(done).then(erased)
    over = Fact(APPEAL, moot().event)
    put_out.given(filed, open_vote).when(done).then(withdrawn(), erased, over)
    gone = put_out.given(filed, open_vote, withdrawn(), erased, over)
    gone.when(DECIDE).then_refused(RefusalCode.WRONG_PHASE, "appeal.filed")
    question = ask(VoteKind.ADMISSION, application=None, membership=MEMBERSHIP)
    returning = replace(question, vote=VoteId("c" * 32), ballots=BallotsId("d" * 32))
    gone.when(returning).then_refused(RefusalCode.INVALID_INPUT, "erased-person", field="party")
