"""Clearing: letting one text pass that the screening took for data about a survivor or client.

The text itself is never kept, only a digest of it, and that hidden: whoever then sends the same
words is not refused for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set as AbstractSet
from datetime import date
from typing import ClassVar

from domain.decision import Command, Decision, Fact, Moment, refuse_not_yet, refuse_too_early
from domain.ledger.disclosure import UNSET, Event, Staff
from domain.screening.text import plain
from domain.terms import CoalitionId, Line, Text


class TextCleared(Event, frozen=True, kw_only=True):
    """Somebody of the staff read a text and found nothing in it about a survivor or client.

    Stream: the coalition. Confidential, since it stands beside what the text was written for.
    """

    stored_name: ClassVar[str] = "coalition.text_cleared.v1"
    confidential: ClassVar[bool] = True

    digest: Staff[str] = UNSET
    reason: Staff[str] = UNSET


class ClearText(Command, frozen=True, kw_only=True):
    """Let a text pass the screening, word for word, wherever it is written.

    Attributes:
        text: the text, which is not kept.
        reason: why it is none of what the rules look for.
    """

    text: Text
    reason: Line


def digest_of(text: str) -> str:
    """Return what stands for a text: the SHA-256 of it as the screening compares it, hex."""
    return hashlib.sha256(" ".join(plain(text).split()).encode()).hexdigest()


def decide_clear_text(
    of: CoalitionId,
    cleared: AbstractSet[str],
    last_effective: date | None,
    command: ClearText,
    moment: Moment,
) -> Decision:
    """Clear a text once.

    Args:
        of: whose ledger it is.
        cleared: the digests of the texts that were cleared before.
        last_effective: the day of the coalition's last entry.
        command: which text.
        moment: when it is decided.

    Refuses a day before the coalition's last entry, or to come.
    """
    digest = digest_of(command.text)
    if digest in cleared:
        return []
    if refusal := refuse_too_early(moment, last_effective) or refuse_not_yet(moment):
        return refusal
    return [Fact(of, TextCleared(digest=digest, reason=command.reason))]
