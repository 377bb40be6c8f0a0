"""The rules that hold between the entries of any log, checked one entry after another."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias

from domain.audit.documents import Documents
from domain.audit.finding import TamperedError
from domain.audit.ids import Ids
from domain.audit.opened import Erasures, OpenedEntry
from domain.audit.reading import Entry, read_entry, usual_entry
from domain.audit.state import PublicState
from domain.catalog import KINDS, StateKind, kind_of
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    PolicyAdopted,
)
from domain.coalition.custody import SigningKeyRetired
from domain.ledger.disclosure import Event
from domain.ledger.entry import EntryError

CONFIDENTIAL: Final = "confidential"
"""What entries are counted under that do not show their type."""

_KINDS_BY_SHAPE: Final = [
    {kind for kind, event_type in KINDS if event_type.confidential is confidential}
    for confidential in (True, False)
]
_MIXED: Final = frozenset.intersection(*map(frozenset, _KINDS_BY_SHAPE))
"""The kinds of streams of which some entries are confidential and others are not."""

_FOUNDED: Final = "a log begins with the coalition's founding, and has no second one"


Seen: TypeAlias = Callable[[int, Entry], None]


class EntryAudit:
    """Takes entries in the order of their positions, and remembers what the next must fit.

    Args:
        documents: the texts that entries name by hash.
        seen: told of each entry in which nothing is wrong, with its position.
    """

    def __init__(self, documents: Documents, seen: Seen | None = None) -> None:
        self.types: Counter[str] = Counter()
        self.clock_steps = 0
        self.opened = 0
        self.erasures = Erasures()
        self.state = PublicState()
        self.retired: dict[str, int] = {}
        self._documents = documents
        self._seen = seen
        self._streams: dict[str, tuple[StateKind, int]] = {}
        self._skipped = 0
        self._ids = Ids()
        self._policies: set[str] = set()
        self._latest_at = ""

    @property
    def streams(self) -> int:
        """How many streams have shown themselves."""
        return len(self._streams)

    def take(self, position: int, encoded: bytes, opened: OpenedEntry | None = None) -> None:
        """Check one entry, and remember what it shows: nothing, if it is confidential.

        Args:
            position: its own.
            encoded: its bytes.
            opened: what a full bundle opens of it; ``None`` where it is no full bundle.

        Raises:
            TamperedError: it breaks a rule; its position and the rule are named.
        """
        try:
            entry = usual_entry(encoded) if opened is None else None
            if entry is None:
                entry = read_entry(encoded, None if opened is None else opened.disclosures())
            if not self._ids.add(entry.entry_id):
                raise EntryError("an earlier entry has the same id")  # noqa: TRY301 - a call costs
            if entry.confidential:
                self._hidden(position)
            if (event := entry.event) is not None:
                self._continue(position, entry, event, whole=opened is not None)
                if not entry.confidential:
                    self._show(position, entry, event)
                if opened is not None:
                    self.opened += len(opened.values)
                    self.erasures.take(position, entry.entry_id, event, opened)
        except EntryError as error:
            raise TamperedError(str(error), position) from None
        if self._seen is not None:
            self._seen(position, entry)

    def _show(self, position: int, entry: Entry, event: Event) -> None:
        self.types[event.stored_name] += 1
        # A machine's clock may be set back, so that is counted and not condemned.
        if entry.at < self._latest_at:
            self.clock_steps += 1
        else:
            self._latest_at = entry.at
        self.state.take(position, entry, event)
        if isinstance(event, SigningKeyRetired):
            self.retired[event.key] = position

    def _found(self, position: int, event: Event) -> None:
        match event:
            case CoalitionFounded() if position > 1:
                raise EntryError(_FOUNDED)
            case PolicyAdopted():
                self._documents.policy(position, event)
                self._policies.add(f"{event.policy}@{event.version}")
            case AgreementTemplatePublished():
                self._documents.agreement(position, event)
            case _:
                pass

    def _hidden(self, position: int) -> None:
        self.types[CONFIDENTIAL] += 1
        if position == 1:
            raise EntryError(_FOUNDED)

    def _continue(self, position: int, entry: Entry, event: Event, *, whole: bool) -> None:
        """Check an entry that is open against its stream, and against the policies so far."""
        stream, kind = entry.stream, kind_of(event)
        shown, before = self._streams.get(stream, (kind, 0))
        if shown != kind:
            raise EntryError(f"{event.stored_name} stands in a stream of another kind")
        if skipped := entry.version - before - 1:
            # What was left out is confidential: no more can be than there are such entries.
            mixed = kind in _MIXED
            self._skipped += max(skipped, 0) if mixed else 0
            if whole or not mixed or skipped < 0 or self._skipped > self.types[CONFIDENTIAL]:
                raise EntryError(
                    f"it is version {entry.version} of its stream, which has {before} before it"
                )
        self._streams[stream] = _place(kind, entry.version)
        if position == 1 and not isinstance(event, CoalitionFounded):
            raise EntryError(_FOUNDED)
        if kind == "coalition":
            self._found(position, event)
        # The founding itself stands above the policy that it is made under.
        if entry.policy not in self._policies and self._policies:
            raise EntryError("it is made under a policy that was not adopted before")


@functools.lru_cache(maxsize=1_024)
def _place(kind: StateKind, version: int) -> tuple[StateKind, int]:
    """Return where a stream stands: most streams stand where many others do, and share it."""
    return kind, version
