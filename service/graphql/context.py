"""What the resolvers of one request share: who asks, and one position to answer from.

For whoever runs the schema::

    cursors = CursorCipher(ledger.keys.named_key("cursors"))       # once a process
    with Context(ledger, principal, request_id=request_id, cursors=cursors) as context:
        result = schema.execute_sync(query, variable_values=…, context_value=context)
        extensions = context.extensions()

Everything runs in the thread that made the context. The read transaction begins when a
resolver first needs one, so that a mutation holds none while it waits for the writer, and an
introspection query none at all. It ends with the ``with`` block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import strawberry
from sqlalchemy.engine import Connection

from domain.policy import Policy
from projections import coalition as coalition_model
from projections.as_of import AsOf
from projections.coalition import CoalitionRow
from service.faults import CorruptLedgerError, UnavailableError
from service.graphql.budget import Rate
from service.graphql.cursors import CursorCipher
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger, Snapshot
from service.ledger.request import Outcome, Request
from service.security.principal import Principal

T = TypeVar("T")


class Redaction(msgspec.Struct, frozen=True, order=True):
    """Fields that were answered with null, because the viewer may not read them.

    Attributes:
        path: response keys from the root, with ``*`` for the places of a list, such as
            ``memberships.edges.*.node.standards``.
        field: the field of the schema, such as ``Membership.standards``.
        requires: who may read it, a value of `service.security.audiences.Audience`.
    """

    path: str
    field: str
    requires: str


class Deadline:
    """When an operation is given up: at the next object, and with `UnavailableError`.

    Args:
        timeout_s: how long it may take from now.
    """

    def __init__(self, timeout_s: float) -> None:
        self._at = time.monotonic() + timeout_s
        self.reason = UnavailableError("this took too long")

    @property
    def aborted(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._at


class Context:
    """One GraphQL request. Use it as a context manager, in one thread.

    Attributes:
        ledger: the open ledger.
        principal: who asks.
        request_id: names the request in logs and in errors.
        cursors: seals and opens the cursors of connections.
        rate: what the caller has left; ``None`` where there is no end of it.
        deadline: when the request is given up; ``None`` is never.
        beside_ledger: whether part of the answer changes without an entry or a new day.
    """

    def __init__(
        self,
        ledger: Ledger,
        principal: Principal,
        *,
        request_id: str,
        cursors: CursorCipher,
        rate: Rate | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self.ledger = ledger
        self.principal = principal
        self.request_id = request_id
        self.cursors = cursors
        self.rate = rate
        self.deadline = deadline
        self.beside_ledger = False
        self._open = ExitStack()
        self._snapshot: Snapshot | None = None
        self._known: dict[Hashable, Any] = {}
        self._resolved: dict[str, AsOf] = {}
        self._redactions: set[Redaction] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()

    @property
    def snapshot(self) -> Snapshot:
        """The read transaction, begun now if it was not yet.

        Every read of the request, but for those after a mutation, is as of its position.
        """
        if self._snapshot is None:
            self._snapshot = self._open.enter_context(self.ledger.read())
        return self._snapshot

    @property
    def connection(self) -> Connection:
        """The connection of the read transaction."""
        return self.snapshot.connection

    @property
    def coalition(self) -> CoalitionRow:
        """The coalition as it is at the head of the snapshot."""
        return self.known("coalition", self._read_coalition)

    @property
    def policy(self) -> Policy:
        """The policy in force at the head of the snapshot."""
        sha256 = self.coalition.policy_sha256
        if sha256 is None:
            raise CorruptLedgerError("the coalition was founded without a policy")
        return self.ledger.policy(self.connection, sha256)

    @property
    def zone(self) -> ZoneInfo:
        """The coalition's time zone."""
        return ZoneInfo(self.coalition.time_zone)

    @property
    def today(self) -> date:
        """The day it is for the coalition."""
        return self.known("today", lambda: self.ledger.clock().astimezone(self.zone).date())

    @property
    def now(self) -> AsOf:
        """The head of the snapshot, today: what is read where nothing else was asked for."""
        return AsOf(self.snapshot.position, self.today, current=True)

    def known(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what was read under the key in this snapshot, reading it the first time."""
        if key not in self._known:
            self._known[key] = read()
        value: T = self._known[key]
        return value

    def execute(self, request: Request) -> Outcome:
        """Run a command until it is durable; what is read afterwards is read after it.

        The snapshot is given up first: a thread that waits for the writer holds no connection.

        Raises:
            UnavailableError: the ledger cannot be reached, or sheds load.
            TimeoutError: the outcome is unknown; the same command may be sent again.
        """
        self._release()
        return self.ledger.execute(request)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that writes beside the ledger, committed when the block ends well.

        As in `execute`, the snapshot is given up first, and what is read afterwards is newer.
        """
        self._release()
        with begin_writing(self.ledger.engine) as connection:
            yield connection

    def resolved(self, path: str, as_of: AsOf) -> None:
        """Note what an ``asOf`` argument at a path of the response was found to mean."""
        self._resolved[path] = as_of

    def redact(self, redaction: Redaction) -> None:
        """Note that a field was answered with null for want of authority."""
        self._redactions.add(redaction)

    def extensions(self) -> dict[str, Any]:
        """Return the response's ``extensions``, to be read after execution.

        ``ledger`` is there when the ledger was read: ``position`` and ``recordedAt`` of the
        head that was pinned, ``effectiveOn`` as the coalition's day, and in ``asOf``, by path,
        what each such argument was found to mean. ``redacted`` is there when something was.
        """
        extensions: dict[str, Any] = {}
        if self._snapshot is not None:
            extensions["ledger"] = self._ledger_read(self._snapshot)
        if self._redactions:
            extensions["redacted"] = [
                msgspec.to_builtins(redaction) for redaction in sorted(self._redactions)
            ]
        return extensions

    def _ledger_read(self, snapshot: Snapshot) -> dict[str, Any]:
        ledger: dict[str, Any] = {
            "position": snapshot.position,
            "recordedAt": _instant(snapshot.recorded_at),
        }
        if "today" in self._known:
            ledger["effectiveOn"] = self.today.isoformat()
        if self._resolved:
            ledger["asOf"] = {
                path: {"position": as_of.position, "effectiveOn": as_of.effective.isoformat()}
                for path, as_of in sorted(self._resolved.items())
            }
        return ledger

    def _read_coalition(self) -> CoalitionRow:
        snapshot = self.snapshot
        # The day plays no part in this read model, and the zone that tells it is in its row.
        head = AsOf(snapshot.position, date.max, current=True)
        row = coalition_model.at(snapshot.connection, head)
        if row is None:
            raise CorruptLedgerError("the ledger has no coalition")
        return row

    def _release(self) -> None:
        self._open.close()
        self._snapshot = None
        self._known.clear()


Info = strawberry.Info[Context, None]
"""What a resolver is given about the request."""


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
