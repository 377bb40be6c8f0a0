"""Rounds: contestants take turns, so that whatever else the machine does meets all of them."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Share = Callable[[], None]
"""What one caller does in a round, one operation after another."""


class Contestant(Protocol):
    """One way of doing the work that is measured."""

    name: str

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Prepare a round, off the clock, and return each caller's share of it."""
        ...

    def check(self) -> None:
        """Assert, off the clock, that the round did what it was to do."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one round took; the processor time is that of this process."""

    operations: int
    elapsed_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.elapsed_s


@dataclass(slots=True)
class Series:
    """The rounds of one contestant."""

    name: str
    rounds: list[Round] = field(default_factory=list)

    def figures(self, ours: Series) -> dict[str, Any]:
        """Return operations a second, and what they are of our rounds beside them."""
        rates = [each.rate for each in self.rounds]
        ratios = [
            our.rate / their.rate for our, their in zip(ours.rounds, self.rounds, strict=True)
        ]
        operations = sum(each.operations for each in self.rounds)
        return {
            "name": self.name,
            "median": statistics.median(rates),
            "min": min(rates),
            "max": max(rates),
            "cpu_ms": 1000 * sum(each.cpu_s for each in self.rounds) / operations,
            "ours_over_this": statistics.median(ratios),
        }


def take_turns(
    contestants: Sequence[tuple[Contestant, int]], callers: int, rounds: int
) -> list[Series]:
    """Run every contestant in every round, the first being ours.

    Every second round goes backwards: whoever comes after a light one finds a colder machine.

    Args:
        contestants: each with the number of operations of a round.
        callers: how many threads share them.
        rounds: how many rounds are counted; one before them warms up.
    """
    series = [Series(contestant.name) for contestant, _ in contestants]
    turns = list(zip(contestants, series, strict=True))
    for place in range(rounds + 1):
        for (contestant, operations), kept in turns[:: -1 if place % 2 else 1]:
            warming = place == 0
            count = max(callers, operations // 4) if warming else operations
            count -= count % callers
            taken = timed(contestant.shares(callers, count), count)
            contestant.check()
            if not warming:
                kept.rounds.append(taken)
    return series


def timed(shares: Sequence[Share], operations: int) -> Round:
    """Run the shares at once, a thread each, and take the time until the last is done."""
    start = threading.Barrier(len(shares) + 1)
    failed: list[BaseException] = []

    def run(share: Share) -> None:
        start.wait()
        try:
            share()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    cpu_s = time.process_time()
    start.wait()
    began_s = time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed_s = time.perf_counter() - began_s
    if failed:
        raise failed[0]
    return Round(operations, elapsed_s, time.process_time() - cpu_s)
