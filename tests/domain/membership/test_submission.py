"""Asking for admission, and for another tier."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Fact, Refusal, RefusalCode
from domain.ledger.disclosure import Event
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    ApplicationDeclined,
    ApplicationSubmitted,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.party import IndividualRegistered, OrganisationRegistered
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.terms import (
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    MembershipId,
    ReviewId,
    TierChangeReason,
)
from tests.domain.coalition.votes import VOTE
from tests.domain.examples import (
    ALLY,
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
    PARTNER,
    REVIEW,
    WREN,
    admitted,
    founded,
    individual,
    organisation,
    submitted,
)
from tests.domain.specification import Specification
from tests.domain.world import an_id

coalition = Specification().given(founded())

SECOND = ApplicationId(an_id("a second application"))
SUBMIT = SubmitApplication(
    application=APPLICATION, review=REVIEW, party=LANTERN, applicant=APPLICANT, tier=MEMBER
)
DETAILS = OrganisationDetails(
    name="Lantern House", party_type="nonprofit-501c3", ein="99-1234567", counties=[COUNTY]
)
WREN_DETAILS = IndividualDetails(
    name="Wren",
    party_type="individual-practitioner",
    email="wren@example.org",
    counties=[COUNTY, "17163", COUNTY],
)
REQUEST = RequestTierChange(
    application=APPLICATION,
    review=REVIEW,
    applicant=APPLICANT,
    membership=MEMBERSHIP,
    tier=MEMBER,
    reason=TierChangeReason.SERVICES_CHANGED,
)


def test_a_known_party_asks_for_admission() -> None:
    coalition.given(organisation()).when(SUBMIT).then(submitted(MEMBER))


def test_an_unknown_organisation_becomes_known_as_it_asks() -> None:
    coalition.when(replace(SUBMIT, organisation=DETAILS, statement="We help.")).then(
        Fact(
            LANTERN,
            OrganisationRegistered(
                name="Lantern House",
                party_type="nonprofit-501c3",
                ein=LANTERN_EIN,
                counties=[COUNTY],
            ),
        ),
        Fact(
            APPLICATION,
            ApplicationSubmitted(
                kind=ApplicationKind.ADMISSION,
                tier=MEMBER,
                party=LANTERN,
                review=REVIEW,
                applicant=APPLICANT,
                membership=None,
                reason=None,
                statement="We help.",
            ),
        ),
    )


def test_an_unknown_person_becomes_known_as_they_ask_with_each_county_once() -> None:
    coalition.when(replace(SUBMIT, party=WREN, individual=WREN_DETAILS)).then(
        Fact(
            WREN,
            IndividualRegistered(
                name="Wren",
                party_type="individual-practitioner",
                email="wren@example.org",
                counties=["17163", COUNTY],
            ),
        ),
        submitted(MEMBER, WREN),
    )


def test_asking_the_same_again_changes_nothing() -> None:
    coalition.given(organisation(), submitted(MEMBER)).when(SUBMIT).then_nothing()
    coalition.given(organisation(), submitted(MEMBER)).when(
        replace(SUBMIT, organisation=DETAILS)
    ).then_nothing()


def test_another_request_under_the_id_of_an_application_is_refused() -> None:
    coalition.given(organisation(), submitted(MEMBER)).when(
        replace(SUBMIT, tier=PARTNER)
    ).then_refused(RefusalCode.INVALID_INPUT, "new-id", field="application")


def test_one_id_for_two_things_is_refused() -> None:
    coalition.given(organisation()).when(
        replace(SUBMIT, review=ReviewId(APPLICATION))
    ).then_refused(RefusalCode.INVALID_INPUT, "distinct-ids", field="id")


def test_a_tier_that_the_policy_lacks_is_refused_with_those_it_has() -> None:
    coalition.given(organisation()).when(replace(SUBMIT, tier="gold")).then_refused(
        RefusalCode.INVALID_INPUT,
        "known-tier",
        field="tier",
        because=f"One of: {PARTNER}, {MEMBER}, {NETWORK}, {ALLY}.",
    )


def test_an_unknown_party_without_details_is_refused() -> None:
    coalition.when(SUBMIT).then_refused(RefusalCode.INVALID_INPUT, "known-party", field="party")


def test_an_applicant_is_not_both_an_organisation_and_a_person() -> None:
    coalition.when(replace(SUBMIT, organisation=DETAILS, individual=WREN_DETAILS)).then_refused(
        RefusalCode.INVALID_INPUT, "one-party", field="individual"
    )


def test_a_known_party_is_not_registered_a_second_time() -> None:
    coalition.given(organisation()).when(replace(SUBMIT, organisation=DETAILS)).then_refused(
        RefusalCode.INVALID_INPUT, "registered-once", field="party"
    )


def test_a_party_type_of_no_kind_is_refused() -> None:
    details = replace(DETAILS, party_type="guild")
    coalition.when(replace(SUBMIT, organisation=details)).then_refused(
        RefusalCode.INVALID_INPUT, "known-partyType", field="partyType", because="nonprofit-501c3"
    )


def test_an_organisation_does_not_have_the_type_of_a_person() -> None:
    details = replace(DETAILS, party_type="individual")
    coalition.when(replace(SUBMIT, organisation=details)).then_refused(
        RefusalCode.INVALID_INPUT,
        "known-partyType",
        field="partyType",
        because="The details as individual, in place of organisation.",
    )


def test_a_person_does_not_have_the_type_of_an_organisation() -> None:
    details = replace(WREN_DETAILS, party_type="nonprofit-501c3")
    coalition.when(replace(SUBMIT, party=WREN, individual=details)).then_refused(
        RefusalCode.INVALID_INPUT, "known-partyType", field="partyType", because="as organisation"
    )


def test_counties_outside_the_service_area_are_refused_by_name() -> None:
    for details in (
        replace(SUBMIT, organisation=replace(DETAILS, counties=[COUNTY, "06037"])),
        replace(SUBMIT, party=WREN, individual=replace(WREN_DETAILS, counties=["06037"])),
    ):
        coalition.when(details).then_refused(
            RefusalCode.INVALID_INPUT, "service-area", field="counties", because="06037"
        )


def test_an_ein_that_is_none_is_refused() -> None:
    for ein, rule in (("12345", "ein-format"), ("00-1234567", "ein-prefix")):
        details = replace(DETAILS, ein=ein)
        coalition.when(replace(SUBMIT, organisation=details)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field="ein"
        )


def test_an_ein_is_asked_for_where_the_tier_asks_for_its_determination() -> None:
    details = replace(DETAILS, ein=None)
    coalition.when(replace(SUBMIT, organisation=details)).then_refused(
        RefusalCode.INVALID_INPUT, "coalition-member.ein-determination", field="ein"
    )


def test_no_ein_is_asked_for_where_the_tier_does_not() -> None:
    community = organisation(ein=None, party_type="community-organisation")
    coalition.given(community).when(replace(SUBMIT, tier=NETWORK)).then(submitted(NETWORK))


def test_a_party_type_that_the_tier_does_not_admit_is_refused_by_the_tier_s_clause() -> None:
    coalition.given(individual()).when(replace(SUBMIT, party=WREN, tier=PARTNER)).then_refused(
        RefusalCode.NOT_ELIGIBLE,
        "collaborative-partner.type",
        field="tier",
        unmet=["collaborative-partner.type", "collaborative-partner.ein-determination"],
    )
    coalition.given(organisation()).when(replace(SUBMIT, tier=ALLY)).then_refused(
        RefusalCode.NOT_ELIGIBLE, "ally-network.type", field="tier", because="coalition-or-group"
    )


def test_a_party_with_a_live_membership_is_refused() -> None:
    coalition.given(organisation(), admitted(NETWORK)).when(SUBMIT).then_refused(
        RefusalCode.SECOND_MEMBERSHIP, "one-membership-per-party", field="party"
    )


def test_nobody_learns_at_submission_whether_a_provider_has_the_ein() -> None:
    free = coalition.given(organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY))
    held = coalition.given(organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY))
    details = replace(DETAILS, ein=LANTERN_EIN)
    asked = replace(SUBMIT, organisation=details)
    assert held.when(asked)._decision == free.when(asked)._decision
    assert not isinstance(held.when(asked)._decision, Refusal)


def test_members_of_the_network_may_share_an_ein() -> None:
    coalition.given(organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY), organisation()).when(
        replace(SUBMIT, tier=NETWORK)
    ).then(submitted(NETWORK))
    coalition.given(
        organisation(FERRY, LANTERN_EIN), admitted(NETWORK, FERRY), organisation()
    ).when(SUBMIT).then(submitted(MEMBER))


def test_everything_in_the_way_is_said_at_once() -> None:
    coalition.given(
        organisation(FERRY, LANTERN_EIN),
        admitted(PARTNER, FERRY),
        organisation(party_type="education"),
        admitted(NETWORK, membership=ANOTHER),
    ).when(SUBMIT).then_refused(
        RefusalCode.NOT_ELIGIBLE,
        "coalition-member.type",
        field="tier",
        unmet=["coalition-member.type", "one-membership-per-party"],
        because="2 rules are not met",
    )


def test_nobody_asks_before_they_were_known() -> None:
    coalition.given(organisation()).when(SUBMIT, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because="2026-03-02 or later"
    )


member = coalition.given(organisation(), admitted(NETWORK))
ASKED = submitted(MEMBER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)


def test_a_member_asks_for_another_tier() -> None:
    member.when(REQUEST).then(ASKED)


def test_asking_for_the_same_tier_change_again_changes_nothing() -> None:
    member.given(ASKED).when(REQUEST).then_nothing()


def test_another_tier_change_under_the_id_of_an_application_is_refused() -> None:
    again = replace(REQUEST, reason=TierChangeReason.REQUESTED)
    member.given(ASKED).when(again).then_refused(
        RefusalCode.INVALID_INPUT, "new-id", field="application"
    )


def test_only_a_member_asks_for_another_tier() -> None:
    unknown = replace(REQUEST, membership=MembershipId(ANOTHER))
    member.when(unknown).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_a_tier_change_needs_ids_of_its_own() -> None:
    member.when(replace(REQUEST, review=ReviewId(APPLICATION))).then_refused(
        RefusalCode.INVALID_INPUT, "distinct-ids", field="id"
    )


def test_a_member_asks_for_its_own_tier_to_be_assessed_anew() -> None:
    again = replace(REQUEST, tier=NETWORK, reason=TierChangeReason.REASSESSMENT)
    founding = coalition.given(organisation(), admitted(NETWORK))
    by = coalition.given(organisation(), admitted(NETWORK, application=ApplicationId(ANOTHER)))
    founding.when(again).then_accepted()
    by.when(again).then_accepted()


def test_a_member_does_not_ask_for_a_tier_that_the_policy_lacks() -> None:
    member.when(replace(REQUEST, tier="gold")).then_refused(
        RefusalCode.INVALID_INPUT, "known-tier", field="tier"
    )


def test_a_member_whose_type_the_tier_does_not_admit_is_refused() -> None:
    member.when(replace(REQUEST, tier=ALLY)).then_refused(
        RefusalCode.NOT_ELIGIBLE, "ally-network.type", field="tier"
    )


def test_a_member_without_an_ein_does_not_come_to_a_tier_that_asks_for_one() -> None:
    coalition.given(organisation(ein=None), admitted(NETWORK)).when(REQUEST).then_refused(
        RefusalCode.INVALID_INPUT, "coalition-member.ein-determination", field="ein"
    )


def test_a_member_that_asks_does_not_learn_whether_another_provider_has_its_ein() -> None:
    member.given(organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER)).when(
        REQUEST
    ).then(ASKED)


def test_a_provider_s_own_ein_is_not_in_its_way() -> None:
    coalition.given(organisation(), admitted(PARTNER)).when(REQUEST).then(ASKED)


def test_nobody_asks_for_another_tier_before_they_were_a_member() -> None:
    member.when(REQUEST, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_another_provider_with_another_ein_is_in_nobody_s_way() -> None:
    coalition.given(organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY), organisation()).when(
        SUBMIT
    ).then(submitted(MEMBER))


def test_a_tier_is_asked_for_once_at_a_time() -> None:
    asked = coalition.given(organisation(), submitted(MEMBER))
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    asked.when(again).then_refused(RefusalCode.WRONG_PHASE, "application.once", field="tier")
    # Another tier may be asked for beside it, and the same one by somebody else.
    other = asked.when(replace(again, tier=NETWORK))._decision
    assert isinstance(other, list)
    ferry = asked.given(organisation(FERRY, FERRY_EIN)).when(replace(again, party=FERRY))._decision
    assert isinstance(ferry, list)


@pytest.mark.parametrize(
    "end",
    [
        ApplicationWithdrawn(reason=None),
        ApplicationExpired(deadline="deadlines.application_expiry_days"),
        ApplicationDeclined(),
    ],
)
def test_what_was_answered_or_taken_back_is_asked_for_again(end: Event) -> None:
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    over = coalition.given(organisation(), submitted(MEMBER), Fact(APPLICATION, end))
    assert isinstance(over.when(again)._decision, list)


def test_who_appeals_a_decline_may_ask_anew_and_who_was_right_need_not() -> None:
    again = replace(SUBMIT, application=SECOND, review=ReviewId(ANOTHER))
    declined = coalition.given(
        organisation(),
        submitted(MEMBER),
        Fact(APPLICATION, ApplicationDeclined()),
        Fact(APPLICATION, AppealFiled(grounds="We do.")),
    )
    assert isinstance(declined.when(again)._decision, list)
    upheld = AppealDecided(outcome=AppealOutcome.UPHELD, vote=VOTE)
    assert isinstance(declined.given(Fact(APPLICATION, upheld)).when(again)._decision, list)
    overturned = AppealDecided(outcome=AppealOutcome.OVERTURNED, vote=VOTE)
    declined.given(Fact(APPLICATION, overturned)).when(again).then_refused(
        RefusalCode.WRONG_PHASE, "application.once", field="tier"
    )


def test_a_member_asks_for_another_tier_once_at_a_time() -> None:
    first = submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)
    asked = coalition.given(organisation(), admitted(MEMBER), first)
    again = replace(REQUEST, application=SECOND, review=ReviewId(ANOTHER), tier=PARTNER)
    asked.when(again).then_refused(RefusalCode.WRONG_PHASE, "application.once", field="tier")
    assert isinstance(asked.when(replace(again, tier=NETWORK))._decision, list)
