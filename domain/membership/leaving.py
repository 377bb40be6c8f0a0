"""Leaving: by the member's own will, or by a vote of those who decide on who is a member.

A membership that has ended gives up its seat and its claim to an EIN, its listing is not shown,
and it has no vote. What it asked for ends with it, and what was voted on that: see
`domain.coalition.consequences`. Two things stay as they are:

- A vote that is open goes on with the electorate that was fixed, and a ballot that was cast
  stands; who has left casts none any more.
- A vote on its termination may be closed and ends nothing more, not even after a return.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec import UNSET

from domain.coalition.mandate import (
    refuse_against_vote,
    refuse_other_vote,
    refuse_stale,
    refuse_without_vote,
    vote_that_counts,
)
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_without_notice,
)
from domain.membership.contest import Contestable
from domain.membership.membership import Membership, refuse_ended
from domain.membership.requirements import refuse_clauses
from domain.membership.standing import (
    MembershipTerminated,
    MembershipWithdrawn,
    TerminateMembership,
    WithdrawMembership,
)
from domain.policy import Policy, VoteKind
from domain.terms import MembershipStatus, VoteOutcome


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was voted on of a member of which somebody else writes down that it leaves.

    Attributes:
        ending: the last vote on ending its membership, if there was one.
        appeal: the last vote on an appeal against what was decided of its membership.
    """

    ending: Vote | None = None
    appeal: Vote | None = None


def decide_withdraw_membership(
    membership: Membership,
    written: Written | None,
    command: WithdrawMembership,
    moment: Moment,
    policy: Policy,
    *,
    contested: Contestable | None = None,
) -> Decision:
    """Let a member leave: nobody is held, not even while suspended.

    Who may appeal that the director wrote it down says so by its own word, and gives that up.

    The director may write down that a member leaves, but goes around no vote by that: refuses it
    while one on ending the membership is open or passed, and for the days of an appeal after one
    failed, or after an appeal was won. Refuses it from before today, too, since the days for an
    appeal begin with it. Refuses a membership that was terminated.

    Args:
        membership: the membership.
        written: what was voted on of it, where the director writes it down; ``None`` where
            the member says so itself.
        command: says why.
        moment: when it is decided.
        policy: the policy in force.
        contested: what it may still appeal, or has under appeal, of what was decided of it.
    """
    waits = membership.standing.won is not UNSET
    has_left = membership.status is MembershipStatus.WITHDRAWN
    confirms = has_left and written is None and contested is not None
    if has_left and not (waits or confirms):
        return []
    # Who has won an appeal and waits for its place may leave as whoever has one.
    over = None if waits or confirms else refuse_ended(membership)
    if refusal := (
        over
        or (None if written is None else _refuse_written(written, membership, moment, policy))
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    return [Fact(membership.id, MembershipWithdrawn(reason=command.reason))]


def decide_terminate_membership(
    membership: Membership,
    vote: Vote | None,
    command: TerminateMembership,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Let the vote that ended a membership take effect: whoever says so decides nothing.

    Args:
        membership: the membership.
        vote: the last vote on its termination.
        command: names that vote.
        moment: when it is decided.
        policy: the policy in force.

    Refuses a membership that has ended, any other vote, one that is open, did not pass or passed
    too long ago, other reasons by requirement than those that were voted on, and a termination
    from before today, since the days for an appeal begin with it. What was not decided is not said
    to have been, and what was is not left out. Entries of the first releases do not say for which
    clauses ending was proposed; after such a vote there has to be one at least.
    """
    ended = membership.standing
    if (
        ended.ended is MembershipStatus.TERMINATED
        and ended.decision is not None
        and ended.decision.vote == command.vote
    ):
        return []
    current = vote_that_counts(vote, membership, moment, policy)
    if refusal := (
        refuse_ended(membership)
        or refuse_stale(vote, membership, moment, policy)
        or refuse_other_vote(VoteKind.TERMINATION, command.vote, current)
        or refuse_without_vote(VoteKind.TERMINATION, current, policy, moment)
        or _refuse_grounds(command, current, membership, policy)
        or refuse_too_early(moment, membership.last_effective)
        or refuse_without_notice(moment)
    ):
        return refusal
    terminated = MembershipTerminated(
        vote=command.vote,
        clauses=list(dict.fromkeys(command.clauses)),
        reason=command.reason,
    )
    return [Fact(membership.id, terminated)]


def _refuse_written(
    written: Written, membership: Membership, moment: Moment, policy: Policy
) -> Refusal | None:
    return refuse_around_vote(written, membership, moment, policy) or refuse_without_notice(moment)


def refuse_around_vote(
    written: Written, membership: Membership, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse that others end a membership while a vote is to, or if one just has not ended it."""
    ending = vote_that_counts(written.ending, membership, moment, policy)
    return (
        refuse_against_vote(ending)
        or _refuse_after_vote(
            ending, VoteOutcome.FAILED, "A vote on ending the membership failed", moment, policy
        )
        or _refuse_after_vote(
            written.appeal, VoteOutcome.PASSED, "The member has won an appeal", moment, policy
        )
    )


def _refuse_after_vote(
    vote: Vote | None, outcome: VoteOutcome, because: str, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse to end at once by another name what a vote has just not ended."""
    if vote is None or vote.closed_on is None or vote.outcome is not outcome:
        return None
    last = vote.closed_on + timedelta(days=policy.deadlines.appeal_window_days)
    if moment.today > last:
        return None
    return refuse(
        RefusalCode.NOT_YET,
        f"votes.{vote.kind}",
        f"{because}; that the member leaves is its own word now.",
        f"The member's own withdrawal, or one written down after {last}.",
    )


def _refuse_grounds(
    command: TerminateMembership, vote: Vote | None, membership: Membership, policy: Policy
) -> Refusal | None:
    if vote is None or not vote.clauses:
        return refuse_clauses(command.clauses, membership.tier, policy)
    if vote.clauses == {*command.clauses}:
        return None
    return refuse_input(
        "clauses",
        "votes.termination.clauses",
        "The vote was on ending the membership for other clauses.",
        f"All of: {', '.join(sorted(vote.clauses))}.",
    )
