"""What the demonstration's story holds, as it is written."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from importlib.resources import files

import msgspec
import pytest
from stdnum.us import ein

from domain.coalition.correction import CorrectEntry
from domain.coalition.funding import RecordFunding
from domain.coalition.history import RecordHistory
from domain.coalition.publications import PublishLibraryItem, PublishStandards
from domain.decision import RefusalCode
from domain.membership.membership import AdmitMember, ChangeTier
from domain.membership.party import PublishListing
from domain.policy import parse_policy
from service.demo.login import figures
from service.demo.script import Script
from tests.service.demo.story import POLICY, script

# The organisations that the coalition's public texts name, and one person.
REAL = re.compile(
    r"international institute|catholic charities|crime victim|\bcvac\b|healing action"
    r"|daughters of charity|marillac|polaris|\bmcaht\b|rescue and restore|jordan|hawkins"
    r"|homeland security|blue campaign",
    re.IGNORECASE,
)
REAL_PERSON = re.compile(r"jordan|hawkins", re.IGNORECASE)
# What the coalition writes down of its past names organisations, as its sources do.
HISTORY = (CorrectEntry, PublishLibraryItem, PublishStandards, RecordFunding, RecordHistory)

SEEDS = range(12)


def everything(told: Script) -> str:
    cast = msgspec.json.encode([member for _, member in told.cast])
    scenes = msgspec.json.encode(
        [each.command for each in told.scenes if not isinstance(each.command, HISTORY)]
    )
    return (cast + scenes).decode()


def test_the_same_number_tells_the_same_story(told: Script) -> None:
    assert script(1) == told


def test_another_number_tells_another_story(told: Script) -> None:
    other = script(2)
    both = {member.key for _, member in told.cast} & {member.key for _, member in other.cast}
    # Names are put together by chance, and may meet.
    assert len(both) <= 2


@pytest.mark.parametrize("number", SEEDS)
def test_no_real_organisation_or_person_is_named(number: int) -> None:
    assert REAL.findall(everything(script(number))) == []


def test_history_names_organisations_and_no_person(told: Script) -> None:
    said = [each.command for each in told.scenes if isinstance(each.command, HISTORY)]
    text = msgspec.json.encode(said).decode()
    assert REAL.search(text)
    assert not REAL_PERSON.search(text)
    assert all(each.source for each in said if isinstance(each, RecordHistory))


def test_the_agreement_texts_name_no_real_organisation() -> None:
    texts = [
        each.read_text(encoding="utf-8")
        for each in (files("service.demo") / "agreements").iterdir()
    ]
    assert len(texts) == 6
    assert [REAL.findall(text) for text in texts] == [[]] * 6


@pytest.mark.parametrize("number", SEEDS)
def test_what_would_reach_somebody_reaches_nobody(number: int) -> None:
    for _, member in script(number).cast:
        assert re.fullmatch(r"https://[a-z-]{1,63}\.example", member.website)
        assert re.fullmatch(r"[a-z.-]{1,64}@example\.org", member.email)
        assert re.fullmatch(r"[a-z.]{1,64}@example\.org", member.speaker.email)
        assert re.fullmatch(r"\([0-9]{3}\) 555-01[0-9]{2}", member.phone)


@pytest.mark.parametrize("number", SEEDS)
def test_no_two_parties_share_a_name_and_only_a_sponsored_group_the_ein_of_its_sponsor(
    number: int,
) -> None:
    cast = [member for _, member in script(number).cast]
    by_ein = {each.ein: each for each in cast if each.ein is not None and each.sponsor is None}
    (group,) = (each for each in cast if each.sponsor is not None)
    assert len({member.name for member in cast}) == len(cast)
    assert len(by_ein) == sum(each.ein is not None for each in cast) - 1
    assert by_ein[group.ein or ""].party == group.sponsor
    assert all(ein.is_valid(each) for each in by_ein)


@pytest.mark.parametrize("number", SEEDS)
def test_scenes_come_in_the_order_of_time_and_end_in_the_middle_of_2026(number: int) -> None:
    times = [scene.at for scene in script(number).scenes]
    assert times == sorted(times)
    assert times[0].date().isoformat() >= "2023-03-01"
    assert "2026-06-01" <= times[-1].date().isoformat() <= "2026-06-30"


def test_what_must_not_work_is_tried(told: Script) -> None:
    tried = Counter(scene.refused for scene in told.scenes if scene.refused is not None)
    assert tried == {
        RefusalCode.NOT_ELIGIBLE: 1,
        RefusalCode.REQUIREMENT_UNMET: 2,
        RefusalCode.AGREEMENT_VERSION: 1,
        RefusalCode.TIER_FULL: 1,
        RefusalCode.INVALID_INPUT: 1,
    }


def test_some_decisions_are_written_down_later(told: Script) -> None:
    decisions = [
        (scene.effective_on - scene.at.date())
        for scene in told.scenes
        if isinstance(scene.command, AdmitMember) and scene.effective_on is not None
    ]
    assert min(decisions) < timedelta(days=-1)
    assert max(decisions) == timedelta(0)
    assert any(isinstance(scene.command, ChangeTier) for scene in told.scenes)


@pytest.mark.parametrize("number", SEEDS)
def test_listings_are_in_many_counties_of_every_region(number: int) -> None:
    listed = {
        fips
        for scene in script(number).scenes
        if isinstance(scene.command, PublishListing)
        for fips in scene.command.counties
    }
    assert len(listed) >= 25
    assert {POLICY.region_of(fips) for fips in listed} == set(POLICY.regions)


def test_the_later_policy_opens_one_tier_to_groups_and_changes_nothing_else(told: Script) -> None:
    adopted = next(
        document.content
        for scene in told.scenes
        for document in scene.documents
        if document.kind == "policy"
    )
    policy = parse_policy(adopted)
    changed = [tier.id for tier in policy.tiers if tier != POLICY.tier(tier.id)]
    assert (policy.id, policy.version) == (POLICY.id, POLICY.version + 1)
    assert changed == ["community-network"]


@pytest.mark.parametrize("number", SEEDS)
def test_every_login_has_a_label_of_one_short_line(number: int) -> None:
    labels = [login.label for login in figures(script(number)).logins()]
    assert all(re.fullmatch(r"[^\x00-\x1f]{1,100}", label) for label in labels)
