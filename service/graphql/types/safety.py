"""Safety holds and addresses, for those who may know of them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Final

import strawberry

from projections import addresses, holds
from projections.addresses import AddressRow
from projections.addresses import Disclosure as DisclosureRow
from projections.holds import HoldRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.security.access import Resource

_HOLD: Final = {"data.reason": "ListingHold.reason"}
_ADDRESS: Final = "data.address"
_ADDRESSES: Final = {_ADDRESS: "Organisation.address"}
_DISCLOSURES: Final = {
    "data.recipient": "AddressDisclosure.recipient",
    "data.purpose": "AddressDisclosure.purpose",
}


class HoldBatch:
    """The safety holds of parties that are siblings in a response.

    They are as of now, whatever is asked about.

    Args:
        context: the request.
        resources: what each party is to the viewer, by its id.
    """

    def __init__(self, context: Context, resources: Mapping[str, Resource]) -> None:
        self._context = context
        self._resources = resources

    @functools.cached_property
    def objects(self) -> dict[str, ListingHold]:
        """The holds, by party."""
        return {
            party: ListingHold(row=row, batch=self, resource=self._resources[party])
            for party, row in self._rows.items()
        }

    @functools.cached_property
    def reasons(self) -> HiddenValues:
        """Why listings are held."""
        positions = {row.position: self._resources[row.id] for row in self._rows.values()}
        return HiddenValues(self._context, positions, _HOLD)

    @functools.cached_property
    def _rows(self) -> dict[str, HoldRow]:
        return holds.by_parties(self._context.connection, self._resources)


@object_type
class ListingHold:
    """A safety hold: nothing of the party is listed."""

    row: strawberry.Private[HoldRow]
    batch: strawberry.Private[HoldBatch]
    resource: strawberry.Private[Resource]

    @field
    def since(self) -> date:
        """The day from which it holds."""
        return self.row.since

    @field
    def reason(self) -> str | None:
        """Why, if somebody said so."""
        return self.batch.reasons.value(self.row.position, "data.reason", str)


class AddressBatch:
    """The addresses of parties that are siblings in a response, as of now.

    Args:
        context: the request.
        resources: what each party is to the viewer, by its id.
    """

    def __init__(self, context: Context, resources: Mapping[str, Resource]) -> None:
        self._context = context
        self._resources = resources

    def address(self, party: str) -> str | None:
        """Return the address of a party, to whoever speaks for it."""
        row = self._rows.get(party)
        if row is None or row.position is None:
            return None
        return self._addresses.value(row.position, _ADDRESS, str)

    def disclosures(self, party: str) -> list[AddressDisclosure]:
        """Return to whom the address of a party was given, in order."""
        row = self._rows.get(party)
        if row is None:
            return []
        resource = self._resources[party]
        return [
            AddressDisclosure(row=each, batch=self, resource=resource) for each in row.disclosed
        ]

    @functools.cached_property
    def given(self) -> HiddenValues:
        """To whom addresses were given, and why."""
        positions = {
            each.position: self._resources[row.id]
            for row in self._rows.values()
            for each in row.disclosed
        }
        return HiddenValues(self._context, positions, _DISCLOSURES)

    @functools.cached_property
    def _addresses(self) -> HiddenValues:
        positions = {
            row.position: self._resources[row.id]
            for row in self._rows.values()
            if row.position is not None
        }
        return HiddenValues(self._context, positions, _ADDRESSES)

    @functools.cached_property
    def _rows(self) -> dict[str, AddressRow]:
        return addresses.by_parties(self._context.connection, self._resources)


@object_type
class AddressDisclosure:
    """That the address of a party was given to somebody."""

    row: strawberry.Private[DisclosureRow]
    batch: strawberry.Private[AddressBatch]
    resource: strawberry.Private[Resource]

    @field
    def on(self) -> date:
        """The day on which it was given."""
        return self.row.on

    @field
    def recipient(self) -> str | None:
        """Who got it."""
        return self.batch.given.value(self.row.position, "data.recipient", str)

    @field
    def purpose(self) -> str | None:
        """What for."""
        return self.batch.given.value(self.row.position, "data.purpose", str)


def disclosed_address(context: Context, party: str, position: int) -> str | None:
    """Return the address that a disclosure gave; ``None`` once another one is kept, or none.

    Args:
        context: the request of whoever disclosed it.
        party: whose address it is.
        position: the entry that records the disclosure.
    """
    row = addresses.by_parties(context.connection, [party]).get(party)
    if row is None or row.position is None or row.position > position:
        return None
    opened = context.ledger.disclosures(
        context.connection, [row.position], frozenset({_ADDRESS})
    ).get(row.position, {})
    found = opened.get(_ADDRESS)
    return None if found is None else str(found.value)
