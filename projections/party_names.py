"""What parties are called, as events say so, and what organisations are found by."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from domain.ledger.disclosure import UNSET, revealed
from domain.ledger.recorded import Recorded
from domain.membership.name_correction import IndividualNameCorrected, NameCorrected
from domain.membership.names import (
    IndividualRenamed,
    OrganisationAliasAdded,
    OrganisationRenamed,
)
from domain.terms import NameUse
from projections.party_rows import PartyName, PartyRow, continued


class Names:
    """How names change by events, and what they are found by.

    Args:
        blind: keyed hash.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind

    def name(self, use: NameUse, name: str | msgspec.UnsetType, recorded: Recorded) -> PartyName:
        """Return a name that an entry gives."""
        envelope = recorded.envelope
        return PartyName(
            use, recorded.position, envelope.version, envelope.effective, self._index(name)
        )

    def _index(self, name: str | msgspec.UnsetType) -> str | None:
        # An expunged name, as one that is personal, leaves nothing to look up.
        return self._blind(name_key(name)) if isinstance(name, str) else None

    def renamed(self, row: PartyRow, event: OrganisationRenamed, recorded: Recorded) -> PartyRow:
        """Let an organisation have another name."""
        before = tuple(
            msgspec.structs.replace(each, use=NameUse.FORMER)
            if each.use is NameUse.PRESENT
            else each
            for each in row.names
        )
        names = (*before, self.name(NameUse.PRESENT, event.name, recorded))
        return msgspec.structs.replace(continued(row, event, recorded), names=names)

    def also_named(
        self, row: PartyRow, event: OrganisationAliasAdded, recorded: Recorded
    ) -> PartyRow:
        """Let an organisation have one more name."""
        names = (*row.names, self.name(NameUse.ALIAS, event.alias, recorded))
        return msgspec.structs.replace(continued(row, event, recorded), names=names)

    def person_renamed(
        self, row: PartyRow, event: IndividualRenamed, recorded: Recorded
    ) -> PartyRow:
        """Let a person have another name, and no former one."""
        names = (self.name(NameUse.PRESENT, UNSET, recorded),)
        return msgspec.structs.replace(continued(row, event, recorded), names=names)

    def corrected(self, row: PartyRow, event: NameCorrected, recorded: Recorded) -> PartyRow:
        """Let a name read otherwise, and be found as it reads now, if it is an organisation's."""
        corrects = revealed(event.corrects)
        # The writer knows a person's name; who rebuilds does not, and nobody is found by it.
        is_personal = isinstance(event, IndividualNameCorrected)
        index = self._index(UNSET if is_personal else event.name)
        names = tuple(
            msgspec.structs.replace(
                each, index=index, corrections=(*each.corrections, recorded.position)
            )
            if each.version == corrects
            else each
            for each in row.names
        )
        return msgspec.structs.replace(continued(row, event, recorded), names=names)


def name_key(name: str) -> str:
    """Return what stands for a name in searches: its letters and digits, whatever their case."""
    return "name:" + "".join(each for each in name.casefold() if each.isalnum())
