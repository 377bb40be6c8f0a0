"""What the years bring: renewals, agreements signed again, plans, seats, mergers, and sweeps."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.coalition.clearing import TextCleared
from domain.coalition.webhook import WebhookRegistered, WebhookRemoved
from domain.ledger.recorded import Recorded
from domain.membership.assent import ResigningMissed, ResigningRequired
from domain.membership.plans import MilestoneMet, PlanClosed, PlanOverdue
from domain.membership.safety import AddressDisclosed
from domain.membership.standing import MembershipLapsed
from domain.membership.term import (
    MembershipRenewed,
    ParticipationRecorded,
    ParticipationWithdrawn,
    RenewalMissed,
)
from domain.membership.ties import PartiesMerged, PartiesSeparated
from domain.membership.waiting import SeatOfferExpired
from domain.terms import LapseReason, MembershipStatus, PlanOutcome
from projections.as_of import holds_now
from projections.tables import applications, memberships
from service import due, sweep
from service.deadline import DueKind
from service.demo.seed import DemoCoalition, rehearse
from service.due import DueFilter
from service.security.access import COMMANDS
from service.settings import demo_settings
from tests.service.demo.story import POLICY, of, script

ENDS_ON = date(2026, 6, 30)
NO_SCENE = {"FoundCoalition": "the founding comes before the first scene"}


@pytest.mark.parametrize("number", [1, 2026])
def test_every_kind_of_command_is_in_the_story(number: int) -> None:
    told = {step.kind.__name__ for step in script(number).steps}
    assert COMMANDS.keys() - told == set(NO_SCENE)


def test_at_no_time_is_anything_overdue_that_takes_nobody_to_decide(tmp_path: Path) -> None:
    rehearsed = rehearse(demo_settings(tmp_path, host="127.0.0.1", port=0), 1)
    try:
        week = None
        for step in rehearsed.script.steps:
            # By noon, the night's sweep is over.
            if step.at.isocalendar()[:2] != week and step.at.hour > 12:
                week = step.at.isocalendar()[:2]
                assert sweep.find(rehearsed.ledger, step.at.date()) == []
            rehearsed.player.perform(step)
        assert sweep.find(rehearsed.ledger, ENDS_ON) == []
    finally:
        rehearsed.ledger.close()


def test_what_is_listed_as_due_is_due_when_the_story_ends_or_later(demo: DemoCoalition) -> None:
    with demo.ledger.read() as snapshot:
        connection = snapshot.connection
        policies = [(date.min, POLICY)]
        # An appeal is due from the day on which it was filed, an agreement from the admission.
        kinds = tuple({*DueKind} - {DueKind.APPEAL_DECISION, DueKind.AGREEMENT_SENDING})
        over = DueFilter(kinds=kinds, until=date(2026, 6, 29), today=ENDS_ON)
        coming = DueFilter(until=date(2026, 7, 31), today=ENDS_ON)
        assert due.total(connection, policies, over) == 0
        assert due.total(connection, policies, coming) >= 5


def test_members_renew_each_year_but_for_a_few(entries: list[Recorded]) -> None:
    renewed = Counter(
        each.envelope.stream for each in entries if isinstance(each.event, MembershipRenewed)
    )
    assert renewed.total() >= 80
    assert max(renewed.values()) == 3
    missed = [each.envelope.stream for each in entries if isinstance(each.event, RenewalMissed)]
    lapsed = {
        each.envelope.stream: each.event.reason
        for each in entries
        if isinstance(each.event, MembershipLapsed)
    }
    assert len(missed) == 3
    assert Counter(lapsed.values()) == {
        LapseReason.RENEWAL_MISSED: 1,
        LapseReason.AGREEMENT_UNSIGNED: 1,
    }
    assert sum(stream in lapsed for stream in missed) == 1
    assert len(of(entries, ParticipationRecorded)) >= 20
    assert len(of(entries, ParticipationWithdrawn)) == 1


def test_members_sign_again_in_time_but_for_two(entries: list[Recorded]) -> None:
    assert len(of(entries, ResigningRequired)) >= 20
    assert len(of(entries, ResigningMissed)) == 2


def test_memberships_have_ended_in_every_way(demo: DemoCoalition) -> None:
    with demo.ledger.read() as snapshot:
        found = Counter(
            snapshot.connection.execute(
                sa.select(memberships.c.status).where(
                    holds_now(memberships), memberships.c.effective_to > ENDS_ON
                )
            ).scalars()
        )
    assert found[MembershipStatus.LAPSED] == 2
    assert found[MembershipStatus.TERMINATED] == found[MembershipStatus.MERGED] == 1
    assert MembershipStatus.RENEWAL_DUE not in found


def test_one_of_two_mergers_lasts(entries: list[Recorded]) -> None:
    merged, separated = of(entries, PartiesMerged), of(entries, PartiesSeparated)
    assert len({each.absorbed for each in merged}) == 2
    assert {each.absorbed for each in separated} < {each.absorbed for each in merged}
    assert all(each.reinstated for each in separated)


def test_a_seat_that_one_let_pass_another_took(
    demo: DemoCoalition, entries: list[Recorded]
) -> None:
    (expired,) = [each for each in entries if isinstance(each.event, SeatOfferExpired)]
    with demo.ledger.read() as snapshot:
        phase = snapshot.connection.execute(
            sa.select(applications.c.phase).where(
                holds_now(applications), applications.c.id == expired.envelope.stream
            )
        ).scalar_one()
    assert phase == "waitlisted"


def test_plans_are_carried_out_in_time_or_late_or_given_up(entries: list[Recorded]) -> None:
    outcomes = Counter(each.outcome for each in of(entries, PlanClosed))
    assert set(outcomes) == set(PlanOutcome)
    assert outcomes[PlanOutcome.CARRIED_OUT] > outcomes[PlanOutcome.GIVEN_UP]
    assert len(of(entries, PlanOverdue)) >= 2
    assert len(of(entries, MilestoneMet)) >= 15


def test_in_the_end_nobody_outside_is_told_of_the_log(entries: list[Recorded]) -> None:
    assert len(of(entries, WebhookRegistered)) == len(of(entries, WebhookRemoved)) == 2


def test_an_address_was_given_to_somebody_once_and_a_text_was_let_pass(
    entries: list[Recorded],
) -> None:
    assert len(of(entries, AddressDisclosed)) == len(of(entries, TextCleared)) == 1
