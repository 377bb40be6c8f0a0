"""The library's stored events and tracking as already decided work for the one writer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import DataError, IntegrityError, StoredEvent, Tracking
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.ledger.entry import MAX_ENTRY_BYTES
from service.ledger.insertion import NotInserted, Place
from service.ledger.log import NewEntry
from service.ledger.sql import Statement, is_any_of, list_bind

_MAX_NAME_BYTES: Final = 1_000  # PostgreSQL indexes no more than 2,704
_MAX_INTEGER: Final = 2**63 - 1
_ROW_BYTES: Final = 500  # about what an entry's row and hashes take beside its data
_TEXT: Final = "text:"
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def stream_of(originator_id: UUID | str) -> str:
    """Return the stream of an originator.

    A UUID is written with hyphens. Other text is the stream's name as it stands, such as
    the 32 hex digits of the coalition's own streams; only text that would be read back as
    something else is marked with ``text:``.
    """
    if isinstance(originator_id, UUID):
        return str(originator_id)
    if originator_id.startswith(_TEXT) or _UUID.fullmatch(originator_id):
        return _TEXT + originator_id
    return originator_id


def originator_of(stream: str) -> UUID | str:
    """Return the originator whose stream this is, as it was given to ``stream_of``."""
    if stream.startswith(_TEXT):
        return stream.removeprefix(_TEXT)
    return UUID(stream) if _UUID.fullmatch(stream) else stream


def require_storable(events: Sequence[StoredEvent], tracking: Tracking | None = None) -> None:
    """Refuse, before they are queued, values that only one of the databases would store.

    A statement that fails on PostgreSQL fails the transaction of everybody in the batch.

    Raises:
        DataError: a name holds a NUL or is no Unicode text or is longer than 1,000 bytes,
            or a number is negative or exceeds 63 bits.
    """
    names = [name for event in events for name in (stream_of(event.originator_id), event.topic)]
    numbers = [event.originator_version for event in events]
    if tracking is not None:
        names.append(tracking.application_name)
        numbers.append(tracking.notification_id)
    for name in names:
        try:
            encoded = name.encode()
        except UnicodeEncodeError:
            raise DataError("a name holds half a surrogate pair") from None
        if b"\0" in encoded or len(encoded) > _MAX_NAME_BYTES:
            raise DataError(f"a name holds a NUL or is longer than {_MAX_NAME_BYTES} bytes")
    if not all(0 <= number <= _MAX_INTEGER for number in numbers):
        raise DataError("versions and notification ids are 0 to 2⁶³ - 1")


class InsertionStatements:
    """The statements of an insertion, compiled once for a database."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.find_entries = Statement(
            dialect,
            sa.text(
                "SELECT stream, version, entry_id IS NOT NULL FROM entries WHERE "  # noqa: S608 - fixed text
                f"{is_any_of(dialect, 'stream', 'streams')} AND "
                f"{is_any_of(dialect, 'version', 'versions')}"
            ),
        )
        self.advance_tracking = Statement(
            dialect,
            sa.text(
                "INSERT INTO tracking (application_name, notification_id) "
                "VALUES (:application_name, :notification_id) "
                "ON CONFLICT (application_name) DO UPDATE "
                "SET notification_id = excluded.notification_id "
                "WHERE tracking.notification_id < excluded.notification_id"
            ),
        )


class LibraryInsertion:
    """Stored events and tracking, appended together or not at all.

    Args:
        statements: for the ledger's database.
        events: what to append; ``state`` is stored as it is, and hashed.
        tracking: how far the caller has come in another application.

    Raises:
        DataError: a value cannot be stored; see ``require_storable``. Neither can a state
            of more than 65,535 bytes, since a tile of entries has no room for its length.
        IntegrityError: two of the events have the same place.
    """

    def __init__(
        self,
        statements: InsertionStatements,
        events: Sequence[StoredEvent],
        tracking: Tracking | None = None,
    ) -> None:
        require_storable(events, tracking)
        if any(len(event.state) > MAX_ENTRY_BYTES for event in events):
            raise DataError(f"a state is longer than {MAX_ENTRY_BYTES} bytes")
        self._statements = statements
        self._events = events
        self._tracking = tracking
        self._places: list[Place] = [
            (stream_of(event.originator_id), event.originator_version) for event in events
        ]
        self._wanted = frozenset(self._places)
        if len(self._wanted) < len(self._places):
            raise IntegrityError("two events have the same originator and version")
        self.weight_bytes = sum(_ROW_BYTES + len(event.state) for event in events)

    def entries(
        self, cursor: DBAPICursor, recorded_at: int, taken: AbstractSet[Place]
    ) -> list[NewEntry] | NotInserted:
        """Check every place against the batch and the ledger, and the tracking; see `Insertion`."""
        refusal = self._collision(cursor, taken) or self._stale_tracking(cursor)
        if refusal is not None:
            return refusal
        return [
            NewEntry(
                stream=stream,
                version=version,
                type=event.topic,
                entry_id=None,
                recorded_at=recorded_at,
                effective=None,
                data=event.state,
            )
            for event, (stream, version) in zip(self._events, self._places, strict=True)
        ]

    def _collision(self, cursor: DBAPICursor, taken: AbstractSet[Place]) -> NotInserted | None:
        if not self._wanted:
            return None
        repeated = set(self._wanted & taken)
        # Version 1 tells whose stream it is: commands begin with it, and number without gaps.
        versions = sorted({1, *(version for _, version in self._wanted)})
        row = {
            "streams": list_bind(
                self._statements.dialect, sorted({stream for stream, _ in self._wanted})
            ),
            "versions": list_bind(self._statements.dialect, versions),
        }
        for stream, version, is_commanded in self._statements.find_entries.run(
            cursor, row
        ).fetchall():
            if is_commanded:
                # Their states are kept in memory and would not know of this entry.
                return NotInserted(f"the entries of stream {stream} are made by commands")
            if (stream, version) in self._wanted:
                repeated.add((stream, version))
        if not repeated:
            return None
        stream, version = min(repeated)
        return NotInserted(f"version {version} of {originator_of(stream)} is recorded already")

    def _stale_tracking(self, cursor: DBAPICursor) -> NotInserted | None:
        """Advance the tracking, last of all, since a refusal must leave nothing behind."""
        tracking = self._tracking
        if tracking is None:
            return None
        row = {
            "application_name": tracking.application_name,
            "notification_id": tracking.notification_id,
        }
        if self._statements.advance_tracking.run(cursor, row).rowcount == 1:
            return None
        return NotInserted(
            f"notification {tracking.notification_id} of {tracking.application_name}, "
            "or a later one, is tracked already"
        )
