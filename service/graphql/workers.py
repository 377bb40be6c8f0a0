"""Threads that execute requests: so many at once, so many waiting, and no longer than that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from service.faults import UnavailableError

T = TypeVar("T")


class Workers:
    """Runs work that blocks, away from the event loop.

    A pool of its own rather than a limiter over a shared one: a thread that outlives its
    request, because a database hangs, still counts, so that there are never more of them.

    Args:
        threads: how many run at once.
        waiting: how many may wait for a thread; further ones are refused at once.
        timeout_s: after this the caller is told that the ledger is unavailable.
    """

    def __init__(self, threads: int, waiting: int, timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._most = threads + waiting
        self._timeout_s = timeout_s
        self._busy = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread and return what it returns.

        Raises:
            UnavailableError: too much waits, or the work took too long; whether it is done
                then, or is being done yet, is unknown.
        """
        if self._busy >= self._most:
            raise UnavailableError("Too many requests are waiting: send this again later.")
        deadline = time.monotonic() + self._timeout_s

        def run_in_time() -> T:
            # Nobody waits for it any more, and others do.
            if time.monotonic() > deadline:
                raise TimeoutError
            return work()

        self._busy += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, run_in_time)
        future.add_done_callback(self._finish)
        try:
            # Not `wait_for`, which in Python 3.11 may lose the cancellation of its caller.
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(future)
        except TimeoutError:
            raise UnavailableError(
                "This took too long, and whether it was done is unknown: "
                "send it again, a command with the same command id."
            ) from None

    def close(self) -> None:
        """Wait for what runs, and end the threads."""
        self._pool.shutdown()

    def _finish(self, future: asyncio.Future[T]) -> None:
        self._busy -= 1
        if not future.cancelled():
            # Read, since asyncio would report it when its caller has gone.
            future.exception()
