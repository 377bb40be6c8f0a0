"""Conflicts of interest: who says so, and who has no further part in an application or a vote."""

from __future__ import annotations

from domain.coalition.ballots import Ballots, VoterRecused
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.application import Application, ReviewStarted, refuse_phase
from domain.membership.phases import UNDECIDED
from domain.membership.register import Register
from domain.membership.review import (
    ConflictDeclared,
    DeclareConflict,
    RecuseReviewer,
    Review,
    ReviewerRecused,
)
from domain.terms import ApplicationPhase, MembershipId, PrincipalId, VotePhase


def decide_declare_conflict(
    application: Application,
    review: Review,
    vote: Vote | None,
    ballots: Ballots,
    register: Register,
    command: DeclareConflict,
    moment: Moment,
) -> Decision:
    """Stand aside for a conflict of interest: oneself, or one's organisation in votes.

    In a vote that is open the organisation, or the director, leaves the electorate; the ballot
    that they cast, if they did, does not count. Of an application it is refused once that is
    decided, and of an organisation that is no member; of a vote once that is closed, and of
    whoever has none in it. A conflict in a vote on an application is one about that. A review that
    is complete goes on once nobody is left who made it, as by `decide_recuse_reviewer`.
    """
    if (command.application is None) == (command.vote is None):
        return refuse_input(
            "vote",
            "conflict.subject",
            "A conflict of interest is about an application or a vote: one of the two.",
            "The application, or the vote.",
        )
    if command.vote is not None:
        return _leave(vote, ballots, register, command, moment, application, review)
    if not application.version:
        return refuse_unknown("application")
    if command.party in review.conflicted or (
        command.party is None and command.declarer in review.recused
    ):
        return []
    if refusal := (
        refuse_phase(application, *UNDECIDED) or refuse_too_early(moment, application.since)
    ):
        return refusal
    facts = _declared(application, review, command)
    if command.party is None:
        return [*facts, *_leaving(vote, ballots, None)] if command.by_director else facts
    member = register.membership_of(command.party)
    if member is None:
        return refuse(
            RefusalCode.NOT_IN_ELECTORATE,
            "conflict.member",
            "Who is no member has no vote to stand aside from.",
            "A conflict of interest of a member.",
        )
    return [*facts, *_leaving(vote, ballots, member)]


def decide_recuse_reviewer(
    application: Application,
    review: Review,
    vote: Vote | None,
    ballots: Ballots,
    command: RecuseReviewer,
    moment: Moment,
) -> Decision:
    """Let somebody have no further part in an application; unassigned, none from the start.

    What they found until then stays, until somebody else finds otherwise; what they recommend does
    not stand alone: where they are the last reviewer and the review is complete, it goes on, and
    somebody else completes it. A director who names themself leaves the vote that is open on it, as
    by `decide_declare_conflict`. Refuses once the application is decided.
    """
    if not application.version:
        return refuse_unknown("application")
    if command.reviewer in review.recused:
        return []
    if refusal := (
        refuse_phase(application, *UNDECIDED) or refuse_too_early(moment, application.since)
    ):
        return refusal
    facts = _recused(application, review, command.reviewer, command.reason)
    return [*facts, *_leaving(vote, ballots, None)] if command.by_themself else facts


def _declared(application: Application, review: Review, command: DeclareConflict) -> list[Fact]:
    """Return what is said of an application; with it whoever speaks for themself is recused."""
    declared = ConflictDeclared(
        application=application.id,
        declarer=command.declarer,
        party=command.party,
        details=command.details,
    )
    facts = [Fact(application.review, declared)]
    if command.party is None:
        facts += _recused(application, review, command.declarer, None)
    return facts


def _recused(
    application: Application, review: Review, reviewer: PrincipalId, reason: str | None
) -> list[Fact]:
    """Return that somebody is recused; without another reviewer the review is not complete."""
    recused = ReviewerRecused(application=application.id, reviewer=reviewer, reason=reason)
    facts = [Fact(application.review, recused)]
    if application.phase is ApplicationPhase.REVIEWED and review.reviewers == {reviewer}:
        facts.append(Fact(application.id, ReviewStarted()))
    return facts


def _leave(
    vote: Vote | None,
    ballots: Ballots,
    register: Register,
    command: DeclareConflict,
    moment: Moment,
    application: Application,
    review: Review,
) -> Decision:
    """Let who has a vote stand aside in it, whatever it is about."""
    if vote is None or vote.phase is None:
        return refuse_unknown("vote")
    member = None if command.party is None else register.membership_of(command.party)
    speaks = command.by_director or member is not None
    if speaks and member in ballots.recused(vote):
        return []
    if vote.phase is VotePhase.CLOSED:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "votes.open",
            "The vote is closed: nobody stands aside any more.",
            "A vote that is open.",
        )
    if not speaks or not _has_vote(vote, ballots, member):
        return refuse(
            RefusalCode.NOT_IN_ELECTORATE,
            "votes.electorate",
            "You have no vote in this to stand aside from.",
            "A vote of an electorate that you belong to.",
        )
    if refusal := refuse_too_early(moment, vote.since):
        return refusal
    if application.version:
        return [*_declared(application, review, command), *_leaving(vote, ballots, member)]
    left = VoterRecused(
        vote=vote.id, membership=member, declarer=command.declarer, details=command.details
    )
    return [Fact(vote.ballots, left)]


def _leaving(vote: Vote | None, ballots: Ballots, voter: MembershipId | None) -> list[Fact]:
    """Return that a voter leaves the vote on it, if one is open in which they have a vote."""
    if vote is None or vote.phase is not VotePhase.OPEN or not _has_vote(vote, ballots, voter):
        return []
    return [Fact(vote.ballots, VoterRecused(vote=vote.id, membership=voter))]


def _has_vote(vote: Vote, ballots: Ballots, voter: MembershipId | None) -> bool:
    """Whether a membership has a vote still; ``None`` is the director."""
    if voter is None:
        return vote.director_votes and None not in ballots.aside
    return voter in ballots.electorate(vote)
