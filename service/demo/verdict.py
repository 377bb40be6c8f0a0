"""The committee's decision on an application."""

from __future__ import annotations

from datetime import date, datetime

from domain.decision import RefusalCode
from domain.membership.contest import FileAppeal
from domain.membership.membership import AdmitMember, ChangeTier, DeclineApplication
from service.demo.case import Case
from service.demo.scene import COMMITTEE
from service.demo.storyboard import Ending


def decide(case: Case, reviewed_at: datetime) -> date | None:
    """Add the decision; return from when a yes holds, or ``None`` after a no."""
    stage = case.stage
    at = stage.diary.meeting(reviewed_at)
    by = stage.rng.choice(COMMITTEE)
    effective = stage.diary.day(at)
    if case.plot.ending in {Ending.DECLINED, Ending.APPEALED}:
        command = DeclineApplication(
            application=case.application, clauses=[*case.plot.unmet], note=stage.pen.decline()
        )
        stage.add(at, by, command)
        if case.plot.ending is Ending.APPEALED:
            appeal = FileAppeal(application=case.application, grounds=stage.pen.grounds())
            stage.add(stage.diary.later(at, 3, 14), case.applicant, appeal)
        return None
    if case.plot.reason is not None:
        stage.add(at, by, ChangeTier(application=case.application))
        return effective
    admit = AdmitMember(application=case.application, membership=case.member.membership)
    if case.plot.ending is Ending.FULL:
        stage.add(at, by, admit, refused=RefusalCode.TIER_FULL)
        return None
    if stage.happens(3):
        # Written down some days after the meeting, and it counts from the meeting.
        at = stage.diary.later(at, 1, 3)
    stage.add(at, by, admit, effective_on=effective)
    return max(effective, stage.diary.day(at))
