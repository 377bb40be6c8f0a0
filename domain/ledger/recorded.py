"""An entry as read models see it: its place in the log, and the event it carries."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One entry at its position.

    Attributes:
        position: 1-based, contiguous, in commit order; the leaf index is one less.
        recorded_at: when it was recorded, UTC, whole seconds.
        envelope: stream, version, effective date and the rest.
        event: the fact. Which hidden fields are set depends on who opened it;
            personal fields are never set for a read model.
    """

    position: int
    recorded_at: datetime
    envelope: Envelope
    event: Event
