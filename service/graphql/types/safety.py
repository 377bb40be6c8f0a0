"""Safety holds, for those who see the party."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Final

import strawberry

from projections import holds
from projections.holds import HoldRow
from service.graphql.context import Context
from service.graphql.declare import field
from service.graphql.hidden import HiddenValues
from service.security.access import Resource

_HOLD: Final = {"data.reason": "ListingHold.reason"}


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


@strawberry.type(description="A safety hold: nothing of the party is listed.")
class ListingHold:
    """The present hold of a party."""

    row: strawberry.Private[HoldRow]
    batch: strawberry.Private[HoldBatch]
    resource: strawberry.Private[Resource]

    @field(description="The day from which it holds.")
    def since(self) -> date:
        """Return the day."""
        return self.row.since

    @field(description="Why, if somebody said so.")
    def reason(self) -> str | None:
        """Return the reason."""
        return self.batch.reasons.value(self.row.position, "data.reason", str)
