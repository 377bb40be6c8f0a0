"""The sweep: whatever is overdue and takes nobody to decide is done, in the ledger's own name.

What is due, and by which command it is done, is in `service.deadlines`. Each command has an id
that follows from what is due, so that two sweeps at once do one thing; and what has been done is
due no more, so that a second sweep finds nothing. A command that fails keeps no other from its
turn: it is found again by the next sweep.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from domain.decision import Refusal
from domain.terms import PrincipalId
from projections import coalition as coalition_model
from projections.as_of import AsOf
from projections.coalition import CoalitionRow
from projections.tables import votes
from service.contact.reminder import ReminderMail
from service.deadline import Deadline, Due, DueKind
from service.deadlines import DEADLINES, held_by_vote
from service.drafts.aging import purge, stale
from service.due import overdue, policies_of
from service.evidence.aging import delete_old, old
from service.faults import CorruptLedgerError, LedgerFaultError
from service.ledger.alone import Alone
from service.ledger.key_faults import KeyStoreFault
from service.ledger.ledger import Ledger, Snapshot
from service.ledger.request import Accepted, Outcome, Request
from service.logs import get_logger
from service.reminding.reminders import remind
from service.security.principal import Principal, Role
from service.transparency.attesting import attest_if_due

SYSTEM: Final = Principal(PrincipalId("sweep"), Role.SYSTEM)
"""In whose name a sweep acts; there is no API key for its role."""

TOGETHER: Final = 256
"""Commands that are given at once; the writer commits them together."""

_ANSWER_S: Final = 60.0
_LOCK: Final = 0x73776565  # any number that nothing else locks
_IDS: Final = uuid.UUID("6b0ff1f2-5a0c-4a3e-9a58-6d6f4f7c2f0e")
_log = get_logger(__name__)


class Failed(msgspec.Struct, frozen=True):
    """Something due that could not be done, and why, in words."""

    due: Due
    reason: str


class Swept(msgspec.Struct, frozen=True):
    """What a sweep did.

    Attributes:
        done: what was due and has happened.
        failed: what is still due.
        drafts: how many drafts were deleted that nobody had saved for long.
        files: how many files of evidence were, of applications that have been over for long.
    """

    done: tuple[Due, ...]
    failed: tuple[Failed, ...]
    drafts: int = 0
    files: int = 0


class Foretold(msgspec.Struct, frozen=True):
    """What a sweep would do on a day, if nothing happened until then.

    Attributes:
        due: what would be done.
        unless_voted: applications that would expire then, but for those on which enough have voted
            in a vote that is closed before that: its ballots are sealed until then.
        drafts: how many drafts would be deleted.
        files: how many files of evidence would be.
    """

    due: list[Due]
    unless_voted: list[Due]
    drafts: int
    files: int


def foretell(ledger: Ledger, today: date | None = None) -> Foretold:
    """Return what a sweep would do on a day; ``None`` is today by the ledger's clock."""
    now, current = ledger.clock(), _today(ledger)
    day = current if today is None else today
    due = find(ledger, day)
    certain = {each.about for each in due}
    closed = [
        msgspec.structs.replace(
            each, unless=lambda since: [held_by_vote(since, votes.c.closes_on >= day)]
        )
        for each in DEADLINES
        if each.kind is DueKind.APPLICATION_DECISION
    ]
    unless_voted = [each for each in find(ledger, day, closed) if each.about not in certain]
    drafts = stale(ledger, now + (day - current))
    return Foretold(due, unless_voted, drafts, sum(_over(ledger, day).values()))


def find(
    ledger: Ledger, today: date | None = None, deadlines: Sequence[Deadline] = DEADLINES
) -> list[Due]:
    """Return what is overdue on a day; ``None`` is today by the ledger's clock."""
    with ledger.read() as snapshot:
        connection = snapshot.connection
        coalition = _coalition(snapshot)
        if today is None:
            today = ledger.clock().astimezone(ZoneInfo(coalition.time_zone)).date()
        policies = policies_of(ledger, connection, coalition)
        return list(overdue(connection, policies, today, deadlines))


def _over(ledger: Ledger, day: date) -> dict[str, int]:
    """Return how many files are to be deleted on a day, by the application that has been over."""
    with ledger.read() as snapshot:
        policies = policies_of(ledger, snapshot.connection, _coalition(snapshot))
        return old(snapshot.connection, policies, day)


def _today(ledger: Ledger) -> date:
    with ledger.read() as snapshot:
        zone = ZoneInfo(_coalition(snapshot).time_zone)
    return ledger.clock().astimezone(zone).date()


