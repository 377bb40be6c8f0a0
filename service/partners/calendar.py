"""What is due as a calendar (RFC 5545): a day for each, without saying whom it is about."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

MOST_OCTETS: Final = 75
"""In one line of a calendar (RFC 5545 §3.1)."""

REMINDED_DAYS: Final = 7
"""Before the day, a calendar reminds of it (RFC 5545 §3.6.6)."""

_IDS: Final = uuid.UUID("0c9b1c51-94f6-4e54-a8f2-7c1a4f0b6d2e")


class Calendar:
    """An event of a whole day for each deadline.

    Args:
        origin: names the ledger.
        recorded_at: when the position that it is as of was recorded, in UTC, as RFC 3339 has it.
    """

    media_type = "text/calendar; charset=utf-8"

    def __init__(self, origin: str, recorded_at: str) -> None:
        self._origin = origin
        self._stamp = datetime.fromisoformat(recorded_at).strftime("%Y%m%dT%H%M%SZ")

    def head(self) -> bytes:
        """Return the beginning of the calendar."""
        return _lines(
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Coalition Ledger//due dates//EN",
            "CALSCALE:GREGORIAN",
            f"X-WR-CALNAME:{_text(self._origin)}",
        )

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Return the events of a page of deadlines."""
        return b"".join(self._event(due) for due in found)

    def foot(self) -> Iterator[bytes]:
        """Yield the end of the calendar."""
        yield _lines("END:VCALENDAR")

    def _event(self, due: dict[str, Any]) -> bytes:
        day = date.fromisoformat(due["dueOn"])
        about = due["about"] or {"__typename": "Deadline", "id": ""}
        name = f"{self._origin}/{due['kind']}/{about['id'] or due['dueOn']}"
        what = _words(due["kind"])
        waiting = _words(due["waitingOn"])
        return _lines(
            "BEGIN:VEVENT",
            f"UID:{uuid.uuid5(_IDS, name)}",
            f"DTSTAMP:{self._stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(f'{what} ({waiting})')}",
            f"DESCRIPTION:{_text(about['__typename'] + ' ' + about['id'])}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(what)}",
            f"TRIGGER:-P{REMINDED_DAYS}D",
            "END:VALARM",
            "END:VEVENT",
        )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _text(value: str) -> str:
    """Return text as a value of a calendar (RFC 5545 §3.3.11)."""
    for plain in ("\\", ";", ","):
        value = value.replace(plain, f"\\{plain}")
    return value.replace("\n", "\\n")


def _lines(*lines: str) -> bytes:
    return b"".join(_folded(line.encode()) for line in lines)


def _folded(line: bytes) -> bytes:
    """Return a line in parts that are short enough, none of which splits a character."""
    folded = []
    while len(line) > MOST_OCTETS:
        cut = MOST_OCTETS
        while line[cut] & 0xC0 == 0x80:  # noqa: PLR2004 - RFC 3629: a character goes on here
            cut -= 1
        folded.append(line[:cut])
        line = b" " + line[cut:]
    return b"\r\n".join([*folded, line, b""])
