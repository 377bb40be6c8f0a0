"""Memberships by whom they belong to, or by what led to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from projections import memberships
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.types.membership import Membership, MembershipBatch


def memberships_of(context: Context, parties: Iterable[str], as_of: AsOf) -> dict[str, Membership]:
    """Return the membership of each party that has one, by party, in one statement.

    Of several it is the one that is live, or the last one.
    """
    found = memberships.by_parties(context.connection, as_of, parties)
    last = {
        party: max(rows, key=lambda row: (row.status.is_live, row.admitted_position))
        for party, rows in found.items()
        if rows
    }
    objects = MembershipBatch(context, list(last.values()), as_of).objects
    return {party: objects[row.id] for party, row in last.items()}


def memberships_by_application(
    context: Context, parties: Mapping[str, str], as_of: AsOf
) -> dict[str, Membership]:
    """Return the memberships that applications for admission led to, by application.

    Args:
        context: the request.
        parties: whose each application is, by application.
        as_of: what the memberships describe.
    """
    found = memberships.by_parties(context.connection, as_of, parties.values())
    rows = [row for each in found.values() for row in each if row.application in parties]
    objects = MembershipBatch(context, rows, as_of).objects
    return {row.application: objects[row.id] for row in rows if row.application is not None}
