"""Answering: the member whose membership may end is heard by those who decide it."""

from __future__ import annotations

from domain.coalition.vote import AnswerTermination, TerminationAnswered, Vote
from domain.coalition.voting import refuse_closed
from domain.decision import Decision, Fact, Moment, refuse_backdated, refuse_unknown
from domain.membership.membership import Membership, refuse_ended
from domain.policy import VoteKind


def decide_answer_termination(
    vote: Vote, membership: Membership, command: AnswerTermination, moment: Moment
) -> Decision:
    """Say to those who vote what the member has to say, as long as ballots are taken.

    What is said last is what they read. Refuses a vote that ends no membership, one after its
    last day or close, a membership that has ended meanwhile, and a day before today: no answer is
    from before those who had voted by then.

    Args:
        vote: the vote on its termination.
        membership: the membership that it may end.
        command: says what.
        moment: when that is.
    """
    if vote.kind is not VoteKind.TERMINATION:
        return refuse_unknown("vote")
    if vote.answer == command.answer:
        return []
    if refusal := (
        refuse_closed(vote, moment)
        or refuse_ended(membership)
        or refuse_backdated(moment, "an answer is of the day on which it is given")
    ):
        return refusal
    return [Fact(vote.id, TerminationAnswered(answer=command.answer))]
