"""Credentials of memberships, for members to hold."""

from __future__ import annotations

from domain.terms import MembershipStatus
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.entries import by_positions
from service.graphql.errors import InvalidArgumentError
from service.graphql.ids import NodeKind, global_id


def key_of_holder(given: object) -> dict[str, str]:
    """Return the public key that a credential is to be bound to.

    Raises:
        InvalidArgumentError: it is no such key.
    """
    # What few ask for is in nobody's memory before.
    from service.key_binding import HolderKeyError, holder_key  # noqa: PLC0415

    try:
        return holder_key(given)
    except HolderKeyError as error:
        place = f"holderKey.{error.member}".rstrip(".")
        raise InvalidArgumentError(place, error.rule, f"{place} {error.message}.") from None


def credential_of(
    context: Context, row: MembershipRow, holder: dict[str, str] | None
) -> str | None:
    """Return a credential of a membership, bound to a key; ``None`` of one that is not active."""
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
        holder,
    )
