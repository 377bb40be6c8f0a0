"""Returning: a membership that had ended goes on, with one history."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.membership import SendAgreement, SignAgreement
from domain.membership.standing import (
    ReinstateMembership,
    StandingAppealDecided,
    StandingAppealFiled,
    SuspendMembership,
)
from domain.policy import VoteKind
from domain.terms import AppealOutcome, BallotsId, MembershipId, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    LATER,
    OPTIONAL,
    VOTE,
    ask,
    member,
    opened,
    partners,
    seats,
)
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
    SECOND_TEXT,
    SIGNATORY,
    admitted,
    founded,
    organisation,
    policy_with,
    published,
    queued,
    sent,
    signed,
)
from tests.domain.membership.standings import (
    CLAUSE,
    REASON,
    UNTIL,
    put_to_vote,
    reinstated,
    suspended,
    terminated,
    voted,
    withdrawn,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import Specification

REINSTATE = ReinstateMembership(membership=MEMBERSHIP)
ENDING = VoteId("5" * 32)
BY_VOTE = replace(REINSTATE, vote=VOTE)
ADMISSION = VoteKind.ADMISSION


def left(tier: str = MEMBER, agreement: str = MEMBER_AGREEMENT) -> Specification:
    """Return a member that had signed and has left, where a return needs no vote."""
    return Specification(OPTIONAL).given(
        founded(seats=1),
        organisation(),
        admitted(tier),
        published(agreement),
        sent(agreement),
        signed(agreement),
        withdrawn(),
    )


def test_a_membership_goes_on_in_its_tier_under_its_id() -> None:
    left().when(REINSTATE).then(reinstated())
    left(PARTNER, PARTNER_AGREEMENT).when(REINSTATE).then(reinstated(PARTNER))


def test_a_membership_that_was_terminated_goes_on_too() -> None:
    gone = left().given(reinstated(), terminated(ENDING))
    gone.given(voted(kind=ADMISSION, version=6)).when(REINSTATE).then(reinstated(vote=VOTE))


def test_what_a_vote_ended_nobody_takes_back_alone() -> None:
    gone = left().given(reinstated(), terminated(ENDING))
    gone.when(REINSTATE).then_refused(RefusalCode.VOTE_REQUIRED, "votes.termination.required")
    # Nor by a vote from before the end.
    gone.given(voted(kind=ADMISSION, version=5)).when(REINSTATE).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.termination.required"
    )


def test_nobody_takes_back_what_is_under_appeal() -> None:
    filed = Fact(MEMBERSHIP, StandingAppealFiled(grounds="We answered."))
    gone = left().given(reinstated(), terminated(ENDING), filed)
    voted_back = gone.given(voted(kind=ADMISSION, version=7))
    for given in (gone, voted_back):
        given.when(REINSTATE).then_refused(RefusalCode.WRONG_PHASE, "appeal.open")
    outcome = StandingAppealDecided(outcome=AppealOutcome.UPHELD, vote=LATER)
    voted_back.given(Fact(MEMBERSHIP, outcome)).when(REINSTATE).then(reinstated(vote=VOTE))


def test_only_what_has_ended_comes_back() -> None:
    for given in (left().given(reinstated()), left().given(reinstated(), suspended())):
        given.when(REINSTATE).then_refused(RefusalCode.WRONG_PHASE, "membership.standing")
    left().when(replace(REINSTATE, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_a_suspension_that_the_member_left_with_is_over_with_its_return() -> None:
    back = left().given(reinstated(), suspended(), withdrawn(), reinstated())
    again = SuspendMembership(membership=MEMBERSHIP, clauses=[CLAUSE], reason=REASON, until=UNTIL)
    back.when(again).then(suspended())


def test_the_current_agreement_is_signed_first() -> None:
    rule = f"{MEMBER_AGREEMENT}.version"
    newer = left().given(published(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    newer.when(REINSTATE).then_refused(RefusalCode.AGREEMENT_VERSION, rule)
    unsigned = Specification(OPTIONAL).given(
        founded(), organisation(), admitted(MEMBER), withdrawn()
    )
    unsigned.when(REINSTATE).then_refused(RefusalCode.AGREEMENT_VERSION, rule)
    newer.given(
        sent(MEMBER_AGREEMENT, 2, SECOND_TEXT), signed(MEMBER_AGREEMENT, 2, SECOND_TEXT)
    ).when(REINSTATE).then(reinstated())


def test_who_has_left_is_sent_the_agreement_and_signs_it_without_coming_back() -> None:
    newer = left().given(published(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    newer.when(SendAgreement(membership=MEMBERSHIP)).then(sent(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    sign = SignAgreement(
        membership=MEMBERSHIP,
        agreement=MEMBER_AGREEMENT,
        version=2,
        sha256=SECOND_TEXT,
        signatory=SIGNATORY,
        signatory_name="Robin Example",
        capacity="chair of the board",
    )
    out = newer.given(sent(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    out.when(sign).then(signed(MEMBER_AGREEMENT, 2, SECOND_TEXT))
    # It has still left: what has not ended could not come back.
    out.given(signed(MEMBER_AGREEMENT, 2, SECOND_TEXT)).when(REINSTATE).then(reinstated())


def test_there_is_a_seat_for_it() -> None:
    left(PARTNER, PARTNER_AGREEMENT).given(member(1)).when(REINSTATE).then_refused(
        RefusalCode.TIER_FULL, f"{PARTNER}.seats"
    )


def test_a_seat_that_others_wait_for_is_not_for_whoever_comes_back() -> None:
    left(PARTNER, PARTNER_AGREEMENT).given(queued(APPLICATION)).when(REINSTATE).then_refused(
        RefusalCode.TIER_FULL, "waitlist.order"
    )
    left().given(queued(APPLICATION)).when(REINSTATE).then(reinstated())


def test_the_tier_still_admits_the_party() -> None:
    gone = policy_with((NETWORK, "community-friends"), ("\nrequired = true", ""))
    left(NETWORK, NETWORK_AGREEMENT).under(gone).when(REINSTATE).then_refused(
        RefusalCode.INVALID_INPUT, "known-tier", field="tier"
    )
    school = Specification(OPTIONAL).given(
        founded(),
        organisation(party_type="education"),
        admitted(MEMBER),
        published(MEMBER_AGREEMENT),
        signed(MEMBER_AGREEMENT),
        withdrawn(),
    )
    school.when(REINSTATE).then_refused(RefusalCode.NOT_ELIGIBLE, f"{MEMBER}.type", field="tier")


def test_an_ein_that_the_tier_asks_for_is_there() -> None:
    without = Specification(OPTIONAL).given(
        founded(),
        organisation(ein=None),
        admitted(MEMBER),
        published(MEMBER_AGREEMENT),
        signed(MEMBER_AGREEMENT),
        withdrawn(),
    )
    without.when(REINSTATE).then_refused(
        RefusalCode.INVALID_INPUT, f"{MEMBER}.ein-determination", field="ein"
    )


def test_the_party_has_no_other_live_membership() -> None:
    left().given(admitted(NETWORK, membership=ANOTHER)).when(REINSTATE).then_refused(
        RefusalCode.SECOND_MEMBERSHIP, "one-membership-per-party", field="party"
    )


def test_no_live_provider_has_its_ein_meanwhile() -> None:
    taken = left().given(
        organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, membership=ANOTHER)
    )
    taken.when(REINSTATE).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein")
    other = left().given(organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY, ANOTHER))
    other.when(REINSTATE).then(reinstated())


def test_everything_in_the_way_is_listed_together() -> None:
    full = left(PARTNER, PARTNER_AGREEMENT).given(
        member(1), published(PARTNER_AGREEMENT, 2, SECOND_TEXT)
    )
    full.when(REINSTATE).then_refused(
        RefusalCode.TIER_FULL,
        f"{PARTNER}.seats",
        unmet=[f"{PARTNER}.seats", f"{PARTNER_AGREEMENT}.version"],
    )


def test_nothing_holds_from_before_the_last_entry() -> None:
    left().when(REINSTATE, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_where_admissions_are_voted_on_a_return_is_too() -> None:
    required = left().under(CATE)
    required.when(REINSTATE).then_refused(RefusalCode.VOTE_REQUIRED, "votes.admission.required")
    required.given(voted(kind=ADMISSION, version=4)).when(BY_VOTE).then(reinstated(vote=VOTE))


@pytest.mark.parametrize("version", [1, 3])
def test_a_vote_from_before_the_end_brings_nobody_back(version: int) -> None:
    left().given(voted(kind=ADMISSION, version=version)).when(BY_VOTE).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.admission", field="vote"
    )


def test_a_vote_that_failed_or_is_open_brings_nobody_back_named_or_not() -> None:
    for command in (BY_VOTE, REINSTATE):
        left().given(voted(VoteOutcome.FAILED, ADMISSION, 4)).when(command).then_refused(
            RefusalCode.VOTE_FAILED, "votes.admission"
        )
        left().given(put_to_vote(ADMISSION, 4)).when(command).then_refused(
            RefusalCode.WRONG_PHASE, "votes.admission"
        )


def test_a_return_follows_the_vote_on_it_named_or_not() -> None:
    passed = left().given(
        voted(VoteOutcome.FAILED, ADMISSION, 4), voted(vote=LATER, kind=ADMISSION, version=4)
    )
    passed.when(REINSTATE).then(reinstated(vote=LATER))
    passed.when(BY_VOTE).then_refused(RefusalCode.VOTE_REQUIRED, "votes.admission", field="vote")
    # A vote from before the end was about another time.
    left().given(voted(VoteOutcome.FAILED, ADMISSION, 3)).when(REINSTATE).then(reinstated())


def test_a_return_is_put_to_those_who_decide_on_admissions() -> None:
    command = ask(ADMISSION, application=None, membership=MEMBERSHIP)
    left().given(partners(2)).when(command).then(
        *opened(
            seats(1, 2),
            application=None,
            membership=MEMBERSHIP,
            membership_version=4,
            policy=OPTIONAL,
        )
    )
    left().given(partners(2), put_to_vote(ADMISSION, 4)).when(
        replace(command, vote=LATER, ballots=BallotsId(ANOTHER))
    ).then_refused(RefusalCode.WRONG_PHASE, "votes.once")
    left().given(partners(2), reinstated()).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )
    left().given(partners(2)).when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
