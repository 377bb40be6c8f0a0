"""Voting: one vote each, sealed until the close, and then counted."""

from __future__ import annotations

from typing import Final

import msgspec

from domain.coalition.ballots import Ballots, VoteCast
from domain.coalition.vote import CastVote, CloseVote, Tally, Vote, VoteClosed
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    in_words,
    refuse,
    refuse_backdated,
    refuse_too_early,
    refuse_unknown,
)
from domain.terms import MembershipId, MembershipStatus, VoteOutcome, VotePhase

_ON_EACH_SIDE: Final = 2
"""How many ballots there are on each side of a count that is published, at the least."""


class Voter(msgspec.Struct, frozen=True, kw_only=True):
    """Who casts a ballot.

    Attributes:
        membership: the membership that they speak for, if they speak for one: the live one, or
            one that had a vote and has ended.
        is_director: whether they vote as the director.
        is_merged: whether their organisation is part of another one.
        status: how the membership stands.
        over: the membership that the vote is about has ended, and how; so there is nothing to say.
        stands_aside: whether they have no part in it whatever its electorate: they made the
            decision alone that is appealed, or belong to whom it concerns.
    """

    membership: MembershipId | None = None
    is_director: bool = False
    is_merged: bool = False
    status: MembershipStatus | None = None
    over: MembershipStatus | None = None
    stands_aside: bool = False


def decide_cast_vote(
    vote: Vote, ballots: Ballots, voter: Voter, command: CastVote, moment: Moment
) -> Decision:
    """Say how an organisation votes, or the director (invariant 3).

    Refuses whoever is not in the electorate, whoever was recused or has left, a ballot
    after the last day or the close, and a second one that says otherwise.
    """
    if vote.phase is None:
        return refuse_unknown("vote")
    if refusal := _refuse_voter(vote, ballots, voter):
        return refusal
    whose = None if voter.is_director else voter.membership
    said = ballots.counting(vote)
    if said.get(whose) is command.ballot:
        return []
    if refusal := refuse_closed(vote, moment):
        return refusal
    if whose in said:
        return refuse(
            RefusalCode.ALREADY_VOTED,
            "votes.one-each",
            "A ballot was cast already, and it stands.",
            "The ballot that was cast.",
            field="ballot",
        )
    if refusal := refuse_backdated(moment, "a ballot is of the day on which it is cast"):
        return refusal
    return [
        Fact(vote.ballots, VoteCast(vote=vote.id, membership=whose, ballot=command.ballot)),
    ]


def decide_close_vote(vote: Vote, ballots: Ballots, command: CloseVote, moment: Moment) -> Decision:
    """Count the ballots, and say what they decided.

    Whoever stands aside by then counts neither among those who voted nor among those who may; a
    vote that all have left is moot: it decides nothing, and the same may be asked again.
    Refuses before the last day is over, as long as somebody may still vote, and a day before
    today: no ballot is from after the close.
    """
    if vote.phase is None or vote.quorum is None or vote.threshold is None:
        return refuse_unknown("vote")
    if vote.phase is VotePhase.CLOSED:
        return []
    counted, size = ballots.count(vote), ballots.size(vote)
    if counted.turnout < size and vote.closes_on and moment.today <= vote.closes_on:
        return refuse(
            RefusalCode.TOO_EARLY,
            "votes.closes-on",
            f"Ballots are taken until the end of {vote.closes_on}.",
            "The next day, or the ballots of all.",
        )
    if refusal := refuse_too_early(moment, vote.since) or refuse_backdated(
        moment, "ballots are counted on the day on which the vote is closed"
    ):
        return refusal
    if not size:
        return [Fact(command.vote, moot(vote, ballots))]
    quorum_met = vote.quorum.is_met_by(counted.turnout, size)
    threshold_met = vote.threshold.is_met_by(counted.approve, counted.approve + counted.against)
    closed = VoteClosed(
        outcome=VoteOutcome.PASSED if quorum_met and threshold_met else VoteOutcome.FAILED,
        quorum_met=quorum_met,
        threshold_met=threshold_met,
        tally=counted if _shows_nobody(counted, vote.tally_minimum_electorate) else None,
        counted=counted,
    )
    return [Fact(command.vote, closed)]


def moot(vote: Vote, ballots: Ballots) -> VoteClosed:
    """Return that a vote decides nothing: nobody is left in it, or nothing to decide."""
    return VoteClosed(
        outcome=VoteOutcome.MOOT,
        quorum_met=False,
        threshold_met=False,
        tally=None,
        counted=ballots.count(vote),
    )


def _shows_nobody(counted: Tally, least: int) -> bool:
    """Whether a count tells nobody how another one voted, not even who takes their own ballot off.

    A side with one ballot tells whoever cast it what all others said.
    """
    return counted.turnout >= least and min(counted.approve, counted.against) >= _ON_EACH_SIDE


def refuse_closed(vote: Vote, moment: Moment) -> Refusal | None:
    """Refuse to say anything to a vote after its last day, or its close."""
    if vote.phase is VotePhase.CLOSED:
        message = f"The vote was closed on {vote.closed_on}."
    elif vote.closes_on and moment.today > vote.closes_on:
        message = f"Ballots were taken until {vote.closes_on}."
    else:
        return None
    return refuse(RefusalCode.WRONG_PHASE, "votes.open", message, "A vote that is open.")


def _refuse_voter(vote: Vote, ballots: Ballots, voter: Voter) -> Refusal | None:
    if voter.stands_aside or (voter.is_director and None in ballots.aside):
        return refuse(
            RefusalCode.CONFLICT_OF_INTEREST,
            "votes.recused",
            "You stand aside: you have an interest in it, or a part in the decision appealed.",
            "A vote on something else.",
        )
    if voter.is_director and vote.director_votes:
        return None
    if voter.is_merged:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "party.merged",
            "Your organisation is part of another one, which votes for both if it has a vote.",
            "A ballot of the organisation that goes on.",
        )
    if voter.membership in ballots.electorate(vote):
        return _refuse_standing(voter) or _refuse_over(voter)
    if voter.membership is not None and voter.membership in ballots.recused(vote):
        return refuse(
            RefusalCode.CONFLICT_OF_INTEREST,
            "votes.recused",
            "Your organisation stands aside: it has an interest in the decision.",
            "A vote in which it has none.",
        )
    return refuse(
        RefusalCode.NOT_IN_ELECTORATE,
        "votes.electorate",
        "You have no vote in this: its electorate was fixed when it was opened.",
        "A vote of an electorate that you belong to.",
    )


def _refuse_standing(voter: Voter) -> Refusal | None:
    if voter.status is None or voter.status.is_live:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "membership.standing",
        f"Your membership is {in_words(voter.status)}, and casts no ballot.",
        "A membership that has not ended.",
    )


def _refuse_over(voter: Voter) -> Refusal | None:
    if voter.over is None:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "votes.over",
        f"Nothing is left to decide: the membership that it is about is {in_words(voter.over)}.",
        "A vote on something that is not over.",
    )
