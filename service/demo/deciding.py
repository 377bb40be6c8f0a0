"""Deciding together: votes on applications, memberships and policy, from opening to count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.policy import VoteKind
from domain.terms import ApplicationId, Ballot, BallotsId, MembershipId, VoteId
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, SWEEP, Scene, representative_of
from service.demo.stage import Stage
from service.ledger.request import Document

_ENOUGH: Final = 5
"""So many voters that those who do not say the same may be found among them."""


def vote(  # noqa: PLR0913 - one for each thing that a vote may be about
    stage: Stage,
    at: datetime,
    kind: VoteKind,
    voters: list[Member],
    *,
    passes: bool,
    application: ApplicationId | None = None,
    membership: MembershipId | None = None,
    proposal: Document | None = None,
    clauses: Sequence[str] = (),
    reason: str | None = None,
) -> tuple[VoteId, datetime]:
    """Add a vote that is opened at a meeting; return it, and when it is counted, the next night.

    Where there are enough, two ballots are against the others, so that the count is published.

    Args:
        stage: where scenes are gathered.
        at: when the meeting begins.
        kind: the kind of vote.
        voters: who is there; enough for the quorum.
        passes: how it ends.
        application: the application that it is about.
        membership: the membership that it is about, where it is about one.
        proposal: the policy file that it is about, where it is about one.
        clauses: of the policy, for which a membership is to end, where that is asked.
        reason: why it is to end.
    """
    closes_on = stage.diary.day(at) + timedelta(days=1)
    sha256 = None if proposal is None else proposal.sha256
    named = VoteId(f"{application or membership or sha256}/{kind}")
    question = OpenVote(
        vote=named,
        ballots=BallotsId(f"{named}/ballots"),
        kind=kind,
        closes_on=closes_on,
        application=application,
        membership=membership,
        proposal_sha256=sha256,
        clauses=[*clauses],
        reason=reason,
    )
    documents = () if proposal is None else (proposal,)
    stage.steps.append(Scene(at=at, by=DIRECTOR, command=question, documents=documents))
    most, least = (Ballot.APPROVE, Ballot.AGAINST) if passes else (Ballot.AGAINST, Ballot.APPROVE)
    others = [least, least] if len(voters) >= _ENOUGH else []
    ballots = others + [most] * (len(voters) - len(others))
    stage.rng.shuffle(ballots)
    _cast(stage, at, named, voters, ballots)
    counted_at = stage.diary.night(closes_on + timedelta(days=1))
    stage.add(counted_at, SWEEP, CloseVote(vote=named))
    return named, counted_at


def put_to_vote(
    stage: Stage, at: datetime, application: ApplicationId, voters: list[Member], closes_on: date
) -> None:
    """Add a vote on an admission that is open still when the story ends.

    Args:
        stage: where scenes are gathered.
        at: when it is opened.
        application: what it is about.
        voters: who has voted by the end.
        closes_on: the last day for the others.
    """
    named = VoteId(f"{application}/{VoteKind.ADMISSION}")
    question = OpenVote(
        vote=named,
        ballots=BallotsId(f"{named}/ballots"),
        kind=VoteKind.ADMISSION,
        closes_on=closes_on,
        application=application,
    )
    stage.add(at, DIRECTOR, question)
    _cast(stage, at, named, voters, [Ballot.APPROVE] * len(voters))


def _cast(
    stage: Stage, at: datetime, vote: VoteId, voters: list[Member], ballots: list[Ballot]
) -> None:
    for voter, ballot in zip(voters, ballots, strict=True):
        at += timedelta(seconds=stage.rng.randint(10, 90))
        stage.add(at, representative_of(voter), CastVote(vote=vote, ballot=ballot))
