"""Counts of members: by tier, which the log tells, and by what organisations show of themselves.

People are in none of the latter: of their listings the views know no content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import LIVE, Particular
from projections import directory, parties, party_rows, tables
from projections.as_of import AsOf, holds_now
from projections.listings import COUNTY, SERVICE
from projections.reading import among

_TOGETHER: Final = 500

_membership = tables.memberships


def members(connection: Connection, as_of: AsOf) -> list[tuple[str, str]]:
    """Return tier and party of each live membership."""
    found = sa.select(_membership.c.tier, _membership.c.party).where(
        as_of.rows_of(_membership), _membership.c.status.in_(LIVE)
    )
    return [(tier, party) for tier, party in connection.execute(found)]


def by_tier(connection: Connection, as_of: AsOf) -> dict[str, int]:
    """Return how many live memberships each tier has."""
    found = (
        sa.select(_membership.c.tier, sa.func.count().label("number"))
        .where(as_of.rows_of(_membership), _membership.c.status.in_(LIVE))
        .group_by(_membership.c.tier)
    )
    return {row.tier: row.number for row in connection.execute(found)}


def counties(connection: Connection, as_of: AsOf) -> list[tuple[str, str]]:
    """Return party and county of whatever organisations in the directory show."""
    county = tables.listing_terms.alias()
    shown = directory.matching([county.c.party, county.c.term], as_of)
    found = shown.join(county, county.c.party == directory.PARTY).where(
        county.c.facet == COUNTY, holds_now(county)
    )
    return [(party, fips) for party, fips in connection.execute(found)]


def assets(
    connection: Connection,
    as_of: AsOf,
    wanted: tuple[Sequence[str] | None, Sequence[str] | None],
    most: int,
) -> list[tuple[str, str, int]]:
    """Return service, county and how many organisations in the directory show both.

    Args:
        connection: to the views.
        as_of: whose members are counted.
        wanted: services and counties; ``None`` is all.
        most: how many to return at most, the largest numbers first.
    """
    county, service = tables.listing_terms.alias(), tables.listing_terms.alias()
    services, fips = wanted
    number = sa.func.count()
    found = (
        directory.matching([service.c.term, county.c.term, number], as_of)
        .join(county, county.c.party == directory.PARTY)
        .join(service, service.c.party == directory.PARTY)
        .where(county.c.facet == COUNTY, holds_now(county))
        .where(service.c.facet == SERVICE, holds_now(service))
        .where(*among(service.c.term, services), *among(county.c.term, fips))
        .group_by(service.c.term, county.c.term)
        .order_by(number.desc(), service.c.term, county.c.term)
        .limit(most)
    )
    return [(term, at, count) for term, at, count in connection.execute(found)]


def typed(connection: Connection, as_of: AsOf, ids: Sequence[str]) -> dict[str, int]:
    """Return the entries that say of what type parties are, by party."""
    positions: dict[str, int] = {}
    for start in range(0, len(ids), _TOGETHER):
        rows = parties.by_ids(connection, as_of, ids[start : start + _TOGETHER])
        positions |= {
            party: party_rows.position_of(row, Particular.PARTY_TYPE, as_of.effective)
            for party, row in rows.items()
        }
    return positions
