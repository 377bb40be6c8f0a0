"""The decision on an application: the partners' vote, and what the committee makes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from domain.coalition.erasure import ExpungeValue
from domain.decision import RefusalCode
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.membership import AdmitMember, ChangeTier, DeclineApplication
from domain.policy import VoteKind
from domain.terms import EntryId
from service.demo import deciding, seating
from service.demo.case import Case
from service.demo.life import Life
from service.demo.part import Ending
from service.demo.scene import COMMITTEE, DIRECTOR, Scene
from service.demo.storyboard import LAST_MONTH, OPEN_DAYS

_FIRST: Final = 3
"""How many have voted when the last vote is open still."""

_DECLINED: Final = {Ending.DECLINED, Ending.APPEALED, Ending.UPHELD}


def decide(case: Case, reviewed_at: datetime) -> date | None:
    """Add the vote and the decision; return from when a yes holds, or ``None`` without one.

    A no for what is not met is the committee's.
    """
    stage = case.stage
    at = stage.diary.meeting(reviewed_at)
    by = stage.rng.choice(COMMITTEE)
    effective = stage.diary.day(at)
    declines = case.plot.ending in _DECLINED
    if case.plot.ending is Ending.PUT_TO_VOTE:
        _put_to_vote(case, at)
        return None
    if case.plot.voted if declines else _is_voted_on(case, at):
        effective = _vote(case, at, passes=not declines)
        at = stage.diary.on(effective)
    if declines:
        command = DeclineApplication(
            application=case.application, clauses=[*case.plot.unmet], note=stage.pen.decline()
        )
        stage.add(at, by, command)
        if case.plot.ending is not Ending.DECLINED:
            _appeal(case, at)
        return None
    admit = AdmitMember(application=case.application, membership=case.member.membership)
    if case.plot.ending in seating.WAITING:
        if case.plot.ending is Ending.FULL:
            stage.add(at, by, admit, refused=RefusalCode.TIER_FULL)
        accepted_at = seating.wait(case, by, stage.diary.next(at))
        if accepted_at is not None:
            stage.life_of(case.member).tiers.append((accepted_at, case.plot.tier))
        return None if accepted_at is None else stage.diary.day(accepted_at)
    stage.approved[case.application] = at
    if case.plot.reason is not None:
        stage.add(at, by, ChangeTier(application=case.application))
        stage.life_of(case.member).tiers.append((at, case.plot.tier))
        return effective
    if stage.happens(3):
        # Written down some days after the meeting, and it counts from the meeting.
        at = stage.diary.later(at, 1, 3)
    stage.add(at, by, admit, effective_on=effective)
    stage.approved[case.application] = at
    life = Life(member=case.member, since=effective, tiers=[(at, case.plot.tier)])
    stage.lives.append(life)
    return max(effective, stage.diary.day(at))


def _put_to_vote(case: Case, at: datetime) -> None:
    stage = case.stage
    at = max(at, stage.diary.within(LAST_MONTH))
    closes_on = stage.diary.day(at) + timedelta(days=OPEN_DAYS)
    voters = stage.partners_at(at)[:_FIRST]
    deciding.put_to_vote(stage, at, case.application, voters, closes_on)


def _vote(case: Case, at: datetime, *, passes: bool) -> date:
    """Add the partners' vote; return the day on which it is counted."""
    stage = case.stage
    _, counted_at = deciding.vote(
        stage,
        at,
        _kind(case),
        [each for each in stage.partners_at(at) if each is not case.member],
        passes=passes,
        application=case.application,
    )
    return stage.diary.day(counted_at)


def _is_voted_on(case: Case, at: datetime) -> bool:
    """Whether a yes needs a vote: one to the tier that the member has already needs none."""
    if case.plot.reason is None:
        return True
    return case.stage.life_of(case.member).tier(at) != case.plot.tier


def _kind(case: Case) -> VoteKind:
    return VoteKind.ADMISSION if case.plot.reason is None else VoteKind.TIER_CHANGE


def _appeal(case: Case, declined_at: datetime) -> None:
    stage = case.stage
    at = stage.diary.later(declined_at, 3, 14)
    appeal = FileAppeal(application=case.application, grounds=stage.pen.grounds())
    entry = f"{case.application}/appeal"
    stage.steps.append(Scene(at=at, by=case.applicant, command=appeal, entry=entry))
    if case.plot.ending is Ending.UPHELD:
        _, counted_at = deciding.vote(
            stage,
            stage.diary.meeting(at),
            VoteKind.APPEAL,
            stage.members,
            passes=False,
            application=case.application,
        )
        at = stage.diary.on(stage.diary.day(counted_at))
        stage.add(at, DIRECTOR, DecideAppeal(application=case.application))
        # It named somebody who had not been asked, as somebody sees long after.
        expunge = ExpungeValue(entry=EntryId(entry), field="grounds")
        stage.add(stage.ends_at, DIRECTOR, expunge)
