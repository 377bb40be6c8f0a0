"""The directory: members with a listing, by what they show.

Content and membership are as of the position and day asked for; whether anything of a listing
may be seen is judged now. A listing withdrawn since is left out of answers about the past, and
so is a field that the party no longer shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import ListedField, MembershipStatus
from projections import tables
from projections.as_of import AsOf, holds_now
from projections.listings import (
    COUNTY,
    POPULATION,
    SERVICE,
    ListingRow,
    found_by,
    masked,
    searchable,
    shows,
)
from projections.memberships import MembershipRow
from projections.paging import Key, Page, Window, fetch
from projections.reading import View, among


class DirectoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to look for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        counties: FIPS codes; the caller resolves regions to counties.
        text: part of an organisation's name or description, without regard to case. People
            are never found by text, counties, populations or services.
    """

    tiers: Sequence[str] | None = None
    statuses: Sequence[MembershipStatus] | None = None
    counties: Sequence[str] | None = None
    populations: Sequence[str] | None = None
    services: Sequence[str] | None = None
    text: str | None = None


class DirectoryRow(msgspec.Struct, frozen=True):
    """A member with what it shows."""

    listing: ListingRow
    membership: MembershipRow


_listing = tables.listings.alias("listing")
_membership = tables.memberships.alias("membership")
_listing_now = tables.listings.alias("listing_now")
_LISTING = View(_listing, ListingRow)
_MEMBERSHIP = View(_membership, MembershipRow)
_FIELDS = msgspec.json.Decoder(tuple[ListedField, ...])


def page(
    connection: Connection, as_of: AsOf, wanted: DirectoryFilter, window: Window
) -> Page[DirectoryRow]:
    """Return one page of the directory, by name; people, whose names are hidden, come first."""
    columns = [*_LISTING.columns, *_MEMBERSHIP.columns, _now(as_of).c.fields]
    order = [_listing.c.sort_name, _listing.c.id]
    found = fetch(connection, _matching(columns, as_of, wanted), order, window)
    return Page(tuple(_row(row) for row in found.rows), found.more)


def key(row: DirectoryRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.listing.sort_name, row.listing.id)


def total(connection: Connection, as_of: AsOf, wanted: DirectoryFilter) -> int:
    """Return how many members the directory shows."""
    count: int = connection.execute(_matching([sa.func.count()], as_of, wanted)).scalar_one()
    return count


def listings_of(
    connection: Connection, as_of: AsOf, parties: Iterable[str]
) -> dict[str, ListingRow]:
    """Return what parties show, by party, members or not; others are left out."""
    select = _listed(sa.select(*_LISTING.columns, _now(as_of).c.fields), as_of).where(
        _listing.c.id.in_(list(parties))
    )
    shown = (_shown(row) for row in connection.execute(select))
    return {listing.id: listing for listing in shown}


def _now(as_of: AsOf) -> sa.FromClause:
    """Return where listings are as they are at present."""
    return _listing if as_of.current else _listing_now


def _listed(select: sa.Select[Any], as_of: AsOf) -> sa.Select[Any]:
    """Read listings as of then, and of those only which are there now."""
    select = select.select_from(_listing).where(as_of.rows_of(_listing))
    if as_of.current:
        return select
    return select.join(_listing_now, _listing_now.c.id == _listing.c.id).where(
        holds_now(_listing_now)
    )


def _matching(
    columns: Sequence[sa.ColumnElement[Any]], as_of: AsOf, wanted: DirectoryFilter
) -> sa.Select[Any]:
    select = (
        _listed(sa.select(*columns), as_of)
        .join(_membership, _membership.c.party == _listing.c.id)
        .where(as_of.rows_of(_membership))
        .where(*among(_membership.c.tier, wanted.tiers))
        .where(*among(_membership.c.status, wanted.statuses))
    )
    for facet, terms in (
        (COUNTY, wanted.counties),
        (POPULATION, wanted.populations),
        (SERVICE, wanted.services),
    ):
        if terms is not None:
            select = select.where(found_by(_listing.c.id, facet, terms, as_of))
    return select if wanted.text is None else select.where(_mentions(wanted.text, _now(as_of)))


def _mentions(text: str, now: sa.FromClause) -> sa.ColumnElement[bool]:
    sought = searchable(text)
    by_name = _listing.c.sort_name.contains(sought, autoescape=True)
    by_either = _listing.c.search_text.contains(sought, autoescape=True)
    # What the party no longer shows must not be found out by searching for it.
    return sa.or_(by_name, sa.and_(by_either, shows(now, ListedField.DESCRIPTION)))


def _row(values: Sequence[Any]) -> DirectoryRow:
    membership = _MEMBERSHIP.codec.decode(values[len(_LISTING.columns) :])
    return DirectoryRow(_shown(values), membership)


def _shown(values: Sequence[Any]) -> ListingRow:
    """Return the listing of values that end in the fields shown at present."""
    listing = _LISTING.codec.decode(values)
    shown = frozenset(_FIELDS.decode(values[-1]))
    return listing if shown.issuperset(listing.fields) else masked(listing, shown)
