"""Mandates: whether a decision has the vote that it needs, and none against it."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from domain.coalition.vote import Vote
from domain.decision import Refusal, RefusalCode, refuse
from domain.membership.membership import Membership
from domain.policy import Policy, VoteKind
from domain.terms import VoteOutcome, VotePhase


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of policy rests on.

    Attributes:
        in_force: the policy in force, which says whether a vote is required.
        vote: the vote that the change names; ``None`` where it names none.
    """

    in_force: Policy
    vote: Vote | None = None

    def refuse(self, policy: Policy) -> Refusal | None:
        """Refuse a policy that the vote named did not approve, or that needs one."""
        kind, vote = kind_of_change(self.in_force, policy), self.vote
        if vote is not None and (vote.kind is not kind or vote.proposal_sha256 != policy.sha256):
            return refuse(
                RefusalCode.VOTE_REQUIRED,
                f"votes.{kind}",
                "The vote is about something else.",
                f"A vote of the kind {kind} on exactly this file.",
                field="vote",
            )
        return refuse_without_vote(kind, vote, self.in_force)


def kind_of_change(in_force: Policy, policy: Policy) -> VoteKind:
    """Return what kind of vote decides on a policy, by what would be changed in it."""
    as_before = replace(
        policy,
        vision=in_force.vision,
        mission=in_force.mission,
        core_values=in_force.core_values,
    )
    return VoteKind.POLICY if as_before == policy else VoteKind.MISSION_AND_VALUES


def refuse_without_vote(kind: VoteKind, vote: Vote | None, policy: Policy) -> Refusal | None:
    """Refuse what a vote has not decided yet, or has decided otherwise.

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
    if vote.phase is VotePhase.OPEN:
        return _refuse_undecided(vote)
    if vote.outcome is VoteOutcome.PASSED:
        return None
    return refuse(
        RefusalCode.VOTE_FAILED,
        f"votes.{kind}",
        "The vote on this did not pass.",
        "Another vote, that passes.",
    )


def refuse_other_vote(kind: VoteKind, vote: Vote, membership: Membership) -> Refusal | None:
    """Refuse a vote that is not about the membership as it is.

    A vote that was opened before it ended or came back last was about another time.
    """
    if (
        vote.kind is kind
        and vote.membership == membership.id
        and vote.membership_version >= membership.standing.turned
    ):
        return None
    return refuse(
        RefusalCode.VOTE_REQUIRED,
        f"votes.{kind}",
        "The vote is about something else, or about the membership at another time.",
        f"A vote of the kind {kind} on the membership as it is now.",
        field="vote",
    )


def refuse_against_vote(vote: Vote | None) -> Refusal | None:
    """Refuse a no while a vote is open, and after one that said yes."""
    if vote is None:
        return None
    if vote.phase is VotePhase.OPEN:
        return _refuse_undecided(vote)
    if vote.outcome is VoteOutcome.FAILED:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        f"votes.{vote.kind}",
        "The vote on this passed.",
        "The decision that was voted for.",
    )


def _refuse_undecided(vote: Vote) -> Refusal:
    return refuse(
        RefusalCode.WRONG_PHASE,
        f"votes.{vote.kind}",
        f"The vote on this is open until {vote.closes_on}.",
        "The close of the vote.",
    )
