"""What becomes due when: each kind of deadline, and how an index finds it on a day.

A deadline counts days, which the policy in force sets, from a date column of a read model. So
whatever is due by a day has its date in the column by so many days before: a range of an index,
however much else there is. What is to be done by nobody in particular has a command, which
`service.sweep` gives; the rest is listed for those who are waited for.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.vote import CloseVote
from domain.decision import Command
from domain.membership.waiting import ExpireApplication, ExpireSeatOffer
from domain.policy import Policy
from domain.terms import (
    ApplicationId,
    ApplicationPhase,
    PartyId,
    PrincipalId,
    VoteId,
    VoteOutcome,
    VotePhase,
)
from projections import tables
from projections.as_of import holds_now
from projections.paging import Key, Page, Window, fetch
from projections.tables import FOREVER
from service.security.access import Kind


class DueKind(StrEnum):
    """What is to have happened by a day."""

    VOTE_CLOSES = "vote-closes"
    APPLICATION_DECISION = "application-decision"
    APPLICANT_ANSWER = "applicant-answer"
    SEAT_ACCEPTANCE = "seat-acceptance"


class WaitingOn(StrEnum):
    """Who is to do something."""

    APPLICANT = "applicant"
    MEMBER = "member"
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
        days: how many days there are; a row is in time up to and with its last one.
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
    act: Callable[[str], Command] | None = None
    unless: tuple[sa.ColumnElement[bool], ...] = ()


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


_VOTED_ON: Final = sa.exists().where(
    holds_now(tables.votes),
    tables.votes.c.application == tables.applications.c.id,
    sa.or_(
        tables.votes.c.phase == VotePhase.OPEN.value,
        tables.votes.c.outcome == VoteOutcome.PASSED.value,
    ),
)
"""Those who vote on an application are not overtaken by the calendar."""

DEADLINES: Final = (
    Deadline(
        kind=DueKind.VOTE_CLOSES,
        about=Kind.VOTE,
        waiting_on=WaitingOn.VOTERS,
        table=tables.votes,
        since=tables.votes.c.closes_on,
        open=(tables.votes.c.phase == VotePhase.OPEN.value,),
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
        unless=(_VOTED_ON,),
        days=lambda policy: policy.deadlines.application_expiry_days,
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


class DueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deadlines are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        until: those that are due by this day.
        party: those of this party.
        applicant: those of this person's applications.
    """

    kinds: Sequence[DueKind] | None = None
    until: date | None = None
    party: PartyId | None = None
    applicant: PrincipalId | None = None


def overdue(
    connection: Connection, policy: Policy, today: date, deadlines: Sequence[Deadline] = DEADLINES
) -> Iterator[Due]:
    """Yield what was due before a day and is acted on without anybody, the oldest of a kind first.

    Args:
        connection: the transaction to read in.
        policy: the policy in force.
        today: the day.
        deadlines: which kinds there are.
    """
    for deadline in deadlines:
        if deadline.act is not None:
            wanted = DueFilter(until=today - timedelta(days=1))
            select = _select(deadline, policy, wanted)
            for row in connection.execute(select.where(*map(sa.not_, deadline.unless))):
                yield _due(deadline, policy, row)


def page(connection: Connection, policy: Policy, wanted: DueFilter, window: Window) -> Page[Due]:
    """Return one page of what is or will be due, in the order of days, over every kind."""
    pages = [
        (deadline, _part(connection, deadline, policy, wanted, window))
        for deadline in _asked(wanted)
    ]
    parts = [
        [
            _due(deadline, policy, row)
            for row in (reversed(part.rows) if window.backward else part.rows)
        ]
        for deadline, part in pages
    ]
    found = list(heapq.merge(*parts, key=lambda due: due.key, reverse=window.backward))
    more = len(found) > window.limit or any(part.more for _, part in pages)
    kept = found[: window.limit]
    return Page(tuple(reversed(kept) if window.backward else kept), more)


def total(connection: Connection, policy: Policy, wanted: DueFilter) -> int:
    """Return how many things are or will be due."""
    return sum(
        connection.execute(
            sa.select(sa.func.count()).select_from(_select(deadline, policy, wanted).subquery())
        ).scalar_one()
        for deadline in _asked(wanted)
    )


def _asked(wanted: DueFilter) -> list[Deadline]:
    return [
        each
        for each in DEADLINES
        if (wanted.kinds is None or each.kind in wanted.kinds)
        and (wanted.party is None or "party" in each.table.c)
        and (wanted.applicant is None or "applicant" in each.table.c)
    ]


def _select(deadline: Deadline, policy: Policy, wanted: DueFilter) -> sa.Select[Any]:
    columns = deadline.table.c
    select = sa.select(
        columns.id,
        columns.version,
        deadline.since.label("since"),
        *(columns[name] for name in ("party", "applicant") if name in columns),
    ).where(holds_now(deadline.table), *deadline.open)
    if "effective_to" in columns:
        # The last decision counts, in effect or not yet, as it does for the rules.
        select = select.where(columns.effective_to == FOREVER)
    if wanted.until is not None:
        select = select.where(deadline.since <= _counted_from(deadline, policy, wanted.until))
    if wanted.party is not None:
        select = select.where(columns.party == wanted.party)
    if wanted.applicant is not None:
        select = select.where(columns.applicant == wanted.applicant)
    return select


def _part(
    connection: Connection, deadline: Deadline, policy: Policy, wanted: DueFilter, window: Window
) -> Page[sa.Row[Any]]:
    """Read what one kind may add to a page."""
    return fetch(
        connection,
        _select(deadline, policy, wanted),
        [deadline.since, deadline.table.c.id],
        msgspec.structs.replace(
            window,
            after=_place(deadline, policy, window.after),
            before=_place(deadline, policy, window.before),
        ),
    )


def _place(deadline: Deadline, policy: Policy, key: Key | None) -> tuple[date, str] | None:
    """Return where a place among all deadlines lies among those of one kind."""
    if key is None:
        return None
    due_on, kind, about = key
    since = _counted_from(deadline, policy, due_on)
    if kind == deadline.kind.value:
        return (since, about)
    # No id is empty, so this lies before all of a day. Kinds follow each other within a day.
    return (since, "") if deadline.kind.value > kind else (since + timedelta(days=1), "")


def _counted_from(deadline: Deadline, policy: Policy, day: date) -> date:
    """Return what a deadline counts from that is due on a day."""
    days = deadline.days(policy)
    return date.min if day.toordinal() <= days else day - timedelta(days=days)


def _due(deadline: Deadline, policy: Policy, row: sa.Row[Any]) -> Due:
    return Due(
        deadline=deadline,
        about=row.id,
        version=row.version,
        due_on=row.since + timedelta(days=deadline.days(policy)),
        party=getattr(row, "party", None),
        applicant=getattr(row, "applicant", None),
    )
