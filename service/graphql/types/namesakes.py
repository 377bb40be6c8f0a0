"""Organisations of one name."""

from __future__ import annotations

from typing import Final

from projections import mergers, parties
from projections.party_names import name_key
from service.graphql.context import Context
from service.graphql.types.party import Party, own_resource, parties_of

MOST_NAMESAKES: Final = 25
"""How many organisations of one name are found."""


def parties_named(context: Context, name: str) -> list[Party]:
    """Return the organisations that go or went by a name, of those the viewer may know of.

    One that is part of another leads to that one.
    """
    index = context.ledger.blind(name_key(name))
    named = parties.ids_by_name(context.connection, context.now, index, MOST_NAMESAKES)
    found = mergers.survivors_of(context.connection, context.now, named)
    return list(
        parties_of(context, {party: own_resource(party) for party in found}, context.now).values()
    )
