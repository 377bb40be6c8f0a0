"""A kind of deadline, and one thing that is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.decision import Command
from domain.policy import Policy
from domain.terms import PartyId, PrincipalId
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
        unless: of which rows it is not given all the same, by the day that a row's days have to be
            counted from at the latest for them to be over.
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
    unless: Callable[[date], Sequence[sa.ColumnElement[bool]]] = lambda _: ()
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
