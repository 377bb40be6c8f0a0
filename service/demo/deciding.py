"""Deciding together: votes on applications, memberships and policy, from opening to count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.policy import VoteKind
from domain.terms import ApplicationId, Ballot, BallotsId, MembershipId, VoteId
from service.demo.cast import Member
from service.demo.scene import DIRECTOR, SWEEP, Scene, representative_of
from service.demo.stage import Stage
from service.ledger.request import Document


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
    """Add a vote that is held in one evening; return it, and when it is counted, that night.

    One ballot is an abstention and one is against the others.

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
    sha256 = None if proposal is None else proposal.sha256
    named = VoteId(f"{application or membership or sha256}/{kind}")
    question = OpenVote(
        vote=named,
        ballots=BallotsId(f"{named}/ballots"),
        kind=kind,
        closes_on=stage.diary.day(at),
        application=application,
        membership=membership,
        proposal_sha256=sha256,
        clauses=[*clauses],
        reason=reason,
    )
    documents = () if proposal is None else (proposal,)
    stage.steps.append(Scene(at=at, by=DIRECTOR, command=question, documents=documents))
    most, least = (Ballot.APPROVE, Ballot.AGAINST) if passes else (Ballot.AGAINST, Ballot.APPROVE)
    ballots = [Ballot.ABSTAIN, least] + [most] * (len(voters) - 2)
    stage.rng.shuffle(ballots)
    cast_at = at
    for voter, ballot in zip(voters, ballots, strict=True):
        cast_at += timedelta(seconds=stage.rng.randint(10, 90))
        stage.add(cast_at, representative_of(voter), CastVote(vote=named, ballot=ballot))
    counted_at = stage.diary.night(stage.diary.day(at) + timedelta(days=1))
    stage.add(counted_at, SWEEP, CloseVote(vote=named))
    return named, counted_at
