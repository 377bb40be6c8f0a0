"""Memberships: who belongs to which tier, under which agreement, and how it came about."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import strawberry
from msgspec.structs import replace

from domain.policy import Agreement as TierAgreement
from domain.policy import MembershipClassId
from domain.terms import Assessment, Basis, MembershipStatus, PartyId
from projections import memberships, mergers
from projections.as_of import AsOf
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.history import Histories
from service.graphql.ids import NodeKind, global_id
from service.graphql.paging import After, Before, Connection, First, Last, PageArguments
from service.graphql.rules import rules_at
from service.graphql.types import term
from service.graphql.types.credential import HolderKey, credential_of
from service.graphql.types.entry import Entry
from service.graphql.types.improvement import MemberPlan, PlanBatch
from service.graphql.types.listing import Listing, listings_of
from service.graphql.types.member_standard import MemberStandard
from service.graphql.types.node import Node
from service.graphql.types.party import (
    Organisation,
    Party,
    own_resource,
    parties_of,
    representatives_of,
)
from service.graphql.types.policy import Agreement, Standard, Tier, agreement_of
from service.graphql.types.representative import Representative
from service.graphql.types.signature import SignatureBatch, SignedAgreement
from service.graphql.types.standing import StandingChange, StandingChangeBatch
from service.graphql.types.standing_evidence import StandingBatch, StandingEvidence
from service.graphql.voters import voted_on
from service.security.access import Kind, Resource

if TYPE_CHECKING:
    from service.graphql.types.appeal import Appeal
    from service.graphql.types.application import Application

LazyAppeal: TypeAlias = Annotated["Appeal", strawberry.lazy("service.graphql.types.appeal")]
LazyApplication: TypeAlias = Annotated[
    "Application", strawberry.lazy("service.graphql.types.application")
]

_STANDARDS: Final = {"data.standards": "Membership.standards"}
_AFTER_ALL: Final = date(9999, 12, 30)
"""A day by which every decision has taken effect; the last day of all is no day's successor."""


