"""Reads what is due, or will be: for a sweep, or page by page for those whom it concerns."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.policy import Policy
from domain.terms import PartyId, PrincipalId
from projections.as_of import is_latest
from projections.coalition import CoalitionRow
from projections.paging import Key, Page, Window, fetch
from service.deadline import Deadline, Due, DueKind
from service.deadlines import DEADLINES
from service.ledger.ledger import Ledger
from service.security.access import Kind

Policies: TypeAlias = Sequence[tuple[date, Policy]]
"""Every policy that was in force, with the day from which it was, in order."""


def policies_of(ledger: Ledger, connection: Connection, coalition: CoalitionRow) -> Policies:
    """Return the policies that a coalition had."""
    return [
        (each.adopted_on, ledger.policy(connection, each.sha256)) for each in coalition.policies
    ]


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


class Span(msgspec.Struct, frozen=True):
    """A deadline, as far as one number of days counts for it.

    Attributes:
        days: how many.
        first: the first day that it counts for; ``None`` is any.
        end: the first day that it counts for no more; ``None`` is none.
    """

    deadline: Deadline
    days: int
    first: date | None = None
    end: date | None = None


def overdue(
    connection: Connection,
    policies: Policies,
    today: date,
    deadlines: Sequence[Deadline] = DEADLINES,
) -> Iterator[Due]:
    """Yield what was due before a day and is acted on without anybody, the oldest of a kind first.

    Args:
        connection: the transaction to read in.
        policies: every policy that was in force.
        today: the day.
        deadlines: which kinds there are.
    """
    for deadline in deadlines:
        if deadline.act is None:
            continue
        wanted = DueFilter(until=today - timedelta(days=1))
        in_force = policies[-1][1]
        narrowed = [sa.true()] if deadline.narrow is None else deadline.narrow(connection, in_force)
        for span in _spans(deadline, policies):
            kept = deadline.unless(_counted_from(span, today - timedelta(days=1)))
            select = _select(span, wanted).where(*map(sa.not_, kept))
            for each in narrowed:
                for row in connection.execute(select.where(each)):
                    yield _due(span, row)


def coming(
    connection: Connection,
    policies: Policies,
    kinds: Sequence[DueKind],
    today: date,
    until: date,
) -> Iterator[Due]:
    """Yield what is due from a day to another, both included.

    Args:
        connection: the transaction to read in.
        policies: every policy that was in force.
        kinds: what is asked for.
        today: the first day.
        until: the last day.
    """
    wanted = DueFilter(kinds=kinds, until=until)
    for span in _asked(wanted, policies):
        since = span.deadline.since >= _counted_from(span, today)
        for row in connection.execute(_select(span, wanted).where(since)):
            yield _due(span, row)


def page(
    connection: Connection, policies: Policies, wanted: DueFilter, window: Window
) -> Page[Due]:
    """Return one page of what is or will be due, in the order of days, over every kind."""
    pages = [(span, _part(connection, span, wanted, window)) for span in _asked(wanted, policies)]
    parts = [
        [_due(span, row) for row in (reversed(part.rows) if window.backward else part.rows)]
        for span, part in pages
    ]
    found = list(heapq.merge(*parts, key=lambda due: due.key, reverse=window.backward))
    more = len(found) > window.limit or any(part.more for _, part in pages)
    kept = found[: window.limit]
    return Page(tuple(reversed(kept) if window.backward else kept), more)


def total(connection: Connection, policies: Policies, wanted: DueFilter) -> int:
    """Return how many things are or will be due."""
    return sum(
        connection.execute(
            sa.select(sa.func.count()).select_from(_select(span, wanted).subquery())
        ).scalar_one()
        for span in _asked(wanted, policies)
    )


def _spans(deadline: Deadline, policies: Policies) -> list[Span]:
    """Return how many days count from when: neighbours that agree are one."""
    spans: list[Span] = []
    for since, policy in policies:
        days = deadline.days(policy)
        if not spans:
            spans.append(Span(deadline, days))
        elif days != spans[-1].days:
            spans[-1] = msgspec.structs.replace(spans[-1], end=since)
            spans.append(Span(deadline, days, first=since))
    return spans


def _asked(wanted: DueFilter, policies: Policies) -> list[Span]:
    return [
        span
        for each in DEADLINES
        for span in _spans(each, policies)
        if each.listed
        and (wanted.kinds is None or each.kind in wanted.kinds)
        and (wanted.parties is None or each.party is not None or each.about is Kind.VOTE)
        and (wanted.applicant is None or "applicant" in each.table.c)
    ]


def _subject(deadline: Deadline) -> sa.Column[str]:
    """Return the column of the id of what a row is about."""
    id_column: sa.Column[str] = deadline.table.c.id
    return id_column if deadline.subject is None else deadline.subject


def _select(span: Span, wanted: DueFilter) -> sa.Select[Any]:
    deadline = span.deadline
    columns = deadline.table.c
    begun = deadline.since if deadline.begun is None else deadline.begun
    select = sa.select(
        _subject(deadline).label("about"),
        columns.version,
        deadline.since.label("since"),
        *([] if deadline.party is None else [deadline.party.label("party")]),
        *([columns.applicant] if "applicant" in columns else []),
    ).where(is_latest(deadline.table), *deadline.open)
    if span.first is not None:
        select = select.where(begun >= span.first)
    if span.end is not None:
        select = select.where(begun < span.end)
    if wanted.until is not None:
        select = select.where(deadline.since <= _counted_from(span, wanted.until))
    if deadline.ends:
        select = select.where(deadline.since >= _counted_from(span, wanted.today))
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
    connection: Connection, span: Span, wanted: DueFilter, window: Window
) -> Page[sa.Row[Any]]:
    """Read what one kind may add to a page."""
    return fetch(
        connection,
        _select(span, wanted),
        [span.deadline.since, _subject(span.deadline)],
        msgspec.structs.replace(
            window, after=_place(span, window.after), before=_place(span, window.before)
        ),
    )


def _place(span: Span, key: Key | None) -> tuple[date, str] | None:
    """Return where a place among all deadlines lies among those of one kind."""
    if key is None:
        return None
    due_on, kind, about = key
    since = _counted_from(span, due_on)
    own = span.deadline.kind.value
    if kind == own:
        return (since, about)
    # No id is empty, so this lies before all of a day. Kinds follow each other within a day.
    return (since, "") if own > kind else (since + timedelta(days=1), "")


def _counted_from(span: Span, day: date) -> date:
    """Return what a deadline counts from that is due on a day."""
    days = span.days
    return date.min if day.toordinal() <= days else day - timedelta(days=days)


def _due(span: Span, row: sa.Row[Any]) -> Due:
    return Due(
        deadline=span.deadline,
        about=row.about,
        version=row.version,
        due_on=row.since + timedelta(days=span.days),
        party=getattr(row, "party", None),
        applicant=getattr(row, "applicant", None),
    )
