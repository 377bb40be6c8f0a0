"""Deciding together: votes on applications and on an appeal, from opening to count."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.policy import VoteKind
from domain.terms import Ballot, BallotsId, VoteId
from service.demo.case import Case
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, representative_of


def vote(
    case: Case, at: datetime, kind: VoteKind, voters: list[Member], *, passes: bool
) -> datetime:
    """Add a vote on an application in one evening; return when it is counted, the next day.

    One ballot is an abstention and one is against the others.

    Args:
        case: the application.
        at: when the meeting begins.
        kind: the kind of vote.
        voters: who is there; enough for the quorum.
        passes: how it ends.
    """
    stage = case.stage
    named = VoteId(f"{case.application}/{kind}")
    stage.add(
        at,
        DIRECTOR,
        OpenVote(
            vote=named,
            ballots=BallotsId(f"{named}/ballots"),
            kind=kind,
            closes_on=stage.diary.day(at),
            application=case.application,
        ),
    )
    most, least = (Ballot.APPROVE, Ballot.AGAINST) if passes else (Ballot.AGAINST, Ballot.APPROVE)
    ballots = [Ballot.ABSTAIN, least] + [most] * (len(voters) - 2)
    stage.rng.shuffle(ballots)
    cast_at = at
    for voter, ballot in zip(voters, ballots, strict=True):
        cast_at += timedelta(seconds=stage.rng.randint(10, 90))
        stage.add(cast_at, representative_of(voter), CastVote(vote=named, ballot=ballot))
    counted_at = stage.diary.later(at, 1, 1)
    stage.add(counted_at, DIRECTOR, CloseVote(vote=named))
    return counted_at