class MembershipBatch:
    """Memberships that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the memberships' rows.
        as_of: what the rows describe.
    """

    def __init__(self, context: Context, rows: Sequence[MembershipRow], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def objects(self) -> dict[str, Membership]:
        """The memberships, by id."""
        return {row.id: self._object(row) for row in self.rows}

    @functools.cached_property
    def parties(self) -> dict[str, Party]:
        """The members that the viewer may know of, by party."""
        resources = {row.party: own_resource(row.party) for row in self.rows}
        for row in self.rows:
            if voters := self.resource(row).voters:
                resources[row.party] = replace(resources[row.party], voters=voters)
        return parties_of(self.context, resources, self.as_of)

    @functools.cached_property
    def listings(self) -> dict[str, Listing]:
        """What the members show, by party."""
        return listings_of(self.context, [row.party for row in self.rows], self.as_of)

    @functools.cached_property
    def applications(self) -> dict[str, Application]:
        """The applications that led here and that the viewer may know of, by id."""
        from service.graphql.types.application import (  # noqa: PLC0415 - a cycle of types
            applications_by_id,
        )

        ids = [row.application for row in self.rows if row.application is not None]
        return applications_by_id(self.context, ids, self.as_of)

    @functools.cached_property
    def standards(self) -> HiddenValues:
        """How the minimum standards were found to be met."""
        positions = {row.standards_position: self.resource(row) for row in self.rows}
        return HiddenValues(self.context, positions, _STANDARDS)

    @functools.cached_property
    def signatures(self) -> SignatureBatch:
        """Under what the members signed."""
        return SignatureBatch(self.context, self._resources, self.rows)

    @functools.cached_property
    def standings(self) -> StandingChangeBatch:
        """How each membership came to its standings."""
        return StandingChangeBatch(self.context, self._resources, self.rows, self.as_of)

    @functools.cached_property
    def plans(self) -> PlanBatch:
        """The memberships' improvement plans."""
        return PlanBatch(self.context, self._resources, self.rows, self.as_of)

    @functools.cached_property
    def appeals(self) -> dict[str, Appeal]:
        """The last appeal of each membership that had one, by membership."""
        from service.graphql.types.appeal import (  # noqa: PLC0415 - a cycle of types
            AppealBatch,
        )

        return AppealBatch(self.context, self._resources, self.as_of).objects

    @functools.cached_property
    def _resources(self) -> dict[str, Resource]:
        return {row.id: self.resource(row) for row in self.rows}

    @functools.cached_property
    def decided(self) -> dict[str, MembershipRow]:
        """The memberships by their last entry, whenever it takes effect."""
        last = AsOf(self.as_of.position, _AFTER_ALL, self.as_of.current)
        return memberships.by_ids(self.context.connection, last, [row.id for row in self.rows])

    @functools.cached_property
    def histories(self) -> Histories:
        """The entries about each membership."""
        return Histories(self.context, [row.id for row in self.rows], self.as_of)

    @functools.cached_property
    def evidence(self) -> StandingBatch:
        """What their standing rests on."""
        return StandingBatch(self.context, self.rows, self.as_of)

    @functools.cached_property
    def heirs(self) -> dict[str, Membership]:
        """The memberships that go on in their place, by membership."""
        ended = [row.id for row in self.rows if row.status is MembershipStatus.MERGED]
        if not ended:
            return {}
        found = mergers.of_memberships(self.context.connection, self.as_of, ended)
        heirs = memberships_by_id(self.context, found.values(), self.as_of)
        return {each: heirs[heir] for each, heir in found.items() if heir in heirs}

    def resource(self, row: MembershipRow) -> Resource:
        """Return what a membership is to the viewer."""
        resource = Resource(kind=Kind.MEMBERSHIP, party=PartyId(row.party))
        return voted_on(self.context, row.id, resource)

    def _object(self, row: MembershipRow) -> Membership:
        named = global_id(NodeKind.MEMBERSHIP, row.id)
        return Membership(id=named, row=row, batch=self, resource=self.resource(row))


@object_type
class Membership(Node):
    """A party's place in the coalition."""

    row: strawberry.Private[MembershipRow]
    batch: strawberry.Private[MembershipBatch]
    resource: strawberry.Private[Resource]

    @field
    def party(self) -> Party | None:
        """The member; seen by staff, itself, and who votes on it. See also `listing`."""
        return self.batch.parties.get(self.row.party)

    @field
    def listing(self) -> Listing | None:
        """What the member consents to show, if it is listed."""
        return self.batch.listings.get(self.row.party)

    @field
    def tier(self) -> Tier:
        """The tier."""
        policy, tier = rules_at(self.batch.context, self.batch.as_of).tier(self.row.tier)
        return Tier(policy=policy, tier=tier)

    @field
    def membership_class(self) -> MembershipClassId:
        """The class of membership that the tier belongs to."""
        return MembershipClassId(self.row.membership_class)

    @field
    def status(self) -> MembershipStatus:
        """Whether it may act by the last decision, in effect or not yet."""
        return self.batch.decided[self.row.id].status

    @field
    def standing(self) -> MembershipStatus:
        """Whether it may act on the effective date."""
        return self.row.status

    @field
    def standing_since(self) -> date:
        """The day from which the standing holds."""
        return self.row.standings[-1].since

    @field
    def standings(self) -> list[StandingChange]:
        """Every standing that it had, in order; the last one is the present one."""
        return self.batch.standings.of(self.row)

    @field
    def appeal(self) -> LazyAppeal | None:
        """The last appeal against a suspension or termination; null without one."""
        return self.batch.appeals.get(self.row.id)

    @field
    def merged_into(self) -> Membership | None:
        """The membership that goes on in its place, where it was merged."""
        return self.batch.heirs.get(self.row.id)

    @field
    def since(self) -> date:
        """The day of admission."""
        return self.row.since

    @field
    def basis(self) -> Basis:
        """On what authority the party was admitted."""
        return self.row.basis

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version

    @field
    def agreement(self) -> Agreement:
        """The agreement that the tier asks for."""
        return agreement_of(self._agreement())

    def _agreement(self) -> TierAgreement:
        policy, tier = rules_at(self.batch.context, self.batch.as_of).tier(self.row.tier)
        return policy.agreement_for(tier.id)

    @field
    def resigning(self) -> term.Resigning | None:
        """The text that is to be signed by a day in the place of the one signed; null without."""
        return term.resigning_of(self.row)

    @field
    def renewal(self) -> term.Renewal | None:
        """When it is to be renewed; null once it has ended."""
        rules = rules_at(self.batch.context, self.batch.as_of)
        begun = rules.file(rules.adopted_by(self.row.renewal_day))
        return term.renewal_of(self.row, begun.deadlines)

    @field
    def participation(self) -> term.Participation | None:
        """In what the member took part in the term of the day, and what it owes."""
        as_of = self.batch.as_of
        rules = rules_at(self.batch.context, as_of)
        return term.participation_of(self.row.term, as_of.effective, rules, self.resource)

    @field
    def improvement_plans(self) -> list[MemberPlan] | None:
        """The last plan for each standard that it was to work towards, in order."""
        return self.batch.plans.of(self.row)

    @field
    def is_improving(self) -> bool | None:
        """Whether an improvement plan is open, in time or not."""
        return self.batch.plans.is_improving(self.row)

    @field
    def sent_version(self) -> int | None:
        """The version of it that was sent last; null before the first."""
        return self.row.sent.get(self._agreement().id)

    @field
    def agreements(self) -> list[SignedAgreement]:
        """What was signed, in order."""
        return self.batch.signatures.of(self.row)

    @field
    def standards(self) -> list[MemberStandard] | None:
        """How it stands to the minimum standards: as assessed, or by its plan."""
        found = self._assessments()
        if found is None:
            return None
        if Assessment.WORKS_TOWARDS in found.values():
            found |= self.batch.plans.ended(self.row, lambda: self.batch.evidence.asked)
        policy, _ = rules_at(self.batch.context, self.batch.as_of).tier(self.row.tier)
        names = {one.id: one.name for each in policy.classes for one in each.standards}
        return [
            MemberStandard(
                resource=self.resource,
                standard=Standard(key=key, name=names.get(key, key)),
                assessment=assessment,
            )
            for key, assessment in sorted(found.items())
        ]

    def _assessments(self) -> dict[str, Assessment] | None:
        """Return what was found of each standard; ``None`` for whoever may not know it."""
        return self.batch.standards.value(
            self.row.standards_position, "data.standards", dict[str, Assessment]
        )

    @field
    def representatives(self) -> list[Representative] | None:
        """The people who speak for the member; none for a person."""
        party = self.batch.parties.get(self.row.party)
        if party is None:
            return None
        return representatives_of(party) if isinstance(party, Organisation) else []

    @field
    def credential(self, holder_key: HolderKey = None) -> str | None:
        """A credential of it for the member to hold (SD-JWT VC): every claim is disclosable, and it
        names the entry that it is as of. Null of what is not active, or of the past.
        """
        is_now = self.batch.as_of.current
        return credential_of(self.batch.context, self.row, holder_key) if is_now else None

    @field
    def evidence(self) -> StandingEvidence:
        """Why it has its tier, as far as you may know."""
        agreement = self._agreement().id
        signed = [each for each in self.agreements() if each.signed.agreement == agreement]
        return StandingEvidence(
            row=self.row,
            batch=self.batch.evidence,
            resource=self.resource,
            assessments=lambda: self._assessments() or {},
            signed=signed[-1] if signed else None,
        )

    @field
    def application(self) -> LazyApplication | None:
        """The application that led here; null for a founding partner."""
        application = self.row.application
        return None if application is None else self.batch.applications.get(application)

    @field
    def history(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Entry]:
        """The entries about it, in order."""
        arguments = PageArguments(first, after, last, before)
        return self.batch.histories.connection(self.row.id, arguments)


def memberships_by_id(context: Context, ids: Iterable[str], as_of: AsOf) -> dict[str, Membership]:
    """Return memberships by id, in one statement."""
    rows = memberships.by_ids(context.connection, as_of, ids)
    return MembershipBatch(context, list(rows.values()), as_of).objects
