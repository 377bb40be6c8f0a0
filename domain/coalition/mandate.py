"""Mandates: whether a decision has the vote that it needs, and none against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from domain.coalition.vote import Vote
from domain.decision import Moment, Refusal, RefusalCode, coded, refuse, refuse_too_early
from domain.membership.membership import Membership
from domain.policy import Policy, VoteKind
from domain.terms import VoteId, VoteOutcome, VotePhase


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of policy rests on.

    Attributes:
        in_force: the policy in force, which says whether a vote is required.
        vote: the last vote on the file, whether or not the change names it.
        named: the vote that the change names, if it names one.
    """

    in_force: Policy
    vote: Vote | None = None
    named: VoteId | None = None

    def refuse(self, policy: Policy, moment: Moment) -> Refusal | None:
        """Refuse a policy that the vote on its file did not approve, or that needs one."""
        kind, vote = kind_of_change(self.in_force, policy), self.vote
        if vote is not None and vote.kind is not kind:
            return _refuse_other(kind, f"A vote of the kind {coded(kind)} on exactly this file.")
        return refuse_other_vote(
            kind, self.named, vote, f"The last vote of the kind {coded(kind)} on exactly this file."
        ) or refuse_without_vote(kind, vote, self.in_force, moment)


def kind_of_change(in_force: Policy, policy: Policy) -> VoteKind:
    """Return what kind of vote decides on a policy, by what would be changed in it."""
    as_before = replace(
        policy,
        vision=in_force.vision,
        mission=in_force.mission,
        core_values=in_force.core_values,
    )
    return VoteKind.POLICY if as_before == policy else VoteKind.MISSION_AND_VALUES


def refuse_without_vote(
    kind: VoteKind, vote: Vote | None, policy: Policy, moment: Moment
) -> Refusal | None:
    """Refuse what a vote has not decided yet, has decided otherwise, or only decided later.

    Where the policy requires no vote, one that was opened counts all the same.
    """
    if vote is None:
        if not policy.vote_rule(kind).required:
            return None
        return refuse(
            RefusalCode.VOTE_REQUIRED,
            f"votes.{kind}.required",
            "The policy has this decided by a vote, and there was none.",
            "A vote that passed.",
        )
    if refusal := refuse_open_vote(vote):
        return refusal
    if vote.outcome is VoteOutcome.PASSED:
        return refuse_before_close(moment, vote)
    return refuse(
        RefusalCode.VOTE_FAILED,
        f"votes.{kind}",
        "The vote on this did not pass.",
        "Another vote, that passes.",
    )


def refuse_before_close(moment: Moment, vote: Vote) -> Refusal | None:
    """Refuse that a decision holds from before the vote that carries it was closed."""
    return refuse_too_early(moment, vote.closed_on, "the vote on it was closed on")


def vote_on_standing(vote: Vote | None, membership: Membership) -> Vote | None:
    """Return the last vote on a membership, where it is about the membership as it is.

    A vote that was opened before it ended or came back last was about another time.
    """
    if vote is None or vote.membership_version < membership.standing.turned:
        return None
    return vote


def vote_that_counts(
    vote: Vote | None, membership: Membership, moment: Moment, policy: Policy
) -> Vote | None:
    """Return the last vote on a membership, as long as what it said can be carried out.

    One that passed counts for as many days as an application waits for its decision: of what was
    not done by then the same is asked again.
    """
    vote = vote_on_standing(vote, membership)
    last = _carried_out_by(vote, policy)
    return vote if last is None or moment.today <= last else None


def refuse_stale(
    vote: Vote | None, membership: Membership, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse to carry out what passed so long ago that it counts no more."""
    vote = vote_on_standing(vote, membership)
    last = _carried_out_by(vote, policy)
    if vote is None or last is None or moment.today <= last:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        f"votes.{vote.kind}",
        f"The vote on this passed on {vote.closed_on}, and was to be carried out by {last}.",
        "Another vote, that passes.",
    )


def _carried_out_by(vote: Vote | None, policy: Policy) -> date | None:
    """Return the last day on which what passed can be carried out; ``None`` of any other vote."""
    if vote is None or vote.closed_on is None or vote.outcome is not VoteOutcome.PASSED:
        return None
    return vote.closed_on + timedelta(days=policy.deadlines.application_expiry_days)


def refuse_other_vote(
    kind: VoteKind,
    named: VoteId | None,
    vote: Vote | None,
    satisfied_by: str = "The last vote of this kind on the membership as it is now.",
) -> Refusal | None:
    """Refuse a vote that is named and is not the one that counts.

    Args:
        kind: what the vote decides.
        named: the vote that the command names, if it names one.
        vote: the last vote on what is decided, as it is now.
        satisfied_by: which vote counts.
    """
    if named is None or (vote is not None and vote.id == named):
        return None
    return _refuse_other(kind, satisfied_by)


def refuse_once(vote: Vote | None) -> Refusal | None:
    """Refuse to ask again what is asked already, or was answered with yes."""
    if vote is None or vote.outcome in {VoteOutcome.FAILED, VoteOutcome.MOOT}:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "votes.once",
        f"A vote on this is {vote.outcome or vote.phase}.",
        "A question on which no vote is open, and none passed.",
    )


def refuse_soon(
    votes: Iterable[Vote],
    membership: Membership,
    clauses: Collection[str],
    moment: Moment,
    policy: Policy,
) -> Refusal | None:
    """Refuse to ask about a membership again at once what was answered with no.

    There are as many days between as a decision may be appealed for, but for a clause that no vote
    since then was on, nor an appeal that the member won. A vote of which the clauses are not known
    was on any.

    Args:
        votes: those of the kind on the membership, in order.
        membership: the membership.
        clauses: for which its end is proposed; none where its return is.
        moment: when it is decided.
        policy: the policy in force.
    """
    days = timedelta(days=policy.deadlines.appeal_window_days)
    # What has no clauses is asked as a whole.
    wanted = {*clauses} or {""}
    said_no: dict[str, date] = {}
    for each in votes:
        current = vote_on_standing(each, membership)
        if current is None or current.closed_on is None or not current.said_no:
            continue
        said_no |= dict.fromkeys(current.clauses or wanted, current.closed_on)
    for clause, won in membership.redress.won.items():
        said_no[clause] = max(won, said_no.get(clause, won))
    if not wanted <= said_no.keys():
        return None
    since = min(said_no[each] for each in wanted)
    if moment.today > since + days:
        return None
    return refuse(
        RefusalCode.NOT_YET,
        "votes.once",
        f"A vote on this, or on an appeal against this, decided otherwise on {since}.",
        f"The same after {since + days}, or another question.",
    )


def refuse_against_vote(vote: Vote | None) -> Refusal | None:
    """Refuse a no while a vote is open, and after one that said yes."""
    if refusal := refuse_open_vote(vote):
        return refusal
    if vote is None or vote.outcome is not VoteOutcome.PASSED:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        f"votes.{vote.kind}",
        "The vote on this passed.",
        "The decision that was voted for.",
    )


def _refuse_other(kind: VoteKind, satisfied_by: str) -> Refusal:
    return refuse(
        RefusalCode.VOTE_REQUIRED,
        f"votes.{kind}",
        "The vote is about something else, or about this at another time.",
        satisfied_by,
        field="vote",
    )


def refuse_open_vote(vote: Vote | None) -> Refusal | None:
    """Refuse what a vote that is open is to decide."""
    if vote is None or vote.phase is not VotePhase.OPEN:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        f"votes.{vote.kind}",
        f"The vote on this is open until {vote.closes_on}.",
        "The close of the vote.",
    )
