"""Turns that few memberships take: two that become one, and one that the partners end.

The member that they end is heard before they vote.
"""

from __future__ import annotations

from datetime import timedelta

from domain.coalition.vote import AnswerTermination
from domain.membership.standing import TerminateMembership
from domain.membership.ties import MergeParties, SeparateParties
from domain.policy import VoteKind
from service.demo import deciding
from service.demo.cast import Member
from service.demo.life import Life
from service.demo.part import Fate, Part
from service.demo.scene import COMMITTEE, DIRECTOR, representative_of
from service.demo.stage import Stage
from service.demo.storyboard import SEPARATED_MONTH

_ABSORBED = {Fate.ABSORBED, Fate.ABSORBED_FOR_A_TIME}
_CLAUSE = "provider.transparent-collaboration"
_REASON = "Referrals were passed on for a fee, twice, and after a warning."
_ANSWER = "The fee was for the translation, and we did not know that it was not to be asked for."


def tell(stage: Stage, cast: tuple[tuple[Part, Member], ...]) -> None:
    """Add the mergers, of whoever is absorbed into whoever absorbs, and the terminations."""
    absorbing = [member for part, member in cast if part.fate is Fate.ABSORBS]
    absorbed = [(part, member) for part, member in cast if part.fate in _ABSORBED]
    for survivor, (part, member) in zip(absorbing, absorbed, strict=True):
        _merge(stage, survivor, member, part)
    for part, member in cast:
        if part.fate is Fate.TERMINATED:
            _terminate(stage, member, part)


def _merge(stage: Stage, survivor: Member, merged: Member, part: Part) -> None:
    at = stage.diary.within(part.fated)
    life = stage.life_of(merged)
    merge = MergeParties(
        survivor=survivor.party,
        merged=merged.party,
        membership=survivor.membership,
        reason="The boards of both decided to go on as one.",
    )
    stage.add(at, DIRECTOR, merge)
    life.ended_at = at
    if part.fate is Fate.ABSORBED_FOR_A_TIME:
        apart_at = stage.diary.within(SEPARATED_MONTH)
        separate = SeparateParties(
            party=merged.party, reason="The two budgets could not be made one after all."
        )
        stage.add(apart_at, DIRECTOR, separate)
        since = stage.diary.day(apart_at)
        stage.lives.append(Life(member=merged, since=since, tiers=[(apart_at, life.tier(at))]))


def _terminate(stage: Stage, member: Member, part: Part) -> None:
    at = stage.diary.meeting(stage.diary.within(part.fated))
    membership = member.membership
    vote, counted_at = deciding.vote(
        stage,
        at,
        VoteKind.TERMINATION,
        stage.partners_at(at),
        passes=True,
        membership=membership,
        clauses=[_CLAUSE],
        reason=_REASON,
    )
    answer = AnswerTermination(vote=vote, answer=_ANSWER)
    stage.add(at + timedelta(seconds=5), representative_of(member), answer)
    at = stage.diary.on(stage.diary.day(counted_at) + timedelta(days=1))
    terminate = TerminateMembership(
        membership=membership,
        vote=vote,
        clauses=[_CLAUSE],
        reason=_REASON,
    )
    stage.add(at, COMMITTEE[0], terminate)
    stage.life_of(member).ended_at = at
