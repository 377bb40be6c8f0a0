"""What parties are on a day, and which entries say so."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, TypeVar

import strawberry

from domain.membership.eligibility import ein_objections, type_objections
from domain.policy import PartyType
from domain.terms import Particular
from projections.as_of import AsOf
from projections.party_rows import PartyRow, Told, position_of, told_on
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.receipts import UnmetRequirement, unmet_requirement
from service.graphql.rules import rules_at
from service.graphql.scalars import Ein
from service.graphql.types.described import Correction
from service.graphql.types.entry import Entry, entries_at
from service.graphql.types.policy import County, county_of
from service.security.access import Resource

ValueT = TypeVar("ValueT")

_FIELDS: Final = {
    Particular.PARTY_TYPE: "party_type",
    Particular.EIN: "ein",
    Particular.COUNTIES: "counties",
}
"""What each is called in an entry."""


class Particulars:
    """What parties are that are siblings in a response.

    Args:
        context: the request.
        rows: the parties' rows.
        as_of: what the rows describe: what holds from a later day is left out.
    """

    def __init__(self, context: Context, rows: Sequence[PartyRow], as_of: AsOf) -> None:
        self._context = context
        self._rows = rows
        self._as_of = as_of

    def of(self, row: PartyRow) -> list[Told]:
        """Return what entries say that a party is, in order."""
        return told_on(row, self._as_of.effective)

    def objects(
        self, row: PartyRow, values: HiddenValues, resource: Resource
    ) -> list[PartyParticular]:
        """Return what each of them says that it is."""
        return [
            PartyParticular(row=each, particulars=self, values=values, resource=resource)
            for each in self.of(row)
        ]

    def position(self, row: PartyRow, what: Particular) -> int:
        """Return the entry that hides what a party is."""
        return position_of(row, what, self._as_of.effective)

    def entry(self, position: int) -> Entry | None:
        """Return an entry that says what a party is."""
        return self._entries.get(position)

    def corrections(self, row: PartyRow) -> list[Correction]:
        """Return the corrections of what entries say that a party is, in order."""
        made = [(at, each) for each in self.of(row) for at in each.corrections]
        return [
            Correction(
                field=_FIELDS[each.what],
                original=self._entries.get(each.position),
                entry=self._entries.get(at),
            )
            for at, each in sorted(made, key=lambda each: each[0])
        ]

    def counties(self, fips: Iterable[str] | None) -> list[County] | None:
        """Return counties by their codes."""
        if fips is None:
            return None
        policy = rules_at(self._context, self._as_of).policy
        return [county_of(policy, each) for each in fips]

    def unmet(self, tier_key: str, party_type: str, *, has_ein: bool) -> list[UnmetRequirement]:
        """Return what a tier asks for and an organisation is not, or has not."""
        policy, tier = rules_at(self._context, self._as_of).tier(tier_key)
        objections = (
            *type_objections(tier, party_type),
            *ein_objections(tier, party_type, policy, has_ein=has_ein),
        )
        return [unmet_requirement(each.unmet) for each in objections]

    @functools.cached_property
    def _entries(self) -> dict[int, Entry]:
        positions = {each for row in self._rows for each in particular_positions(row)}
        return entries_at(self._context, sorted(positions)).objects


def particular_positions(row: PartyRow) -> list[int]:
    """Return the positions of the entries that hide what a party is or was."""
    return [at for each in row.particulars for at in (each.position, *each.corrections)]


@object_type
class PartyParticular:
    """One thing that an entry says of a party, as it was corrected last. Never public."""

    row: strawberry.Private[Told]
    particulars: strawberry.Private[Particulars]
    values: strawberry.Private[HiddenValues]
    resource: strawberry.Private[Resource]

    @field
    def what(self) -> Particular:
        """Of what it says something."""
        return self.row.what

    @field
    def since(self) -> date:
        """The day from which it holds."""
        return self.row.since

    @field
    def party_type(self) -> PartyType | None:
        """The type, where it says that."""
        return self._value(Particular.PARTY_TYPE, "data.party_type", PartyType)

    @field
    def ein(self) -> Ein | None:
        """The EIN, where it says that; null for none."""
        found = self._value(Particular.EIN, "data.ein", str)
        return None if found is None else Ein(found)

    @field
    def counties(self) -> list[County] | None:
        """The counties, where it says them."""
        found = self._value(Particular.COUNTIES, "data.counties", list[str])
        return self.particulars.counties(found)

    @field
    def entry(self) -> Entry | None:
        """The entry that said it: what `correctParticulars` asks for."""
        return self.particulars.entry(self.row.position)

    def _value(self, what: Particular, path: str, kind: type[ValueT]) -> ValueT | None:
        if what is not self.row.what:
            return None
        return self.values.value(self.row.hidden_in, path, kind)
