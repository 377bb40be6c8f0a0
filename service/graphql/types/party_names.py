"""What parties are called on a day, and which entries say so."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date

import strawberry

from domain.terms import NameUse
from projections.as_of import AsOf
from projections.party_rows import PartyName as PartyNameRow
from projections.party_rows import PartyRow, names_on
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.types.described import Correction
from service.graphql.types.entry import Entry, entries_at
from service.security.access import Resource


@object_type
class PartyName:
    """A name of an organisation. Only listings are public."""

    row: strawberry.Private[PartyNameRow]
    names: strawberry.Private[Names]
    values: strawberry.Private[HiddenValues]
    resource: strawberry.Private[Resource]

    @field
    def name(self) -> str | None:
        """The name itself, as it was corrected last."""
        return text_of(self.row, self.values)

    @field
    def use(self) -> NameUse:
        """Whether it is called so now."""
        return self.row.use

    @field
    def since(self) -> date:
        """The day from which it was called so."""
        return self.row.since

    @field
    def entry(self) -> Entry | None:
        """The entry that gave it: what `correctPartyName` asks for."""
        return self.names.entry(self.row)


class Names:
    """The names of parties that are siblings in a response.

    Args:
        context: the request.
        rows: the parties' rows.
        as_of: what the rows describe: names that were given on a later day are left out.
    """

    def __init__(self, context: Context, rows: Sequence[PartyRow], as_of: AsOf) -> None:
        self._context = context
        self._rows = rows
        self._as_of = as_of

    def of(self, row: PartyRow) -> tuple[PartyNameRow, ...]:
        """Return the names of a party, in order."""
        return names_on(row, self._as_of.effective)

    def present(self, row: PartyRow) -> PartyNameRow:
        """Return the name by which a party goes."""
        return next(each for each in self.of(row) if each.use is NameUse.PRESENT)

    def entry(self, name: PartyNameRow) -> Entry | None:
        """Return the entry that gave a name."""
        return self._entries.get(name.position)

    def corrections(self, row: PartyRow) -> list[Correction]:
        """Return the corrections of a party's names, in order."""
        made = [(at, name) for name in self.of(row) for at in name.corrections]
        return [
            Correction(
                field="alias" if name.use is NameUse.ALIAS else "name",
                original=self._entries.get(name.position),
                entry=self._entries.get(at),
            )
            for at, name in sorted(made, key=lambda each: each[0])
        ]

    @functools.cached_property
    def _entries(self) -> dict[int, Entry]:
        positions = {each for row in self._rows for each in naming_positions(row)}
        return entries_at(self._context, sorted(positions)).objects


def text_of(name: PartyNameRow, values: HiddenValues) -> str | None:
    """Return what a name says, as it was corrected last; ``None`` if not to this viewer."""
    if name.corrections:
        return values.value(name.corrections[-1], "data.name", str)
    path = "data.alias" if name.use is NameUse.ALIAS else "data.name"
    return values.value(name.position, path, str)


def naming_positions(row: PartyRow) -> list[int]:
    """Return the positions of the entries that hide what a party is called."""
    return [at for name in row.names for at in (name.position, *name.corrections)]
