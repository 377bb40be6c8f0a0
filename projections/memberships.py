"""Memberships: who belongs to which tier, and whether the agreement is signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.policy import Policy
from domain.terms import LIVE, MembershipStatus
from projections import listings
from projections.as_of import AsOf, holds_now, is_latest
from projections.membership_folds import MembershipRow
from projections.paging import Key, Page, Window
from projections.reading import View, among
from projections.tables import memberships


class MembershipOrder(StrEnum):
    """What memberships are ordered by; the id decides among equals."""

    SINCE = "since"
    TIER = "tier"


class MembershipFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which memberships are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        counties: FIPS codes, of which the organisation's listing shows one.
    """

    tiers: Sequence[str] | None = None
    statuses: Sequence[MembershipStatus] | None = None
    parties: Sequence[str] | None = None
    counties: Sequence[str] | None = None


VIEW = View(memberships, MembershipRow)

SHOWN: Final = tuple(status for status in MembershipStatus if status.is_shown)
"""Standings with which a listing is shown."""


def page(
    connection: Connection,
    as_of: AsOf,
    wanted: MembershipFilter,
    order: MembershipOrder,
    window: Window,
) -> Page[MembershipRow]:
    """Return one page of memberships."""
    columns = [memberships.c[order.value], memberships.c.id]
    return VIEW.page(connection, as_of, _conditions(wanted), columns, window)


def key(row: MembershipRow, order: MembershipOrder) -> Key:
    """Return a row's place in an order, for `Window`."""
    return (row.since if order is MembershipOrder.SINCE else row.tier, row.id)


def total(connection: Connection, as_of: AsOf, wanted: MembershipFilter) -> int:
    """Return how many memberships there are."""
    return VIEW.total(connection, as_of, _conditions(wanted))


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, MembershipRow]:
    """Return memberships by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def by_parties(
    connection: Connection, as_of: AsOf, parties: Iterable[str]
) -> dict[str, list[MembershipRow]]:
    """Return the memberships of each party, in the order of admission."""
    found: dict[str, list[MembershipRow]] = {party: [] for party in parties}
    rows = VIEW.rows(connection, as_of, memberships.c.party.in_(list(found)))
    for row in sorted(rows, key=lambda row: row.admitted_position):
        found[row.party].append(row)
    return found


def places(
    connection: Connection, as_of: AsOf, parties: Iterable[str], tiers: Iterable[str]
) -> dict[str, list[tuple[date, date]]]:
    """Return from when to when each party had a live membership in some tiers, in order.

    What was known at the position counts, of whatever day; the last day of each is left out.
    """
    columns = memberships.c
    known = (
        holds_now(memberships)
        if as_of.current
        else sa.and_(columns.from_position <= as_of.position, columns.to_position > as_of.position)
    )
    rows = connection.execute(
        sa.select(columns.party, columns.effective_from, columns.effective_to)
        .where(
            known,
            columns.party.in_(list(parties)),
            columns.tier.in_(list(tiers)),
            columns.status.in_(LIVE),
        )
        .order_by(columns.effective_from)
    )
    found: dict[str, list[tuple[date, date]]] = {}
    for party, since, until in rows:
        spans = found.setdefault(party, [])
        # Rows follow one another without a gap wherever something else about them changed.
        goes_on = bool(spans) and spans[-1][1] == since
        spans.append((spans.pop()[0] if goes_on else since, until))
    return found


def count_by_tier(connection: Connection, as_of: AsOf) -> dict[str, int]:
    """Return how many live memberships each tier has; tiers without any are left out."""
    count = sa.select(memberships.c.tier, sa.func.count()).where(
        as_of.rows_of(memberships), memberships.c.status.in_(LIVE)
    )
    return dict(connection.execute(count.group_by(memberships.c.tier)).all())


def bound_otherwise(policy: Policy, texts: Mapping[str, int]) -> list[sa.ColumnElement[bool]]:
    """Return conditions, of which one holds where a member is not bound by its tier's agreement.

    It signed an earlier text, or another agreement, which the tier asked for by an earlier policy.
    Each is a range of an index.

    Args:
        policy: the policy in force.
        texts: the version of the present text of each agreement; without one nothing is asked.
    """
    columns = memberships.c
    found: list[sa.ColumnElement[bool]] = []
    for agreement in policy.agreements:
        if (version := texts.get(agreement.id)) is None:
            continue
        within = columns.tier.in_(agreement.tiers)
        others = [each for each in sorted(texts) if each != agreement.id]
        found += [
            within & (columns.agreement == agreement.id) & (columns.text_version < version),
            within & columns.agreement.in_(others) & columns.text_version.is_not(None),
        ]
    return found


def is_shown(party: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that what a party consents to show is up, by its present standing."""
    present = memberships.alias()
    return sa.exists().where(
        present.c.party == party,
        is_latest(present),
        present.c.status.in_(SHOWN),
    )


def is_member(party: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a party is, or was, a member."""
    present = memberships.alias()
    return sa.exists().where(present.c.party == party, holds_now(present))


def _conditions(wanted: MembershipFilter) -> list[sa.ColumnElement[bool]]:
    columns = memberships.c
    conditions = [
        *among(columns.tier, wanted.tiers),
        *among(columns.status, wanted.statuses),
        *among(columns.party, wanted.parties),
    ]
    if wanted.counties is not None:
        conditions.append(listings.found_by(columns.party, listings.COUNTY, wanted.counties))
        conditions.append(is_shown(columns.party))
    return conditions
