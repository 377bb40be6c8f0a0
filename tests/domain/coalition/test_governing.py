"""Policy versions, seats, agreement texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import (
    AdoptPolicy,
    PolicyAdopted,
    PublishAgreementTemplate,
    SeatsSet,
    SetSeats,
)
from domain.decision import Command, Fact, RefusalCode
from domain.policy import Policy
from domain.terms import Basis
from tests.domain.coalition.votes import OPTIONAL
from tests.domain.examples import (
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    FIRST_TEXT,
    LANTERN,
    MEMBER,
    NETWORK,
    NETWORK_AGREEMENT,
    PARTNER,
    PARTNER_AGREEMENT,
    SECOND_TEXT,
    admitted,
    founded,
    organisation,
    policy_with,
    published,
)
from tests.domain.policy.files import CATE, SMALL
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION, an_id

coalition = Specification().given(founded(seats=2)).under(OPTIONAL)
partners = coalition.given(
    organisation(),
    organisation(FERRY, FERRY_EIN),
    admitted(PARTNER, LANTERN),
    admitted(PARTNER, FERRY, an_id("another membership")),
)
SECOND = policy_with()


def adopt(policy: Policy) -> AdoptPolicy:
    return AdoptPolicy(policy_sha256=policy.sha256)


def adopted(policy: Policy) -> Fact:
    event = PolicyAdopted(
        policy="cate", version=policy.version, sha256=policy.sha256, basis=Basis.DIRECTOR
    )
    return Fact(COALITION, event)


SET_SEATS = SetSeats(tier=PARTNER, seats=3)
PUBLISH = PublishAgreementTemplate(agreement=NETWORK_AGREEMENT, sha256=FIRST_TEXT)


def test_a_later_version_of_the_policy_is_adopted() -> None:
    partners.when(adopt(SECOND), policy=SECOND).then(adopted(SECOND))


def test_adopting_the_policy_in_force_changes_nothing() -> None:
    coalition.when(adopt(CATE), policy=CATE).then_nothing()
    coalition.given(adopted(SECOND)).when(adopt(SECOND), policy=SECOND).then_nothing()


def test_the_policy_is_the_file_that_the_command_names() -> None:
    coalition.when(adopt(CATE), policy=SECOND).then_refused(
        RefusalCode.INVALID_INPUT, "policy.sha256", field="policySha256"
    )


def test_another_coalition_s_policy_is_not_adopted() -> None:
    coalition.when(adopt(SMALL), policy=SMALL).then_refused(
        RefusalCode.POLICY_VERSION, "policy.id", field="policySha256", because="not cate"
    )


def test_an_earlier_version_or_another_text_of_the_same_is_not_adopted() -> None:
    same = policy_with(('name = "Ally Network"', 'name = "Allies"'), version=1)
    for policy in (same, CATE):
        given = coalition if policy is same else coalition.given(adopted(SECOND))
        given.when(adopt(policy), policy=policy).then_refused(
            RefusalCode.POLICY_VERSION, "policy.version", field="policySha256", because="greater"
        )


def test_a_policy_keeps_the_time_zone_by_which_the_entries_have_their_days() -> None:
    for zone in ("America/Denver", "Mars/One"):
        policy = policy_with(("America/Chicago", zone))
        coalition.when(adopt(policy), policy=policy).then_refused(
            RefusalCode.POLICY_VERSION,
            "policy.time-zone",
            field="policySha256",
            because='time_zone = "America/Chicago"',
        )


def test_a_policy_whose_tiers_share_a_name_is_not_adopted() -> None:
    policy = policy_with(('name = "Ally Network"', 'name = "Community Network"'))
    coalition.when(adopt(policy), policy=policy).then_refused(
        RefusalCode.INVALID_INPUT,
        "policy.tier-names",
        field="policySha256",
        because="community-network and ally-network",
    )


def test_a_tier_with_live_members_does_not_disappear() -> None:
    without = policy_with((PARTNER, "founding-partner"))
    coalition.when(adopt(without), policy=without).then(adopted(without))
    partners.when(adopt(without), policy=without).then_refused(
        RefusalCode.POLICY_VERSION, f"{PARTNER}.tier"
    )


def test_a_tier_with_live_members_keeps_its_class() -> None:
    member = coalition.given(organisation(), admitted(NETWORK))
    other = policy_with(
        ('name = "Community Network"\nclass = "network"', 'name = "N"\nclass = "provider"')
    )
    member.when(adopt(other), policy=other).then_refused(
        RefusalCode.POLICY_VERSION, f"{NETWORK}.class"
    )


def test_a_tier_with_live_members_keeps_enough_seats() -> None:
    limited = policy_with(
        (
            'name = "Coalition Member"\nclass = "provider"\nnumber = "open"',
            'name = "Coalition Member"\nclass = "provider"\nnumber = "limited"',
        )
    )
    member = coalition.given(organisation(), admitted(MEMBER))
    member.when(adopt(limited), policy=limited).then_refused(
        RefusalCode.TIER_FULL, f"{MEMBER}.seats", because="1 seats or more"
    )
    coalition.when(adopt(limited), policy=limited).then(adopted(limited))


def with_seats(seats: int) -> Policy:
    return policy_with(('number = "limited"\n', f'number = "limited"\nseats = {seats}\n'))


def test_the_seats_that_an_adopted_policy_says_hold() -> None:
    policy = with_seats(20)
    seats_set = Fact(COALITION, SeatsSet(tier=PARTNER, seats=20, basis=Basis.DIRECTOR))
    partners.when(adopt(policy), policy=policy).then(adopted(policy), seats_set)
    # What the director says after that is the last that was said.
    later = partners.given(adopted(policy), seats_set).under(policy)
    later.when(SET_SEATS).then(
        Fact(COALITION, SeatsSet(tier=PARTNER, seats=3, basis=Basis.DIRECTOR))
    )


@pytest.mark.parametrize("policy", [SECOND, with_seats(2)])
def test_a_policy_that_says_no_other_seats_leaves_them(policy: Policy) -> None:
    partners.when(adopt(policy), policy=policy).then(adopted(policy))


def test_a_policy_with_fewer_seats_than_are_taken_is_refused() -> None:
    policy = with_seats(1)
    partners.when(adopt(policy), policy=policy).then_refused(
        RefusalCode.TIER_FULL, f"{PARTNER}.seats", because="2 seats or more"
    )


def test_seats_of_a_limited_tier_are_set() -> None:
    partners.when(SET_SEATS).then(
        Fact(COALITION, SeatsSet(tier=PARTNER, seats=3, basis=Basis.DIRECTOR))
    )


def test_setting_the_same_seats_changes_nothing() -> None:
    partners.when(replace(SET_SEATS, seats=2)).then_nothing()


def test_fewer_seats_than_are_taken_are_refused() -> None:
    partners.when(replace(SET_SEATS, seats=1)).then_refused(
        RefusalCode.TIER_FULL, f"{PARTNER}.seats", field="seats", because="2 seats or more"
    )


def test_an_open_tier_has_no_seats() -> None:
    coalition.when(replace(SET_SEATS, tier=MEMBER)).then_refused(
        RefusalCode.INVALID_INPUT, f"{MEMBER}.number", field="tier", because=PARTNER
    )


def test_a_tier_that_the_policy_lacks_has_no_seats() -> None:
    coalition.when(replace(SET_SEATS, tier="gold")).then_refused(
        RefusalCode.INVALID_INPUT, "known-tier", field="tier"
    )


@pytest.mark.parametrize("seats", [-1, 1_000_001])
def test_seats_are_a_number_of_seats(seats: int) -> None:
    coalition.when(replace(SET_SEATS, seats=seats)).then_refused(
        RefusalCode.INVALID_INPUT, f"{PARTNER}.seats", field="seats"
    )


def test_the_first_text_of_an_agreement_is_its_version_1_for_all_its_tiers() -> None:
    coalition.when(PUBLISH).then(published(NETWORK_AGREEMENT))


def test_another_text_is_the_next_version_of_its_own_agreement() -> None:
    coalition.given(published(NETWORK_AGREEMENT), published(PARTNER_AGREEMENT)).when(
        replace(PUBLISH, sha256=SECOND_TEXT)
    ).then(published(NETWORK_AGREEMENT, 2, SECOND_TEXT))


def test_publishing_the_current_text_again_changes_nothing() -> None:
    coalition.given(published(NETWORK_AGREEMENT)).when(PUBLISH).then_nothing()


def test_an_earlier_text_may_become_current_again() -> None:
    coalition.given(
        published(NETWORK_AGREEMENT), published(NETWORK_AGREEMENT, 2, SECOND_TEXT)
    ).when(PUBLISH).then(published(NETWORK_AGREEMENT, 3))


def test_an_agreement_that_the_policy_lacks_has_no_text() -> None:
    coalition.when(replace(PUBLISH, agreement="pledge")).then_refused(
        RefusalCode.INVALID_INPUT, "known-agreement", field="agreement", because=PARTNER_AGREEMENT
    )


@pytest.mark.parametrize("command", [adopt(SECOND), SET_SEATS, PUBLISH])
def test_a_coalition_that_is_not_founded_decides_nothing(command: Command) -> None:
    Specification().when(command, policy=SECOND).then_refused(
        RefusalCode.INVALID_INPUT, "known-coalition", field="coalition"
    )


@pytest.mark.parametrize("command", [adopt(SECOND), SET_SEATS, PUBLISH])
def test_nothing_is_decided_for_a_day_before_the_founding(command: Command) -> None:
    coalition.when(command, effective=DAY_BEFORE, policy=SECOND).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


@pytest.mark.parametrize("command", [adopt(SECOND), SET_SEATS, PUBLISH])
def test_nothing_is_decided_for_a_day_before_the_last_entry(command: Command) -> None:
    later = TODAY + timedelta(days=1)
    coalition.given(published(PARTNER_AGREEMENT), on=later).when(
        command, today=later, policy=SECOND
    ).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because="2026-03-03 or later"
    )
