"""API keys, for those whose they are and those who keep them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeAlias

import strawberry

from projections.paging import Page, Window
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.filters import check_filter
from service.graphql.ids import NodeKind, global_id
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.security import api_keys
from service.security.access import READ, Kind, Resource, may
from service.security.api_keys import KeyFilter
from service.security.principal import Principal, Role, Scope


@strawberry.input(
    name="KeyFilter", description="Which keys are wanted. Leave a field out to want any."
)
class KeyFilterInput:
    """Restrictions that hold together."""

    roles: list[Role] | None = strawberry.field(
        default=None, description="Those that act in one of these roles."
    )


KeyFilterArgument: TypeAlias = Annotated[
    KeyFilterInput | None, strawberry.argument(description="Which keys are wanted.")
]

_BY_AGE: Final = Order[api_keys.ApiKey]("keys/age", tuple[int, str], api_keys.place)


@object_type
class ApiKey:
    """A key by which somebody comes in, without its secret.

    It is never deleted, so that it says later on who came in by it, and until when.
    """

    row: strawberry.Private[api_keys.ApiKey]
    now: strawberry.Private[datetime]
    resource: strawberry.Private[Resource]

    @field
    def prefix(self) -> str:
        """The part before the dot, by which the key is named."""
        return self.row.prefix

    @field
    def label(self) -> str:
        """What the operator calls it."""
        return self.row.label

    @field
    def principal(self) -> strawberry.ID:
        """The sign-in that it acts as."""
        return strawberry.ID(self.row.principal.id)

    @field
    def role(self) -> Role:
        """Its scope: the role in which it acts."""
        return self.row.principal.role

    @field
    def party(self) -> strawberry.ID | None:
        """Its scope too: the id of the party that a representative speaks for."""
        party = self.row.principal.party
        return None if party is None else global_id(NodeKind.PARTY, party)

    @field
    def belongs_to(self) -> strawberry.ID | None:
        """The id of the party that one of the staff belongs to: they do not judge in its cause."""
        party = self.row.principal.belongs_to
        return None if party is None else global_id(NodeKind.PARTY, party)

    @field
    def scopes(self) -> list[Scope] | None:
        """Its scopes within the role of a portal; null of every other."""
        who = self.row.principal
        if who.role is not Role.PORTAL:
            return None
        return [each for each in Scope if who.scopes is None or each in who.scopes]

    @field
    def person(self) -> strawberry.ID | None:
        """The representative whose it is, by id: it ends with their term."""
        return None if self.row.person is None else strawberry.ID(self.row.person)

    @field
    def issuer(self) -> str | None:
        """The issuer whose access tokens are the key; null where a secret is."""
        return self.row.issuer

    @field
    def active(self) -> bool:
        """Whether it is accepted now, as far as its expiry and revocation go."""
        return self.row.is_active(self.now.timestamp())

    @field
    def created_at(self) -> datetime:
        """When it was made."""
        return datetime.fromtimestamp(self.row.created_at, UTC)

    @field
    def created_by(self) -> strawberry.ID | None:
        """The sign-in that made it; null where that was at the command line."""
        return _id(self.row.created_by)

    @field
    def replaces(self) -> str | None:
        """The prefix of the key whose place it was made to take."""
        return self.row.replaces

    @field
    def expires_at(self) -> datetime | None:
        """From when it is refused; null is never."""
        return _time(self.row.expires_at)

    @field
    def revoked_at(self) -> datetime | None:
        """Since when it is refused; null where it was not revoked."""
        return _time(self.row.revoked_at)

    @field
    def revoked_by(self) -> strawberry.ID | None:
        """The sign-in that revoked it; null where that was at the command line."""
        return _id(self.row.revoked_by)

    @field
    def last_used_on(self) -> date | None:
        """The last day on which it was used, in UTC; nothing finer is kept."""
        return self.row.last_used_on


def key_resource(principal: Principal) -> Resource:
    """Return what a key is to whoever asks for it."""
    return Resource(kind=Kind.KEY, party=principal.party, applicant=principal.id)


def key_of(context: Context, row: api_keys.ApiKey) -> ApiKey:
    """Return the object of a key."""
    return ApiKey(row=row, now=context.ledger.clock(), resource=key_resource(row.principal))


def key_page(
    context: Context, given: KeyFilterInput | None, arguments: PageArguments
) -> Connection[ApiKey]:
    """Return a page of the keys that the viewer may know of, the oldest first."""
    context.beside_ledger = True
    given = given or KeyFilterInput()
    check_filter(given)
    wanted = _wanted(context.principal, given.roles)

    def read(window: Window) -> Page[api_keys.ApiKey]:
        return api_keys.page(context.connection, wanted, window)

    def nodes(rows: Sequence[api_keys.ApiKey]) -> Sequence[ApiKey]:
        return [key_of(context, row) for row in rows]

    return Connection[ApiKey](
        paged=Paged(
            context,
            _BY_AGE,
            window_of(context, _BY_AGE, arguments),
            read=read,
            nodes=nodes,
            count=lambda: api_keys.total(context.connection, wanted),
        )
    )


def _wanted(viewer: Principal, roles: Sequence[Role] | None) -> KeyFilter:
    if may(viewer, READ, Resource(kind=Kind.KEY)):
        return KeyFilter(roles=roles)
    if not may(viewer, READ, key_resource(viewer)):
        return KeyFilter(owner=api_keys.NOBODY)
    if viewer.party is not None:
        return KeyFilter(party=viewer.party, roles=roles)
    return KeyFilter(owner=viewer.id, roles=roles)


def _time(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _id(principal: str | None) -> strawberry.ID | None:
    return None if principal is None else strawberry.ID(principal)
