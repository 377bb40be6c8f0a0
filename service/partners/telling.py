"""Tells webhooks of entries, each in the order of the log and at its own pace (docs/adr/0017).

A webhook's position is saved after what was told, so that a crash repeats and never skips. A
receiver that does not answer is waited for, however long; one that answers and will not take a
message is told of it a few times, and then of the others: that one is parked.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import msgspec
import sqlalchemy as sa

from domain.coalition.webhook import WebhookReplayed
from domain.ledger.entry import parse_entry
from projections import webhooks
from projections.webhooks import WebhookRow
from service.ledger import tables
from service.ledger.alone import Alone
from service.ledger.commits import POLL_S
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.partners import progress as saved
from service.partners.messages import MEDIA_TYPE, Told, to_tell, told_at
from service.partners.progress import Parked, Progress
from service.partners.receivers import Receiver, UnreachableError
from service.partners.signatures import OVERLAP_S, secret_of, sign

TOGETHER: Final = 100
"""How many messages are sent before the position is saved."""

AT_ONCE: Final = 8
"""How many webhooks are told at the same time."""

GATHER_S: Final = 0.05
"""How long entries are gathered, so that a busy ledger is not looked at for each."""

TAKE_OVER_S: Final = 5.0
"""How often a process that does not tell tries to, or one that cannot tries again."""

BUSY: Final = frozenset({408, 425, 429, 502, 503, 504})
"""What a receiver answers that cannot take anything now; it is waited for."""

_LOCK: Final = 0x77656268  # any number that nothing else locks
_SHOWN: Final = frozenset({"data.url", "data.types"})

_log = get_logger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long is waited after an attempt that failed, and how often a message is tried.

    Attributes:
        first_s: after the first; twice as long after each further one, less up to half of it.
        longest_s: at most.
        attempts: how often a message is told of that its receiver will not take.
    """

    first_s: float = 2.0
    longest_s: float = 3_600.0
    attempts: int = 8

    def wait_s(self, attempts: int) -> float:
        """Return how long to wait after so many attempts, drawn anew each time."""
        longest = min(self.longest_s, self.first_s * 2.0 ** min(attempts - 1, 32))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - a moment, and no secret


class _Refusal(msgspec.Struct, frozen=True):
    """A message was not taken."""

    reason: str
    is_final: bool


class _Webhook:
    """A webhook that is told in this process."""

    def __init__(
        self,
        row: WebhookRow,
        url: str,
        types: list[str] | None,
        progress: Progress,
        *,
        private: bool,
    ) -> None:
        self.row = row
        self.types = types
        self.progress = progress
        self.receiver = Receiver(url, private=private)
        self.due = 0.0
        self.working: Future[None] | None = None

    def close(self, _: object = None) -> None:
        """Give its connection up."""
        self.receiver.close()

    def is_due(self, head: int, now: float) -> bool:
        """Whether there is something to tell it now."""
        if self.working is not None and not self.working.done():
            return False
        behind = self.progress.position < head
        return now >= self.due and (behind or self.is_to_repeat)

    @property
    def is_to_repeat(self) -> bool:
        """Whether somebody asked to tell it again."""
        return self.row.replayed_position > self.progress.replayed_position


