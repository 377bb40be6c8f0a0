"""Parties: organisations and people known to the coalition."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar

import strawberry

from domain.policy import PartyType
from domain.terms import Particular, PartyId, PartyKind
from projections import parties
from projections.as_of import AsOf
from projections.party_rows import PartyRow
from service.graphql.context import Context
from service.graphql.declare import field, interface, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.receipts import UnmetRequirement
from service.graphql.scalars import Ein
from service.graphql.types.described import Correction
from service.graphql.types.entry import Entry
from service.graphql.types.node import Node
from service.graphql.types.particulars import Particulars, PartyParticular, particular_positions
from service.graphql.types.party_names import Names, PartyName, naming_positions, text_of
from service.graphql.types.policy import County
from service.graphql.types.representative import REPRESENTATIVE_FIELDS, Representative
from service.graphql.types.safety import AddressBatch, AddressDisclosure, HoldBatch, ListingHold
from service.graphql.types.ties import PartyAffiliation, Ties
from service.security.access import READ, Kind, Resource, may

if TYPE_CHECKING:
    from service.graphql.types.listing import Listing
    from service.graphql.types.membership import Membership

LazyListing: TypeAlias = Annotated["Listing", strawberry.lazy("service.graphql.types.listing")]
LazyMembership: TypeAlias = Annotated[
    "Membership", strawberry.lazy("service.graphql.types.membership")
]

_ORGANISATION: Final = {
    "data.name": "Organisation.name",
    "data.alias": "PartyName.name",
    "data.party_type": "Organisation.partyType",
    "data.ein": "Organisation.ein",
    "data.counties": "Organisation.counties",
}
_INDIVIDUAL: Final = {
    "data.name": "Individual.name",
    "data.party_type": "Individual.partyType",
    "data.email": "Individual.email",
    "data.counties": "Individual.counties",
}

ValueT = TypeVar("ValueT")


class PartyBatch:
    """Parties that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the parties' rows.
        resources: what each party is to the viewer, by its id.
        as_of: what the rows describe.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[PartyRow],
        resources: Mapping[str, Resource],
        as_of: AsOf,
    ) -> None:
        self.context = context
        self.rows = rows
        self.resources = resources
        self.as_of = as_of

    @functools.cached_property
    def objects(self) -> dict[str, Party]:
        """The parties that the viewer may know of, by id."""
        return {row.id: self._object(row) for row in self.rows if self._is_visible(row)}

    @functools.cached_property
    def names(self) -> Names:
        """What the parties are called."""
        return Names(self.context, self.rows, self.as_of)

    @functools.cached_property
    def organisations(self) -> HiddenValues:
        """Hidden values of the registrations and names of organisations."""
        return self._registered(PartyKind.ORGANISATION, _ORGANISATION)

    @functools.cached_property
    def individuals(self) -> HiddenValues:
        """Hidden values of the registrations and names of people."""
        return self._registered(PartyKind.INDIVIDUAL, _INDIVIDUAL)

    @functools.cached_property
    def representatives(self) -> HiddenValues:
        """Hidden values of the appointments of representatives, present and former."""
        positions = {
            each.position: self.resources[row.id]
            for row in self.rows
            for each in (*row.representatives, *row.former)
        }
        return HiddenValues(self.context, positions, REPRESENTATIVE_FIELDS)

    @functools.cached_property
    def ties(self) -> Ties:
        """What the parties are tied to."""
        resources = {row.id: self.resources[row.id] for row in self.rows}
        return Ties(self.context, resources, self.as_of)

    @functools.cached_property
    def listings(self) -> dict[str, Listing]:
        """The parties' listings, by party."""
        from service.graphql.types.listing import listings_of  # noqa: PLC0415 - a cycle of types

        return listings_of(self.context, [row.id for row in self.rows], self.as_of, down=True)

    @functools.cached_property
    def holds(self) -> dict[str, ListingHold]:
        """The parties' safety holds, by party."""
        resources = {row.id: self.resources[row.id] for row in self.rows}
        return HoldBatch(self.context, resources).objects

    @functools.cached_property
    def addresses(self) -> AddressBatch:
        """The parties' addresses, and to whom they were given."""
        return AddressBatch(self.context, {row.id: self.resources[row.id] for row in self.rows})

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The parties' memberships, by party."""
        from service.graphql.memberships import memberships_of  # noqa: PLC0415 - a cycle of types

        return memberships_of(self.context, [row.id for row in self.rows], self.as_of)

    @functools.cached_property
    def particulars(self) -> Particulars:
        """What the parties are."""
        return Particulars(self.context, self.rows, self.as_of)

    def particular(
        self, row: PartyRow, what: Particular, path: str, kind: type[ValueT]
    ) -> ValueT | None:
        """Return a hidden value of what a party is."""
        return self.values(row).value(self.particulars.position(row, what), path, kind)

    def values(self, row: PartyRow) -> HiddenValues:
        """Return the hidden values among which those of a party are."""
        return self.organisations if row.kind is PartyKind.ORGANISATION else self.individuals

    def _registered(self, kind: PartyKind, fields: Mapping[str, str]) -> HiddenValues:
        positions = {
            position: self.resources[row.id]
            for row in self.rows
            if row.kind is kind
            for position in (
                row.registered_position,
                *naming_positions(row),
                *particular_positions(row),
            )
        }
        return HiddenValues(self.context, positions, fields)

    def _is_visible(self, row: PartyRow) -> bool:
        return may(self.context.principal, READ, self.resources[row.id])

    def _object(self, row: PartyRow) -> Party:
        kind = Organisation if row.kind is PartyKind.ORGANISATION else Individual
        return kind(
            id=global_id(NodeKind.PARTY, row.id),
            row=row,
            batch=self,
            resource=self.resources[row.id],
        )


