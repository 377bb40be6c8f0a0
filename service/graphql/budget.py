"""What each caller may ask for within a minute, counted in the cost of operations.

Each caller has a bucket that fills evenly, up to a minute's worth. It is kept in the memory of the
process: with several processes each counts for itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

KEPT_CALLERS: Final = 10_000
REFUSED_COST: Final = 100
"""What an operation costs that is refused before it is executed."""


class Rate(msgspec.Struct, frozen=True):
    """What is left to a caller.

    Attributes:
        cost: what this operation cost.
        limit: the most that can be left, which is what a minute adds.
        remaining: what is left.
    """

    cost: int
    limit: int
    remaining: int

    @property
    def restored_in_s(self) -> int:
        """In how many seconds all of it is there again."""
        return math.ceil(60 * (self.limit - self.remaining) / self.limit)


class Allowance(msgspec.Struct, frozen=True):
    """What may be spent within a minute; 0 is no end of it.

    Attributes:
        caller: by each principal.
        public: by all that come from one address without saying who they are.
    """

    caller: int = 0
    public: int = 0


class OverBudgetError(Exception):
    """The caller has spent what they may.

    Args:
        retry_after_s: when there will be enough for the same again.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Budget:
    """Counts what callers spend; safe to use from many threads.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # By caller: what was left, and when. Whoever is not here has all of it.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, caller: str, cost: int, limit: int) -> Rate:
        """Take what an operation costs from what a caller has left.

        Args:
            caller: who, in whatever form.
            cost: of the operation, no more than the limit: waiting would not help.
            limit: what the caller may spend within a minute.

        Raises:
            OverBudgetError: there is not enough, or nothing; nothing is taken.
        """
        now = self._clock()
        with self._lock:
            left = self._available(caller, limit, now)
            if left < max(1, cost):
                raise OverBudgetError(math.ceil(60 * (max(1, cost) - left) / limit))
            self._keep(caller, left - cost, now)
        return Rate(cost, limit, int(left - cost))

    def fine(self, caller: str, limit: int) -> None:
        """Take what a refused operation costs, also where there is not enough."""
        now = self._clock()
        with self._lock:
            self._keep(caller, self._available(caller, limit, now) - REFUSED_COST, now)

    def _available(self, caller: str, limit: int, now: float) -> float:
        left, at = self._left.get(caller, (float(limit), now))
        return min(limit, left + (now - at) * limit / 60)

    def _keep(self, caller: str, left: float, now: float) -> None:
        self._left[caller] = (left, now)
        self._left.move_to_end(caller)
        while len(self._left) > KEPT_CALLERS:
            self._left.popitem(last=False)
