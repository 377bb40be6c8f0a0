"""How the coalition is led, and what it keeps of itself, as of a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import strawberry

from domain.policy import ElectorateId
from domain.terms import Office, PublicationKind
from projections import governance, memberships
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.rules import rules_at
from service.graphql.types.coalition import Coalition
from service.graphql.types.leadership import TermOfOffice, roster
from service.graphql.types.membership import Membership, MembershipBatch
from service.graphql.types.record import (
    Funding,
    HistoricalClaim,
    Publication,
    Record,
    Workgroup,
    claims_of,
    fundings_of,
    publications_of,
    workgroups_of,
)

RecordT = TypeVar("RecordT", bound=Record)


@object_type
class Governance:
    """How the coalition is led, and what it keeps of itself: what the ledger said at a point held
    on a day. The day may lie before the founding, since history does.
    """

    context: strawberry.Private[Context]
    as_of: strawberry.Private[AsOf]

    @field
    def director(self) -> TermOfOffice | None:
        """Who directs the coalition; null while nobody does."""
        held = (each for each in self._in_office() if each.row.office is Office.DIRECTOR)
        return next(held, None)

    @field
    def leaders(self) -> list[TermOfOffice]:
        """Who leads: the director, and the leaders of partners, as far as recorded."""
        return self._in_office()

    @field
    def roster(self) -> list[TermOfOffice]:
        """Every term of office so far, also those that ended."""
        return roster(self.context, self.as_of)

    @field
    def partners(self) -> list[Membership]:
        """The live memberships of partners, who share the lead as equals."""
        rules = rules_at(self.context, self.as_of)
        if not rules.coalition.policies:
            # Between the founding and the first policy, which are neighbours in the log.
            return []
        tiers = rules.policy.electorate(ElectorateId.PARTNERS).tiers
        table = memberships.VIEW.table
        rows = memberships.VIEW.rows(
            self.context.connection,
            self.as_of,
            table.c.tier.in_(tiers),
            table.c.status.in_(memberships.SHOWN),
        )
        rows.sort(key=lambda row: (row.since, row.id))
        return list(MembershipBatch(self.context, rows, self.as_of).objects.values())

    @field
    def workgroups(self) -> list[Workgroup]:
        """The workgroups, the earliest first; also those that ended."""
        rows = governance.all_workgroups(self.context.connection, self.as_of)
        return _standing(workgroups_of(self.context, rows, self.as_of))

    @field
    def standards(self) -> list[Publication]:
        """The standards of care, the earliest first."""
        return [each for each in self.library() if each.row.kind is PublicationKind.STANDARDS]

    @field
    def library(self) -> list[Publication]:
        """Everything in the library, the earliest first."""
        rows = governance.library(self.context.connection, self.as_of)
        return _standing(publications_of(self.context, rows, self.as_of))

    @field
    def funding(self) -> list[Funding]:
        """The funding, the earliest first; also what ended."""
        rows = governance.all_funding(self.context.connection, self.as_of)
        return _standing(fundings_of(self.context, rows, self.as_of))

    @field
    def history(self) -> list[HistoricalClaim]:
        """What sources say of the coalition's past, in the order of events."""
        rows = governance.all_claims(self.context.connection, self.as_of)
        return _standing(claims_of(self.context, rows, self.as_of))

    @field
    def coalition(self) -> Coalition | None:
        """The coalition then: its policy, seats, home and fiscal sponsor; null for days before the
        founding.
        """
        rules = rules_at(self.context, self.as_of)
        is_founded = self.as_of.effective >= rules.coalition.founded_on
        if not is_founded or not rules.coalition.policies:
            return None
        return Coalition.of(self.context, rules)

    def _in_office(self) -> list[TermOfOffice]:
        return [each for each in roster(self.context, self.as_of) if each.until() is None]


def _standing(records: Mapping[str, RecordT]) -> list[RecordT]:
    """Return those that were not withdrawn by the day, in their order."""
    return [each for each in records.values() if each.stands()]