@interface
class Party(Node):
    """An organisation or a person known to the coalition. Seen by staff and itself."""

    row: strawberry.Private[PartyRow]
    batch: strawberry.Private[PartyBatch]
    resource: strawberry.Private[Resource]

    @field
    def name(self) -> str | None:
        """What it is called."""
        return text_of(self.batch.names.present(self.row), self.batch.values(self.row))

    @field
    def name_entry(self) -> Entry | None:
        """The entry that gave it this name: what `correctPartyName` asks for."""
        return self.batch.names.entry(self.batch.names.present(self.row))

    @field
    def name_corrections(self) -> list[Correction] | None:
        """How its names read otherwise than the entries that gave them, in order."""
        return self.batch.names.corrections(self.row)

    @field
    def party_type(self) -> PartyType | None:
        """What kind of party it is."""
        what = Particular.PARTY_TYPE
        return self.batch.particular(self.row, what, "data.party_type", PartyType)

    @field
    def counties(self) -> list[County] | None:
        """The counties it works in."""
        what = Particular.COUNTIES
        found = self.batch.particular(self.row, what, "data.counties", list[str])
        return self.batch.particulars.counties(found)

    @field
    def particulars(self) -> list[PartyParticular] | None:
        """What each entry says that it is, in order, the registration first."""
        values = self.batch.values(self.row)
        return self.batch.particulars.objects(self.row, values, self.resource)

    @field
    def affiliations(self) -> list[PartyAffiliation] | None:
        """The parties that it is tied to, such as its sponsor: none of them judges another."""
        return self.batch.ties.affiliations(self.row.id, self.resource)

    @field
    def particular_corrections(self) -> list[Correction] | None:
        """How its type, EIN and counties read otherwise than their entries say, in order."""
        return self.batch.particulars.corrections(self.row)

    @field
    def registered_on(self) -> date:
        """The day from which it is known to the coalition."""
        return self.row.registered_on

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version

    @field
    def listing(self) -> LazyListing | None:
        """What it consents to show, if it does; to others, not while it is held."""
        return self.batch.listings.get(self.row.id)

    @field
    def hold(self) -> ListingHold | None:
        """What keeps its listing back now, for its safety; null where nothing does."""
        return self.batch.holds.get(self.row.id)

    @field
    def address(self) -> str | None:
        """Where it is found; to others, `discloseAddress` gives it."""
        return self.batch.addresses.address(self.row.id)

    @field
    def address_disclosures(self) -> list[AddressDisclosure] | None:
        """To whom its address was given, in order."""
        return self.batch.addresses.disclosures(self.row.id)

    @field
    def membership(self) -> LazyMembership | None:
        """Its membership, if it has one."""
        return self.batch.memberships.get(self.row.id)