def _coalition(snapshot: Snapshot) -> CoalitionRow:
    head = AsOf(snapshot.position, date.max, current=True)
    coalition = coalition_model.at(snapshot.connection, head)
    if coalition is None or not coalition.policies:
        raise CorruptLedgerError("the ledger has no coalition")
    return coalition


def sweep(ledger: Ledger, deadlines: Sequence[Deadline] = DEADLINES) -> Swept:
    """Do what is overdue by the ledger's clock, and what becomes so by that.

    Deletes old drafts, too, and files of applications that have been over for long.

    Raises:
        LedgerFaultError: what is due cannot be read.
    """
    done: list[Due] = []
    failed: list[Failed] = []
    tried: set[str] = set()
    # What a round has done is due no more, and whoever is asked is given days: so this ends.
    while found := [due for due in find(ledger, deadlines=deadlines) if _name(due) not in tried]:
        tried.update(map(_name, found))
        for start in range(0, len(found), TOGETHER):
            for due, answer in _given(ledger, found[start : start + TOGETHER]):
                reason = _reason(answer)
                if reason is None:
                    done.append(due)
                else:
                    _log.warning("not swept", due=due.deadline.kind.value, reasons=[reason])
                    failed.append(Failed(due, reason))
    drafts = 0
    try:
        drafts = purge(ledger)
    except KeyStoreFault as fault:
        _log.warning("no drafts were purged", reasons=[str(fault)])
    files = 0
    try:
        files = delete_old(ledger, SYSTEM, _over(ledger, _today(ledger)))
        ledger.finish_deletions()
    except LedgerFaultError as fault:
        _log.warning("files of evidence were left", reasons=[str(fault)])
    return Swept(tuple(done), tuple(failed), drafts, files)


def _given(ledger: Ledger, together: list[Due]) -> Iterator[tuple[Due, Outcome | Exception]]:
    """Give the commands of what is due, and yield what each is answered with."""
    waiting: list[tuple[Due, Future[Outcome] | Exception]] = []
    for due in together:
        try:
            waiting.append((due, ledger.submit(_request(due))))
        except LedgerFaultError as fault:
            waiting.append((due, fault))
    for due, future in waiting:
        if isinstance(future, Exception):
            yield due, future
            continue
        try:
            yield due, future.result(_ANSWER_S)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others have their turn
            yield due, error


def _request(due: Due) -> Request:
    if due.command is None:
        message = f"{due.deadline.kind} takes a person"
        raise AssertionError(message)
    name = _name(due)
    return Request(
        principal=SYSTEM,
        command=due.command,
        command_id=str(uuid.uuid5(_IDS, name)),
        content=name.encode(),
    )


def _name(due: Due) -> str:
    """Return what tells one thing that is due from every other, ever."""
    return f"{due.deadline.kind}/{due.about}/{due.due_on}/{due.version}"


def _reason(answer: Outcome | Exception) -> str | None:
    """Return why a command was not accepted; ``None`` if it was."""
    if isinstance(answer, Accepted):
        return None
    if isinstance(answer, Refusal):
        return answer.message
    return str(answer) or type(answer).__name__


class Sweeper:
    """Sweeps from time to time, in a thread of its own; one process does so of those that serve.

    When that one ends or dies, another has the lock at its next turn, and goes on.

    Args:
        ledger: what is swept, by its clock.
        every_s: seconds between two sweeps; 0 is never.
        mail: sends reminders then; ``None`` where nobody is reminded.
    """

    def __init__(self, ledger: Ledger, *, every_s: float, mail: ReminderMail | None = None) -> None:
        self._ledger = ledger
        self._mail = mail
        self._every_s = every_s
        self._alone = Alone(ledger.engine, "sweep", _LOCK)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Sweep now, and then from time to time until `close`."""
        if self._every_s:
            self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop, after the sweep that is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._turn()
            while not self._stopped.wait(self._every_s):
                self._turn()
        finally:
            self._alone.release()

    def _turn(self) -> None:
        """Sweep, and go on whatever happens: a thread that ended would be missed by nobody."""
        try:
            if not self._alone.is_held():
                return
            swept = sweep(self._ledger)
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("nothing was swept", exc_info=error)
            return
        if swept.done or swept.failed:
            _log.info("swept", done=len(swept.done), failed=len(swept.failed))
        try:
            attest_if_due(self._ledger)
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("nothing was attested", exc_info=error)
        if self._mail is None:
            return
        try:
            remind(self._ledger, self._mail, lambda: not self._stopped.is_set())
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("nobody was reminded", exc_info=error)
