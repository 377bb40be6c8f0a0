"""What can be put to a vote: of what kind, about what, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from domain.coalition.ballots import Ballots
from domain.coalition.coalition import Coalition
from domain.coalition.erasure import refuse_erased_party
from domain.coalition.governing import refuse_version
from domain.coalition.mandate import kind_of_change, refuse_once, refuse_soon, vote_that_counts
from domain.coalition.vote import OpenVote, Vote
from domain.decision import (
    Moment,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.admission import DECIDED_BY
from domain.membership.appealing import CONTESTED, refuse_unappealed
from domain.membership.application import Application, refuse_phase
from domain.membership.membership import Membership, refuse_ended, refuse_standing
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.requirements import refuse_clauses
from domain.membership.returning import refuse_not_ended
from domain.membership.review import Review
from domain.policy import ElectorateId, Policy, VoteKind
from domain.terms import ApplicationPhase, MembershipId, VoteOutcome


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the opening of a vote looks at.

    Attributes:
        vote: the one to be made.
        ballots: the stream of its ballots, to be made too.
        coalition: the coalition.
        register: the whole roll.
        application: what an admission, a change of tier or an appeal is about.
        review: the application's review.
        membership: what a termination, a reinstatement or an appeal is about.
        party: whom it is about; version 0 where it is about nobody.
        parts: the organisations that are part of that one.
        earlier: the last vote of the kind on what it is about.
        before: all of the kind on the membership that it is about, in order.
        aside_before: who took part in the decision that is appealed; and who stood aside in the
            last vote on the same, where all had left that.
        director_aside: whether whoever directs did, declared a conflict of interest or belongs to
            whom it concerns.
        proposal: the policy that is proposed.
        voters: the memberships that vote on what is opened now, of those that the policy counts to
            an electorate.
    """

    vote: Vote
    ballots: Ballots
    coalition: Coalition
    register: Register
    application: Application
    review: Review
    membership: Membership
    party: Party
    parts: Sequence[Party]
    voters: Callable[[ElectorateId], Sequence[Membership]]
    earlier: Vote | None = None
    before: Sequence[Vote] = ()
    aside_before: frozenset[MembershipId] = frozenset()
    director_aside: bool = False
    proposal: Policy | None = None


def refuse_subject(
    question: Question, command: OpenVote, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse a question that names the wrong thing, or one that cannot be decided now."""
    match command.kind:
        case VoteKind.ADMISSION if command.application is None and command.membership is not None:
            return _refuse_shape(command, "membership") or _refuse_membership(
                question, command, moment, policy
            )
        case VoteKind.ADMISSION | VoteKind.TIER_CHANGE:
            return _refuse_shape(command, "application") or _refuse_application(
                question, command.kind, moment
            )
        case VoteKind.APPEAL:
            subject = "application" if command.membership is None else "membership"
            return _refuse_shape(command, subject) or _refuse_appeal(question, command, moment)
        case VoteKind.TERMINATION:
            return _refuse_shape(command, "membership") or _refuse_membership(
                question, command, moment, policy
            )
        case VoteKind.POLICY | VoteKind.MISSION_AND_VALUES:
            return _refuse_shape(command, "proposal_sha256") or _refuse_proposal(
                question, command, moment, policy
            )


def refuse_grounds(question: Question, command: OpenVote, policy: Policy) -> Refusal | None:
    """Refuse to propose the end of a membership without saying why, and to say so elsewhere."""
    rule = f"votes.{command.kind}.grounds"
    if command.kind is VoteKind.TERMINATION:
        if command.reason is None:
            message = "Why ending it is proposed is said to who votes and whom it concerns."
            return refuse_input("reason", rule, message, "A reason.")
        return refuse_clauses(command.clauses, question.membership.tier, policy)
    given = "clauses" if command.clauses else "reason"
    if not command.clauses and command.reason is None:
        return None
    message = f"A vote of the kind {coded(command.kind)} ends no membership."
    return refuse_input(given, rule, message, "A vote without clauses and reason.")


def _refuse_shape(command: OpenVote, wanted: str) -> Refusal | None:
    subjects = ("application", "membership", "proposal_sha256")
    named = [name for name in subjects if getattr(command, name) is not None]
    if named == [wanted]:
        return None
    field = wanted.removesuffix("_sha256")
    return refuse_input(
        field,
        f"votes.{command.kind}.subject",
        f"A vote of the kind {coded(command.kind)} is about one {field}, and about nothing else.",
        f"The {field} alone.",
    )


def _refuse_application(question: Question, kind: VoteKind, moment: Moment) -> Refusal | None:
    application = question.application
    if refusal := refuse_phase(application, ApplicationPhase.REVIEWED):
        return refusal
    if DECIDED_BY[application.kind] is not kind:
        return refuse_input(
            "kind",
            "application.kind",
            f"The application asks for {coded(application.kind)}.",
            f"A vote of the kind {coded(application.kind)}.",
        )
    return (
        refuse_once(question.earlier)
        or _refuse_unchanged(application, question.earlier)
        or refuse_too_early(moment, application.since)
    )


def _refuse_unchanged(application: Application, earlier: Vote | None) -> Refusal | None:
    """Refuse to ask those who said no the same again, with nothing else to go by."""
    if earlier is None or not earlier.said_no or application.recommended_since:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "votes.once",
        f"A vote on this said no on {earlier.closed_on}.",
        "A decline, or another recommendation first, or other reasons for it.",
    )


def _refuse_appeal(question: Question, command: OpenVote, moment: Moment) -> Refusal | None:
    application, membership = question.application, question.membership
    if command.membership is None:
        refusal, decision = (
            refuse_phase(application, ApplicationPhase.APPEALED),
            application.decline,
        )
        since = application.since
    else:
        refusal, decision = refuse_standing(membership, *CONTESTED), membership.standing.decision
        since = membership.last_effective
    if refusal := refusal or refuse_unappealed(decision):
        return refusal
    earlier = question.earlier
    if earlier is not None and earlier.outcome is not VoteOutcome.MOOT:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "votes.once",
            "The appeal was put to a vote already.",
            "An appeal that was not, or only to a vote that all have left.",
        )
    return refuse_too_early(moment, since)


def _refuse_membership(
    question: Question, command: OpenVote, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse to ask about the end of a membership, or its return, what is not to be asked now."""
    membership = question.membership
    if command.kind is VoteKind.TERMINATION:
        refusal, since = refuse_ended(membership), membership.since
    else:
        refusal = refuse_not_ended(membership, question.party) or refuse_erased_party(
            question.coalition, membership.party
        )
        since = membership.last_effective
    earlier = vote_that_counts(question.earlier, membership, moment, policy)
    return (
        refusal
        or refuse_once(earlier)
        or refuse_soon(question.before, membership, command.clauses, moment, policy)
        or refuse_too_early(moment, since)
    )


def _refuse_proposal(
    question: Question, command: OpenVote, moment: Moment, policy: Policy
) -> Refusal | None:
    proposal = question.proposal
    if proposal is None or proposal.sha256 != command.proposal_sha256:
        return refuse_unknown("proposal")
    kind = kind_of_change(policy, proposal)
    if kind is not command.kind:
        return refuse_input(
            "kind",
            f"votes.{command.kind}.subject",
            f"By what it changes, the proposal is decided by a vote of the kind {coded(kind)}.",
            f"A vote of the kind {coded(kind)}.",
        )
    return (
        refuse_version(question.coalition, proposal)
        or refuse_once(question.earlier)
        or refuse_too_early(moment, question.coalition.since)
    )