@object_type
class Organisation(Party):
    """An organisation known to the coalition."""

    @field
    def ein(self) -> Ein | None:
        """Its Employer Identification Number, nine digits."""
        found = self.batch.particular(self.row, Particular.EIN, "data.ein", str)
        return None if found is None else Ein(found)

    @field
    def unmet(self) -> list[UnmetRequirement] | None:
        """What the tier of its live membership asks for and it is not, or has not, since it
        changed: the membership goes on, until it asks for another tier or a vote ends it.
        """
        held, party_type = self.membership(), self.party_type()
        if held is None or not held.row.status.is_live or party_type is None:
            return []
        has_ein = self.ein() is not None or self.batch.ties.is_sponsored(self.row.id)
        return self.batch.particulars.unmet(held.row.tier, party_type, has_ein=has_ein)

    @field
    def names(self) -> list[PartyName] | None:
        """Every name by which it is or was known, in order."""
        return [
            PartyName(
                row=each,
                names=self.batch.names,
                values=self.batch.organisations,
                resource=self.resource,
            )
            for each in self.batch.names.of(self.row)
        ]

    @field
    def merged_into(self) -> Party | None:
        """The organisation that it is part of; null while it is its own."""
        return self.batch.ties.survivors.get(self.row.id)

    @field
    def parts(self) -> list[Party] | None:
        """The organisations that are part of it, each with its own history."""
        return self.batch.ties.parts.get(self.row.id, [])

    @field
    def former_representatives(self) -> list[Representative] | None:
        """The people who speak for it no longer, in the order in which they left."""
        return [
            Representative(row=each, values=self.batch.representatives, resource=self.resource)
            for each in self.row.former
        ]

    @field
    def representatives(self) -> list[Representative] | None:
        """The people who speak for it."""
        return representatives_of(self)


@object_type
class Individual(Party):
    """A person known to the coalition."""

    @field
    def email(self) -> str | None:
        """Their e-mail address."""
        values = self.batch.individuals
        return values.value(self.row.registered_position, "data.email", str)

    @field
    def is_erased(self) -> bool | None:
        """Whether what is personal to them was erased: nobody can read it."""
        return self.batch.individuals.is_erased(self.row.registered_position)


def representatives_of(party: Party) -> list[Representative]:
    """Return the representatives of a party."""
    return [
        Representative(row=row, values=party.batch.representatives, resource=party.resource)
        for row in party.row.representatives
    ]


def own_resource(party: str) -> Resource:
    """Return what a party is to a viewer when it is not seen with an application."""
    return Resource(kind=Kind.PARTY, party=PartyId(party))


def parties_of(
    context: Context, resources: Mapping[str, Resource], as_of: AsOf
) -> dict[str, Party]:
    """Return the parties of these ids that the viewer may know of, read in one statement."""
    visible = {
        party: resource
        for party, resource in resources.items()
        if may(context.principal, READ, resource)
    }
    if not visible:
        return {}
    rows = parties.by_ids(context.connection, as_of, sorted(visible))
    return PartyBatch(context, list(rows.values()), visible, as_of).objects
