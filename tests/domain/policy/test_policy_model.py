"""Looking things up in a policy, and the arithmetic of its shares."""

from collections.abc import Callable
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import (
    NotInPolicyError,
    PartyType,
    PopulationShare,
    Requirement,
    RequirementKind,
    Share,
    Standard,
    VoteKind,
    parse_policy,
)
from tests.domain.policy.files import CATE, CATE_TOML, SMALL

counts = st.integers(min_value=-3, max_value=400)


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CATE.version = 2  # type: ignore[misc]


def test_equal_bytes_give_equal_policies() -> None:
    again = parse_policy(CATE_TOML)
    assert again == CATE
    assert hash(again) == hash(CATE)


def test_the_digest_is_over_the_exact_bytes() -> None:
    longer = parse_policy(CATE_TOML + b"\n")
    assert len(CATE.sha256) == 64
    assert longer.sha256 != CATE.sha256
    assert msgspec.structs.replace(longer, sha256=CATE.sha256) == CATE


def test_another_coalition_runs_on_its_own_file() -> None:
    assert SMALL.ref == "terns@3"
    assert SMALL.tier("wardens").seats == 4
    assert SMALL.agreement_for("wardens").name == "Warden agreement"
    assert [standard.name for standard in SMALL.standards_for("wardens")] == ["Care", "Candour"]


def test_standards_are_those_of_the_class_of_the_tier() -> None:
    assert len(CATE.standards_for("collaborative-partner")) == 5
    assert CATE.standards_for("ally-network") == CATE.standards_for("community-network")


def test_a_party_of_the_wrong_type_meets_the_clause_that_refuses_it() -> None:
    asked = CATE.requirements_for("collaborative-partner", PartyType.INDIVIDUAL)
    assert asked[0].kind is RequirementKind.PARTY_TYPE
    assert PartyType.INDIVIDUAL not in CATE.tier("collaborative-partner").party_types


def test_a_clause_is_a_requirement_or_a_standard() -> None:
    requirement = CATE.clause("collaborative-partner.population-share")
    standard = CATE.clause("provider.trauma-informed")
    assert isinstance(requirement, Requirement)
    assert isinstance(standard, Standard)
    assert standard.name == "Trauma Informed"


def test_asking_for_what_is_not_there_says_so() -> None:
    asked: dict[str, Callable[[], object]] = {
        'cate@1 has no tier "gold"': lambda: CATE.tier("gold"),
        'cate@1 has no tier "silver"': lambda: CATE.agreement_for("silver"),
        'cate@1 has no tier "bronze"': lambda: CATE.requirements_for("bronze", PartyType.EDUCATION),
        'cate@1 has no tier "tin"': lambda: CATE.standards_for("tin"),
        'cate@1 has no clause "gold.share"': lambda: CATE.clause("gold.share"),
        'cate@1 has no county "06037"': lambda: CATE.county("06037"),
        'cate@1 has no county "06059"': lambda: CATE.region_of("06059"),
    }
    for message, ask in asked.items():
        with pytest.raises(NotInPolicyError) as caught:
            ask()
        assert str(caught.value) == message
    assert not CATE.has_tier("gold")
    assert CATE.has_tier("ally-network")
    assert not CATE.serves("06037")
    assert CATE.serves("29510")


def test_only_people_are_persons() -> None:
    assert {each for each in PartyType if each.is_person} == {
        PartyType.INDIVIDUAL,
        PartyType.INDIVIDUAL_PRACTITIONER,
    }


def test_three_of_four_are_75_percent_and_a_hair_less_is_not() -> None:
    share = PopulationShare(minimum_percent=75, population="human trafficking")
    assert share.is_met_by(3, 4)
    assert share.is_met_by(300, 400)
    assert not share.is_met_by(299, 400)
    assert not share.is_met_by(749_999_999, 1_000_000_000)


@given(st.integers(min_value=1, max_value=100), counts, counts)
def test_a_population_share_is_exact(percent: int, part: int, whole: int) -> None:
    share = PopulationShare(minimum_percent=percent, population="anyone")
    sensible = 0 <= part <= whole and whole > 0
    assert share.is_met_by(part, whole) == (
        sensible and Fraction(part, whole) >= Fraction(percent, 100)
    )


def test_half_is_at_least_half_and_not_more() -> None:
    assert Share(numerator=1, denominator=2, strict=False).is_met_by(3, 6)
    assert not Share(numerator=1, denominator=2, strict=True).is_met_by(3, 6)
    assert Share(numerator=1, denominator=2, strict=True).is_met_by(4, 6)


def test_nothing_of_nothing_meets_no_share() -> None:
    assert not Share(numerator=1, denominator=3, strict=False).is_met_by(0, 0)


@given(st.tuples(st.integers(1, 60), st.integers(1, 60)).map(sorted), st.booleans(), counts, counts)
def test_a_share_of_votes_is_exact(
    ratio: list[int],
    strict: bool,  # noqa: FBT001 - hypothesis passes it by name
    part: int,
    whole: int,
) -> None:
    share = Share(numerator=ratio[0], denominator=ratio[1], strict=strict)
    if not 0 <= part <= whole or whole == 0:
        assert not share.is_met_by(part, whole)
        return
    needed, reached = Fraction(ratio[0], ratio[1]), Fraction(part, whole)
    assert share.is_met_by(part, whole) == (reached > needed if strict else reached >= needed)


def test_a_vote_is_required_where_the_file_says_so() -> None:
    required = {rule.kind for rule in CATE.votes if rule.required}
    assert required == {*VoteKind} - {VoteKind.APPEAL}
