"""Signing again: each member under an agreement is asked to sign the text that takes its place."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.term import LapseMembership
from service.demo.belonging import Stay, signature
from service.demo.part import Fate, Part
from service.demo.scene import SWEEP, representative_of
from service.demo.stage import Stage
from service.demo.templates import Template

_DAY = timedelta(days=1)


def ask(stage: Stage, stays: list[Stay], parts: dict[str, Part]) -> None:
    """Add what follows each later text, for every member under the one before.

    Args:
        stage: where scenes are gathered.
        stays: the times under one agreement.
        parts: each member's part, by its key.
    """
    for template in stage.templates.all:
        if template.version == 1:
            continue
        asked_at = stage.diary.night(stage.diary.day(template.published_at) + _DAY)
        for stay in stays:
            if (
                stay.agreement == template.agreement
                and stay.signed_at < template.published_at
                and stay.lasts(asked_at)
                and stage.is_member(stay.member, asked_at)
            ):
                _ask(stage, stay, template, asked_at, parts[stay.member.key].fate)


def _ask(
    stage: Stage, stay: Stay, template: Template, asked_at: datetime, fate: Fate | None
) -> None:
    diary, member = stage.diary, stay.member
    command = {"membership": member.membership}
    stage.add(asked_at, SWEEP, RequireResigning(**command))
    signed_at = diary.later(asked_at, 2, 50)
    if fate in {Fate.SIGNS_LATE, Fate.STOPS_SIGNING}:
        grace = timedelta(days=stage.policy.deadlines.resigning_grace_days)
        missed = diary.night(diary.day(asked_at) + grace + _DAY)
        stage.add(missed, SWEEP, RecordMissedResigning(**command))
        if fate is Fate.STOPS_SIGNING:
            days = timedelta(days=stage.policy.deadlines.agreement_signing_days)
            lapses = diary.night(diary.day(missed) + days + _DAY)
            stage.add(lapses, SWEEP, LapseMembership(**command))
            stage.life_of(member).ended_at = lapses
            return
        signed_at = diary.later(missed, 3, 15)
    if signed_at < stage.ends_at and stay.lasts(signed_at) and stage.is_member(member, signed_at):
        again = signature(stage, member, template, signed_at)
        stage.add(signed_at, representative_of(member), again)
