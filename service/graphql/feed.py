"""The live side of subscriptions: one feed a process, and clients that pull from it.

A client holds nothing but its position. It asks for what comes after that, sends it, and asks
again when its connection has taken it: so whoever reads slowly holds up nobody, fills no queue,
and gets larger parts of the log, later. Clients that are told the same form a group, in which
each part is made once, for however many.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from graphql import GraphQLError

from service.faults import UnavailableError
from service.graphql.errors import ErrorCode, RequestError
from service.graphql.execution import Answer, Call, Engine, UnauthenticatedError, refused
from service.graphql.following import Batch, Followed, Follower, as_batch
from service.graphql.trusted import Trusted
from service.graphql.workers import Workers
from service.ledger.commits import POLL_S
from service.ledger.ledger import Ledger
from service.ledger.writer import is_unavailable
from service.logs import get_logger

CHECK_S: Final = 5.0
"""How often a subscription that nothing happens in is judged again."""

GATHER_S: Final = 0.05
"""How long entries are gathered before they are told together."""

RETRY_S: Final = 1.0
KEPT_BATCHES: Final = 4
KEPT_S: Final = 1.0
"""How long what was told to one may be told to another: it is no truer than when it was made."""

_log = get_logger(__name__)


class _Bell:
    """Passes what rings in another thread on to the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.rung = asyncio.Event()

    def set(self) -> None:
        """Ring."""
        # The loop may have ended before the writer.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.rung.set)


class Feed:
    """Tells subscribers what happens; use it in one event loop.

    Args:
        ledger: what is followed.
        engine: executes operations.
        requests: the threads in which operations begin, and are answered at once.
        workers: the threads in which it is made.
    """

    def __init__(self, ledger: Ledger, engine: Engine, requests: Workers, workers: Workers) -> None:
        self._ledger = ledger
        self._engine = engine
        self._follower = Follower(engine)
        self._requests = requests
        self._workers = workers
        self._groups: dict[bytes, _Group] = {}
        self._watching: asyncio.Task[None] | None = None
        self._grown = asyncio.Event()
        self._end = 0

    @property
    def trusted(self) -> Trusted:
        """The documents that are known beforehand."""
        return self._engine.trusted

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self._groups)

    async def begin(self, call: Call) -> Answer | Followed:
        """Return a subscription that may be followed, or the answer to any other operation.

        Raises:
            UnauthenticatedError, MutationByGetError, UnavailableError: as for `Engine.answer`.
        """
        return await self._requests.run(lambda: self._follower.begin(call))

    async def authenticate(self, key: str) -> None:
        """Return if a key is accepted.

        Raises:
            UnauthenticatedError: it is not.
            UnavailableError: the ledger does not answer.
        """
        await self._requests.run(lambda: self._engine.principal(key))

    async def follow(self, followed: Followed) -> AsyncGenerator[Batch, None]:
        """Yield what there is to tell, each part when the one before has been taken.

        It ends after a batch that says so, and never by itself otherwise.
        """
        group = self._groups.get(followed.group)
        if group is None:
            group = self._groups[followed.group] = _Group(self, followed)
        group.members += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            position = followed.after
            while True:
                batch = await group.after(position)
                position = batch.position
                if batch.body is not None:
                    yield batch
                if batch.ended:
                    return
        finally:
            group.members -= 1
            if not group.members:
                del self._groups[followed.group]
                group.close()
            if not self._groups and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    async def make(self, followed: Followed, position: int) -> Batch:
        """Return what there is after a position, whether it is anything or not."""
        while True:
            try:
                return await self._workers.run(lambda: self._follower.batch(followed, position))
            except UnauthenticatedError:
                message = "This key is no longer accepted."
                gone = RequestError(ErrorCode.UNAUTHENTICATED, message)
                return as_batch(refused([gone], followed.call), position)
            except Exception as fault:  # noqa: BLE001 - a client must never see what it was
                if isinstance(fault, UnavailableError) or is_unavailable(fault):
                    # Nothing is lost by waiting: the position stays where it is.
                    _log.warning("unavailable", request_id=followed.call.request_id, exc_info=fault)
                    await asyncio.sleep(RETRY_S)
                    continue
                _log.error("fault", request_id=followed.call.request_id, exc_info=fault)
                error = GraphQLError("fault", original_error=fault)
                return as_batch(refused([error], followed.call), position)

    async def grown(self, position: int, timeout_s: float) -> None:
        """Wait until the log is longer than this, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._end <= position:
                    await self._grown.wait()

    async def _watch(self) -> None:
        """Look where the log ends, whenever that may have changed."""
        bell = _Bell()
        self._ledger.commits.hang(bell)
        self._ledger.commits.listen()
        while True:
            bell.rung.clear()
            # Whoever waits looks by itself every `CHECK_S`, and hears there what is wrong.
            with suppress(Exception):
                end = await self._workers.run(self._engine.end)
                if end > self._end:
                    self._end = end
                    self._grown.set()
                    self._grown = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await bell.rung.wait()
            await asyncio.sleep(GATHER_S)


class _Group:
    """Subscriptions that are told the same after the same position."""

    def __init__(self, feed: Feed, followed: Followed) -> None:
        self.members = 0
        self._feed = feed
        self._followed = followed
        self._checked = False
        # By position: made or being made. Whoever comes a little late finds the last ones.
        self._batches: OrderedDict[int, asyncio.Task[Batch]] = OrderedDict()
        self._good_until: dict[int, float] = {}

    async def after(self, position: int) -> Batch:
        """Return what comes after a position, when there is something."""
        making = self._batches.get(position)
        if making is None or (
            making.done() and time.monotonic() > self._good_until.get(position, 0.0)
        ):
            making = self._batches[position] = asyncio.create_task(self._make(position))
            self._forget()
        # One that leaves must not take it away from the others.
        return await asyncio.shield(making)

    def close(self) -> None:
        """Stop whatever is being made."""
        for making in self._batches.values():
            making.cancel()

    async def _make(self, position: int) -> Batch:
        while True:
            if self._checked:
                await self._feed.grown(position, CHECK_S)
            batch = await self._feed.make(self._followed, position)
            self._checked = True
            if batch.position > position or batch.ended:
                self._good_until[position] = time.monotonic() + KEPT_S
                return batch

    def _forget(self) -> None:
        kept = KEPT_BATCHES if self.members > 1 else 0
        done = [position for position, making in self._batches.items() if making.done()]
        for position in done[: len(done) - kept]:
            del self._batches[position]
            self._good_until.pop(position, None)
