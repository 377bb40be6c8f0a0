"""The lists of the schema: what they may be filtered and ordered by, and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, TypeAlias

import strawberry

from domain.terms import ApplicationKind, ApplicationPhase, MembershipStatus, PartyId
from projections import applications, directory, memberships
from projections.application_folds import ApplicationRow
from projections.applications import (
    ApplicationFilter,
)
from projections.as_of import AsOf
from projections.directory import DirectoryFilter, DirectoryRow
from projections.membership_folds import MembershipRow
from projections.memberships import MembershipFilter, MembershipOrder
from projections.paging import Page, Window
from service.graphql.context import Context
from service.graphql.declare import input_type
from service.graphql.enums import Direction
from service.graphql.errors import InvalidArgumentError
from service.graphql.filters import check_filter
from service.graphql.guard import require_readable
from service.graphql.ids import NodeKind, own_id
from service.graphql.paging import Connection, Order, PageArguments, Paged, window_of
from service.graphql.rules import check_places, rules_at
from service.graphql.scalars import Fips
from service.graphql.types.application import Application, ApplicationBatch
from service.graphql.types.listing import Listing, ListingBatch
from service.graphql.types.membership import Membership, MembershipBatch
from service.security.access import READ, Kind, Resource, may
from service.security.principal import Role

LONGEST_TEXT: Final = 200


@strawberry.input(
    name="MembershipFilter",
    description="Which memberships are wanted. Leave a field out to want any.",
)
class MembershipFilterInput:
    """Restrictions that hold together."""

    tiers: list[str] | None = strawberry.field(default=None, description="Keys of tiers.")
    standings: list[MembershipStatus] | None = strawberry.field(
        default=None, description="Standings on the effective date."
    )
    counties: list[Fips] | None = strawberry.field(
        default=None, description="Counties of which the member's listing shows one."
    )
    party: strawberry.ID | None = strawberry.field(
        default=None, description="The member, for those who may know."
    )


@input_type
class MembershipOrderBy:
    """The order of memberships; their ids decide among equals."""

    field: MembershipOrder = strawberry.field(description="What to go by.")
    direction: Direction = strawberry.field(default=Direction.ASCENDING, description="Which way.")


@strawberry.input(
    name="ApplicationFilter",
    description="Which applications are wanted. Leave a field out to want any.",
)
class ApplicationFilterInput:
    """Restrictions that hold together."""

    kinds: list[ApplicationKind] | None = strawberry.field(
        default=None, description="What they ask for."
    )
    phases: list[ApplicationPhase] | None = strawberry.field(
        default=None, description="Where they stand."
    )
    tiers: list[str] | None = strawberry.field(
        default=None, description="Keys of the tiers asked for."
    )
    party: strawberry.ID | None = strawberry.field(
        default=None, description="The applying party, for those who may know."
    )
    reviewer: strawberry.ID | None = strawberry.field(
        default=None, description="Who was assigned, for those who may know."
    )
    decided_since: date | None = strawberry.field(
        default=None, description="The first day on which they may have been decided."
    )
    decided_until: date | None = strawberry.field(
        default=None, description="The last day on which they may have been decided."
    )


@strawberry.input(
    name="DirectoryFilter", description="Whom to look for. Leave a field out to look for any."
)
class DirectoryFilterInput:
    """Restrictions that hold together. People are found by their tier alone."""

    counties: list[Fips] | None = strawberry.field(
        default=None, description="Counties of which the listing shows one."
    )
    regions: list[str] | None = strawberry.field(
        default=None, description="Keys of regions of which the listing shows a county."
    )
    tiers: list[str] | None = strawberry.field(default=None, description="Keys of tiers.")
    populations: list[str] | None = strawberry.field(
        default=None, description="Populations of which the listing shows one."
    )
    services: list[str] | None = strawberry.field(
        default=None, description="Services of which the listing shows one."
    )
    text: str | None = strawberry.field(
        default=None, description="Part of an organisation's name or description."
    )


MembershipFilterArgument: TypeAlias = Annotated[
    MembershipFilterInput | None, strawberry.argument(description="Which memberships are wanted.")
]
MembershipOrderArgument: TypeAlias = Annotated[
    MembershipOrderBy | None,
    strawberry.argument(description="In which order: by admission, the earliest first."),
]
ApplicationFilterArgument: TypeAlias = Annotated[
    ApplicationFilterInput | None, strawberry.argument(description="Which applications are wanted.")
]
ApplicationDirectionArgument: TypeAlias = Annotated[
    Direction,
    strawberry.argument(description="Which way to go through them, by time of submission."),
]
DirectoryFilterArgument: TypeAlias = Annotated[
    DirectoryFilterInput | None, strawberry.argument(description="Whom to look for.")
]


def membership_page(
    context: Context,
    as_of: AsOf,
    given: MembershipFilterInput | None,
    order_by: MembershipOrderBy | None,
    arguments: PageArguments,
) -> Connection[Membership]:
    """Return a page of memberships."""
    wanted = _memberships_wanted(context, as_of, given or MembershipFilterInput())
    by = MembershipOrder.SINCE if order_by is None else order_by.field
    descending = order_by is not None and order_by.direction is Direction.DESCENDING
    order = Order[MembershipRow](
        f"memberships/{by}/{'descending' if descending else 'ascending'}",
        tuple[date, str] if by is MembershipOrder.SINCE else tuple[str, str],
        lambda row: memberships.key(row, by),
    )
    connection = context.connection

    def read(window: Window) -> Page[MembershipRow]:
        return memberships.page(connection, as_of, wanted, by, window)

    def nodes(rows: Sequence[MembershipRow]) -> Sequence[Membership]:
        return list(MembershipBatch(context, rows, as_of).objects.values())

    return Connection[Membership](
        paged=Paged(
            context,
            order,
            window_of(context, order, arguments, descending=descending),
            read=read,
            nodes=nodes,
            count=lambda: memberships.total(connection, as_of, wanted),
        )
    )


def _memberships_wanted(
    context: Context, as_of: AsOf, given: MembershipFilterInput
) -> MembershipFilter:
    check_filter(given)
    check_places(context, as_of, tiers=given.tiers, counties=given.counties)
    parties = None
    if given.party is not None:
        party = own_id(NodeKind.PARTY, given.party)
        own = Resource(kind=Kind.MEMBERSHIP, party=None if party is None else PartyId(party))
        require_readable(context, "filter.party", "Membership.party", own)
        parties = [] if party is None else [party]
    return MembershipFilter(
        tiers=given.tiers, statuses=given.standings, counties=given.counties, parties=parties
    )


def application_page(
    context: Context,
    given: ApplicationFilterInput | None,
    direction: Direction,
    arguments: PageArguments,
) -> Connection[Application]:
    """Return a page of the applications that the viewer may know of."""
    wanted = _applications_wanted(context, given or ApplicationFilterInput())
    descending = direction is Direction.DESCENDING
    order = Order[ApplicationRow](
        f"applications/submitted/{'descending' if descending else 'ascending'}",
        tuple[int, str],
        applications.key,
    )
    connection, now = context.connection, context.now

    def nodes(rows: Sequence[ApplicationRow]) -> Sequence[Application]:
        return list(ApplicationBatch(context, rows, now).objects.values())

    return Connection[Application](
        paged=Paged(
            context,
            order,
            window_of(context, order, arguments, descending=descending),
            read=lambda window: applications.page(connection, now, wanted, window),
            nodes=nodes,
            count=lambda: applications.total(connection, now, wanted),
        )
    )


def _applications_wanted(context: Context, given: ApplicationFilterInput) -> ApplicationFilter:
    check_filter(given)
    check_places(context, context.now, tiers=given.tiers)
    principal = context.principal
    parties: list[str] | None = None
    applicant = None
    if given.party is not None:
        party = own_id(NodeKind.PARTY, given.party)
        own = Resource(kind=Kind.APPLICATION, party=None if party is None else PartyId(party))
        require_readable(context, "filter.party", "Application.party", own)
        parties = [] if party is None else [party]
    if given.reviewer is not None:
        require_readable(context, "filter.reviewer", "Application.reviewers")
    if not may(principal, READ, Resource(kind=Kind.APPLICATION)):
        # What is not one's own is absent, from the pages and from the count.
        if principal.role is Role.APPLICANT:
            applicant = principal.id
        elif principal.role is Role.REPRESENTATIVE and principal.party is not None:
            parties = [principal.party]
        else:
            parties = []
    return ApplicationFilter(
        kinds=given.kinds,
        phases=given.phases,
        tiers=given.tiers,
        parties=parties,
        applicant=applicant,
        reviewer=given.reviewer,
        decided_since=given.decided_since,
        decided_until=given.decided_until,
    )


def directory_page(
    context: Context,
    as_of: AsOf,
    given: DirectoryFilterInput | None,
    arguments: PageArguments,
) -> Connection[Listing]:
    """Return a page of the directory."""
    wanted = _directory_wanted(context, as_of, given or DirectoryFilterInput())
    connection = context.connection
    order = Order[DirectoryRow]("directory/name", tuple[str, str], directory.key)

    def nodes(rows: Sequence[DirectoryRow]) -> Sequence[Listing]:
        memberships_by_party = {row.listing.id: row.membership for row in rows}
        listings = [row.listing for row in rows]
        batch = ListingBatch(context, listings, as_of, memberships_by_party)
        return list(batch.objects.values())

    return Connection[Listing](
        paged=Paged(
            context,
            order,
            window_of(context, order, arguments),
            read=lambda window: directory.page(connection, as_of, wanted, window),
            nodes=nodes,
            count=lambda: directory.total(connection, as_of, wanted),
        )
    )


def _directory_wanted(
    context: Context, as_of: AsOf, given: DirectoryFilterInput
) -> DirectoryFilter:
    check_filter(given)
    check_places(context, as_of, tiers=given.tiers, counties=given.counties, regions=given.regions)
    counties: list[str] | None = None if given.counties is None else [*given.counties]
    if given.regions is not None:
        regions = {region.id: region for region in rules_at(context, as_of).policy.regions}
        inside = [fips for key in given.regions for fips in regions[key].counties]
        counties = inside if counties is None else [fips for fips in counties if fips in inside]
    if given.text is not None and not 1 <= len(given.text) <= LONGEST_TEXT:
        message = f"filter.text is 1 to {LONGEST_TEXT} characters."
        raise InvalidArgumentError("filter.text", "text", message)
    return DirectoryFilter(
        tiers=given.tiers,
        counties=counties,
        populations=given.populations,
        services=given.services,
        text=given.text,
    )
