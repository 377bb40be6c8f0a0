"""Listings: what members consent to show in the directory."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import strawberry

from domain.terms import ListedField, MembershipStatus, PartyKind
from projections import directory
from projections.as_of import AsOf
from projections.listings import ListingRow
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.rules import rules_at
from service.graphql.types.node import Node
from service.graphql.types.party import Party, own_resource, parties_of
from service.graphql.types.policy import County, Tier, county_of
from service.security.access import Resource

if TYPE_CHECKING:
    from service.graphql.types.membership import Membership

LazyMembership: TypeAlias = Annotated[
    "Membership", strawberry.lazy("service.graphql.types.membership")
]

_SHOWN: Final = {f"data.{field}": f"Listing.{field}" for field in ListedField}

# Where a listing may be down, what a person would show is personal to them.
_PERSONAL: Final = {f"data.{field}": "Individual.email" for field in ListedField}


class ListingBatch:
    """Listings that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the present listings.
        as_of: what is said of their parties and memberships.
        memberships: the memberships of their parties, by party, where they were read already.
        down: whether some may be down, which not everybody is shown.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[ListingRow],
        as_of: AsOf,
        memberships: dict[str, MembershipRow] | None = None,
        *,
        down: bool = False,
    ) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of
        self._membership_rows = memberships
        self._fields = _PERSONAL if down else _SHOWN

    @functools.cached_property
    def objects(self) -> dict[str, Listing]:
        """The listings, by party."""
        return {
            row.id: Listing(
                id=global_id(NodeKind.LISTING, row.id),
                row=row,
                batch=self,
                resource=own_resource(row.id),
            )
            for row in self.rows
        }

    @functools.cached_property
    def individuals(self) -> HiddenValues:
        """What people show of themselves: hidden in their entries, opened while they consent."""
        positions = {
            row.position: own_resource(row.id)
            for row in self.rows
            if row.kind is PartyKind.INDIVIDUAL
        }
        return HiddenValues(self.context, positions, self._fields)

    @functools.cached_property
    def parties(self) -> dict[str, Party]:
        """The parties that the viewer may know of, by id."""
        resources = {row.id: own_resource(row.id) for row in self.rows}
        return parties_of(self.context, resources, self.as_of)

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The memberships of the parties, by party."""
        from service.graphql.memberships import memberships_of  # noqa: PLC0415 - a cycle of types
        from service.graphql.types.membership import MembershipBatch  # noqa: PLC0415

        if self._membership_rows is None:
            return memberships_of(self.context, [row.id for row in self.rows], self.as_of)
        rows = self._membership_rows
        objects = MembershipBatch(self.context, list(rows.values()), self.as_of).objects
        return {party: objects[row.id] for party, row in rows.items()}

    def text(self, row: ListingRow, field: ListedField) -> str | None:
        """Return the text that a listing shows in a field; ``None`` where it shows none."""
        if field not in row.fields:
            return None
        if row.kind is PartyKind.INDIVIDUAL:
            return self.individuals.value(row.position, f"data.{field}", str)
        text: str | None = getattr(row, field.value)
        return text

    def texts(self, row: ListingRow, field: ListedField) -> list[str]:
        """Return the texts that a listing shows in a field."""
        if field not in row.fields:
            return []
        if row.kind is PartyKind.INDIVIDUAL:
            return self.individuals.value(row.position, f"data.{field}", list[str]) or []
        return list(getattr(row, field.value))


@object_type
class Listing(Node):
    """What a member consents to show of itself, while it does."""

    row: strawberry.Private[ListingRow]
    batch: strawberry.Private[ListingBatch]
    resource: strawberry.Private[Resource]

    @field
    def party(self) -> Party | None:
        """Whose listing it is; seen by staff and itself."""
        return self.batch.parties.get(self.row.id)

    @field
    def kind(self) -> PartyKind:
        """Whether it is an organisation's or a person's."""
        return self.row.kind

    @field
    def membership(self) -> LazyMembership | None:
        """Its membership; null for a party that is no member."""
        return self.batch.memberships.get(self.row.id)

    @field
    def fields(self) -> list[ListedField]:
        """The fields that it consents to show."""
        return list(self.row.fields)

    @field
    def name(self) -> str | None:
        """What it is called."""
        return self.batch.text(self.row, ListedField.NAME)

    @field
    def description(self) -> str | None:
        """What it says of itself."""
        return self.batch.text(self.row, ListedField.DESCRIPTION)

    @field
    def counties(self) -> list[County]:
        """The counties it works in."""
        policy = rules_at(self.batch.context, self.batch.as_of).policy
        return [
            county_of(policy, fips) for fips in self.batch.texts(self.row, ListedField.COUNTIES)
        ]

    @field
    def populations(self) -> list[str]:
        """Whom it serves."""
        return self.batch.texts(self.row, ListedField.POPULATIONS)

    @field
    def services(self) -> list[str]:
        """What it does for them."""
        return self.batch.texts(self.row, ListedField.SERVICES)

    @field
    def website(self) -> str | None:
        """Its website."""
        return self.batch.text(self.row, ListedField.WEBSITE)

    @field
    def email(self) -> str | None:
        """Its e-mail address."""
        return self.batch.text(self.row, ListedField.EMAIL)

    @field
    def phone(self) -> str | None:
        """Its telephone number."""
        return self.batch.text(self.row, ListedField.PHONE)

    @field
    def listed_on(self) -> date:
        """Since when the listing stands as it is: how fresh it is."""
        return self.row.listed_on

    @field
    def tier(self) -> Tier | None:
        """The tier of its membership."""
        membership = self.membership()
        return None if membership is None else membership.tier()

    @field
    def since(self) -> date | None:
        """The day of its admission."""
        membership = self.membership()
        return None if membership is None else membership.since()

    @field
    def standing(self) -> MembershipStatus | None:
        """Whether its membership may act, on the effective date."""
        membership = self.membership()
        return None if membership is None else membership.standing()


def listings_of(
    context: Context, parties: Iterable[str], as_of: AsOf, *, down: bool = False
) -> dict[str, Listing]:
    """Return what parties show at present, by party, read in one statement.

    Args:
        context: the request.
        parties: whose listings are wanted.
        as_of: what is said of their memberships.
        down: whether listings are wanted too that are held, or whose party is suspended or has
            left; only for who sees the party.
    """
    rows = directory.listings_of(context.connection, parties, down=down)
    return ListingBatch(context, list(rows.values()), as_of, down=down).objects
