"""Opening a vote, and who may vote in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.coalition.question import Question, refuse_grounds, refuse_subject
from domain.coalition.recusal import divide, interested_parties
from domain.coalition.vote import OpenVote, VoteOpened
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_shared_ids,
)
from domain.membership.application import AppealPutToVote, ApplicationPutToVote
from domain.membership.standing import StandingAppealPutToVote
from domain.policy import ElectorateId, Policy, VoteFallback, VoteKind, VoteRule
from domain.terms import MembershipId, PartyId

SHORTEST_VOTE_DAYS: Final = 1
LONGEST_VOTE_DAYS: Final = 366


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
        or refuse_subject(question, command, moment, policy)
        or refuse_grounds(question, command, policy)
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
    first = moment.today + timedelta(days=SHORTEST_VOTE_DAYS)
    last = moment.today + timedelta(days=LONGEST_VOTE_DAYS)
    if first <= command.closes_on <= last:
        return None
    return refuse_input(
        "closesOn",
        "votes.closes-on",
        f"A vote is open for a whole day at least, and closes within {LONGEST_VOTE_DAYS} days.",
        f"A day from {first} to {last}.",
    )
