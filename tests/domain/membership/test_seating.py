"""Seats of limited tiers: whom one is kept for, how long, and who takes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.coalition.coalition import AdoptPolicy, SeatsSet, SetSeats
from domain.coalition.governing import policy_adopted
from domain.decision import Command, Fact, RefusalCode
from domain.membership.application import ApplicationApproved
from domain.membership.membership import AdmitMember, TierChanged
from domain.membership.seating import for_applicant
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWithdrawn,
    ExpireSeatOffer,
    SeatOffered,
)
from domain.terms import Basis, TierChangeReason
from tests.domain.coalition.votes import OPTIONAL, voted_in
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
    admitted,
    clauses,
    exhibited,
    founded,
    organisation,
    policy_with,
)
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import suspended
from tests.domain.membership.waitlists import (
    ACCEPT,
    ADMITTED,
    ASKS_MORE,
    LAPSED,
    NEW,
    NEW_CLAUSE,
    OFFER,
    OFFERED,
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
from tests.domain.specification import Outcome, Specification
from tests.domain.world import COALITION, an_id

LAPSE = ExpireSeatOffer(application=APPLICATION)
DAY = timedelta(days=1)
DEADLINE = "deadlines.seat_offer_days"


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


def test_no_seat_is_kept_for_whom_its_acceptance_would_refuse() -> None:
    rival = [organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER)]
    waiting.given(rival).when(OFFER).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )
    waiting.under(ASKS_MORE).when(OFFER).then_refused(RefusalCode.REQUIREMENT_UNMET, NEW_CLAUSE)
    moving.given(WAITLISTED, suspended()).when(OFFER).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )
