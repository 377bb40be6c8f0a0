"""Appeals: a decision is looked at again by those who took no part in it (invariant 7).

What can be appealed is a decline, a suspension or a termination, and that the director wrote down
that a member has left. Whoever voted on the decision,
or made it, has no vote on the appeal: see `domain.coalition.opening`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import msgspec

from domain.coalition.mandate import refuse_before_close
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
)
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    Application,
    ReviewStarted,
    refuse_phase,
)
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.membership import Membership, refuse_ended, refuse_standing
from domain.membership.parts import refuse_merged, refuse_part
from domain.membership.returning import Return, refuse_return, reinstatement
from domain.membership.standing import (
    StandingAppealDecided,
    StandingAppealFiled,
    SuspensionLifted,
)
from domain.policy import Policy
from domain.terms import (
    AppealOutcome,
    ApplicationPhase,
    MembershipStatus,
    VoteId,
    VoteOutcome,
    VotePhase,
)

CONTESTED: Final = (
    MembershipStatus.SUSPENDED,
    MembershipStatus.TERMINATED,
    MembershipStatus.WITHDRAWN,
)
"""Standings that can be appealed."""


class Appealed(msgspec.Struct, frozen=True, kw_only=True):
    """What an appeal is about.

    Attributes:
        subject: the application that was declined; or the membership that is suspended or
            terminated or has left, with what its return looks at.
        vote: the vote on the appeal, if there was one.
        is_part: whether its party is part of another organisation.
        asked_by: the membership that the application was to change the tier of.
        written_on: the day from which the director wrote down that the member has left; ``None``
            where it said so itself.
    """

    subject: Application | Return
    vote: Vote | None = None
    is_part: bool = False
    asked_by: Membership | None = None
    written_on: date | None = None

    @property
    def decision(self) -> Contestable | None:
        """The decision that is, or would be, appealed."""
        if isinstance(self.subject, Application):
            return self.subject.decline
        return self.subject.membership.standing.decision

    @property
    def since(self) -> date | None:
        """The day before which nothing more about it can hold."""
        if isinstance(self.subject, Return):
            return self.subject.membership.last_effective
        return None if self.decision is None else self.decision.on


def still_contested(
    membership: Membership, written_on: date | None, today: date, policy: Policy
) -> Contestable | None:
    """Return what was decided of a membership that may still be appealed, or is under appeal.

    Args:
        membership: the membership.
        written_on: the day from which the director wrote down that the member has left, if so.
        today: the day.
        policy: that of the day of the decision.
    """
    decision = membership.standing.decision
    if decision is None and written_on is not None:
        decision = Contestable(on=written_on)
    is_open = decision is not None and decision.is_contestable(today, policy)
    return decision if is_open else None


def decide_file_appeal(
    case: Appealed, command: FileAppeal, moment: Moment, policy: Policy
) -> Decision:
    """Ask for another look at a decline, a suspension or a termination, or at its own leaving.

    Refuses what was not decided so, what the member itself said, whoever is part of another
    organisation, one about the tier of a membership that has ended, a second appeal against the
    same decision, and one after the window of the policy of when it was decided.
    """
    if refusal := _refuse_subject(case, command, ApplicationPhase.DECLINED):
        return refusal
    if case.is_part:
        return refuse_part("application" if isinstance(case.subject, Application) else "membership")
    if isinstance(case.subject, Return) and case.subject.is_erased:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "erased-person",
            "The person was erased, and is not taken back under this id.",
            "The same person under a new id, if they come back.",
        )
    if case.asked_by is not None and (refusal := refuse_ended(case.asked_by)):
        return refusal
    decision = case.decision
    if decision is None and case.written_on is None and isinstance(case.subject, Return):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "appeal.own-word",
            "The member itself has said that it leaves.",
            "A return of the membership, by a vote where the policy asks for one.",
        )
    on = case.written_on if decision is None else decision.on
    if on is None or (decision is not None and decision.appeal is not None):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "appeal.once",
            "The decision was appealed already.",
            "Another decision.",
        )
    days = policy.deadlines.appeal_window_days
    last = on + timedelta(days=days)
    if moment.today > last:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "deadlines.appeal_window_days",
            f"A decision can be appealed for {days} days: until {last}.",
            "Another decision.",
        )
    if refusal := refuse_too_early(moment, case.since) or refuse_not_yet(moment):
        return refusal
    if isinstance(case.subject, Application):
        return [Fact(case.subject.id, AppealFiled(grounds=command.grounds))]
    return [Fact(case.subject.membership.id, StandingAppealFiled(grounds=command.grounds))]


def decide_decide_appeal(
    case: Appealed, command: DecideAppeal, moment: Moment, policy: Policy
) -> Decision:
    """Let the vote on an appeal take effect: whoever says so decides nothing.

    A vote that passed overturns the decision: an application is reviewed again before it is
    decided anew, since what it was declined for may be met by now; a suspension is lifted, and a
    membership that has ended goes on, suspended still if it was, and waiting for a signature
    where there is a newer text. For that it needs its place in the tier: while that is taken, or
    another membership stands in the way, the decision is overturned all the same, and the member
    comes back by `ReinstateMembership`, before all who wait for a seat.

    Refuses what is not appealed, an appeal whose vote is not closed, or that all have left, and to
    bring back who is part of another organisation by now.
    """
    if refusal := _refuse_subject(case, command, ApplicationPhase.APPEALED):
        return refusal
    if refusal := refuse_unappealed(case.decision):
        return refusal
    vote = case.vote
    if vote is None or vote.phase is not VotePhase.CLOSED:
        return refuse(
            RefusalCode.VOTE_REQUIRED,
            "appeal.vote",
            "An appeal is decided by those who took no part in the decision, by a vote.",
            "A vote of the kind appeal, opened and closed.",
        )
    if vote.outcome is VoteOutcome.MOOT:
        return refuse(
            RefusalCode.VOTE_REQUIRED,
            "appeal.vote",
            "All who had a vote on the appeal stand aside, so that it decided nothing.",
            "Another vote of the kind appeal, by the policy's fallback where nobody else may vote.",
        )
    if refusal := (
        refuse_too_early(moment, case.since)
        or refuse_before_close(moment, vote)
        or refuse_not_yet(moment)
    ):
        return refusal
    passed = vote.outcome is VoteOutcome.PASSED
    outcome = AppealOutcome.OVERTURNED if passed else AppealOutcome.UPHELD
    if isinstance(case.subject, Application):
        decided = Fact(case.subject.id, AppealDecided(outcome=outcome, vote=vote.id))
        return [decided, Fact(case.subject.id, ReviewStarted())] if passed else [decided]
    membership = case.subject.membership
    decided = Fact(membership.id, StandingAppealDecided(outcome=outcome, vote=vote.id))
    if not passed:
        return [decided]
    if refusal := refuse_merged(case.subject.party):
        return refusal
    restored = _restore(case.subject, vote.id, policy)
    return [decided] if isinstance(restored, Refusal) else [decided, restored]


def refuse_unappealed(decision: Contestable | None) -> Refusal | None:
    """Refuse to go on with an appeal that was never filed, or is decided."""
    if decision is not None and decision.under_appeal:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "appeal.filed",
        "No appeal against a decision is open.",
        "An appeal that was filed and is not decided.",
    )


def _refuse_subject(
    case: Appealed, command: FileAppeal | DecideAppeal, phase: ApplicationPhase
) -> Refusal | None:
    if command.application is not None and command.membership is not None:
        return refuse_input(
            "membership",
            "appeal.subject",
            "An appeal is about an application or a membership, not both.",
            "One of the two.",
        )
    if isinstance(case.subject, Application):
        return refuse_phase(case.subject, phase)
    return refuse_standing(case.subject.membership, *CONTESTED)


def _restore(member: Return, vote: VoteId, policy: Policy) -> Fact | Refusal:
    membership = member.membership
    if membership.status is MembershipStatus.SUSPENDED:
        return Fact(membership.id, SuspensionLifted(reason=None))
    if refusal := refuse_return(member, policy, overturns=True, signed=False):
        return refusal
    suspended = membership.standing.suspension is not None
    restored = reinstatement(
        member, policy, membership.tier, vote=vote, reason=None, suspended=suspended
    )
    return Fact(membership.id, restored)
