"""Ties between parties: what is part of what, and who is close to whom."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from domain.terms import Affiliation
from projections import affiliations, mergers
from projections.affiliations import AffiliationRow, Tie
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.describing import describe
from service.graphql.hidden import HiddenValues
from service.security.access import Resource
from service.security.principal import Role

if TYPE_CHECKING:
    from service.graphql.types.party import Party


class Declarer(StrEnum):
    """Whose word it is that two parties are tied."""

    PARTY = "party"
    AFFILIATE = "affiliate"
    DIRECTOR = "director"


describe(
    Declarer,
    "Whose word it is that two parties are tied.",
    {
        Declarer.PARTY: "The party's own, in its application or since.",
        Declarer.AFFILIATE: "The other's.",
        Declarer.DIRECTOR: "The director's.",
    },
    name="AffiliationDeclarer",
)

LazyParty: TypeAlias = Annotated["Party", strawberry.lazy("service.graphql.types.party")]


class Ties:
    """The ties of parties that are siblings in a response.

    Args:
        context: the request.
        resources: what each party is to the viewer, by its id.
        as_of: what is described.
    """

    def __init__(self, context: Context, resources: Mapping[str, Resource], as_of: AsOf) -> None:
        self._context = context
        self._resources = resources
        self._ids = list(resources)
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
        return [
            PartyAffiliation(party=party, tie=each, ties=self, resource=resource) for each in ties
        ]

    def declarer(self, party: str, tie: Tie) -> Declarer | None:
        """Return whose word a tie of a party is; ``None`` where nobody can read that any more."""
        actor = self._entries.value(tie.position, "actor", Role)
        if actor is None or actor is Role.DIRECTOR:
            return None if actor is None else Declarer.DIRECTOR
        other = self._seen_from_there.get(tie.affiliate)
        follows = (tie.position + 1, party)
        seen = () if other is None else other.ties
        is_own = any((each.position, each.affiliate) == follows for each in seen)
        return Declarer.PARTY if is_own else Declarer.AFFILIATE

    @functools.cached_property
    def _entries(self) -> HiddenValues:
        positions = {
            tie.position: self._resources[party]
            for party, row in self.rows.items()
            for tie in row.ties
        }
        return HiddenValues(self._context, positions, {"actor": "PartyAffiliation.declaredBy"})

    @functools.cached_property
    def _seen_from_there(self) -> dict[str, AffiliationRow]:
        others = {tie.affiliate for row in self.rows.values() for tie in row.ties}
        return affiliations.by_parties(self._context.connection, self._as_of, sorted(others))

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

    party: strawberry.Private[str]
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
    def declared_by(self) -> Declarer | None:
        """Whose word it is: of the party's own and another's, the other's."""
        return self.ties.declarer(self.party, self.tie)

    @field
    def recuses(self) -> bool:
        """Whether the other one stands aside where the party is judged.

        Not by a word of the party alone: it would choose its judges.
        """
        return not self.tie.own_word
