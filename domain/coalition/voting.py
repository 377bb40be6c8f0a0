"""Voting: one vote each, sealed until the close, and then counted."""

from __future__ import annotations

import msgspec

from domain.coalition.ballots import Ballots, VoteCast
from domain.coalition.vote import CastVote, CloseVote, Vote, VoteClosed
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_backdated,
    refuse_too_early,
    refuse_unknown,
)
from domain.terms import MembershipId, VoteOutcome, VotePhase


class Voter(msgspec.Struct, frozen=True, kw_only=True):
    """Who casts a ballot.

    Attributes:
        membership: the live membership that they speak for, if they speak for one.
        is_director: whether they vote as the director.
        is_suspended: whether the membership may not act now.
        stands_aside: whether they declared a conflict of interest since the opening, or made the
            decision alone that the vote is an appeal of.
    """

    membership: MembershipId | None = None
    is_director: bool = False
    is_suspended: bool = False
    stands_aside: bool = False


def decide_cast_vote(
    vote: Vote, ballots: Ballots, voter: Voter, command: CastVote, moment: Moment
) -> Decision:
    """Say how an organisation votes, or the director (invariant 3).

    Refuses whoever is not in the electorate, whoever was recused or is suspended, a ballot
    after the last day or the close, and a second one that says otherwise.
    """
    if vote.phase is None:
        return refuse_unknown("vote")
    if refusal := _refuse_voter(vote, voter):
        return refusal
    whose = None if voter.is_director else voter.membership
    said = ballots.counting(vote)
    if said.get(whose) is command.ballot:
        return []
    if vote.phase is VotePhase.CLOSED or (vote.closes_on and moment.today > vote.closes_on):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "votes.open",
            f"Ballots were taken until {vote.closes_on}.",
            "A vote that is open.",
        )
    if whose in said:
        return refuse(
            RefusalCode.ALREADY_VOTED,
            "votes.one-each",
            "A ballot was cast already, and it stands.",
            "The ballot that was cast.",
            field="ballot",
        )
    if refusal := refuse_too_early(moment, vote.since):
        return refusal
    return [
        Fact(vote.ballots, VoteCast(vote=vote.id, membership=whose, ballot=command.ballot)),
    ]


def decide_close_vote(vote: Vote, ballots: Ballots, command: CloseVote, moment: Moment) -> Decision:
    """Count the ballots, and say what they decided.

    Refuses before the last day is over, as long as somebody may still vote, and a day before
    today: no ballot is from after the close.
    """
    if vote.phase is None or vote.quorum is None or vote.threshold is None:
        return refuse_unknown("vote")
    if vote.phase is VotePhase.CLOSED:
        return []
    counted = ballots.count(vote)
    if counted.turnout < vote.size and vote.closes_on and moment.today <= vote.closes_on:
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
    quorum_met = vote.quorum.is_met_by(counted.turnout, vote.size)
    threshold_met = vote.threshold.is_met_by(counted.approve, counted.approve + counted.against)
    shows_nobody = (
        vote.size >= vote.tally_minimum_electorate and counted.approve and counted.against
    )
    closed = VoteClosed(
        outcome=VoteOutcome.PASSED if quorum_met and threshold_met else VoteOutcome.FAILED,
        quorum_met=quorum_met,
        threshold_met=threshold_met,
        tally=counted if shows_nobody else None,
        counted=counted,
    )
    return [Fact(command.vote, closed)]


def _refuse_voter(vote: Vote, voter: Voter) -> Refusal | None:
    if voter.stands_aside:
        return refuse(
            RefusalCode.CONFLICT_OF_INTEREST,
            "votes.recused",
            "You stand aside: you declared a conflict of interest, or made the decision appealed.",
            "A vote on something else.",
        )
    if voter.is_director and vote.director_votes:
        return None
    if voter.membership in vote.electorate:
        return _refuse_suspended(voter)
    if voter.membership in vote.recused:
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


def _refuse_suspended(voter: Voter) -> Refusal | None:
    if not voter.is_suspended:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "membership.standing",
        "Your membership is suspended, and casts no ballot.",
        "The end of the suspension.",
    )
