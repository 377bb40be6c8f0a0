"""How an application ends without a decision: the applicant's wish, or the policy's deadline.

One for another tier ends with its membership, too: see `domain.coalition.consequences`.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.coalition.mandate import refuse_against_vote, refuse_open_vote
from domain.coalition.vote import Vote
from domain.decision import Decision, Fact, Moment, RefusalCode, refuse, refuse_too_early
from domain.membership.application import Application, refuse_phase
from domain.membership.phases import EXPIRING, UNDECIDED
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWithdrawn,
    ExpireApplication,
    WaitingClock,
    WithdrawApplication,
)
from domain.policy import Deadlines, Policy
from domain.terms import ApplicationPhase, VoteOutcome


def decide_withdraw_application(
    application: Application, against: Vote | None, command: WithdrawApplication, moment: Moment
) -> Decision:
    """Take an application back that nobody has decided yet.

    Refuses one that is decided, and to write down that it is taken back while a vote on it is
    open or after one that passed.

    Args:
        application: the application.
        against: the last vote on it, where the director writes it down; ``None`` where the
            applicant says so.
        command: says why.
        moment: when it is decided.
    """
    if application.phase is ApplicationPhase.WITHDRAWN:
        return []
    if refusal := (
        refuse_phase(application, *UNDECIDED)
        or refuse_against_vote(against)
        or refuse_too_early(moment, application.clock.since)
    ):
        return refusal
    return [Fact(application.id, ApplicationWithdrawn(reason=command.reason))]


def decide_expire_application(
    application: Application,
    vote: Vote | None,
    command: ExpireApplication,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """End an application whose deadline has passed, by the policy of when it was submitted.

    Those who vote on it are not overtaken by the calendar: after a vote that passed there are as
    many days again to carry it out, and after one that said no it is to be declined, so that the
    applicant is told why and can appeal. A question that is not answered in time ends it in any
    case. Refuses one that is decided, one whose deadline is still to come, and one on which a vote
    is open.
    """
    if application.phase is ApplicationPhase.EXPIRED:
        return []
    if refusal := refuse_phase(application, *EXPIRING) or refuse_open_vote(vote):
        return refusal
    clock, passed_on = application.clock, None
    if vote is not None and vote.said_no and clock.due is None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            f"votes.{vote.kind}",
            "Those who vote on it have said no.",
            "A decline, by its reasons.",
        )
    if vote is not None and vote.outcome is VoteOutcome.PASSED:
        passed_on = vote.closed_on
    deadline, last = deadline_of(clock, policy.deadlines, passed_on)
    if moment.today <= last:
        return refuse(
            RefusalCode.NOT_YET,
            deadline,
            f"The application has until {last}.",
            "Waiting for that day to pass.",
        )
    if refusal := refuse_too_early(moment, last + timedelta(days=1)):
        return refusal
    return [Fact(command.application, ApplicationExpired(deadline=deadline))]


def deadline_of(
    clock: WaitingClock, deadlines: Deadlines, passed_on: date | None = None
) -> tuple[str, date]:
    """Return the policy's deadline that an undecided application is under, and its last day.

    The days in which the applicant was asked something do not count.

    Args:
        clock: how long it has waited.
        deadlines: of the policy of when it was submitted.
        passed_on: the close of the vote on it that passed; ``None`` where none did.
    """
    if clock.due is not None:
        return "deadlines.information_request_days", clock.due_from
    days = timedelta(days=deadlines.application_expiry_days)
    return "deadlines.application_expiry_days", max(clock.due_from, passed_on or date.min) + days
