"""An EIN that is another one, reads otherwise, or is another sponsor's is verified anew."""

from __future__ import annotations

import pytest

from domain.decision import Fact, RefusalCode
from domain.membership.membership import AdmitMember
from domain.membership.particulars import ParticularsChanged
from domain.membership.particulars_correction import OrganisationParticularsCorrected
from domain.membership.review import RecordFinding, RecordReview, RequirementFound
from domain.membership.ties import AffiliationEnded, PartyAffiliated
from domain.terms import Affiliation, Particular, PartyId, Recommendation
from tests.domain.coalition.votes import partner, voted_in
from tests.domain.examples import (
    APPLICATION,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    REVIEW,
    assessed,
    found_met,
    founded,
    organisation,
    review_started,
    submitted,
)
from tests.domain.specification import Specification
from tests.domain.world import entry_id

WHY = "A slip of the keyboard."
VERIFIED = f"{MEMBER}.ein-determination"
FOUNDED = founded()
in_review = Specification().given(
    FOUNDED,
    organisation(),
    submitted(MEMBER),
    review_started(),
    found_met(MEMBER, but=VERIFIED),
    assessed(MEMBER),
)
VERIFY = RecordFinding(application=APPLICATION, requirement=VERIFIED, met=True)
COMPLETE = RecordReview(
    application=APPLICATION, recommendation=Recommendation.ADMIT, reasons="All is met."
)
decided = Specification().given(FOUNDED, organisation(), voted_in(MEMBER))
ADMIT = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)


def verified(ein_told: int | None, *, met: bool = True) -> Fact:
    event = RequirementFound(requirement=VERIFIED, met=met, note=None, ein_told=ein_told)
    return Fact(REVIEW, event)


def corrected(ein: str | None, corrects: int = 1, *, renumbers: bool = True) -> Fact:
    event = OrganisationParticularsCorrected(
        entry=entry_id(len(FOUNDED) + 1),
        corrects=corrects,
        says=[Particular.EIN],
        party_type=None,
        ein=ein,
        counties=None,
        renumbers=renumbers,
        reason=WHY,
    )
    return Fact(LANTERN, event)


def changed(what: Particular, ein: str | None) -> Fact:
    event = ParticularsChanged(
        says=[what], party_type=None, ein=ein, counties=["29510"], reason=WHY
    )
    return Fact(LANTERN, event)


def test_a_finding_says_by_which_entry_the_ein_was_what_it_was() -> None:
    in_review.when(VERIFY).then(verified(1))
    in_review.given(verified(1)).when(VERIFY).then_nothing()
    in_review.given(corrected(FERRY_EIN)).when(VERIFY).then(verified(2))
    in_review.given(changed(Particular.EIN, FERRY_EIN)).when(VERIFY).then(verified(2))
    in_review.given(changed(Particular.COUNTIES, None)).when(VERIFY).then(verified(1))


@pytest.mark.parametrize(
    "otherwise", [corrected(FERRY_EIN), changed(Particular.EIN, FERRY_EIN)], ids=["read", "is"]
)
def test_a_review_is_not_complete_while_the_ein_was_verified_as_another(otherwise: Fact) -> None:
    given = in_review.given(verified(1), otherwise)
    given.when(COMPLETE).then_refused(
        RefusalCode.REQUIREMENT_UNMET, VERIFIED, because="since it was verified"
    )
    given.when(VERIFY).then(verified(2))
    given.given(verified(2)).when(COMPLETE).then_accepted()


def test_nobody_is_admitted_whose_ein_was_verified_as_another_until_it_is_verified_anew() -> None:
    given = decided.given(verified(1), corrected(FERRY_EIN))
    given.when(ADMIT).then_refused(
        RefusalCode.REQUIREMENT_UNMET, VERIFIED, because="since it was verified"
    )
    given.when(VERIFY).then(verified(2))
    given.given(verified(2)).when(ADMIT).then_accepted()
    # Nothing else is found once the review is complete, nor is what is up to date.
    once_more = (RefusalCode.WRONG_PHASE, "application.phase")
    given.given(verified(2)).when(VERIFY).then_refused(*once_more)
    commitment = RecordFinding(
        application=APPLICATION, requirement=f"{MEMBER}.commitment", met=False
    )
    given.when(commitment).then_refused(*once_more)


