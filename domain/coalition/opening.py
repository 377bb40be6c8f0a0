"""Opening a vote: on what, and who may vote on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.coalition.ballots import Ballots
from domain.coalition.coalition import Coalition
from domain.coalition.erasure import refuse_erased_party
from domain.coalition.governing import refuse_version
from domain.coalition.mandate import (
    kind_of_change,
    refuse_once,
    refuse_soon,
    vote_that_counts,
)
from domain.coalition.recusal import divide, interested_parties
from domain.coalition.vote import OpenVote, Vote, VoteOpened
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_input,
    refuse_shared_ids,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.admission import DECIDED_BY
from domain.membership.appealing import CONTESTED, refuse_unappealed
from domain.membership.application import (
    AppealPutToVote,
    Application,
    ApplicationPutToVote,
    refuse_phase,
)
from domain.membership.membership import Membership, refuse_ended, refuse_standing
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.requirements import refuse_clauses
from domain.membership.returning import refuse_not_ended
from domain.membership.review import Review
from domain.membership.standing import StandingAppealPutToVote
from domain.policy import ElectorateId, Policy, VoteFallback, VoteKind, VoteRule
from domain.terms import ApplicationPhase, MembershipId, PartyId, VoteOutcome

LONGEST_VOTE_DAYS: Final = 366


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
    aside_before: frozenset[MembershipId] = frozenset()
    director_aside: bool = False
    proposal: Policy | None = None


class _Roll(msgspec.Struct, frozen=True, kw_only=True):
    """Who votes, who stands aside, and whether the director has a vote."""

    voting: list[MembershipId]
    aside: list[MembershipId]
    director_votes: bool


def decide_open_vote(
    question: Question, command: OpenVote, moment: Moment, policy: Policy
) -> Decision:
    """Put a question to the electorate that the policy has for it (invariants 3 and 4).

    Electorate, quorum, threshold and policy version are fixed from now on; members with
    an interest have left. Refuses a question that cannot be decided now, a termination without
    clauses that are not met or a reason, and anything else with them, a closing day out of
    range, and an electorate without voters, which names the policy's fallback.
    """
    if refusal := (
        _refuse_ids(question, command)
        or _refuse_subject(question, command, moment, policy)
        or _refuse_grounds(question, command, policy)
        or _refuse_closing(command, moment)
    ):
        return refusal
    rule = policy.vote_rule(command.kind)
    roll = _roll(question, command, rule)
    if isinstance(roll, Refusal):
        return roll
    opened = VoteOpened(
        kind=command.kind,
        application=command.application,
        proposal_sha256=command.proposal_sha256,
        policy_sha256=policy.sha256,
        quorum=rule.quorum,
        threshold=rule.threshold,
        director_votes=roll.director_votes,
        tally_minimum_electorate=rule.tally_minimum_electorate,
        by_fallback=command.by_fallback,
        closes_on=command.closes_on,
        membership=command.membership,
        electorate=roll.voting,
        recused=roll.aside,
        ballots=command.ballots,
        membership_version=None if command.membership is None else question.membership.version,
        clauses=list(dict.fromkeys(command.clauses)) or None,
        reason=command.reason,
    )
    return [Fact(command.vote, opened), *_put_to_vote(command)]


def _put_to_vote(command: OpenVote) -> list[Fact]:
    """Return what the subject of the vote is told of it.

    That a membership is about to end is not public before it has, so its stream is not told.
    """
    if command.kind is VoteKind.APPEAL and command.membership is not None:
        return [Fact(command.membership, StandingAppealPutToVote(vote=command.vote))]
    if command.application is None:
        return []
    if command.kind is VoteKind.APPEAL:
        return [Fact(command.application, AppealPutToVote(vote=command.vote))]
    return [Fact(command.application, ApplicationPutToVote(vote=command.vote))]


def _roll(question: Question, command: OpenVote, rule: VoteRule) -> _Roll | Refusal:
    """Return who votes, or that nobody is left and who may then.

    Where the policy's fallback is a body of members that is empty too, the director is left:
    otherwise a coalition could not admit its first member.
    """
    roll = _of(question, rule.electorate, director_votes=rule.director_votes)
    if not command.by_fallback:
        return roll if roll.voting else _refuse_empty(command, rule)
    if roll.voting:
        return refuse(
            RefusalCode.WRONG_PHASE,
            f"votes.{command.kind}.fallback",
            f"The fallback is for an electorate without voters, and {rule.electorate} can vote.",
            f"A vote of {rule.electorate}.",
            field="byFallback",
        )
    if rule.fallback is not VoteFallback.DIRECTOR:
        fallback = ElectorateId(rule.fallback.value)
        aside = roll.aside
        roll = _of(question, fallback, director_votes=rule.director_votes)
        roll = replace(roll, aside=sorted({*aside, *roll.aside}))
        if roll.voting:
            return roll
    if not question.director_aside:
        return _Roll(voting=[], aside=roll.aside, director_votes=True)
    return refuse(
        RefusalCode.EMPTY_ELECTORATE,
        f"votes.{command.kind}.fallback",
        "Nobody is left to vote: whoever directs, who would last, stands aside too, for an interest"
        " in it or a part in what is appealed.",
        "An active member without an interest in the decision, or a director without one: somebody"
        " else who directs, by a key of their own, if need be for the time of the vote.",
    )


def _of(question: Question, electorate: ElectorateId, *, director_votes: bool) -> _Roll:
    interested = frozenset[PartyId]()
    if question.party.version:
        interested = interested_parties([question.party, *question.parts], question.coalition)
    if question.application.version:
        interested |= question.review.conflicted
    interested = question.register.with_survivors(interested)
    voting, aside = divide(question.voters(electorate), interested, question.aside_before)
    director_votes = director_votes and not question.director_aside
    return _Roll(voting=voting, aside=aside, director_votes=director_votes)


def _refuse_empty(command: OpenVote, rule: VoteRule) -> Refusal:
    return refuse(
        RefusalCode.EMPTY_ELECTORATE,
        f"votes.{command.kind}.electorate",
        f"None of {rule.electorate} may vote: nobody is active without an interest in it.",
        f"A vote by the policy's fallback: {_fallback_of(rule)}.",
        field="byFallback",
    )


def _fallback_of(rule: VoteRule) -> str:
    if rule.fallback is VoteFallback.DIRECTOR:
        return "the director"
    return f"{rule.fallback}, or where none of them may vote either, the director"


def _refuse_ids(question: Question, command: OpenVote) -> Refusal | None:
    if question.vote.version or question.ballots.version:
        return refuse_input("vote", "new-id", "Another vote has this id.", "A fresh random id.")
    named = [command.application or "an application", command.membership or "a membership"]
    return refuse_shared_ids(command.vote, command.ballots, *named)


def _refuse_closing(command: OpenVote, moment: Moment) -> Refusal | None:
    last = moment.today + timedelta(days=LONGEST_VOTE_DAYS)
    if moment.today <= command.closes_on <= last:
        return None
    return refuse_input(
        "closesOn",
        "votes.closes-on",
        f"A vote closes today or later, and within {LONGEST_VOTE_DAYS} days.",
        f"A day from {moment.today} to {last}.",
    )


def _refuse_subject(
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


def _refuse_grounds(question: Question, command: OpenVote, policy: Policy) -> Refusal | None:
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
        or refuse_soon(earlier, command.clauses, moment, policy)
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
