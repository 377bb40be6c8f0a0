"""What becomes due when: each kind of deadline, and how an index finds it on a day.

A deadline counts days from a date column of a read model: as many as the policy set that was in
force then, since what somebody was given, a later one does not take. So whatever is due by a day
has its date in the column by so many days before: a range of an index, however much else there is.
What is to be done by nobody in particular has a command, which `service.sweep` gives; the rest is
listed for those who are waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
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
    PartyId,
    PrincipalId,
    RenewalPhase,
    VoteId,
    VoteOutcome,
    VotePhase,
)
from projections import coalition as coalition_model
from projections import memberships, tables
from projections.as_of import holds_now, is_latest
from service.security.access import Kind


class DueKind(StrEnum):
    """What is to have happened by a day."""

    VOTE_CLOSES = "vote-closes"
    APPLICATION_DECISION = "application-decision"
    APPLICANT_ANSWER = "applicant-answer"
    RENEWAL_OPENS = "renewal-opens"
    RENEWAL = "renewal"
    RENEWAL_GRACE = "renewal-grace"
    AGREEMENT_SENDING = "agreement-sending"
    AGREEMENT = "agreement"
    RESIGNING_CAMPAIGN = "resigning-campaign"
    RESIGNING = "resigning"
    IMPROVEMENT_PLAN = "improvement-plan"
    SEAT_ACCEPTANCE = "seat-acceptance"
    SUSPENSION = "suspension"
    APPEAL = "appeal"
    APPEAL_DECISION = "appeal-decision"


class WaitingOn(StrEnum):
    """Who is to do something. Where it is nobody, it happens by itself on the next day."""

    APPLICANT = "applicant"
    MEMBER = "member"
    NOBODY = "nobody"
    STAFF = "staff"
    VOTERS = "voters"


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of deadline.

    Attributes:
        kind: what is to have happened.
        about: what a row is.
        waiting_on: who is to do something.
        table: the read model's table, which has columns ``id`` and ``version``.
        since: the day that a row's days are counted from; an index begins with what ``open``
            compares and goes on with this and ``id``.
        open: which rows wait.
        subject: the column of the id of what a row is about; ``None`` is ``id``.
        whose: the party that it is due of, where the table does not say.
        ends: whether it is over with its last day, so that nobody is asked for it after.
        narrow: reads what else tells which rows wait by the policy in force, as conditions of
            which one holds; each is asked for by itself, since of several at once SQLite makes a
            scan of all members. ``None`` where nothing does.
        listed: whether it is of any use to be told of it beforehand.
        days: how many days there are; a row is in time up to and with its last one.
        begun: the day whose policy says how many; ``None`` is ``since``.
        act: the command to be given once they are over, for a row's id; ``None`` where that
            takes a person.
        unless: of which rows it is not given all the same.
    """

    kind: DueKind
    about: Kind
    waiting_on: WaitingOn
    table: sa.Table
    since: sa.Column[date]
    open: tuple[sa.ColumnElement[bool], ...]
    days: Callable[[Policy], int] = lambda _: 0
    begun: sa.Column[date] | None = None
    subject: sa.Column[str] | None = None
    narrow: Callable[[Connection, Policy], Sequence[sa.ColumnElement[bool]]] | None = None
    act: Callable[[str], Command] | None = None
    unless: tuple[sa.ColumnElement[bool], ...] = ()
    whose: sa.ColumnElement[str] | None = None
    ends: bool = False
    listed: bool = True

    @property
    def party(self) -> sa.ColumnElement[str] | None:
        """Whose it is; ``None`` where it is nobody's."""
        own: sa.Column[str] | None = self.table.c.get("party")
        return own if self.whose is None else self.whose


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is due.

    Attributes:
        about: the id of what it is about.
        version: how many entries were about that.
        due_on: the last day that is in time.
        party: whose it is; ``None`` where it is nobody's.
        applicant: who applied, of an application.
    """

    deadline: Deadline
    about: str
    version: int
    due_on: date
    party: PartyId | None = None
    applicant: PrincipalId | None = None

    @property
    def command(self) -> Command | None:
        """What is to be done when it is overdue; ``None`` where that takes a person."""
        return None if self.deadline.act is None else self.deadline.act(self.about)

    @property
    def key(self) -> tuple[date, str, str]:
        """Its place among all that is due."""
        return (self.due_on, self.deadline.kind.value, self.about)


def voted_on(*open_votes: sa.ColumnElement[bool]) -> sa.Exists:
    """Return whether an application has a vote that passed, or an open one of some kind."""
    return sa.exists().where(
        holds_now(tables.votes),
        tables.votes.c.application == tables.applications.c.id,
        sa.or_(
            sa.and_(tables.votes.c.phase == VotePhase.OPEN.value, *open_votes),
            tables.votes.c.outcome == VoteOutcome.PASSED.value,
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
        unless=(voted_on(),),
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
        unless=(_members.freed_on.is_(None),),
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
