"""The rules that hold between the entries of any log, checked one entry after another."""

from __future__ import annotations

from collections import Counter
from typing import Final

from domain.audit.documents import Documents
from domain.audit.finding import TamperedError
from domain.catalog import EVENT_TYPES, kind_of
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    PolicyAdopted,
)
from domain.ledger.disclosure import Event
from domain.ledger.entry import EntryError, Envelope, PublicEntry, open_entry, parse_entry

CONFIDENTIAL: Final = "confidential"
"""What entries are counted under that do not show their type."""

_FOUNDED: Final = "a log begins with the coalition's founding, and has no second one"


class EntryAudit:
    """Takes entries in the order of their positions, and remembers what the next must fit.

    Args:
        documents: the texts that entries name by hash.
    """

    def __init__(self, documents: Documents) -> None:
        self.types: Counter[str] = Counter()
        self.clock_steps = 0
        self._documents = documents
        self._versions: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._ids: set[bytes] = set()
        self._policies: set[str] = set()
        self._latest_at = ""

    @property
    def streams(self) -> int:
        """How many streams have shown themselves."""
        return len(self._versions)

    def take(self, position: int, encoded: bytes) -> None:
        """Check one entry, and remember what it shows: nothing, if it is confidential.

        Raises:
            TamperedError: it breaks a rule; its position and the rule are named.
        """
        try:
            entry = parse_entry(encoded)
            self._once(entry)
            if entry.envelope is None:
                self._hidden(position)
            else:
                envelope, event = open_entry(entry, (), EVENT_TYPES)
                self.types[event.stored_name] += 1
                self._continue(position, envelope, event)
                self._order(entry.at)
        except EntryError as error:
            raise TamperedError(str(error), position) from None

    def _hidden(self, position: int) -> None:
        self.types[CONFIDENTIAL] += 1
        if position == 1:
            raise EntryError(_FOUNDED)

    def _once(self, entry: PublicEntry) -> None:
        before = len(self._ids)
        self._ids.add(bytes.fromhex(entry.entry_id))
        if len(self._ids) == before:
            raise EntryError("an earlier entry has the same id")

    def _continue(self, position: int, envelope: Envelope, event: Event) -> None:
        """Check an open entry against its stream, and against the policies so far."""
        stream, kind = envelope.stream, kind_of(event)
        version = self._versions.get(stream, 0) + 1
        if envelope.version != version:
            raise EntryError(
                f"it is version {envelope.version} of its stream, which has {version - 1} before it"
            )
        if self._kinds.setdefault(stream, kind) != kind:
            raise EntryError(f"{event.stored_name} stands in a stream of another kind")
        self._versions[stream] = version
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
