"""Statistics: how many members there are, as far as numbers tell of nobody."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import date
from typing import Annotated, Final, TypeAlias

import strawberry

from domain.policy import PartyType
from projections import counting
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.filters import check_terms
from service.graphql.rules import rules_at
from service.graphql.scalars import Fips
from service.graphql.statistics import Told, told
from service.graphql.types.policy import County, Region, Tier, county_of, region_of

MOST_ASSETS: Final = 1_000

ServicesArgument: TypeAlias = Annotated[
    list[str] | None, strawberry.argument(description="Of which services; any if left out.")
]
CountiesArgument: TypeAlias = Annotated[
    list[Fips] | None, strawberry.argument(description="Of which counties; any if left out.")
]


@object_type
class TierCount:
    """How many members a tier has."""

    tier: Tier = strawberry.field(description="The tier.")
    members: int = strawberry.field(description="Its live memberships.")


@object_type
class CountyCount:
    """How many organisations in the directory work in a county."""

    county: County = strawberry.field(description="The county.")
    organisations: int = strawberry.field(description="Those that show it.")


@object_type
class RegionCount:
    """How many organisations in the directory work in a region."""

    region: Region = strawberry.field(description="The region.")
    organisations: int = strawberry.field(description="Those that show one of its counties.")


@object_type
class PartyTypeCount:
    """How many members are of a type, where that may be told."""

    party_type: PartyType = strawberry.field(description="The type.")
    members: int | None = strawberry.field(
        description="The members of the type; null where the number is small, or others would be."
    )
    counted_on: date | None = strawberry.field(
        description="The last day of the quarter in which they were counted."
    )


@object_type
class Statistics:
    """How many members there are.

    What the log or the directory tell is counted as it is. The types of members are not public:
    their numbers are told for ends of quarters only, and so that no small one follows from them,
    nor from the difference of two.
    """

    context: strawberry.Private[Context]
    as_of: strawberry.Private[AsOf]

    @field
    def members(self) -> int:
        """The live memberships."""
        return sum(self._by_tier.values())

    @field
    def by_tier(self) -> list[TierCount]:
        """Live memberships by tier, of every tier of the policy."""
        policy = rules_at(self.context, self.as_of).policy
        return [
            TierCount(tier=Tier(policy=policy, tier=tier), members=self._by_tier.get(tier.id, 0))
            for tier in policy.tiers
        ]

    @field
    def by_county(self) -> list[CountyCount]:
        """Organisations that show a county in the directory now, by county; none where there is
        none. People are not counted by place.
        """
        policy = rules_at(self.context, self.as_of).policy
        counts = Counter(fips for _, fips in self._counties)
        return [
            CountyCount(county=county_of(policy, fips), organisations=number)
            for fips, number in sorted(counts.items())
        ]

    @field
    def by_region(self) -> list[RegionCount]:
        """Organisations that show a county of a region in the directory now."""
        policy = rules_at(self.context, self.as_of).policy
        return [
            RegionCount(
                region=region_of(policy, region),
                organisations=len({p for p, fips in self._counties if fips in region.counties}),
            )
            for region in policy.regions
        ]

    @field
    def by_party_type(self) -> list[PartyTypeCount]:
        """Members by type of party, at the end of the last quarter at most."""
        found = self._told
        return [
            PartyTypeCount(
                party_type=kind,
                members=found.table[kind].count if kind in found.table else None,
                counted_on=found.ends[found.table[kind].quarter] if kind in found.table else None,
            )
            for kind in PartyType
        ]

    @functools.cached_property
    def _by_tier(self) -> dict[str, int]:
        return counting.by_tier(self.context.connection, self.as_of)

    @functools.cached_property
    def _counties(self) -> list[tuple[str, str]]:
        return counting.counties(self.context.connection, self.as_of)

    @functools.cached_property
    def _told(self) -> Told:
        return told(self.context, self.as_of)


@object_type
class Asset:
    """How many organisations offer a service in a county."""

    service: str = strawberry.field(description="The service, as organisations call it.")
    county: County = strawberry.field(description="The county.")
    organisations: int = strawberry.field(description="Those that show both in the directory now.")


def asset_map(
    context: Context, as_of: AsOf, services: list[str] | None, counties: list[Fips] | None
) -> list[Asset]:
    """Return the services and counties that organisations show, the commonest first."""
    check_terms("services", services or ())
    check_terms("counties", counties or ())
    policy = rules_at(context, as_of).policy
    wanted = (services, None if counties is None else [str(fips) for fips in counties])
    return [
        Asset(service=service, county=county_of(policy, fips), organisations=number)
        for service, fips, number in counting.assets(context.connection, as_of, wanted, MOST_ASSETS)
    ]
