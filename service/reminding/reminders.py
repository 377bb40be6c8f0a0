"""Reminds those who are waited for, by mail, some days before a last day.

Of each last day a holder is told once. What was sent is kept beside the ledger, and forgotten when
the day is over. A mail is counted before it is tried and marked when the server has it: one that
fails is tried again, so many times and later each time; of a crash in between, the mail comes twice
rather than never.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections import coalition as coalition_model
from projections.as_of import AsOf
from service.contact.reminder import ReminderMail
from service.deadline import Due, WaitingOn
from service.deadlines import DEADLINES
from service.due import coming, policies_of
from service.faults import CorruptLedgerError, UnavailableError
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.ledger.tables import reminder_addresses, reminders
from service.logs import get_logger
from service.partners.calendar import REMINDED_DAYS
from service.reminding.holders import Holder, address_of, holders, purge

MOST_ATTEMPTS: Final = 5
"""How often one mail is tried."""

RETRY_S: Final = 3_600
"""After the first attempt that failed; after each further one it is twice as long."""

MOST_FAILURES: Final = 3
"""So many one after another, and the rest is left to the next turn: the server is not there."""

REMINDED: Final = tuple(
    each.kind
    for each in DEADLINES
    # Nobody is asked for an appeal.
    if each.listed and not each.ends and each.waiting_on in {WaitingOn.APPLICANT, WaitingOn.MEMBER}
)
"""Of what somebody is reminded."""

_Place: TypeAlias = tuple[str, str, str, date]
_log = get_logger(__name__)


class Reminder(msgspec.Struct, frozen=True):
    """Something that somebody is to be told: the first of some last days."""

    holder: Holder
    dues: tuple[Due, ...]

    @property
    def day(self) -> date:
        """The first day."""
        return min(due.due_on for due in self.dues)


class Reminded(msgspec.Struct, frozen=True):
    """How many mails were sent, and how many were not."""

    sent: int
    failed: int


def find(ledger: Ledger, today: date | None = None) -> list[Reminder]:
    """Return what is to be sent on a day; ``None`` is today by the ledger's clock."""
    now = ledger.clock()
    with ledger.read() as snapshot:
        connection = snapshot.connection
        head = AsOf(snapshot.position, date.max, current=True)
        coalition = coalition_model.at(connection, head)
        if coalition is None or not coalition.policies:
            raise CorruptLedgerError("the ledger has no coalition")
        today = today or now.astimezone(ZoneInfo(coalition.time_zone)).date()
        policies = policies_of(ledger, connection, coalition)
        last = today + timedelta(days=REMINDED_DAYS)
        dues = list(coming(connection, policies, REMINDED, today, last))
        return list(_pending(connection, dues, now)) if dues else []


def remind(
    ledger: Ledger, mail: ReminderMail, go_on: Callable[[], bool] = lambda: True
) -> Reminded:
    """Send what is to be sent today, and forget what is over.

    Args:
        ledger: whose last days these are, by its clock.
        mail: sends them.
        go_on: asked before each mail.

    Raises:
        KeyStoreUnavailable: addresses could not be forgotten; nothing is sent.
    """
    purge(ledger)
    with begin_writing(ledger.engine) as connection:
        yesterday = ledger.clock().date() - timedelta(days=1)
        connection.execute(sa.delete(reminders).where(reminders.c.due_on < yesterday))
    sent = failed = in_a_row = 0
    for reminder in find(ledger):
        if in_a_row == MOST_FAILURES or not go_on():
            break
        address = address_of(ledger.keys, reminder.holder)
        counted = None if address is None else _count(ledger, reminder)
        if address is None or counted is None:
            continue
        try:
            mail.send(address, counted.day, counted.holder.token)
        except UnavailableError as error:
            _log.warning("a reminder was not sent", reasons=[str(error)])
            failed, in_a_row = failed + 1, in_a_row + 1
            continue
        _mark(ledger, counted)
        sent, in_a_row = sent + 1, 0
    return Reminded(sent, failed)


def _pending(connection: Connection, dues: list[Due], now: datetime) -> Iterator[Reminder]:
    of_party: defaultdict[str | None, list[Due]] = defaultdict(list)
    of_applicant: defaultdict[str | None, list[Due]] = defaultdict(list)
    for due in dues:
        of_party[due.party].append(due)
        if due.deadline.waiting_on is WaitingOn.APPLICANT:
            of_applicant[due.applicant].append(due)
    tried = _tried(connection)
    for holder in holders(connection, now.timestamp()):
        own = of_applicant[holder.principal]
        if holder.party is not None:
            own = own + [due for due in of_party[holder.party] if due not in own]
        open_ = tuple(due for due in own if _is_open(tried.get(_place(holder, due)), now))
        if open_:
            yield Reminder(holder, open_)


def _tried(connection: Connection, index: str | None = None) -> dict[_Place, sa.Row[Any]]:
    select = sa.select(reminders)
    if index is not None:
        select = select.where(reminders.c.address_index == index)
    return {
        (row.address_index, row.kind, row.about, row.due_on): row
        for row in connection.execute(select)
    }


def _is_open(row: sa.Row[Any] | None, now: datetime) -> bool:
    """Whether something is still to be sent, and may be tried now."""
    return row is None or (
        not row.sent and row.attempts < MOST_ATTEMPTS and row.next_at <= now.timestamp()
    )


def _count(ledger: Ledger, reminder: Reminder) -> Reminder | None:
    """Count an attempt; of two processes that would send the same, one sends it.

    Returns:
        What is to be sent now; ``None`` where another process does.
    """
    index, now = reminder.holder.index, ledger.clock()
    with begin_writing(ledger.engine) as connection:
        holder = sa.select(reminder_addresses.c.wanted).where(
            reminder_addresses.c.address_index == index
        )
        # On PostgreSQL nothing else keeps another process out.
        if not connection.execute(holder.with_for_update()).scalar():
            return None
        tried = _tried(connection, index)
        open_ = tuple(
            due for due in reminder.dues if _is_open(tried.get(_place(reminder.holder, due)), now)
        )
        for due in open_:
            place = _place(reminder.holder, due)
            attempts = tried[place].attempts + 1 if place in tried else 1
            next_at = int(now.timestamp()) + RETRY_S * 2 ** (attempts - 1)
            connection.execute(sa.delete(reminders).where(_is_at(place)))
            connection.execute(
                sa.insert(reminders).values(
                    address_index=index,
                    kind=due.deadline.kind.value,
                    about=due.about,
                    due_on=due.due_on,
                    attempts=attempts,
                    next_at=next_at,
                    sent=False,
                )
            )
    return Reminder(reminder.holder, open_) if open_ else None


def _mark(ledger: Ledger, reminder: Reminder) -> None:
    with begin_writing(ledger.engine) as connection:
        for due in reminder.dues:
            place = _place(reminder.holder, due)
            connection.execute(sa.update(reminders).where(_is_at(place)).values(sent=True))


def _place(holder: Holder, due: Due) -> _Place:
    return (holder.index, due.deadline.kind.value, due.about, due.due_on)


def _is_at(place: _Place) -> sa.ColumnElement[bool]:
    index, kind, about, due_on = place
    columns = reminders.c
    return sa.and_(
        columns.address_index == index,
        columns.kind == kind,
        columns.about == about,
        columns.due_on == due_on,
    )
