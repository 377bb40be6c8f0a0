"""Appeals: a decline is looked at again by those who took no part in it (invariant 7).

Whoever voted on the decision has no vote on the appeal: see `domain.coalition.opening`.
"""

from __future__ import annotations

from datetime import timedelta

from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    RefusalCode,
    refuse,
    refuse_not_yet,
    refuse_too_early,
)
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    Application,
    DecideAppeal,
    FileAppeal,
    refuse_phase,
)
from domain.policy import Policy
from domain.terms import AppealOutcome, ApplicationPhase, VoteOutcome, VotePhase


def decide_file_appeal(
    application: Application, command: FileAppeal, moment: Moment, policy: Policy
) -> Decision:
    """Ask for another look at a decline.

    Refuses an application that is not declined, a second appeal against the same decline, and
    one after the policy's window.
    """
    if refusal := refuse_phase(application, ApplicationPhase.DECLINED):
        return refusal
    if application.appealed or application.declined_on is None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "appeal.once",
            "The decline was appealed already, and was upheld.",
            "A new application.",
        )
    days = policy.deadlines.appeal_window_days
    last = application.declined_on + timedelta(days=days)
    if moment.today > last:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "deadlines.appeal_window_days",
            f"A decline can be appealed for {days} days: until {last}.",
            "A new application.",
        )
    if refusal := refuse_too_early(moment, application.declined_on) or refuse_not_yet(moment):
        return refusal
    return [Fact(application.id, AppealFiled(grounds=command.grounds))]


def decide_decide_appeal(
    application: Application, vote: Vote | None, command: DecideAppeal, moment: Moment
) -> Decision:
    """Let the vote on an appeal take effect: whoever says so decides nothing.

    A vote that passed overturns the decline, and the application can be decided anew.
    Refuses an application that is not appealed, and an appeal whose vote is not closed.
    """
    if refusal := refuse_phase(application, ApplicationPhase.APPEALED):
        return refusal
    if vote is None or vote.phase is not VotePhase.CLOSED:
        return refuse(
            RefusalCode.VOTE_REQUIRED,
            "appeal.vote",
            "An appeal is decided by those who took no part in the decline, by a vote.",
            "A vote of the kind appeal, opened and closed.",
        )
    if refusal := refuse_too_early(moment, application.declined_on) or refuse_not_yet(moment):
        return refusal
    passed = vote.outcome is VoteOutcome.PASSED
    outcome = AppealOutcome.OVERTURNED if passed else AppealOutcome.UPHELD
    return [Fact(command.application, AppealDecided(outcome=outcome, vote=vote.id))]
