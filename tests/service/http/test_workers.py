"""Threads for requests: so many at once, so many waiting, and no longer than that."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from service.faults import UnavailableError
from service.graphql.workers import Workers


async def test_what_is_returned_or_raised_reaches_the_caller() -> None:
    workers = Workers(1, 0, 5.0)
    assert await workers.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0)
    workers.close()


async def test_beyond_those_that_run_and_wait_others_are_refused_at_once() -> None:
    workers = Workers(1, 1, 5.0)
    go = threading.Event()
    taken = [asyncio.create_task(workers.run(go.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="later"):
        await workers.run(go.wait)
    assert time.monotonic() - began < 0.1
    go.set()
    assert await asyncio.gather(*taken) == [True, True]
    assert await workers.run(lambda: 7) == 7
    workers.close()


async def test_work_that_takes_too_long_is_given_up_and_still_counts() -> None:
    workers = Workers(1, 0, 0.05)
    go = threading.Event()
    with pytest.raises(UnavailableError, match="same command id"):
        await workers.run(go.wait)
    with pytest.raises(UnavailableError, match="later"):
        await workers.run(go.wait)
    go.set()
    workers.close()


async def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    workers = Workers(1, 1, 0.05)
    go = threading.Event()
    begun: list[int] = []
    first = asyncio.create_task(workers.run(go.wait))
    second = asyncio.create_task(workers.run(lambda: begun.append(1)))
    for task in (first, second):
        with pytest.raises(UnavailableError):
            await task
    go.set()
    workers.close()
    assert begun == []
