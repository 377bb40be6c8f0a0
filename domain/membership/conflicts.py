"""Conflicts of interest: who says so, and who has no further part in an application."""

from __future__ import annotations

from domain.coalition.ballots import Ballots, VoterRecused
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    RefusalCode,
    refuse,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.application import UNDECIDED, Application, refuse_phase
from domain.membership.register import Register
from domain.membership.review import (
    ConflictDeclared,
    DeclareConflict,
    RecuseReviewer,
    Review,
    ReviewerRecused,
)
from domain.terms import MembershipId, VotePhase


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
    that they cast, if they did, does not count. Refuses once the application is decided, and an
    organisation that is no member.
    """
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
    declared = ConflictDeclared(
        application=application.id,
        declarer=command.declarer,
        party=command.party,
        details=command.details,
    )
    facts = [Fact(application.review, declared)]
    if command.party is None:
        recused = ReviewerRecused(
            application=application.id, reviewer=command.declarer, reason=None
        )
        facts.append(Fact(application.review, recused))
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
    application: Application, review: Review, command: RecuseReviewer, moment: Moment
) -> Decision:
    """Let somebody have no further part in an application; unassigned, none from the start.

    What they found until then stays, until somebody else finds otherwise. Refuses once the
    application is decided.
    """
    if not application.version:
        return refuse_unknown("application")
    if command.reviewer in review.recused:
        return []
    if refusal := (
        refuse_phase(application, *UNDECIDED) or refuse_too_early(moment, application.since)
    ):
        return refusal
    recused = ReviewerRecused(
        application=application.id, reviewer=command.reviewer, reason=command.reason
    )
    return [Fact(application.review, recused)]


def _leaving(vote: Vote | None, ballots: Ballots, voter: MembershipId | None) -> list[Fact]:
    """Return that a voter leaves the vote on it, if one is open in which they have a vote."""
    if vote is None or vote.phase is not VotePhase.OPEN:
        return []
    if voter not in ballots.electorate(vote) and not (voter is None and vote.director_votes):
        return []
    return [Fact(vote.ballots, VoterRecused(vote=vote.id, membership=voter))]
