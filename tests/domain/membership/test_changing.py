"""An organisation is of another type, or has another EIN or other counties, from a day on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.membership.application import RequestTierChange
from domain.membership.membership import AdmitMember
from domain.membership.particulars import ChangeParticulars, ParticularsChanged
from domain.membership.term import MembershipRenewed, RenewalOpened, RenewMembership
from domain.membership.ties import PartiesMerged
from domain.policy import PartyType
from domain.terms import (
    ApplicationId,
    MembershipId,
    Particular,
    PartyId,
    ReviewId,
    TierChangeReason,
)
from tests.domain.coalition.votes import voted_in
from tests.domain.examples import (
    ANOTHER,
    APPLICANT,
    APPLICATION,
    COUNTY,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    WREN,
    admitted,
    founded,
    individual,
    organisation,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

WHY = "As its letter says."
TYPE, EIN, COUNTIES = Particular
GROUP = "community-organisation"
NONPROFIT = "nonprofit-501c3"
THIRD_EIN = "993456789"
known = Specification().given(founded(), organisation(), individual())


def change(party: PartyId = LANTERN, **values: Any) -> ChangeParticulars:  # noqa: ANN401
    return ChangeParticulars(party=party, reason=WHY, **values)


def changed(*says: Particular, party: PartyId = LANTERN, **values: Any) -> Fact:  # noqa: ANN401
    said: dict[str, Any] = {"party_type": None, "ein": None, "counties": None} | values
    return Fact(party, ParticularsChanged(says=list(says), reason=WHY, **said))


def test_an_entry_says_only_what_is_otherwise_than_before() -> None:
    known.when(change(party_type=GROUP)).then(changed(TYPE, party_type=GROUP))
    known.when(change(party_type=NONPROFIT, ein=THIRD_EIN)).then(changed(EIN, ein=THIRD_EIN))
    whole = change(party_type=GROUP, ein="99-3456789", counties=["29510", COUNTY, COUNTY])
    after = changed(
        TYPE, EIN, COUNTIES, party_type=GROUP, ein=THIRD_EIN, counties=[COUNTY, "29510"]
    )
    known.when(whole).then(after)
    known.given(after).when(whole).then_nothing()


def test_an_organisation_can_have_no_ein_any_more_and_one_again() -> None:
    none = changed(EIN)
    known.when(change(without_ein=True)).then(none)
    known.given(none).when(change(without_ein=True)).then_nothing()
    known.given(none).when(change(ein=LANTERN_EIN)).then(changed(EIN, ein=LANTERN_EIN))


def test_what_was_expunged_can_be_said_again() -> None:
    silent = Fact(
        LANTERN,
        ParticularsChanged(
            says=[EIN, COUNTIES], party_type=None, ein=UNSET, counties=UNSET, reason=UNSET
        ),
    )
    given = known.given(silent)
    given.when(change(ein=LANTERN_EIN)).then(changed(EIN, ein=LANTERN_EIN))
    given.when(change(counties=[COUNTY])).then(changed(COUNTIES, counties=[COUNTY]))


@pytest.mark.parametrize(
    ("values", "rule", "field"),
    [
        ({}, "some-particular", "partyType"),
        ({"ein": THIRD_EIN, "without_ein": True}, "one-ein", "withoutEin"),
        ({"party_type": "guild"}, "known-partyType", "partyType"),
        ({"party_type": "individual"}, "known-partyType", "partyType"),
        ({"ein": "00-0000000"}, "ein-prefix", "ein"),
        ({"counties": ["36061"]}, "service-area", "counties"),
    ],
)
def test_what_no_registration_could_have_is_refused(
    values: dict[str, Any], rule: str, field: str
) -> None:
    known.when(change(**values)).then_refused(RefusalCode.INVALID_INPUT, rule, field=field)


def test_only_an_organisation_that_is_known_changes_so() -> None:
    nobody = change(PartyId(an_id("no party")), party_type=GROUP)
    known.when(nobody).then_refused(RefusalCode.INVALID_INPUT, "known-party", field="party")
    known.when(change(WREN, party_type=GROUP)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="party"
    )


def test_an_organisation_that_is_part_of_another_changes_with_it_alone() -> None:
    event = PartiesMerged(
        survivor=FERRY,
        absorbed=LANTERN,
        membership=None,
        tier=None,
        passed=False,
        ended=None,
        claims=[],
        reason=WHY,
    )
    merged = known.given(organisation(FERRY, FERRY_EIN), Fact(FERRY, event), Fact(LANTERN, event))
    merged.when(change(party_type=GROUP)).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="party"
    )


def test_a_change_holds_from_no_day_before_the_registration_nor_to_come() -> None:
    for day, code in (
        (DAY_BEFORE, RefusalCode.TOO_EARLY),
        (TODAY + timedelta(days=1), RefusalCode.NOT_YET),
    ):
        known.when(change(party_type=GROUP), effective=day).then_refused(
            code, "effective-date", field="effectiveOn"
        )


def test_what_is_written_down_late_does_not_take_the_place_of_what_holds_from_a_later_day() -> None:
    first, last = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    later = (
        Specification()
        .given(founded(), organisation(), on=first)
        .given(changed(COUNTIES, counties=["29510"]), on=last)
    )
    for day in (first, last - timedelta(days=1)):
        later.when(change(counties=[COUNTY]), effective=day).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because=str(last)
        )
        # Of the others nothing was said since.
        later.when(change(party_type=GROUP, ein=THIRD_EIN), effective=day).then_accepted()
    later.when(change(counties=[COUNTY]), effective=last).then_accepted()


two = known.given(
    organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY, MembershipId(an_id("Ferry's")))
)


def test_a_provider_gets_no_ein_that_another_live_provider_has() -> None:
    both = two.given(admitted(MEMBER))
    both.when(change(ein=FERRY_EIN)).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_who_is_no_provider_may_share_an_ein() -> None:
    taken = changed(EIN, ein=FERRY_EIN)
    two.when(change(ein=FERRY_EIN)).then(taken)
    two.given(admitted(NETWORK)).when(change(ein=FERRY_EIN)).then(taken)
    # It would be a second provider of it.
    admit = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
    two.given(taken, voted_in(MEMBER)).when(admit).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_an_ein_that_was_given_up_is_free_for_another() -> None:
    both = two.given(admitted(MEMBER))
    for given_up in (
        changed(EIN, ein=THIRD_EIN, party=FERRY),
        changed(EIN, party=FERRY),
    ):
        both.given(given_up).when(change(ein=FERRY_EIN)).then(changed(EIN, ein=FERRY_EIN))


def test_another_type_lets_a_member_ask_for_a_tier_that_did_not_admit_it() -> None:
    group = Specification().given(founded(), organisation(party_type=GROUP), admitted(NETWORK))
    ask = RequestTierChange(
        application=ApplicationId(ANOTHER),
        review=ReviewId(an_id("another review")),
        membership=MEMBERSHIP,
        applicant=APPLICANT,
        tier=MEMBER,
        reason=TierChangeReason.REQUESTED,
    )
    group.when(ask).then_refused(RefusalCode.NOT_ELIGIBLE, f"{MEMBER}.type", field="tier")
    group.given(changed(TYPE, party_type=NONPROFIT)).when(ask).then_accepted()


def test_a_member_that_its_tier_would_not_admit_any_more_stays_and_is_renewed() -> None:
    """What one person writes down of it ends no membership: that is voted on."""
    member = known.given(admitted(MEMBER))
    lost = changed(TYPE, party_type=GROUP)
    member.when(change(party_type=GROUP)).then(lost)
    due = member.given(Fact(MEMBERSHIP, RenewalOpened(term_ends=TODAY)))
    asked, others = (
        [each.id for each in CATE.requirements_for(MEMBER, of) if each.id != f"{MEMBER}.type"]
        for of in (PartyType(NONPROFIT), PartyType(GROUP))
    )
    renew = RenewMembership(membership=MEMBERSHIP, clauses=asked)
    renewed = Fact(MEMBERSHIP, MembershipRenewed(term_since=TODAY, clauses=others))
    due.given(lost).when(replace(renew, clauses=others)).then(renewed)
    due.given(changed(EIN)).when(renew).then_accepted()
