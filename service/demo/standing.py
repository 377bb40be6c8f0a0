"""Standing: members that may not act for a while, one that leaves and comes back, a grievance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from domain.membership.application import RequestTierChange
from domain.membership.contest import FileAppeal
from domain.membership.grievance import FileGrievance, ResolveGrievance
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    ReinstateMembership,
    SuspendMembership,
    WithdrawMembership,
)
from domain.policy import VoteKind
from domain.terms import GrievanceId, GrievanceOutcome, StaffRole, TierChangeReason
from service.demo import belonging, deciding
from service.demo.belonging import Stay
from service.demo.cast import Member
from service.demo.life import Life
from service.demo.scene import COMMITTEE, DIRECTOR, SWEEP, representative_of
from service.demo.stage import Stage


def tell(stage: Stage, stays: Sequence[Stay]) -> None:
    """Add it all.

    Args:
        stage: where scenes are gathered.
        stays: the times as members of three groups that are not there when votes are held, from
            before 2025; the second one's ends.
    """
    suspended, returning, complaining = stays
    _suspend_for_a_month(stage, complaining.member)
    _suspend(stage, suspended.member)
    _leave_and_return(stage, returning)
    _complain(stage, complaining.member, suspended.member)
    _suspend_and_hear_an_appeal(stage, complaining.member)


def _suspend_for_a_month(stage: Stage, member: Member) -> None:
    """Suspend a member until a day, on which that is over without anybody."""
    at = stage.diary.within("2024-10")
    until = stage.diary.day(at) + timedelta(days=30)
    suspend = SuspendMembership(
        membership=member.membership,
        clauses=["network.commitment-to-mission"],
        reason="For half a year nobody of them could be reached.",
        until=until,
    )
    stage.add(at, DIRECTOR, suspend)
    stage.add(stage.diary.night(until), SWEEP, EndSuspension(membership=member.membership))


def _suspend(stage: Stage, member: Member) -> None:
    """Suspend a member until it has met a condition, which it does before the day set."""
    at = stage.diary.within("2025-08")
    suspend = SuspendMembership(
        membership=member.membership,
        clauses=["network.transparent-collaboration"],
        reason="They spoke for the coalition in the press, and had not asked.",
        until=stage.diary.day(at) + timedelta(days=120),
        condition="An agreement on who speaks for whom.",
    )
    stage.add(at, DIRECTOR, suspend)
    lift = LiftSuspension(membership=member.membership, reason="The agreement is there.")
    stage.add(stage.diary.later(at, 40, 80), DIRECTOR, lift)


def _suspend_and_hear_an_appeal(stage: Stage, member: Member) -> None:
    """Suspend a member that appeals, which nobody has decided on yet when the story ends."""
    at = stage.diary.within("2026-05")
    suspend = SuspendMembership(
        membership=member.membership,
        clauses=["network.transparent-collaboration"],
        reason="They invited to a meeting in the coalition's name, and had not asked.",
        until=stage.diary.day(at) + timedelta(days=120),
    )
    stage.add(at, DIRECTOR, suspend)
    appeal = FileAppeal(
        membership=member.membership,
        grounds="The invitation said whose meeting it was, and that others were asked.",
    )
    stage.add(stage.diary.later(at, 5, 15), representative_of(member), appeal)


def _leave_and_return(stage: Stage, stay: Stay) -> None:
    """Let a member leave, and come back months later under the text of then.

    Some weeks before, it had asked for another tier; that ends as it leaves, and stays so.
    """
    member = stay.member
    at = stage.diary.within("2025-03")
    left = stage.life_of(member)
    left.ended_at = at
    ask = RequestTierChange(
        application=member.application(2),
        review=member.review(2),
        applicant=member.representative,
        membership=member.membership,
        tier="ally-network",
        reason=TierChangeReason.REQUESTED,
        statement="We would stand by the others rather than take part ourselves.",
    )
    stage.add(at - timedelta(days=20), representative_of(member), ask)
    leave = WithdrawMembership(
        membership=member.membership, reason="Nobody has the time at present."
    )
    stage.add(at, representative_of(member), leave)
    since = stage.diary.day(stage.diary.within("2026-02"))
    again = belonging.sign(stage, member, stay.agreement, since)
    back = ReinstateMembership(
        membership=member.membership, reason="They have somebody again who comes to meetings."
    )
    at = stage.diary.meeting(again.signed_at)
    _, counted_at = deciding.vote(
        stage,
        at,
        VoteKind.ADMISSION,
        stage.partners_at(at),
        passes=True,
        membership=member.membership,
    )
    at = stage.diary.on(stage.diary.day(counted_at))
    stage.add(at, COMMITTEE[0], back)
    since = stage.diary.day(at)
    stage.lives.append(Life(member=member, since=since, tiers=[(at, left.tier(left.ended_at))]))


def _complain(stage: Stage, member: Member, against: Member) -> None:
    """Let a member complain of another one, and somebody on the committee answer."""
    grievance = GrievanceId(f"{member.key}/grievance")
    at = stage.diary.within("2025-07")
    complain = FileGrievance(
        grievance=grievance,
        membership=member.membership,
        against=against.membership,
        text="They spoke for all of us in the press, and had asked none of us.",
    )
    stage.add(at, representative_of(member), complain)
    answer = ResolveGrievance(
        grievance=grievance,
        outcome=GrievanceOutcome.UPHELD,
        resolution="It is so, and there will be an agreement on who speaks for whom.",
        resolver=COMMITTEE[1].id,
        role=StaffRole.COMMITTEE,
    )
    stage.add(stage.diary.later(at, 10, 25), COMMITTEE[1], answer)
