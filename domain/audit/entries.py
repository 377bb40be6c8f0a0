"""The rules that hold between the entries of any log, checked one entry after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias

from domain.audit.documents import Documents
from domain.audit.finding import TamperedError
from domain.audit.opened import Erasures, OpenedEntry
from domain.audit.state import PublicState
from domain.catalog import EVENT_TYPES, KINDS, kind_of
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    PolicyAdopted,
)
from domain.coalition.custody import SigningKeyRetired
from domain.ledger.disclosure import Event
from domain.ledger.entry import EntryError, Envelope, PublicEntry, open_entry, parse_entry

CONFIDENTIAL: Final = "confidential"
"""What entries are counted under that do not show their type."""

_KINDS_BY_SHAPE: Final = [
    {kind for kind, event_type in KINDS if event_type.confidential is confidential}
    for confidential in (True, False)
]
_MIXED: Final = frozenset.intersection(*map(frozenset, _KINDS_BY_SHAPE))
"""The kinds of streams of which some entries are confidential and others are not."""

_FOUNDED: Final = "a log begins with the coalition's founding, and has no second one"


Seen: TypeAlias = Callable[[int, PublicEntry, Event | None], None]


class EntryAudit:
    """Takes entries in the order of their positions, and remembers what the next must fit.

    Args:
        documents: the texts that entries name by hash.
        seen: told of each entry in which nothing is wrong, with its position and the event that
            it shows; ``None`` of a confidential one.
    """

    def __init__(self, documents: Documents, seen: Seen = lambda *_: None) -> None:
        self.types: Counter[str] = Counter()
        self.clock_steps = 0
        self.opened = 0
        self.erasures = Erasures()
        self.state = PublicState()
        self.retired: dict[str, int] = {}
        self._documents = documents
        self._seen = seen
        self._versions: dict[str, int] = {}
        self._skipped = 0
        self._kinds: dict[str, str] = {}
        self._ids: set[bytes] = set()
        self._policies: set[str] = set()
        self._latest_at = ""

    @property
    def streams(self) -> int:
        """How many streams have shown themselves."""
        return len(self._versions)

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
            entry = parse_entry(encoded)
            self._once(entry)
            event = None
            if entry.envelope is None:
                self._hidden(position)
            if entry.envelope is not None or opened is not None:
                disclosures = () if opened is None else opened.disclosures()
                envelope, event = open_entry(entry, disclosures, EVENT_TYPES)
                self._continue(position, envelope, event, whole=opened is not None)
            if entry.envelope is not None and event is not None:
                self.types[event.stored_name] += 1
                self._order(entry.at)
                self.state.take(position, entry.envelope, event)
                if isinstance(event, SigningKeyRetired):
                    self.retired[event.key] = position
            if opened is not None and event is not None:
                self.opened += len(opened.values)
                self.erasures.take(position, entry.entry_id, event, opened)
        except EntryError as error:
            raise TamperedError(str(error), position) from None
        self._seen(position, entry, event)

    def _hidden(self, position: int) -> None:
        self.types[CONFIDENTIAL] += 1
        if position == 1:
            raise EntryError(_FOUNDED)

    def _once(self, entry: PublicEntry) -> None:
        before = len(self._ids)
        self._ids.add(bytes.fromhex(entry.entry_id))
        if len(self._ids) == before:
            raise EntryError("an earlier entry has the same id")

    def _continue(self, position: int, envelope: Envelope, event: Event, *, whole: bool) -> None:
        """Check an entry that is open against its stream, and against the policies so far."""
        stream, kind = envelope.stream, kind_of(event)
        version = self._versions.get(stream, 0) + 1
        skipped = envelope.version - version
        # What was left out is confidential: no more can be than there are confidential entries.
        self._skipped += max(skipped, 0) if kind in _MIXED else 0
        if skipped and (
            whole or kind not in _MIXED or skipped < 0 or self._skipped > self.types[CONFIDENTIAL]
        ):
            raise EntryError(
                f"it is version {envelope.version} of its stream, which has {version - 1} before it"
            )
        if self._kinds.setdefault(stream, kind) != kind:
            raise EntryError(f"{event.stored_name} stands in a stream of another kind")
        self._versions[stream] = envelope.version
        if (position == 1) is not isinstance(event, CoalitionFounded):
            raise EntryError(_FOUNDED)
        match event:
            case PolicyAdopted():
                self._documents.policy(position, event)
                self._policies.add(f"{event.policy}@{event.version}")
            case AgreementTemplatePublished():
                self._documents.agreement(position, event)
            case _:
                pass
        # The founding itself stands above the policy that it is made under.
        if envelope.policy not in self._policies and self._policies:
            raise EntryError("it is made under a policy that was not adopted before")

    def _order(self, at: str) -> None:
        # A machine's clock may be set back, so that is counted and not condemned.
        if at < self._latest_at:
            self.clock_steps += 1
        else:
            self._latest_at = at
