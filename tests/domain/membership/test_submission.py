"""Asking for admission."""

from __future__ import annotations

from msgspec.structs import replace

from domain.decision import Fact, Refusal, RefusalCode
from domain.membership.application import ApplicationSubmitted, SubmitApplication
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.party import IndividualRegistered, OrganisationRegistered
from domain.terms import ApplicationKind, ReviewId
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

coalition = Specification().given(founded())
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
