"""The directory: members with a listing, by what they show.

Memberships are as of the position and day asked for, listings are the present ones: the members
of then, shown and found as they consent to be shown now. Whoever is not listed now is left out,
and so is whoever is held, is or was suspended, or has left: their listing is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections import memberships, tables
from projections.as_of import AsOf, holds_now
from projections.holds import is_free
from projections.listings import (
    COUNTY,
    POPULATION,
    SERVICE,
    ListingRow,
    found_by,
    searchable,
)
from projections.membership_folds import MembershipRow
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
    counties: Sequence[str] | None = None
    populations: Sequence[str] | None = None
    services: Sequence[str] | None = None
    text: str | None = None


class DirectoryRow(msgspec.Struct, frozen=True):
    """A member of then, with what it shows now."""

    listing: ListingRow
    membership: MembershipRow


_listing = tables.listings.alias("listing")
_membership = tables.memberships.alias("membership")
PARTY: Final = _listing.c.id
"""The column of `matching` that names the member."""

_LISTING = View(_listing, ListingRow)
_MEMBERSHIP = View(_membership, MembershipRow)


def page(
    connection: Connection, as_of: AsOf, wanted: DirectoryFilter, window: Window
) -> Page[DirectoryRow]:
    """Return one page of the directory, by name; people, whose names are hidden, come first."""
    columns = [*_LISTING.columns, *_MEMBERSHIP.columns]
    order = [_listing.c.sort_name, _listing.c.id]
    found = fetch(connection, matching(columns, as_of, wanted), order, window)
    return Page(tuple(_row(row) for row in found.rows), found.more)


def key(row: DirectoryRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.listing.sort_name, row.listing.id)


def total(connection: Connection, as_of: AsOf, wanted: DirectoryFilter) -> int:
    """Return how many members the directory shows."""
    count: int = connection.execute(matching([sa.func.count()], as_of, wanted)).scalar_one()
    return count


def listings_of(
    connection: Connection, parties: Iterable[str], *, down: bool = False
) -> dict[str, ListingRow]:
    """Return what parties consent to show at present, by party; others are left out.

    Args:
        connection: to the views.
        parties: whose listings are wanted; whether they ever were members makes no difference.
        down: whether listings are wanted too that nobody is shown but staff and the party: those
            under a safety hold, and those of members that are suspended or have left.
    """
    party = _listing.c.id
    select = sa.select(*_LISTING.columns).where(holds_now(_listing), party.in_(list(parties)))
    if not down:
        shown_or_none = sa.or_(memberships.is_shown(party), ~memberships.is_member(party))
        select = select.where(is_free(party), shown_or_none)
    shown = (_LISTING.codec.decode(row) for row in connection.execute(select))
    return {listing.id: listing for listing in shown}


def matching(
    columns: Sequence[sa.ColumnElement[Any]],
    as_of: AsOf,
    wanted: DirectoryFilter = DirectoryFilter(),  # noqa: B008 - it is frozen
) -> sa.Select[Any]:
    """Return what selects columns of what the directory shows, or of what is joined to it."""
    select = (
        sa.select(*columns)
        .select_from(_listing)
        .join(_membership, _membership.c.party == _listing.c.id)
        .where(holds_now(_listing), is_free(_listing.c.id), as_of.rows_of(_membership))
        .where(*among(_membership.c.tier, wanted.tiers))
        .where(_membership.c.status.in_(memberships.SHOWN), _is_up(as_of))
    )
    for facet, terms in (
        (COUNTY, wanted.counties),
        (POPULATION, wanted.populations),
        (SERVICE, wanted.services),
    ):
        if terms is not None:
            select = select.where(found_by(_listing.c.id, facet, terms))
    if wanted.text is None:
        return select
    sought = searchable(wanted.text)
    return select.where(_listing.c.search_text.contains(sought, autoescape=True))


def _is_up(as_of: AsOf) -> sa.ColumnElement[bool]:
    """Return the condition that a listing is not down at present."""
    shown = memberships.is_shown(_listing.c.id)
    # At the head, what has no end is the present standing, which was looked at already.
    return sa.or_(_membership.c.effective_to == tables.FOREVER, shown) if as_of.current else shown


def _row(values: Sequence[Any]) -> DirectoryRow:
    membership = _MEMBERSHIP.codec.decode(values[len(_LISTING.columns) :])
    return DirectoryRow(_LISTING.codec.decode(values), membership)
