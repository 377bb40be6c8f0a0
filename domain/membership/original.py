"""The entry that a correction names."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.ledger.disclosure import Event


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that may have said of something what is to read otherwise, or to count no more.

    Attributes:
        stream: of what it says something.
        version: its place in that stream.
        effective: the day from which it holds.
        event: what it says.
    """

    stream: str
    version: int
    effective: date
    event: Event
