"""The hidden values that a full bundle brings, checked against what entries commit to.

For each bundle of entries it has a file ``disclosures/<number>``: a JSON object of what is opened
of each entry, by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from domain.audit.finding import TamperedError
from domain.coalition.coalition import ValueExpunged
from domain.ledger.disclosure import UNSET, Event, Level, levels
from domain.ledger.entry import Disclosure
from domain.ledger.tiles import TilePath

FOLDER: Final = "disclosures"
MAX_OPENED_BYTES: Final = 128 * 1024 * 1024


class OpenedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is opened of one entry.

    Attributes:
        values: salt and value by path, such as ``data.note``.
        erased: the paths of values that nobody can open any more.
    """

    values: dict[str, tuple[str, Any]] = {}
    erased: list[str] = []

    def disclosures(self) -> list[Disclosure]:
        """Return the values as entries commit to them."""
        return [Disclosure(path, salt, value) for path, (salt, value) in self.values.items()]


def opened_path(bundle: TilePath) -> str:
    """Return the name of the file that belongs to a bundle of entries."""
    return str(bundle).replace("tile/entries", FOLDER)


def decode_opened(content: bytes) -> Mapping[int, OpenedEntry]:
    """Read a file of opened values.

    Raises:
        TamperedError: it is of another form.
    """
    try:
        return msgspec.json.decode(content, type=dict[int, OpenedEntry])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise TamperedError("what is opened of the entries is of another form") from None


class Erasures:
    """Which values are said to be erased, and which entries say that they were."""

    def __init__(self) -> None:
        self.count = 0
        self._claimed: dict[tuple[str, str], int] = {}
        self._expunged: set[tuple[str, str]] = set()

    def take(self, position: int, entry_id: str, event: Event, opened: OpenedEntry) -> None:
        """Take in what one entry lacks, and what it says was expunged."""
        if isinstance(event, ValueExpunged) and event.field is not UNSET:
            self._expunged.add((event.entry, str(event.field)))
        for path in opened.erased:
            self.count += 1
            if path in opened.values:
                raise TamperedError("a value is opened, and is said to be erased", position)
            self._claimed[entry_id, path.removeprefix("data.")] = position

    def settle(self) -> None:
        """Refuse values that are missing without an entry that says why.

        Raises:
            TamperedError: there is one.
        """
        unexplained = [
            place for value, place in self._claimed.items() if value not in self._expunged
        ]
        if unexplained:
            raise TamperedError(
                "a value is said to be erased, and no entry says that it was", min(unexplained)
            )


def withheld(event_type: type[Event]) -> frozenset[str]:
    """Return the paths of an event's values that no bundle has: what is personal."""
    return frozenset(
        f"data.{name}" for name, level in levels(event_type).items() if level is Level.PERSONAL
    )
