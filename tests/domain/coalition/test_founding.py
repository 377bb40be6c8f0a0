"""The beginning of a ledger."""

from __future__ import annotations

from msgspec.structs import replace

from domain.coalition.coalition import FoundCoalition, FoundingPartner
from domain.decision import Fact, RefusalCode
from domain.membership.details import OrganisationDetails
from domain.membership.membership import MemberAdmitted
from domain.membership.party import OrganisationRegistered
from domain.terms import Basis, MembershipId
from tests.domain.examples import (
    ALLY,
    ANOTHER,
    COUNTY,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    PARTNER,
    PARTNER_AGREEMENT,
    founded,
    policy_with,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import Specification
from tests.domain.world import COALITION

nothing = Specification()
FOUND = FoundCoalition(coalition=COALITION, name="C", source="minutes", policy_sha256=CATE.sha256)
LANTERN_DETAILS = OrganisationDetails(
    name="Lantern House", party_type="nonprofit-501c3", ein=LANTERN_EIN, counties=[COUNTY]
)
LANTERN_PARTNER = FoundingPartner(
    party=LANTERN, membership=MEMBERSHIP, tier=PARTNER, organisation=LANTERN_DETAILS
)
FERRY_PARTNER = FoundingPartner(
    party=FERRY,
    membership=MembershipId(ANOTHER),
    tier=PARTNER,
    organisation=replace(LANTERN_DETAILS, name="Ferry Street Group", ein="99-2345678"),
)
TWO = replace(FOUND, seats={PARTNER: 2}, partners=[LANTERN_PARTNER, FERRY_PARTNER])


def partner_facts(partner: FoundingPartner, name: str, ein: str) -> list[Fact]:
    return [
        Fact(
            partner.party,
            OrganisationRegistered(
                name=name, party_type="nonprofit-501c3", ein=ein, counties=[COUNTY]
            ),
        ),
        Fact(
            partner.membership,
            MemberAdmitted(
                basis=Basis.FOUNDING,
                tier=PARTNER,
                membership_class="provider",
                agreement=PARTNER_AGREEMENT,
                application=None,
                clauses=[f"{PARTNER}.type"],
                party=partner.party,
                standards={},
            ),
        ),
    ]


def test_a_coalition_begins_with_its_name_and_its_policy() -> None:
    nothing.when(FOUND).then(*founded())


def test_a_coalition_begins_with_seats_and_the_partners_in_them() -> None:
    nothing.when(TWO).then(
        *founded(seats=2),
        *partner_facts(LANTERN_PARTNER, "Lantern House", LANTERN_EIN),
        *partner_facts(FERRY_PARTNER, "Ferry Street Group", FERRY_EIN),
    )


def test_a_coalition_is_founded_once() -> None:
    nothing.given(founded()).when(FOUND).then_refused(RefusalCode.WRONG_PHASE, "founded-once")


def test_the_policy_is_the_file_that_the_command_names() -> None:
    nothing.when(replace(FOUND, policy_sha256="0" * 64)).then_refused(
        RefusalCode.INVALID_INPUT, "policy.sha256", field="policySha256", because=CATE.sha256
    )


def test_every_tier_of_the_policy_has_a_name_of_its_own() -> None:
    policy = policy_with(('name = "Ally Network"', 'name = "Community Network"'))
    nothing.when(replace(FOUND, policy_sha256=policy.sha256), policy=policy).then_refused(
        RefusalCode.INVALID_INPUT, "policy.tier-names", field="policySha256"
    )


def test_every_partner_has_ids_of_its_own() -> None:
    twice = replace(TWO, partners=[LANTERN_PARTNER, replace(FERRY_PARTNER, party=LANTERN)])
    nothing.when(twice).then_refused(RefusalCode.INVALID_INPUT, "distinct-ids", field="id")


def test_seats_are_numbers_of_seats_of_limited_tiers() -> None:
    for seats, rule in (
        ({"gold": 2}, "known-tier"),
        ({MEMBER: 2}, f"{MEMBER}.number"),
        ({PARTNER: -1}, f"{PARTNER}.seats"),
        ({PARTNER: 1_000_001}, f"{PARTNER}.seats"),
    ):
        nothing.when(replace(FOUND, seats=seats)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field="seats"
        )


def test_a_partner_s_tier_is_in_the_policy() -> None:
    partners = [LANTERN_PARTNER, replace(FERRY_PARTNER, tier="gold")]
    nothing.when(replace(TWO, partners=partners)).then_refused(
        RefusalCode.INVALID_INPUT, "known-tier", field="partners[1].tier"
    )


def test_a_partner_s_details_are_as_good_as_an_applicant_s() -> None:
    for change, field, rule in (
        ({"ein": "12345"}, "ein", "ein-format"),
        ({"counties": ["06037"]}, "counties", "service-area"),
        ({"party_type": "guild"}, "partyType", "known-partyType"),
    ):
        details = replace(LANTERN_DETAILS, **change)
        partners = [replace(LANTERN_PARTNER, organisation=details)]
        nothing.when(replace(TWO, partners=partners)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field=f"partners[0].{field}"
        )


def test_partners_without_seats_are_refused() -> None:
    nothing.when(replace(TWO, seats={})).then_refused(
        RefusalCode.TIER_FULL,
        f"{PARTNER}.seats",
        field="partners[0].tier",
        unmet=[f"{PARTNER}.seats", f"{PARTNER}.seats"],
        because="no seats have been set",
    )


def test_more_partners_than_seats_are_refused() -> None:
    nothing.when(replace(TWO, seats={PARTNER: 1})).then_refused(
        RefusalCode.TIER_FULL,
        f"{PARTNER}.seats",
        field="partners[1].tier",
        because="All 1 seats",
    )


def test_two_providers_of_one_ein_are_refused() -> None:
    ferry = replace(FERRY_PARTNER, organisation=LANTERN_DETAILS)
    nothing.when(replace(TWO, partners=[LANTERN_PARTNER, ferry])).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="partners[1].ein"
    )


def test_a_partner_whose_type_the_tier_does_not_admit_is_refused() -> None:
    partners = [replace(LANTERN_PARTNER, tier=ALLY)]
    nothing.when(replace(TWO, partners=partners)).then_refused(
        RefusalCode.NOT_ELIGIBLE, f"{ALLY}.type", field="partners[0].tier"
    )


def test_a_partner_gives_its_ein_where_the_tier_asks_for_one() -> None:
    partners = [replace(LANTERN_PARTNER, organisation=replace(LANTERN_DETAILS, ein=None))]
    nothing.when(replace(TWO, partners=partners)).then_refused(
        RefusalCode.INVALID_INPUT, f"{PARTNER}.ein-determination", field="partners[0].ein"
    )


def test_what_is_wrong_with_a_partner_says_which_one_by_number_and_name() -> None:
    for wrong, rule in ((None, f"{PARTNER}.ein-determination"), ("12", "ein-format")):
        details = replace(FERRY_PARTNER.organisation, ein=wrong)
        partners = [LANTERN_PARTNER, replace(FERRY_PARTNER, organisation=details)]
        nothing.when(replace(TWO, partners=partners)).then_refused(
            RefusalCode.INVALID_INPUT,
            rule,
            field="partners[1].ein",
            because="Partner 2, Ferry Street Group: ",
        )