class Teller:
    """Tells webhooks, in threads of its own; one process does so, whichever has the lock.

    Args:
        ledger: of whose entries.
        private: whether receivers may be where only this machine or its network can reach them.
        pace: how attempts are repeated.
    """

    def __init__(self, ledger: Ledger, *, private: bool = False, pace: Pace | None = None) -> None:
        self._ledger = ledger
        self._private = private
        self._pace = pace or Pace()
        self._known: dict[str, _Webhook] = {}
        # To ask the key store for each message would cost more than to send it.
        self._secrets: dict[tuple[str, int], str] = {}
        self._stopped = threading.Event()
        self._alone = Alone(ledger.engine, "webhooks", _LOCK)
        self._bell = ledger.commits.bell()
        self._pool: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Tell from now on, until `close`."""
        self._ledger.commits.listen()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End what is under way, and stop; what was told and not saved is told again."""
        self._stopped.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._bell.clear()
            if not self._has_turned():
                self._stopped.wait(TAKE_OVER_S)
            elif self._known:
                self._bell.wait(POLL_S)
                self._stopped.wait(GATHER_S)
            else:
                self._stopped.wait(POLL_S)
        self._forget(*self._known)
        if self._pool is not None:
            self._pool.shutdown()
        self._alone.release()

    def _has_turned(self) -> bool:
        """Look what there is to tell, if this is the process that tells; return whether it is."""
        try:
            if self._alone.is_held():
                self._turn()
                return True
            self._forget(*self._known)
        except Exception as error:  # noqa: BLE001 - a thread that ended would be missed by nobody
            _log.error("webhooks are not told", exc_info=error)
        return False

    def _turn(self) -> None:
        """Look what there is to tell, and have it told."""
        head = self._look()
        now = time.monotonic()
        for webhook in self._known.values():
            webhook.receiver.abort_late(now)
            if webhook.is_due(head, now):
                if self._pool is None:
                    self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="teller")
                webhook.working = self._pool.submit(self._tell, webhook)

    def _look(self) -> int:
        """Learn which webhooks there are; return the last position."""
        with self._ledger.read() as snapshot:
            connection = snapshot.connection
            rows = webhooks.present(connection)
            fresh = [row for row in rows if row.id not in self._known]
            progress = saved.progress_of(connection, fresh)
            positions = [row.position for row in fresh]
            hidden = self._ledger.disclosures(connection, positions, _SHOWN)
        present = {row.id: row for row in rows}
        for gone in self._known.keys() - present.keys():
            self._forget(gone)
            with begin_writing(self._ledger.engine) as writing:
                saved.forget_removed(writing, present)
        for row in rows:
            known = self._known.get(row.id)
            if known is not None:
                known.row = row
                continue
            values = {path: found.value for path, found in hidden.get(row.position, {}).items()}
            # An address that was expunged is nobody's any more.
            if isinstance(values.get("data.url"), str):
                self._known[row.id] = _Webhook(
                    row,
                    values["data.url"],
                    values.get("data.types"),
                    progress[row.id],
                    private=self._private,
                )
        return snapshot.position

    def _forget(self, *gone: str) -> None:
        """Stop telling webhooks, after what is being said to them just now."""
        for each in gone:
            webhook = self._known.pop(each)
            webhook.receiver.abort()
            if webhook.working is None:
                webhook.receiver.close()
            else:
                webhook.working.add_done_callback(webhook.close)

    def _tell(self, webhook: _Webhook) -> None:
        """Tell a webhook what there is, until it is at the end, or an attempt failed."""
        try:
            while not self._stopped.is_set() and webhook.row.id in self._known:
                if webhook.is_to_repeat:
                    self._repeat(webhook)
                if not self._tell_some(webhook):
                    return
        except Exception as error:  # noqa: BLE001 - tried again, and the others with it
            webhook.due = time.monotonic() + self._pace.wait_s(1)
            _log.error("a webhook is not told", exc_info=error)

    def _tell_some(self, webhook: _Webhook) -> bool:
        """Tell the next entries and save that; return whether there may be more."""
        progress = webhook.progress
        with self._ledger.read() as snapshot:
            head = snapshot.position
            some = to_tell(
                snapshot.connection,
                self._ledger.origin,
                webhook.types,
                after=progress.position,
                upto=head,
                most=TOGETHER,
            )
        for told in some:
            refusal = self._sent(webhook, told)
            if self._stopped.is_set() and refusal is not None:
                break
            if refusal is not None:
                self._failed(webhook, told, refusal)
                return False
            webhook.progress = _reached(webhook.progress, told.position)
        ended = len(some) < TOGETHER and not self._stopped.is_set()
        if ended:
            webhook.progress = _reached(webhook.progress, head)
        if webhook.progress != progress:
            self._save(webhook.progress)
        return not ended

    def _failed(self, webhook: _Webhook, told: Told, refusal: _Refusal) -> None:
        """Wait for another attempt, or set the message aside when there were enough."""
        progress = webhook.progress
        attempts = progress.attempts + 1
        if refusal.is_final and attempts >= self._pace.attempts:
            parked = Parked(webhook.row.id, told.position, int(time.time()), refusal.reason)
            webhook.progress = _reached(progress, told.position)
            self._save(webhook.progress, parked)
            return
        wait_s = self._pace.wait_s(attempts)
        webhook.due = time.monotonic() + wait_s
        webhook.progress = msgspec.structs.replace(
            progress,
            attempts=attempts,
            next_at=int(time.time() + wait_s) + 1,
            reason=refusal.reason,
        )
        self._save(webhook.progress)

    def _repeat(self, webhook: _Webhook) -> None:
        """Heed whoever asked to tell again."""
        progress, asked = webhook.progress, webhook.row.replayed_position
        starts = self._starts(webhook.row.id, progress.replayed_position, asked)
        positions = [start for start in starts if start is not None]
        start = min([progress.position + 1, *positions])
        with self._ledger.read() as snapshot:
            parked = saved.parked_of(snapshot.connection, [webhook.row.id])[webhook.row.id]
            wanted = [each.position for each in parked if None in starts and each.position < start]
            again = told_at(snapshot.connection, self._ledger.origin, wanted)
        taken = [each.position for each in again if self._sent(webhook, each) is None]
        taken += [each.position for each in parked if each.position >= start]
        webhook.progress = Progress(
            webhook=webhook.row.id, position=start - 1, replayed_position=asked
        )
        webhook.due = 0.0
        self._save(webhook.progress, taken=taken)

    def _starts(self, webhook: str, after: int, upto: int) -> list[int | None]:
        """Return since when to tell again, of each entry that asks for it."""
        entries = tables.entries
        select = sa.select(entries.c.data).where(
            entries.c.stream == webhook,
            entries.c.type == WebhookReplayed.stored_name,
            entries.c.position > after,
            entries.c.position <= upto,
        )
        with self._ledger.read() as snapshot:
            return [
                parse_entry(bytes(data)).data["since"]
                for data in snapshot.connection.execute(select).scalars()
            ]

    def _save(
        self, progress: Progress, parked: Parked | None = None, taken: list[int] | None = None
    ) -> None:
        with begin_writing(self._ledger.engine) as connection:
            saved.save(connection, progress)
            if parked is not None:
                saved.park(connection, parked)
            if taken:
                saved.unpark(connection, progress.webhook, taken)

    def _sent(self, webhook: _Webhook, told: Told) -> _Refusal | None:
        """Tell of one entry; return why it was not taken, if it was not."""
        try:
            status = webhook.receiver.post(self._headers(webhook.row, told), told.body)
        except UnreachableError as error:
            return _Refusal(str(error), is_final=False)
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 §15.3
            return None
        return _Refusal(f"answered {status}", is_final=status not in BUSY)

    def _secret(self, webhook: str, generation: int) -> str:
        known = self._secrets.get((webhook, generation))
        if known is None:
            known = secret_of(self._ledger.keys, webhook, generation)
            self._secrets[webhook, generation] = known
        return known

    def _headers(self, row: WebhookRow, told: Told) -> Mapping[str, str]:
        now = int(time.time())
        generations = [row.generation]
        if row.rotated_at is not None:
            since = self._ledger.clock().timestamp() - row.rotated_at
            generations += [row.generation - 1] if since < OVERLAP_S else []
        secrets = [self._secret(row.id, each) for each in generations]
        return {
            "Content-Type": MEDIA_TYPE,
            "User-Agent": "Coalition-Ledger",
            "webhook-id": told.message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(secrets, told.message_id, now, told.body),
        }


def _reached(progress: Progress, position: int) -> Progress:
    """Return the progress of a webhook that has got so far, with no failure."""
    return Progress(
        webhook=progress.webhook,
        position=position,
        replayed_position=progress.replayed_position,
    )
