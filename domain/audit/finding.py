"""How an audit that does not end well ends."""

from __future__ import annotations


class TamperedError(Exception):
    """What was read is not what was signed, or breaks a rule that every log keeps.

    Attributes:
        reason: what is wrong, for a person.
        position: the first position that is wrong, or that nothing vouches for; ``None``
            where it is no entry that is wrong.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class UnreadableError(Exception):
    """There is nothing to audit, or it cannot be reached: no verdict."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
