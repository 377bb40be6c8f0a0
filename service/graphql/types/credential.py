"""Credentials of memberships, for members to hold."""

from __future__ import annotations

from domain.terms import MembershipStatus
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.entries import by_positions
from service.graphql.ids import NodeKind, global_id


def credential_of(context: Context, row: MembershipRow) -> str | None:
    """Return a credential of a membership; ``None`` of one that is not active."""
    if row.status is not MembershipStatus.ACTIVE:
        return None
    found = by_positions(context.connection, [row.updated_position])
    return context.ledger.issuer.membership(
        {
            "membership": global_id(NodeKind.MEMBERSHIP, row.id),
            "tier": row.tier,
            "standing": row.status.value,
            "since": row.since.isoformat(),
        },
        {
            "origin": context.ledger.origin,
            "position": row.updated_position,
            "leafHash": found[0].leaf_hash.hex(),
        },
        context.ledger.clock(),
    )
