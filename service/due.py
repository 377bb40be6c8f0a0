"""Reads what is due, or will be: for a sweep, or page by page for those whom it concerns."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.policy import Policy
from domain.terms import (
    PartyId,
    PrincipalId,
)
from projections.as_of import is_latest
from projections.paging import Key, Page, Window, fetch
from service.deadlines import DEADLINES, Deadline, Due, DueKind
from service.security.access import Kind


class DueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deadlines are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        until: those that are due by this day.
        parties: those of these parties.
        votes: with those of the parties, the closes of these votes.
        applicant: those of this person's applications.
        today: the day of asking; what was over with its last day before it is left out.
    """

    kinds: Sequence[DueKind] | None = None
    until: date | None = None
    parties: Sequence[PartyId] | None = None
    votes: Sequence[str] = ()
    applicant: PrincipalId | None = None
    today: date = date.min


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
            select = _select(deadline, policy, wanted).where(*map(sa.not_, deadline.unless))
            narrowed = (
                [select]
                if deadline.narrow is None
                else [select.where(each) for each in deadline.narrow(connection)]
            )
            for each in narrowed:
                for row in connection.execute(each):
                    yield _due(deadline, policy, row)


def coming(
    connection: Connection, policy: Policy, kinds: Sequence[DueKind], today: date, until: date
) -> Iterator[Due]:
    """Yield what is due from a day to another, both included.

    Args:
        connection: the transaction to read in.
        policy: the policy in force.
        kinds: what is asked for.
        today: the first day.
        until: the last day.
    """
    wanted = DueFilter(kinds=kinds, until=until)
    for deadline in _asked(wanted):
        since = deadline.since >= _counted_from(deadline, policy, today)
        for row in connection.execute(_select(deadline, policy, wanted).where(since)):
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
        if each.listed
        and (wanted.kinds is None or each.kind in wanted.kinds)
        and (wanted.parties is None or each.party is not None or each.about is Kind.VOTE)
        and (wanted.applicant is None or "applicant" in each.table.c)
    ]


def _subject(deadline: Deadline) -> sa.Column[str]:
    """Return the column of the id of what a row is about."""
    id_column: sa.Column[str] = deadline.table.c.id
    return id_column if deadline.subject is None else deadline.subject


def _select(deadline: Deadline, policy: Policy, wanted: DueFilter) -> sa.Select[Any]:
    columns = deadline.table.c
    select = sa.select(
        _subject(deadline).label("about"),
        columns.version,
        deadline.since.label("since"),
        *([] if deadline.party is None else [deadline.party.label("party")]),
        *([columns.applicant] if "applicant" in columns else []),
    ).where(is_latest(deadline.table), *deadline.open)
    if wanted.until is not None:
        select = select.where(deadline.since <= _counted_from(deadline, policy, wanted.until))
    if deadline.ends:
        select = select.where(deadline.since >= _counted_from(deadline, policy, wanted.today))
    if wanted.parties is not None:
        own = (
            columns.id.in_(wanted.votes)
            if deadline.party is None
            else deadline.party.in_(wanted.parties)
        )
        select = select.where(own)
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
        [deadline.since, _subject(deadline)],
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
        about=row.about,
        version=row.version,
        due_on=row.since + timedelta(days=deadline.days(policy)),
        party=getattr(row, "party", None),
        applicant=getattr(row, "applicant", None),
    )
