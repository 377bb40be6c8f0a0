"""Representatives: the people who speak, or spoke, for an organisation."""

from __future__ import annotations

from datetime import date
from typing import Final

import strawberry

from projections.party_rows import Representative as RepresentativeRow
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.security.access import Resource

REPRESENTATIVE_FIELDS: Final = {
    "data.capacity": "Representative.capacity",
    "data.name": "Representative.name",
    "data.email": "Representative.email",
    "data.phone": "Representative.phone",
}
"""Hidden values of appointments, by the field that shows them."""


@object_type
class Representative:
    """A person who speaks for an organisation."""

    row: strawberry.Private[RepresentativeRow]
    values: strawberry.Private[HiddenValues]
    resource: strawberry.Private[Resource]

    @field
    def person(self) -> strawberry.ID:
        """Names the person among those whom the ledger knows."""
        return strawberry.ID(self.row.person)

    @field
    def since(self) -> date:
        """The day from which they speak, or spoke, for it."""
        return self.row.since

    @field
    def until(self) -> date | None:
        """The day from which they do no longer; null while they do."""
        return self.row.until

    @field
    def capacity(self) -> str | None:
        """What entitles them to speak."""
        return self._value("data.capacity")

    @field
    def name(self) -> str | None:
        """What they are called."""
        return self._value("data.name")

    @field
    def email(self) -> str | None:
        """Their e-mail address."""
        return self._value("data.email")

    @field
    def is_erased(self) -> bool | None:
        """Whether what is personal to them was erased: nobody can read it."""
        return self.values.is_erased(self.row.position)

    @field
    def phone(self) -> str | None:
        """Their telephone number."""
        return self._value("data.phone")

    def _value(self, path: str) -> str | None:
        return self.values.value(self.row.position, path, str)
