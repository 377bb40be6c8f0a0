"""Ties between parties: what is part of what, and who is close to whom."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from domain.terms import Affiliation
from projections import affiliations, mergers
from projections.affiliations import AffiliationRow, Tie
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.security.access import Resource

if TYPE_CHECKING:
    from service.graphql.types.party import Party

LazyParty: TypeAlias = Annotated["Party", strawberry.lazy("service.graphql.types.party")]


class Ties:
    """The ties of parties that are siblings in a response.

    Args:
        context: the request.
        ids: the parties.
        as_of: what is described.
    """

    def __init__(self, context: Context, ids: Sequence[str], as_of: AsOf) -> None:
        self._context = context
        self._ids = ids
        self._as_of = as_of

    @functools.cached_property
    def survivors(self) -> dict[str, Party]:
        """What the parties are part of, by party."""
        found = mergers.by_parties(self._context.connection, self._as_of, self._ids)
        parties = self._parties(row.survivor for row in found.values())
        return {
            each: parties[row.survivor] for each, row in found.items() if row.survivor in parties
        }

    @functools.cached_property
    def parts(self) -> dict[str, list[Party]]:
        """What is part of the parties, by party."""
        found = mergers.into(self._context.connection, self._as_of, self._ids)
        parties = self._parties(row.id for rows in found.values() for row in rows)
        return {
            party: [parties[row.id] for row in rows if row.id in parties]
            for party, rows in found.items()
        }

    @functools.cached_property
    def rows(self) -> dict[str, AffiliationRow]:
        """How the parties are tied to others, by party."""
        return affiliations.by_parties(self._context.connection, self._as_of, self._ids)

    @functools.cached_property
    def affiliates(self) -> dict[str, Party]:
        """The parties that they are tied to, by id."""
        return self._parties(tie.affiliate for row in self.rows.values() for tie in row.ties)

    def affiliations(self, party: str, resource: Resource) -> list[PartyAffiliation]:
        """Return how a party is tied to others."""
        row = self.rows.get(party)
        ties = () if row is None else row.ties
        return [PartyAffiliation(tie=each, ties=self, resource=resource) for each in ties]

    def is_sponsored(self, party: str) -> bool:
        """Whether a party is sponsored by another one."""
        row = self.rows.get(party)
        return row is not None and bool(row.sponsors)

    def _parties(self, ids: Iterable[str]) -> dict[str, Party]:
        from service.graphql.types.party import (  # noqa: PLC0415 - a cycle of types
            own_resource,
            parties_of,
        )

        named = {each: own_resource(each) for each in ids}
        return parties_of(self._context, named, self._as_of)


@object_type
class PartyAffiliation:
    """A tie between two parties, for which neither judges the other; seen from one of them."""

    tie: strawberry.Private[Tie]
    ties: strawberry.Private[Ties]
    resource: strawberry.Private[Resource]

    @field
    def affiliation(self) -> Affiliation:
        """What the party is to the other."""
        return self.tie.affiliation

    @field
    def affiliate(self) -> LazyParty | None:
        """The other party."""
        return self.ties.affiliates.get(self.tie.affiliate)

    @field
    def since(self) -> date:
        """The day from which they are tied so."""
        return self.tie.since

    @field
    def is_own_word(self) -> bool:
        """Whether nobody but the party says so: the other one judges it all the same."""
        return self.tie.own_word
