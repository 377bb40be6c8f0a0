"""One organisation becomes two again, as far as rules and seats allow."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import SeatsSet
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.membership.standing import (
    MembershipPassed,
    MembershipReinstated,
    ReinstateMembership,
)
from domain.membership.ties import (
    SeparateParties,
)
from domain.policy import VoteKind
from domain.terms import Basis
from tests.domain.coalition.votes import (
    AFTER,
    OPTIONAL,
    member,
    opened,
    partner,
    partners,
    seat,
)
from tests.domain.examples import (
    ALLY,
    APPLICATION,
    LANTERN,
    MEMBER,
    NETWORK,
    PARTNER,
    founded,
    organisation,
    queued,
)
from tests.domain.membership.mergers import (
    ONE,
    REASON,
    SEPARATE,
    TEXTS,
    TWO,
    apart,
    coalition,
    merge,
    together,
)
from tests.domain.membership.standings import suspended
from tests.domain.specification import Specification
from tests.domain.world import COALITION


def test_the_membership_that_ended_by_the_merger_lives_again() -> None:
    given = coalition(partners(2), together())
    outcome = given.when(SEPARATE)
    decision = outcome._decision
    assert isinstance(decision, list)
    assert decision[:2] == apart(reinstated=seat(2))
    (back,) = decision[2:]
    assert back.stream == seat(2)
    after = given.given(decision)
    after.when(merge()).then(*together())


def test_the_membership_that_was_brought_goes_back_and_the_other_one_lives_again() -> None:
    given = coalition(member(1, MEMBER), member(2, PARTNER))
    given = given.given(together(kept=seat(2), ended=seat(1), passed=True))
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    assert decision[0] == Fact(seat(2), MembershipPassed(party=TWO))
    assert decision[1:3] == apart(returned=seat(2), reinstated=seat(1))
    assert decision[3].stream == seat(1)
    assert len(decision) == 4


def test_without_a_free_seat_the_two_are_apart_and_the_membership_stays_ended() -> None:
    given = Specification().given(founded(seats=2), *TEXTS, partners(2), together(), member(3))
    given.when(SEPARATE).then(*apart())
    # The EIN that it lent is its own again.
    apart_now = given.given(apart())
    apart_now.when(merge(membership=None)).then(*together(ended=None))


def test_a_seat_that_others_wait_for_is_not_for_what_the_merger_ended() -> None:
    given = Specification().given(founded(seats=2), *TEXTS, partners(2), together())
    given.given(queued(APPLICATION)).when(SEPARATE).then(*apart())


def test_what_did_not_come_back_then_comes_back_once_there_is_a_seat() -> None:
    given = Specification(OPTIONAL).given(
        founded(seats=2), *TEXTS, partners(2), together(), member(3)
    )
    command = ReinstateMembership(membership=seat(2))
    given.when(command).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")
    apart_now = given.given(apart())
    apart_now.when(command).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")
    more = Fact(COALITION, SeatsSet(tier=PARTNER, seats=3, basis=Basis.DIRECTOR))
    decision = apart_now.given(more).when(command)._decision
    assert isinstance(decision, list)
    (back,) = decision
    assert back.stream == seat(2)
    assert isinstance(back.event, MembershipReinstated)


def test_what_was_suspended_when_it_was_merged_comes_back_so() -> None:
    given = coalition(partners(2), suspended(seat(2)), together(), member(3), apart())
    command = ReinstateMembership(membership=seat(2))
    given.when(command).then_refused(RefusalCode.VOTE_REQUIRED, "votes.admission.required")
    decision = given.under(OPTIONAL).when(command)._decision
    assert isinstance(decision, list)
    (back,) = decision
    assert isinstance(back.event, MembershipReinstated)
    assert back.event.suspended


def test_an_ein_that_the_two_share_lets_one_of_them_be_a_provider() -> None:
    shared = organisation(TWO, ein="980000001")
    rest = [fact for fact in member(2, NETWORK) if fact.stream != TWO]
    given = coalition(member(1, MEMBER), shared, rest, together(tier=MEMBER))
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    # As a network member it needs no EIN of its own.
    assert decision[:2] == apart(reinstated=seat(2))


def test_only_what_is_part_of_another_is_separated_and_from_the_outermost_first() -> None:
    given = coalition(partners(2))
    given.when(SEPARATE).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")
    given.when(SeparateParties(party=LANTERN, reason=REASON)).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )
    outer = coalition(partners(3), together()).given(
        together(partner(3), ONE, kept=seat(3), ended=seat(1))
    )
    outer.when(SEPARATE).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")


def test_a_separation_waits_for_votes_and_does_not_come_before_the_merger() -> None:
    given = coalition(partners(2)).given(together(), on=AFTER)
    given.when(SEPARATE, today=AFTER).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    about = opened([], kind=VoteKind.TERMINATION, application=None, membership=seat(1))
    coalition(partners(2), together(), about).when(SEPARATE).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-vote"
    )


def test_a_membership_stays_where_its_tier_does_not_admit_the_one_that_leaves() -> None:
    # It was brought by a nonprofit, of which its tier admits none any more.
    given = coalition(member(1, MEMBER), member(2, ALLY))
    given = given.given(together(kept=seat(2), ended=seat(1), tier=ALLY, passed=True))
    given.when(SEPARATE).then(*apart())


@pytest.mark.parametrize("field", ["passed", "membership", "ended", "reason"])
def test_who_was_merged_is_separated_whatever_was_expunged_of_the_merger(field: str) -> None:
    *others, last = together(kept=seat(2), ended=seat(1), passed=True)
    last = Fact(last.stream, replace(last.event, **{field: UNSET}))
    given = coalition(member(1, MEMBER), member(2, PARTNER)).given([*others, last])
    decision = given.when(SEPARATE)._decision
    assert isinstance(decision, list)
    # Without knowing that it was brought, or which one that was, it stays where it is.
    returned = None if field in {"passed", "membership"} else seat(2)
    reinstated = None if field == "ended" or returned is None else seat(1)
    assert apart(returned=returned, reinstated=reinstated)[1] in decision
