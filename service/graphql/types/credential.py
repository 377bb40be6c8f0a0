"""Credentials of memberships, for members to hold."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.terms import MembershipStatus
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.entries import by_positions
from service.graphql.errors import InvalidArgumentError
from service.graphql.ids import NodeKind, global_id
from service.graphql.scalars import Jwk

HolderKey: TypeAlias = Annotated[
    Jwk | None,
    strawberry.argument(
        description=(
            "The public key of whoever is to hold it: EC on P-256, or OKP on Ed25519. "
            "They can then show, by a signature, that it is theirs (cnf, RFC 7800)."
        )
    ),
]


def credential_of(context: Context, row: MembershipRow, holder_key: HolderKey) -> str | None:
    """Return a credential of a membership; ``None`` of one that is not active.

    Raises:
        InvalidArgumentError: it cannot be bound to that key.
    """
    holder = None if holder_key is None else _public_key(holder_key)
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


def _public_key(given: Jwk) -> dict[str, str]:
    # What few ask for is in nobody's memory before.
    from service.key_binding import HolderKeyError, holder_key  # noqa: PLC0415

    try:
        return holder_key(given)
    except HolderKeyError as error:
        place = f"holderKey.{error.member}".rstrip(".")
        raise InvalidArgumentError(place, error.rule, f"{place} {error.message}.") from None
