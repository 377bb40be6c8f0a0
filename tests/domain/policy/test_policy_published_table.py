"""CATE's policy says what the coalition's Membership Outline says, attribute by attribute."""

import pytest

from domain.policy import (
    ElectorateId,
    MembershipClassId,
    PartyType,
    RequirementKind,
    TierNumber,
    VoteKind,
)
from tests.domain.policy.files import CATE, CATE_TOML

SELECTION = "By adherence to the identified membership requirements"

CLASS_OF = {
    "collaborative-partner": "Provider",
    "coalition-member": "Provider",
    "community-network": "Community Network",
    "ally-network": "Community Network",
}
NUMBER_OF = {
    "collaborative-partner": TierNumber.LIMITED,
    "coalition-member": TierNumber.OPEN,
    "community-network": TierNumber.OPEN,
    "ally-network": TierNumber.OPEN,
}
TYPE_OF = {
    "collaborative-partner": "501(c)(3) organisations",
    "coalition-member": (
        "501(c)(3) organisations; individual practitioners providing direct services"
    ),
    "community-network": (
        "Individuals, organisations, education, government, health systems, community members"
    ),
    "ally-network": "Coalitions and community groups",
}
POPULATION_OF = {
    "collaborative-partner": "At least 75 % human trafficking",
    "coalition-member": "Currently provides services to related or intersecting populations",
    "community-network": "Interested in the larger movement; provides indirect services",
    "ally-network": "Populations intersect",
}
COMMITMENT_OF = {
    "collaborative-partner": "High shared values and mission tenets",
    "coalition-member": "Some shared values and mission tenets",
    "community-network": "Little shared mission, some general shared values",
    "ally-network": "Some shared values and mission tenets",
}
PARTICIPATION_OF = {
    "collaborative-partner": "Executive leaders and direct-service staff of the organisation",
    "coalition-member": "Decision-making staff, direct-care staff",
    "community-network": "Individual",
    "ally-network": "As needed",
}
RESPONSIBILITY_OF = {
    "collaborative-partner": "Statewide shared leadership",
    "coalition-member": "Some shared decision making; input at organisational level",
    "community-network": "Input at organisational level",
    "ally-network": "Shows intentional support for coalition work",
}
AGREEMENT_OF = {
    "collaborative-partner": "Partner agreement",
    "coalition-member": "Coalition Member agreement",
    "community-network": "Network Member agreement",
    "ally-network": "Network Member agreement",
}
TIERS = tuple(CLASS_OF)


def test_there_are_four_tiers_with_their_published_names() -> None:
    assert {tier.id: tier.name for tier in CATE.tiers} == {
        "collaborative-partner": "Collaborative Partner",
        "coalition-member": "Coalition Member",
        "community-network": "Community Network",
        "ally-network": "Ally Network",
    }


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_membership_class(tier_id: str) -> None:
    assert CATE.membership_class(CATE.tier(tier_id).membership_class).name == CLASS_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_number(tier_id: str) -> None:
    assert CATE.tier(tier_id).number is NUMBER_OF[tier_id]


def test_no_number_of_seats_has_been_published_and_none_ships() -> None:
    assert [tier.seats for tier in CATE.tiers] == [None] * 4
    assert CATE.tier("collaborative-partner").is_limited


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_type(tier_id: str) -> None:
    assert CATE.tier(tier_id).type_text == TYPE_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_population_served(tier_id: str) -> None:
    assert CATE.tier(tier_id).population_served == POPULATION_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_commitment_to_the_mission(tier_id: str) -> None:
    assert CATE.tier(tier_id).commitment == COMMITMENT_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_participation(tier_id: str) -> None:
    assert CATE.tier(tier_id).participation == PARTICIPATION_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_responsibility(tier_id: str) -> None:
    assert CATE.tier(tier_id).responsibility == RESPONSIBILITY_OF[tier_id]


@pytest.mark.parametrize("tier_id", TIERS)
def test_every_tier_takes_an_application(tier_id: str) -> None:
    assert CATE.tier(tier_id).application_required


@pytest.mark.parametrize("tier_id", TIERS)
def test_every_tier_selects_by_its_requirements(tier_id: str) -> None:
    assert CATE.tier(tier_id).selection == SELECTION


@pytest.mark.parametrize("tier_id", TIERS)
def test_a_tier_has_its_published_agreement(tier_id: str) -> None:
    assert CATE.agreement_for(tier_id).name == AGREEMENT_OF[tier_id]


def test_the_network_member_agreement_serves_two_tiers() -> None:
    assert {each.id: each.tiers for each in CATE.agreements} == {
        "partner-agreement": ("collaborative-partner",),
        "coalition-member-agreement": ("coalition-member",),
        "network-member-agreement": ("community-network", "ally-network"),
    }


def test_the_eligible_party_types_follow_the_published_types() -> None:
    assert {tier.id: set(tier.party_types) for tier in CATE.tiers} == {
        "collaborative-partner": {PartyType.NONPROFIT_501C3},
        "coalition-member": {PartyType.NONPROFIT_501C3, PartyType.INDIVIDUAL_PRACTITIONER},
        "community-network": set(PartyType) - {PartyType.COALITION_OR_GROUP},
        "ally-network": {PartyType.COALITION_OR_GROUP},
    }


