"""Following the log as it grows: no gap, no repeat, and no thread for each follower."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from service.ledger.commits import POLL_S, Commits

_READ_ENTRIES: Final = 500


class LogSubscription(Subscription[ApplicationRecorder]):
    """Notifications in order, each once, waiting at the log's end until it grows or `stop`.

    It reads in the thread that iterates. After an exception, iterating goes on where it was.

    Args:
        recorder: what to read from.
        commits: wakes it.
        gt: the position before the first wanted; ``None`` is the log's beginning.
        topics: which topics are wanted; none named is all.
    """

    def __init__(
        self,
        recorder: ApplicationRecorder,
        commits: Commits,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._position = gt or 0
        self._ready: deque[Notification] = deque()
        self._bell = commits.bell()
        commits.listen()

    def stop(self) -> None:
        """Stop at once, also while another thread waits in the iteration."""
        super().stop()
        self._bell.set()

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._ready:
                return self._ready.popleft()
            # Cleared before the reading: whatever commits after it sets the bell again.
            self._bell.clear()
            if not self._read() and not self._has_been_stopped:
                self._bell.wait(POLL_S)
        raise StopIteration

    def _read(self) -> bool:
        """Read on to the log's end or as far as one reading goes; return whether it grew."""
        # Positions are contiguous in commit order, so all up to the end are there to be read,
        # and those of other topics need not be passed over again.
        end = self._recorder.max_notification_id() or 0
        if end <= self._position:
            return False
        found = self._recorder.select_notifications(
            start=self._position,
            limit=_READ_ENTRIES,
            stop=end,
            topics=self._topics,
            inclusive_of_start=False,
        )
        self._position = found[-1].id if len(found) == _READ_ENTRIES else end
        self._ready.extend(found)
        return True
