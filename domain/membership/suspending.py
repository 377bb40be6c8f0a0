"""Suspending: a member that may not act for a while, and may again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

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
from domain.membership.membership import Membership, refuse_standing
from domain.membership.requirements import refuse_clauses
from domain.membership.standing import (
    LiftSuspension,
    MembershipSuspended,
    SuspendMembership,
    SuspensionLifted,
)
from domain.policy import Policy
from domain.terms import ACTING, MembershipStatus


def decide_suspend_membership(
    membership: Membership, command: SuspendMembership, moment: Moment, policy: Policy
) -> Decision:
    """Let a member not act: it asks for no other tier, and is not shown.

    Its seat stays its own, and so does its vote in what is opened before the suspension can be
    appealed no more; an application for another tier waits. Refuses a membership that is suspended
    or has ended, a suspension without reasons by requirement, one that says neither until when it
    is nor on what it hangs, one for no other clauses than it won an appeal against just now, and
    one from before today, since the days for an appeal begin with it.
    """
    if refusal := (
        refuse_standing(membership, *ACTING)
        or refuse_clauses(command.clauses, membership.tier, policy)
        or _refuse_end(command, moment)
        or membership.redress.refuse_again(command.clauses, moment.today, policy)
        or refuse_too_early(moment, membership.last_effective)
        or refuse_without_notice(moment)
    ):
        return refusal
    suspended = MembershipSuspended(
        until=command.until,
        clauses=list(dict.fromkeys(command.clauses)),
        reason=command.reason,
        condition=command.condition,
    )
    return [Fact(membership.id, suspended)]


def has_vote(membership: Membership, today: date, policy_on: Callable[[date], Policy]) -> bool:
    """Whether a member has a vote in what is opened today: one that is active, or would be.

    A suspension takes the vote away once it can be appealed no more, or the appeal was decided:
    whoever suspends would choose who votes otherwise.

    Args:
        membership: the membership.
        today: the day.
        policy_on: returns the policy that was in force on a day.
    """
    decision = membership.standing.decision
    if decision is not None and decision.is_contestable(today, policy_on(decision.on)):
        membership = membership.unsuspended
    return membership.status_on(today) is MembershipStatus.ACTIVE


def decide_lift_suspension(
    membership: Membership, command: LiftSuspension, moment: Moment
) -> Decision:
    """Let a suspended member act again, before the day that was meant or after it.

    An appeal against the suspension has nothing left to decide. Refuses a membership that is
    not suspended.
    """
    if refusal := (
        refuse_standing(membership, MembershipStatus.SUSPENDED)
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    return [Fact(membership.id, SuspensionLifted(reason=command.reason))]


def decide_end_suspension(membership: Membership, moment: Moment) -> Decision:
    """Let a suspended member act again on the day until which it was suspended, or after it.

    Refuses a membership that is not suspended, a day before that one, and a suspension that
    hangs on something that the member is to do: whether that was done takes a person.
    """
    suspension = membership.standing.suspension
    if refusal := refuse_standing(membership, MembershipStatus.SUSPENDED):
        return refusal
    if suspension is None or suspension.until is None or suspension.conditional:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "suspension.condition",
            "The suspension hangs on a condition, which no calendar knows.",
            "Lifting it, once the member has done what was asked.",
        )
    if moment.today < suspension.until:
        return refuse(
            RefusalCode.NOT_YET,
            "suspension.end",
            f"The membership is suspended until {suspension.until}.",
            "Waiting for that day, or lifting the suspension before it.",
        )
    if refusal := refuse_too_early(moment, suspension.until) or refuse_too_early(
        moment, membership.last_effective
    ):
        return refusal
    return [Fact(membership.id, SuspensionLifted(reason=None))]


def _refuse_end(command: SuspendMembership, moment: Moment) -> Refusal | None:
    if command.until is None and command.condition is None:
        return refuse_input(
            "until",
            "suspension.end",
            "A suspension has an end, or a condition on which it ends.",
            "The day on which it is to be lifted, or what the member is to do first.",
        )
    if command.until is not None and command.until <= moment.today:
        return refuse_input(
            "until",
            "suspension.end",
            "A suspension ends after today.",
            f"A day after {moment.today}.",
        )
    return None
