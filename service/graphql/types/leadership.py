"""Who leads the coalition: terms of office, and names as far as people let them be known."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import strawberry

from domain.policy import ElectorateId
from domain.terms import Office, PartyId
from projections import leadership, memberships
from projections.as_of import AsOf
from projections.leadership import TermRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.rules import rules_at
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.graphql.types.node import Node
from service.graphql.types.party import Party, own_resource, parties_of
from service.security.access import Kind, Resource

_SHOWN: Final = {"data.name": "TermOfOffice.name"}
_RECORDED: Final = {"data.name": "TermOfOffice.recordedName"}


class TermBatch:
    """Terms of office that are siblings in a response; what one needs is read for all."""

    def __init__(self, context: Context, rows: Sequence[TermRow], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def objects(self) -> dict[str, TermOfOffice]:
        """The terms, by id, in the order of the rows."""
        return {
            row.id: TermOfOffice(
                id=global_id(NodeKind.TERM_OF_OFFICE, row.id),
                row=row,
                batch=self,
                resource=_resource(row),
            )
            for row in self.rows
        }

    @functools.cached_property
    def until(self) -> dict[str, date]:
        """The days from which leaders led no more, since their partner was none any more."""
        led = {row.id: row.party for row in self.rows if row.party is not None}
        if not led:
            return {}
        tiers = rules_at(self.context, self.as_of).policy.electorate(ElectorateId.PARTNERS).tiers
        places = memberships.places(self.context.connection, self.as_of, led.values(), tiers)
        until = {
            row.id: next(
                (end for _, end in places.get(led[row.id], ()) if end > row.since), row.since
            )
            for row in self.rows
            if row.id in led
        }
        return {term: day for term, day in until.items() if day <= self.as_of.effective}

    @functools.cached_property
    def shown(self) -> HiddenValues:
        """The names of those whom the public may know by name, which is judged now."""
        ids = [row.id for row in self.rows]
        position = self.context.snapshot.position
        named = leadership.named_now(self.context.connection, position, ids)
        return self._names(_SHOWN, [row for row in self.rows if row.id in named])

    @functools.cached_property
    def recorded(self) -> HiddenValues:
        """The names of all, for those who have to know."""
        return self._names(_RECORDED, self.rows)

    @functools.cached_property
    def parties(self) -> dict[str, Party]:
        """The partners that the viewer may know of, by id."""
        led = {row.party: own_resource(row.party) for row in self.rows if row.party is not None}
        return parties_of(self.context, led, self.as_of)

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries by which the terms began."""
        return entries_at(self.context, [row.position for row in self.rows])

    def _names(self, fields: dict[str, str], rows: Sequence[TermRow]) -> HiddenValues:
        positions = {row.position: _resource(row) for row in rows}
        return HiddenValues(self.context, positions, fields)


@object_type
class TermOfOffice(Node):
    """A time in which somebody leads the coalition, or shares in it."""

    row: strawberry.Private[TermRow]
    batch: strawberry.Private[TermBatch]
    resource: strawberry.Private[Resource]

    @field
    def office(self) -> Office:
        """In what capacity."""
        return self.row.office

    @field
    def since(self) -> date:
        """The day from which the office is held."""
        return self.row.since

    @field
    def until(self) -> date | None:
        """The day from which it is held no more; null while it is held. A leader's ends with the
        partner's place at the latest, and does not begin anew when the partner comes back.
        """
        ends = (self.row.until, self.batch.until.get(self.row.id))
        return min((each for each in ends if each is not None), default=None)

    @field
    def name(self) -> str | None:
        """The person's name, while they let everybody know it and no safety hold lies on their
        partner.
        """
        return self.batch.shown.value(self.row.position, "data.name", str)

    @field
    def recorded_name(self) -> str | None:
        """The person's name, for those who have to know."""
        return self.batch.recorded.value(self.row.position, "data.name", str)

    @field
    def person(self) -> strawberry.ID | None:
        """A reference to the person."""
        return strawberry.ID(self.row.person)

    @field
    def party(self) -> Party | None:
        """The partner that they lead; null for a director."""
        return None if self.row.party is None else self.batch.parties.get(self.row.party)

    @field
    def entry(self) -> Entry | None:
        """The entry by which the term began."""
        return self.batch.entries.objects.get(self.row.position)

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version


def roster(context: Context, as_of: AsOf) -> list[TermOfOffice]:
    """Return every term that has begun."""
    rows = leadership.roster(context.connection, as_of)
    return list(TermBatch(context, rows, as_of).objects.values())


def terms_by_id(context: Context, ids: Iterable[str], as_of: AsOf) -> dict[str, TermOfOffice]:
    """Return terms by id; ids without one are left out."""
    rows = leadership.by_ids(context.connection, as_of, ids)
    return TermBatch(context, list(rows.values()), as_of).objects


def _resource(row: TermRow) -> Resource:
    return Resource(kind=Kind.COALITION, party=None if row.party is None else PartyId(row.party))
