"""What becomes due when: each kind of deadline, and how an index finds it on a day.

A deadline counts days from a date column of a read model: as many as the policy set that was in
force then, since what somebody was given, a later one does not take. So whatever is due by a day
has its date in the column by so many days before: a range of an index, however much else there is.
What is to be done by nobody in particular has a command, which `service.sweep` gives; the rest is
listed for those who are waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.vote import CloseVote
from domain.decision import Command
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.plans import RecordOverduePlans
from domain.membership.standing import EndSuspension
from domain.membership.term import LapseMembership, OpenRenewal, RecordMissedRenewal
from domain.membership.waiting import ExpireApplication, ExpireSeatOffer
from domain.policy import Policy
from domain.terms import (
    LIVE,
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    AssentPhase,
    MembershipId,
    RenewalPhase,
    VoteId,
    VoteOutcome,
    VotePhase,
)
from projections import coalition as coalition_model
from projections import memberships, tables
from projections.as_of import holds_now, is_latest
from service.deadline import Deadline, DueKind, WaitingOn
from service.security.access import Kind


def held_by_vote(since: date, *open_votes: sa.ColumnElement[bool]) -> sa.Exists:
    """Return whether the last vote on an application keeps it: those who vote have the say.

    While it is open, for days after it passed, and after it said no, until that is declined.

    Args:
        since: the day after which it passed.
        open_votes: which of those that are open keep it.
    """
    votes, later = tables.votes, tables.votes.alias()
    return sa.exists().where(
        holds_now(votes),
        votes.c.application == tables.applications.c.id,
        sa.or_(
            sa.and_(votes.c.phase == VotePhase.OPEN.value, *open_votes),
            sa.and_(votes.c.outcome == VoteOutcome.PASSED.value, votes.c.closed_on > since),
            sa.and_(votes.c.outcome == VoteOutcome.FAILED.value, votes.c.quorum_met == 1),
        ),
        ~sa.exists().where(
            holds_now(later),
            later.c.application == votes.c.application,
            later.c.opened_position > votes.c.opened_position,
        ),
    )


_members: Final = tables.memberships.c


def _superseded(connection: Connection, policy: Policy) -> list[sa.ColumnElement[bool]]:
    """Return that a text is to take the place of the one that a member is bound by."""
    return memberships.bound_otherwise(policy, coalition_model.text_versions(connection))


def _of_membership(
    kind: DueKind,
    act: Callable[..., Command] | None = None,
    *,
    since: sa.Column[date],
    open: tuple[sa.ColumnElement[bool], ...] = (),  # noqa: A002 - as `Deadline` has it
    days: Callable[[Policy], int] = lambda _: 0,
    waiting_on: WaitingOn = WaitingOn.MEMBER,
) -> Deadline:
    return Deadline(
        kind=kind,
        about=Kind.MEMBERSHIP,
        waiting_on=waiting_on,
        table=tables.memberships,
        since=since,
        open=open,
        days=days,
        act=act and (lambda membership: act(membership=MembershipId(membership))),
    )


def _ended(whose: sa.ColumnElement[bool]) -> sa.Exists:
    """Return whether a membership has ended, of those that a condition names."""
    is_live = _members.status.in_(LIVE)
    return sa.exists().where(is_latest(tables.memberships), whose, ~is_live)


# An application knows the membership that asked, and a membership the one that it came of.
_CAME_OF_IT: Final = sa.or_(
    _members.application == tables.applications.c.id,
    _members.id == tables.applications.c.membership,
)
_KEPT_IN_MERGER: Final = (
    sa.select(tables.mergers.c.membership)
    .where(is_latest(tables.mergers), tables.mergers.c.id == tables.applications.c.party)
    .correlate(tables.applications)
    .scalar_subquery()
)

_OF_A_MEMBER: Final = sa.exists().where(
    holds_now(tables.applications),
    tables.applications.c.id == tables.improvement_plans.c.application,
    tables.applications.c.phase == ApplicationPhase.APPROVED.value,
    ~_ended(sa.and_(_members.party == tables.applications.c.party, _CAME_OF_IT)),
    # In a merger it may have passed on to the organisation that the party is part of.
    ~_ended(sa.and_(_members.id == _KEPT_IN_MERGER, _CAME_OF_IT)),
)
"""Plans bind members: neither who applies yet, whose plan the committee looks at, nor who left."""

_PLANS_PARTY: Final = (
    sa.select(tables.applications.c.party)
    .where(
        holds_now(tables.applications),
        tables.applications.c.id == tables.improvement_plans.c.application,
    )
    .correlate(tables.improvement_plans)
    .scalar_subquery()
)

DEADLINES: Final = (
    Deadline(
        kind=DueKind.IMPROVEMENT_PLAN,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.MEMBER,
        table=tables.improvement_plans,
        since=tables.improvement_plans.c.due,
        open=(tables.improvement_plans.c.due.is_not(None), _OF_A_MEMBER),
        subject=tables.improvement_plans.c.application,
        whose=_PLANS_PARTY,
        act=lambda application: RecordOverduePlans(application=ApplicationId(application)),
    ),
    Deadline(
        kind=DueKind.VOTE_CLOSES,
        about=Kind.VOTE,
        waiting_on=WaitingOn.VOTERS,
        table=tables.votes,
        since=tables.votes.c.closes_on,
        open=(tables.votes.c.closed_on.is_(None),),
        act=lambda vote: CloseVote(vote=VoteId(vote)),
    ),
    Deadline(
        kind=DueKind.APPLICATION_DECISION,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.STAFF,
        table=tables.applications,
        since=tables.applications.c.due_from,
        open=(
            tables.applications.c.phase.in_(
                [
                    ApplicationPhase.SUBMITTED.value,
                    ApplicationPhase.IN_REVIEW.value,
                    ApplicationPhase.REVIEWED.value,
                ]
            ),
        ),
        # Those who vote on an application are not overtaken by the calendar.
        unless=lambda since: [held_by_vote(since)],
        days=lambda policy: policy.deadlines.application_expiry_days,
        begun=tables.applications.c.submitted_on,
        act=lambda application: ExpireApplication(application=ApplicationId(application)),
    ),
    Deadline(
        kind=DueKind.APPLICANT_ANSWER,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.APPLICANT,
        table=tables.applications,
        since=tables.applications.c.due_from,
        open=(tables.applications.c.phase == ApplicationPhase.AWAITING_APPLICANT.value,),
        act=lambda application: ExpireApplication(application=ApplicationId(application)),
    ),
    _of_membership(
        DueKind.RENEWAL_OPENS,
        OpenRenewal,
        since=_members.renewal_day,
        open=(_members.renewal == RenewalPhase.NOT_OPEN.value,),
        # It opens on the first day of the window.
        days=lambda policy: (
            policy.deadlines.membership_term_days - policy.deadlines.renewal_window_days - 1
        ),
        waiting_on=WaitingOn.NOBODY,
    ),
    _of_membership(
        DueKind.RENEWAL,
        RecordMissedRenewal,
        since=_members.renewal_day,
        open=(_members.renewal == RenewalPhase.OPEN.value,),
    ),
    _of_membership(
        DueKind.RENEWAL_GRACE,
        LapseMembership,
        since=_members.renewal_day,
        open=(_members.renewal == RenewalPhase.MISSED.value,),
    ),
    # Due from the day of the admission, or change of tier.
    _of_membership(
        DueKind.AGREEMENT_SENDING,
        since=_members.asking_day,
        open=(_members.asking == AssentPhase.TO_SEND.value,),
        waiting_on=WaitingOn.STAFF,
    ),
    _of_membership(
        DueKind.AGREEMENT,
        LapseMembership,
        since=_members.asking_day,
        open=(_members.asking == AssentPhase.SENT.value,),
        days=lambda policy: policy.deadlines.agreement_signing_days,
    ),
    _of_membership(
        DueKind.RESIGNING,
        RecordMissedResigning,
        since=_members.asking_day,
        open=(_members.asking == AssentPhase.RESIGNING.value,),
    ),
    msgspec.structs.replace(
        _of_membership(
            DueKind.RESIGNING_CAMPAIGN,
            RequireResigning,
            since=_members.since,
            waiting_on=WaitingOn.NOBODY,
        ),
        narrow=_superseded,
        listed=False,
    ),
    msgspec.structs.replace(
        _of_membership(
            DueKind.SUSPENSION,
            EndSuspension,
            since=_members.suspended_through,
            open=(_members.suspended_through.is_not(None),),
            waiting_on=WaitingOn.STAFF,
        ),
        unless=lambda _: [_members.freed_on.is_(None)],
    ),
    Deadline(
        kind=DueKind.APPEAL,
        about=Kind.MEMBERSHIP,
        waiting_on=WaitingOn.MEMBER,
        table=tables.memberships,
        since=_members.contestable_on,
        open=(_members.contestable_on.is_not(None),),
        days=lambda policy: policy.deadlines.appeal_window_days,
        ends=True,
    ),
    Deadline(
        kind=DueKind.APPEAL,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.APPLICANT,
        table=tables.applications,
        since=tables.applications.c.due_from,
        open=(
            tables.applications.c.phase == ApplicationPhase.DECLINED.value,
            tables.applications.c.due_from.is_not(None),
            # Whoever asked to come back had left before.
            (tables.applications.c.kind == ApplicationKind.ADMISSION.value)
            | ~_ended(_members.id == tables.applications.c.membership),
        ),
        days=lambda policy: policy.deadlines.appeal_window_days,
        ends=True,
    ),
    # No policy says how long it may take: it is due from the day of filing.
    _of_membership(
        DueKind.APPEAL_DECISION,
        since=_members.appealed_on,
        open=(_members.appealed_on.is_not(None),),
        waiting_on=WaitingOn.STAFF,
    ),
    Deadline(
        kind=DueKind.APPEAL_DECISION,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.STAFF,
        table=tables.applications,
        since=tables.applications.c.due_from,
        open=(tables.applications.c.phase == ApplicationPhase.APPEALED.value,),
    ),
    Deadline(
        kind=DueKind.SEAT_ACCEPTANCE,
        about=Kind.APPLICATION,
        waiting_on=WaitingOn.APPLICANT,
        table=tables.applications,
        since=tables.applications.c.due_from,
        open=(tables.applications.c.phase == ApplicationPhase.SEAT_OFFERED.value,),
        act=lambda application: ExpireSeatOffer(application=ApplicationId(application)),
    ),
)
"""Every deadline. One more of them is listed, swept and tested by being here."""
