"""Renewing: each year a member attests what its tier asks for, in time, late or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    RecordMissedRenewal,
    RenewMembership,
)
from domain.policy import RequirementKind
from service.demo.life import Life
from service.demo.part import Fate, Part
from service.demo.scene import SWEEP, representative_of
from service.demo.stage import Stage

_DAY = timedelta(days=1)


def renew(stage: Stage, life: Life, part: Part) -> None:
    """Add the renewals of a membership until it, or the story, ends."""
    deadlines, diary = stage.policy.deadlines, stage.diary
    window = timedelta(days=deadlines.renewal_window_days)
    grace = timedelta(days=deadlines.renewal_grace_days)
    command = {"membership": life.member.membership}
    counted = life.since
    while True:
        ends = counted + timedelta(days=deadlines.membership_term_days)
        opens = diary.night(ends - window)
        if not _goes_on(stage, life, opens):
            return
        stage.add(opens, SWEEP, OpenRenewal(**command))
        fate = part.fate if part.fated == str(ends.year) else None
        if fate not in {Fate.RENEWS_LATE, Fate.LAPSES}:
            at = diary.later(opens, 3, window.days - 5)
            if not _goes_on(stage, life, at):
                return
            stage.add(at, representative_of(life.member), _renewal(stage, life, at))
            counted = ends
            continue
        missed = diary.night(ends + _DAY)
        stage.add(missed, SWEEP, RecordMissedRenewal(**command))
        if fate is Fate.LAPSES:
            life.ended_at = diary.night(diary.day(missed) + grace + _DAY)
            stage.add(life.ended_at, SWEEP, LapseMembership(**command))
            return
        at = diary.later(missed, 5, grace.days - 5)
        stage.add(at, representative_of(life.member), _renewal(stage, life, at))
        counted = diary.day(at)


def _goes_on(stage: Stage, life: Life, at: datetime) -> bool:
    return at < stage.ends_at and (life.ended_at is None or at < life.ended_at)


def _renewal(stage: Stage, life: Life, at: datetime) -> RenewMembership:
    asked = stage.policy.requirements_for(life.tier(at), life.member.party_type)
    return RenewMembership(
        membership=life.member.membership,
        clauses=[each.id for each in asked if each.kind is not RequirementKind.PARTY_TYPE],
    )