def tied(sponsor: PartyId, affiliation: Affiliation = Affiliation.SPONSORED_BY) -> Fact:
    return Fact(LANTERN, PartyAffiliated(affiliate=sponsor, affiliation=affiliation))


def untied(sponsor: PartyId) -> Fact:
    event = AffiliationEnded(affiliate=sponsor, affiliation=Affiliation.SPONSORED_BY, reason=WHY)
    return Fact(LANTERN, event)


def test_a_determination_is_found_anew_when_the_sponsor_is_another_one() -> None:
    sponsored = in_review.given(tied(FERRY))
    sponsored.when(VERIFY).then(verified(2))
    given = sponsored.given(verified(2))
    given.when(VERIFY).then_nothing()
    given.when(COMPLETE).then_accepted()
    for otherwise, told in (
        ([untied(FERRY)], 3),
        ([tied(partner(1))], 3),
        ([untied(FERRY), tied(FERRY)], 4),
        ([untied(FERRY), tied(partner(1))], 4),
    ):
        changed_since = given.given(otherwise)
        changed_since.when(COMPLETE).then_refused(
            RefusalCode.REQUIREMENT_UNMET, VERIFIED, because="since it was verified"
        )
        changed_since.when(VERIFY).then(verified(told))
        changed_since.given(verified(told)).when(COMPLETE).then_accepted()


def test_nobody_is_admitted_whose_sponsor_is_another_one_until_that_was_looked_at() -> None:
    given = decided.given(tied(FERRY), verified(2))
    given.when(ADMIT).then_accepted()
    for otherwise in (tied(partner(1)), untied(FERRY)):
        since = given.given(otherwise)
        since.when(ADMIT).then_refused(
            RefusalCode.REQUIREMENT_UNMET, VERIFIED, because="since it was verified"
        )
        since.when(VERIFY).then(verified(3))
        since.given(verified(3)).when(ADMIT).then_accepted()


def test_ties_of_another_kind_change_nothing_of_what_was_verified() -> None:
    given = decided.given(tied(FERRY), verified(2))
    for affiliation in set(Affiliation) - {Affiliation.SPONSORED_BY}:
        given.given(tied(FERRY, affiliation)).when(ADMIT).then_accepted()
        given.given(tied(partner(1), affiliation)).when(ADMIT).then_accepted()


def test_the_ein_may_change_after_the_sponsor_and_the_other_way_round() -> None:
    both = [tied(FERRY), changed(Particular.EIN, FERRY_EIN)]
    in_review.given(both).when(VERIFY).then(verified(3))
    in_review.given(both[::-1]).when(VERIFY).then(verified(3))


def test_it_may_be_found_not_met_then() -> None:
    given = decided.given(verified(1), corrected(FERRY_EIN), verified(2, met=False))
    given.when(ADMIT).then_refused(RefusalCode.REQUIREMENT_UNMET, VERIFIED, because="Not found met")


def test_a_former_ein_that_is_corrected_and_all_else_change_nothing_of_what_was_verified() -> None:
    later = decided.given(changed(Particular.EIN, FERRY_EIN), verified(2))
    later.given(corrected(LANTERN_EIN, renumbers=False)).when(ADMIT).then_accepted()
    later.given(changed(Particular.COUNTIES, None)).when(ADMIT).then_accepted()


def test_what_was_found_before_eins_could_be_corrected_stands() -> None:
    old = decided.given(verified(None), corrected(FERRY_EIN))
    old.when(ADMIT).then_accepted()
