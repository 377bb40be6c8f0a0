"""What the demonstration's ledger holds once it is played."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from domain.coalition.coalition import PersonErased, PolicyAdopted, ValueExpunged
from domain.coalition.correction import CorrectionEvent
from domain.coalition.funding import FundingEvent
from domain.coalition.history import HistoryRecorded
from domain.coalition.publications import LibraryItemPublished
from domain.decision import RefusalCode
from domain.ledger.recorded import Recorded
from domain.membership.application import (
    ApplicationDeclined,
    ApplicationSubmitted,
    PopulationShareAttested,
)
from domain.membership.party import (
    IndividualListingPublished,
    IndividualRegistered,
    ListingWithdrawn,
    OrganisationRegistered,
    RepresentativeAppointed,
)
from domain.membership.plans import ImprovementPlanOpened
from domain.membership.review import DeclineExplained
from domain.membership.safety import ListingHeld, ListingReleased
from domain.policy import MembershipClassId
from domain.terms import ApplicationPhase, ListedField, MembershipStatus
from projections import directory
from projections.as_of import holds_now, is_latest
from projections.tables import applications, listing_terms, memberships, parties, review_terms
from service.demo.player import Player, StoryClock, StoryError
from service.demo.script import Script
from service.demo.seed import ORIGIN, DemoCoalition
from service.ledger.founding import AlreadyFoundedError
from service.security.principal import Role
from tests.service.demo.story import POLICY, make, of, read, without_ids

FOUNDED_ON = date(2023, 3, 1)
# What is written down of the time before.
PAST = (*get_args(FundingEvent), HistoryRecorded, LibraryItemPublished, *get_args(CorrectionEvent))


def test_seeding_twice_gives_the_same_ledger_but_for_random_ids(
    entries: list[Recorded], tmp_path: Path
) -> None:
    again = make(tmp_path, 1)
    repeated = read(again)
    again.ledger.close()
    assert without_ids(repeated) == without_ids(entries)
    assert not {each.envelope.stream for each in entries} & {
        each.envelope.stream for each in repeated
    }


@pytest.mark.parametrize("number", [2, 3])
def test_another_number_is_played_to_its_end_and_tells_how_far_it_is(
    number: int, tmp_path: Path
) -> None:
    told: list[float] = []
    make(tmp_path, number, told.append).ledger.close()
    assert told == sorted(told)
    assert told[0] < 0.01
    assert told[-1] == 1


def test_a_second_seeding_changes_nothing(demo: DemoCoalition, entries: list[Recorded]) -> None:
    database = demo.ledger.engine.url.database
    assert database is not None
    with pytest.raises(AlreadyFoundedError):
        make(Path(database).parent, 1)
    assert read(demo) == entries


def test_a_story_that_the_rules_do_not_bear_out_is_an_error(
    demo: DemoCoalition, told: Script
) -> None:
    scene = next(each for each in told.scenes if each.refused is RefusalCode.TIER_FULL)
    with demo.ledger.read() as snapshot:
        before = snapshot.position
    player = Player(demo.ledger, StoryClock(scene.at))
    with pytest.raises(StoryError):
        player.play((replace(scene, refused=None),), lambda _: None)
    with demo.ledger.read() as snapshot:
        assert snapshot.position == before


def test_a_sponsored_group_is_a_provider_beside_its_sponsor_with_the_same_ein(
    demo: DemoCoalition, told: Script
) -> None:
    (group,) = (member for _, member in told.cast if member.sponsor is not None)
    sponsor = next(member for _, member in told.cast if member.party == group.sponsor)
    with demo.ledger.read() as snapshot:
        found = snapshot.connection.execute(
            sa.select(parties.c.ein_index)
            .join(memberships, memberships.c.party == parties.c.id)
            .where(
                holds_now(parties),
                is_latest(memberships),
                memberships.c.membership_class == MembershipClassId.PROVIDER,
                memberships.c.status == MembershipStatus.ACTIVE,
            )
        ).scalars()
        shared = [index for index, number in Counter(found).items() if index and number > 1]
    assert group.ein == sponsor.ein
    assert shared == [demo.ledger.blind(sponsor.ein or "")]


def test_it_spans_three_years(demo: DemoCoalition, entries: list[Recorded]) -> None:
    assert demo.ledger.origin == ORIGIN
    first, last = entries[0].recorded_at.date(), entries[-1].recorded_at.date()
    assert first == FOUNDED_ON
    assert date(2026, 6, 1) <= last <= date(2026, 6, 30)
    # Hardly a month without an entry, from March 2023 to June 2026.
    assert len({each.recorded_at.strftime("%Y-%m") for each in entries}) >= 38


def test_times_run_forward_and_effective_dates_stay_near_them(entries: list[Recorded]) -> None:
    times = [each.recorded_at for each in entries]
    assert times == sorted(times)
    zone = ZoneInfo(POLICY.time_zone)
    for each in entries:
        if isinstance(each.event, PAST):
            continue
        effective, day = each.envelope.effective, each.recorded_at.astimezone(zone).date()
        assert effective >= FOUNDED_ON
        assert day - timedelta(days=7) <= effective <= day
    assert any(each.envelope.effective < each.recorded_at.date() for each in entries)


def test_there_are_many_parties_of_every_type(entries: list[Recorded]) -> None:
    organisations = of(entries, OrganisationRegistered)
    people = of(entries, IndividualRegistered)
    types = {each.party_type for each in organisations + people}
    assert 55 <= len(organisations) + len(people) <= 75
    assert types == {each.value for tier in POLICY.tiers for each in tier.party_types}


def test_every_tier_has_active_members_and_the_limited_one_is_full(demo: DemoCoalition) -> None:
    with demo.ledger.read() as snapshot:
        rows = snapshot.connection.execute(
            sa.select(memberships.c.tier, memberships.c.status).where(
                holds_now(memberships), memberships.c.effective_to > date(2026, 6, 30)
            )
        ).all()
    active = Counter(tier for tier, status in rows if status == MembershipStatus.ACTIVE)
    pending = [tier for tier, status in rows if status == MembershipStatus.AGREEMENT_PENDING]
    assert set(active) == {tier.id for tier in POLICY.tiers}
    assert active["collaborative-partner"] == 13
    assert min(active.values()) >= 5
    assert len(pending) >= 3


def test_there_are_applications_in_every_phase(demo: DemoCoalition) -> None:
    with demo.ledger.read() as snapshot:
        phases = Counter(
            snapshot.connection.execute(
                sa.select(applications.c.phase).where(holds_now(applications))
            ).scalars()
        )
    assert set(phases) == {each.value for each in ApplicationPhase}
    assert min(phases.values()) >= 3


def test_declines_name_their_clauses(entries: list[Recorded]) -> None:
    explained = of(entries, DeclineExplained)
    assert len(of(entries, ApplicationDeclined)) == len(explained) >= 5
    assert all(each.clauses for each in explained)


def test_a_person_was_erased_and_a_text_expunged(entries: list[Recorded]) -> None:
    assert len(of(entries, PersonErased)) == len(of(entries, ValueExpunged)) == 1


def test_shares_are_attested_and_some_are_too_small(entries: list[Recorded]) -> None:
    shares = of(entries, PopulationShareAttested)
    small = [each for each in shares if each.numerator * 100 < 75 * each.denominator]
    assert len(shares) >= 10
    assert len(small) == 2
    assert all(each.period_start < each.period_end for each in shares)
    assert len({each.basis for each in shares}) > 1


def test_plans_people_and_policies_are_part_of_it(entries: list[Recorded]) -> None:
    assert len(of(entries, ImprovementPlanOpened)) >= 10
    assert len(of(entries, RepresentativeAppointed)) >= 40
    assert [each.version for each in of(entries, PolicyAdopted)] == [1, 2]
    # Of confidential entries the policy is not opened for read models.
    assert {each.envelope.policy for each in entries} - {""} == {"cate@1", "cate@2"}
    submitted = Counter(
        each.event.party for each in entries if isinstance(each.event, ApplicationSubmitted)
    )
    # Somebody who was declined comes again, and members ask for other tiers.
    assert max(submitted.values()) == 2


def test_listings_cover_many_counties_and_one_was_taken_back(
    demo: DemoCoalition, entries: list[Recorded]
) -> None:
    with demo.ledger.read() as snapshot:
        counties = set(
            snapshot.connection.execute(
                sa.select(listing_terms.c.term).where(
                    holds_now(listing_terms), listing_terms.c.facet == "county"
                )
            ).scalars()
        )
    assert len(counties) >= 25
    withdrawn = [each for each in entries if isinstance(each.event, ListingWithdrawn)]
    # Two more ended with memberships.
    assert len(withdrawn) == 3
    last = [each for each in entries if each.envelope.stream == withdrawn[0].envelope.stream][-1]
    assert last is withdrawn[0]
    shown = of(entries, IndividualListingPublished)
    assert 2 <= len(shown) <= 5
    assert all(ListedField.EMAIL not in each.fields for each in shown)


def test_one_listing_was_held_and_released_and_another_is_held(
    demo: DemoCoalition, entries: list[Recorded]
) -> None:
    held = [each.envelope.stream for each in entries if isinstance(each.event, ListingHeld)]
    released = [each.envelope.stream for each in entries if isinstance(each.event, ListingReleased)]
    assert (len(held), len(set(held))) == (2, 2)
    assert released == held[:1]
    with demo.ledger.read() as snapshot:
        shown = directory.listings_of(snapshot.connection, held)
        known = directory.listings_of(snapshot.connection, held, down=True)
    assert (set(shown), set(known)) == (set(released), set(held))


def test_there_is_somebody_to_sign_in_as_in_each_role(demo: DemoCoalition) -> None:
    assert set(demo.principals) == set(Role) - {Role.PUBLIC, Role.SYSTEM}
    assert all(principal.role is role for role, principal in demo.principals.items())
    ids = [principal.id for principal in demo.principals.values()]
    assert len(set(ids)) == len(ids)


def test_those_who_sign_in_have_something_to_see(demo: DemoCoalition) -> None:
    figures = demo.principals
    with demo.ledger.read() as snapshot:
        connection = snapshot.connection
        waiting = connection.execute(
            sa.select(applications.c.phase).where(
                holds_now(applications),
                applications.c.applicant == figures[Role.APPLICANT].id,
            )
        ).scalars()
        assert [*waiting] == [ApplicationPhase.SUBMITTED]
        status = connection.execute(
            sa.select(memberships.c.status).where(
                holds_now(memberships),
                memberships.c.party == figures[Role.REPRESENTATIVE].party,
                memberships.c.effective_to > date(2026, 6, 30),
            )
        ).scalar_one()
        assert status == MembershipStatus.ACTIVE
        reviews = connection.execute(
            sa.select(applications.c.phase)
            .join(review_terms, review_terms.c.review == applications.c.review)
            .where(
                holds_now(applications),
                review_terms.c.term == figures[Role.REVIEWER].id,
                applications.c.phase.in_(["in-review", "reviewed"]),
            )
        ).all()
        assert reviews
