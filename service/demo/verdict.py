"""The committee's decision on an application."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from domain.coalition.erasure import ExpungeValue
from domain.decision import RefusalCode
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.membership import AdmitMember, ChangeTier, DeclineApplication
from domain.policy import VoteKind
from domain.terms import EntryId
from service.demo import deciding, waiting
from service.demo.case import Case
from service.demo.scene import COMMITTEE, DIRECTOR, Scene
from service.demo.storyboard import Ending

_DECLINED: Final = {Ending.DECLINED, Ending.APPEALED, Ending.UPHELD}


def decide(case: Case, reviewed_at: datetime) -> date | None:
    """Add the decision; return from when a yes holds, or ``None`` after a no."""
    stage = case.stage
    at = stage.diary.meeting(reviewed_at)
    by = stage.rng.choice(COMMITTEE)
    effective = stage.diary.day(at)
    declines = case.plot.ending in _DECLINED
    if case.plot.voted:
        at = deciding.vote(case, at, _kind(case), stage.partners, passes=not declines)
        at, effective = stage.diary.next(at), stage.diary.day(at)
    if declines:
        command = DeclineApplication(
            application=case.application, clauses=[*case.plot.unmet], note=stage.pen.decline()
        )
        stage.add(at, by, command)
        if case.plot.ending is not Ending.DECLINED:
            _appeal(case, at)
        return None
    admit = AdmitMember(application=case.application, membership=case.member.membership)
    if case.plot.ending in {Ending.FULL, Ending.WAITLISTED, Ending.OFFERED}:
        if case.plot.ending is Ending.FULL:
            stage.add(at, by, admit, refused=RefusalCode.TIER_FULL)
        waiting.wait_for_seat(case, by, stage.diary.next(at))
        return None
    if case.plot.reason is not None:
        stage.add(at, by, ChangeTier(application=case.application))
        return effective
    if stage.happens(3):
        # Written down some days after the meeting, and it counts from the meeting.
        at = stage.diary.later(at, 1, 3)
    stage.add(at, by, admit, effective_on=effective)
    return max(effective, stage.diary.day(at))


def _kind(case: Case) -> VoteKind:
    return VoteKind.ADMISSION if case.plot.reason is None else VoteKind.TIER_CHANGE


def _appeal(case: Case, declined_at: datetime) -> None:
    stage = case.stage
    at = stage.diary.later(declined_at, 3, 14)
    appeal = FileAppeal(application=case.application, grounds=stage.pen.grounds())
    entry = f"{case.application}/appeal"
    stage.scenes.append(Scene(at=at, by=case.applicant, command=appeal, entry=entry))
    if case.plot.ending is Ending.UPHELD:
        at = deciding.vote(
            case, stage.diary.meeting(at), VoteKind.APPEAL, stage.members, passes=False
        )
        stage.add(stage.diary.next(at), DIRECTOR, DecideAppeal(application=case.application))
        # It named somebody who had not been asked.
        expunge = ExpungeValue(entry=EntryId(entry), field="grounds")
        stage.add(stage.diary.later(at, 5, 20), DIRECTOR, expunge)
