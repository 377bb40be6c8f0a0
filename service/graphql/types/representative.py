"""Representatives: the people who speak, or spoke, for an organisation."""

from __future__ import annotations

from datetime import date
from typing import Final

import strawberry

from projections.parties import Representative as RepresentativeRow
from service.graphql.declare import field
from service.graphql.hidden import HiddenValues
from service.security.access import Resource

REPRESENTATIVE_FIELDS: Final = {
    "data.capacity": "Representative.capacity",
    "data.name": "Representative.name",
    "data.email": "Representative.email",
    "data.phone": "Representative.phone",
}
"""Hidden values of appointments, by the field that shows them."""


@strawberry.type(description="A person who speaks for an organisation.")
class Representative:
    """A representative by their last appointment."""

    row: strawberry.Private[RepresentativeRow]
    values: strawberry.Private[HiddenValues]
    resource: strawberry.Private[Resource]

    @field(description="Names the person among those whom the ledger knows.")
    def person(self) -> strawberry.ID:
        """Return the person's id."""
        return strawberry.ID(self.row.person)

    @field(description="The day from which they speak, or spoke, for it.")
    def since(self) -> date:
        """Return the first day."""
        return self.row.since

    @field(description="The day from which they do no longer; null while they do.")
    def until(self) -> date | None:
        """Return the end."""
        return self.row.until

    @field(description="What entitles them to speak.")
    def capacity(self) -> str | None:
        """Return the capacity."""
        return self._value("data.capacity")

    @field(description="What they are called.")
    def name(self) -> str | None:
        """Return the name."""
        return self._value("data.name")

    @field(description="Their e-mail address.")
    def email(self) -> str | None:
        """Return the e-mail address."""
        return self._value("data.email")

    @field(description="Whether what is personal to them was erased: nobody can read it.")
    def is_erased(self) -> bool | None:
        """Return whether the person was erased."""
        return self.values.is_erased(self.row.position)

    @field(description="Their telephone number.")
    def phone(self) -> str | None:
        """Return the telephone number."""
        return self._value("data.phone")

    def _value(self, path: str) -> str | None:
        return self.values.value(self.row.position, path, str)