def test_the_provider_class_has_five_minimum_standards() -> None:
    standards = CATE.membership_class(MembershipClassId.PROVIDER).standards
    assert {standard.id: standard.name for standard in standards} == {
        "provider.commitment-to-standards": "Commitment to Standards",
        "provider.cultural-inclusivity": "Cultural Inclusivity",
        "provider.transparent-collaboration": "Transparent Collaboration",
        "provider.client-centered": "Client Centered",
        "provider.trauma-informed": "Trauma Informed",
    }


def test_the_network_class_has_three_minimum_standards() -> None:
    standards = CATE.membership_class(MembershipClassId.NETWORK).standards
    assert {standard.id: standard.name for standard in standards} == {
        "network.commitment-to-mission": "Commitment to CATE Mission",
        "network.commitment-to-standards": "Commitment to CATE Standards",
        "network.transparent-collaboration": "Transparent Collaboration",
    }


def test_the_core_values_are_the_five_published_ones() -> None:
    assert CATE.core_values == (
        "Social Justice Focus",
        "System Impact",
        "Transparency",
        "Knowledge Seeking",
        "Respect for Survivors",
    )


def test_the_coalition_is_named_and_keeps_its_own_time() -> None:
    assert CATE.ref == "cate@1"
    assert CATE.name == "Coalition Against Trafficking and Exploitation"
    assert CATE.time_zone == "America/Chicago"
    assert CATE.vision == "Community. Educated, Aware, Supportive"
    assert CATE.mission.endswith(
        "advocacy, public policy, education and direct outreach strategies."
    )


def clauses(tier_id: str, party_type: PartyType) -> dict[str, RequirementKind]:
    return {each.id: each.kind for each in CATE.requirements_for(tier_id, party_type)}


def test_a_partner_shows_its_determination_the_share_and_two_people() -> None:
    assert clauses("collaborative-partner", PartyType.NONPROFIT_501C3) == {
        "collaborative-partner.type": RequirementKind.PARTY_TYPE,
        "collaborative-partner.ein-determination": RequirementKind.EIN_DETERMINATION,
        "collaborative-partner.population-share": RequirementKind.POPULATION_SHARE,
        "collaborative-partner.executive": RequirementKind.EVIDENCE,
        "collaborative-partner.direct-service-lead": RequirementKind.EVIDENCE,
        "collaborative-partner.commitment": RequirementKind.COMMITMENT,
        "collaborative-partner.responsibility": RequirementKind.COMMITMENT,
    }


def test_a_partner_serves_at_least_75_percent_human_trafficking() -> None:
    requirements = CATE.tier("collaborative-partner").requirements
    (share,) = (each.share for each in requirements if each.share is not None)
    assert (share.minimum_percent, share.population) == (75, "human trafficking")


def test_an_organisation_and_a_practitioner_join_as_members_on_different_evidence() -> None:
    shared = {
        "coalition-member.type": RequirementKind.PARTY_TYPE,
        "coalition-member.population": RequirementKind.EVIDENCE,
        "coalition-member.staff-contacts": RequirementKind.EVIDENCE,
        "coalition-member.commitment": RequirementKind.COMMITMENT,
        "coalition-member.responsibility": RequirementKind.COMMITMENT,
    }
    assert clauses("coalition-member", PartyType.NONPROFIT_501C3) == {
        **shared,
        "coalition-member.ein-determination": RequirementKind.EIN_DETERMINATION,
    }
    assert clauses("coalition-member", PartyType.INDIVIDUAL_PRACTITIONER) == {
        **shared,
        "coalition-member.practitioner-credential": RequirementKind.EVIDENCE,
    }


def test_the_community_network_asks_for_a_statement_of_interest() -> None:
    assert clauses("community-network", PartyType.EDUCATION) == {
        "community-network.type": RequirementKind.PARTY_TYPE,
        "community-network.interest": RequirementKind.EVIDENCE,
        "community-network.commitment": RequirementKind.COMMITMENT,
        "community-network.responsibility": RequirementKind.COMMITMENT,
    }


def test_an_ally_shows_its_group_the_intersection_and_its_support() -> None:
    assert clauses("ally-network", PartyType.COALITION_OR_GROUP) == {
        "ally-network.type": RequirementKind.PARTY_TYPE,
        "ally-network.coalition-or-group": RequirementKind.EVIDENCE,
        "ally-network.population": RequirementKind.EVIDENCE,
        "ally-network.support": RequirementKind.EVIDENCE,
        "ally-network.commitment": RequirementKind.COMMITMENT,
    }


def test_partners_decide_on_membership_and_members_on_mission_and_policy() -> None:
    assert {kind: CATE.vote_rule(kind).electorate for kind in VoteKind} == {
        VoteKind.ADMISSION: ElectorateId.PARTNERS,
        VoteKind.TIER_CHANGE: ElectorateId.PARTNERS,
        VoteKind.TERMINATION: ElectorateId.PARTNERS,
        VoteKind.APPEAL: ElectorateId.MEMBERS,
        VoteKind.POLICY: ElectorateId.MEMBERS,
        VoteKind.MISSION_AND_VALUES: ElectorateId.MEMBERS,
    }
    assert CATE.electorate(ElectorateId.PARTNERS).tiers == ("collaborative-partner",)
    assert CATE.electorate(ElectorateId.MEMBERS).tiers == TIERS


def test_what_the_sources_leave_open_is_marked_as_our_default() -> None:
    text = CATE_TOML.decode().replace("\n# ", " ").lower()
    for silent in ("[deadlines]", "[regions.kansas-city]", "[electorates.members]"):
        before = text[: text.index(silent)]
        assert "our default" in before[-600:]
