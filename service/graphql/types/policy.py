"""The policy: tiers, requirements, standards, agreements, and the service area."""

from __future__ import annotations

from datetime import date

import strawberry

from domain import policy as rules
from domain.policy import MembershipClassId, PartyType, RequirementKind, TierNumber
from domain.terms import Basis
from projections.coalition import Adopted
from service.faults import CorruptLedgerError
from service.graphql.context import Info
from service.graphql.declare import field, object_type
from service.graphql.ids import NodeKind, global_id
from service.graphql.rules import documents
from service.graphql.scalars import Fips, Sha256
from service.graphql.types.node import Node


@object_type
class ShareRule:
    """The least share of a population among all whom a member serves."""

    minimum_percent: int = strawberry.field(description="From 1 to 100, without rounding.")
    population: str = strawberry.field(description="Whose share it is.")


@object_type
class Requirement:
    """One thing that a tier asks of those whom it admits."""

    key: str = strawberry.field(
        description="The policy clause, such as `coalition-member.population`."
    )
    text: str = strawberry.field(description="What is asked, in words.")
    kind: RequirementKind = strawberry.field(description="How it is found out whether it is met.")
    applies_to: list[PartyType] = strawberry.field(
        description="The party types that it is asked of; all when empty."
    )
    share: ShareRule | None = strawberry.field(
        description="The share that is asked for, where the kind is `POPULATION_SHARE`."
    )

    @classmethod
    def of(cls, requirement: rules.Requirement) -> Requirement:
        """Return the object of a requirement."""
        share = requirement.share
        return cls(
            key=requirement.id,
            text=requirement.text,
            kind=requirement.kind,
            applies_to=list(requirement.applies_to),
            share=None if share is None else ShareRule(
                minimum_percent=share.minimum_percent, population=share.population
            ),
        )  # fmt: skip


@object_type
class Standard:
    """A minimum standard of a class, exhibited or worked towards."""

    key: str = strawberry.field(
        description="The policy clause, such as `provider.trauma-informed`."
    )
    name: str = strawberry.field(description="What it is called.")


@object_type
class ClassRules:
    """What a class of membership asks of each of its members."""

    membership_class: MembershipClassId = strawberry.field(description="Which class.")
    name: str = strawberry.field(description="What it is called.")
    standards: list[Standard] = strawberry.field(description="Its minimum standards.")


@object_type
class Agreement:
    """An agreement that members sign; one may serve several tiers."""

    key: str = strawberry.field(description="The policy's name for it.")
    name: str = strawberry.field(description="What it is called.")
    tiers: list[str] = strawberry.field(description="The keys of the tiers that ask for it.")


@object_type
class Region:
    """A part of the service area."""

    policy: strawberry.Private[rules.Policy]
    key: str = strawberry.field(description="The policy's name for it.")
    name: str = strawberry.field(description="What it is called.")
    fips: strawberry.Private[tuple[str, ...]]

    @field
    def counties(self) -> list[County]:
        """Its counties."""
        return [county_of(self.policy, fips) for fips in self.fips]


@object_type
class County:
    """A county, or a city that is none's part, of the service area."""

    policy: strawberry.Private[rules.Policy]
    fips: Fips = strawberry.field(description="Its FIPS code, which alone names it.")
    name: str | None = strawberry.field(
        description="What it is called; null where the policy no longer has it."
    )
    state: str | None = strawberry.field(description="The state, as two letters; null likewise.")

    @field
    def region(self) -> Region | None:
        """The region it lies in; null where the policy no longer has it."""
        if not self.policy.serves(self.fips):
            return None
        return region_of(self.policy, self.policy.region_of(self.fips))


def county_of(policy: rules.Policy, fips: str) -> County:
    """Return the county of a FIPS code."""
    if not policy.serves(fips):
        return County(policy=policy, fips=Fips(fips), name=None, state=None)
    county = policy.county(fips)
    return County(policy=policy, fips=Fips(fips), name=county.name, state=county.state)


def region_of(policy: rules.Policy, region: rules.Region) -> Region:
    """Return the object of a region."""
    return Region(policy=policy, key=region.id, name=region.name, fips=region.counties)


def agreement_of(agreement: rules.Agreement) -> Agreement:
    """Return the object of an agreement."""
    return Agreement(key=agreement.id, name=agreement.name, tiers=list(agreement.tiers))


@object_type
class Tier:
    """One kind of membership, with all that the coalition publishes about it."""

    policy: strawberry.Private[rules.Policy]
    tier: strawberry.Private[rules.Tier]

    @field
    def key(self) -> str:
        """The policy's name for it, such as `collaborative-partner`."""
        return self.tier.id

    @field
    def name(self) -> str:
        """What it is called."""
        return self.tier.name

    @field
    def membership_class(self) -> MembershipClassId:
        """The class of membership that it belongs to."""
        return self.tier.membership_class

    @field
    def number(self) -> TierNumber:
        """Whether it has seats, or room for everyone."""
        return self.tier.number

    @field
    def type_text(self) -> str:
        """Who it is for, in words."""
        return self.tier.type_text

    @field
    def party_types(self) -> list[PartyType]:
        """The types of party that it admits."""
        return list(self.tier.party_types)

    @field
    def population_served(self) -> str:
        """Whom its members serve, in words."""
        return self.tier.population_served

    @field
    def commitment(self) -> str:
        """How far its members share mission and values, in words."""
        return self.tier.commitment

    @field
    def participation(self) -> str:
        """Who of a member takes part, in words."""
        return self.tier.participation

    @field
    def participation_days(self) -> int | None:
        """On how many days of a term a member is to take part; null for no number."""
        return self.tier.participation_days

    @field
    def responsibility(self) -> str:
        """What its members are responsible for, in words."""
        return self.tier.responsibility

    @field
    def application_required(self) -> bool:
        """Whether one has to apply for it."""
        return self.tier.application_required

    @field
    def selection(self) -> str:
        """How members are selected, in words."""
        return self.tier.selection

    @field
    def requirements(self) -> list[Requirement]:
        """What it asks of those whom it admits."""
        return [Requirement.of(each) for each in self.tier.requirements]

    @field
    def standards(self) -> list[Standard]:
        """The minimum standards of its class."""
        return [
            Standard(key=each.id, name=each.name)
            for each in self.policy.standards_for(self.tier.id)
        ]

    @field
    def agreement(self) -> Agreement:
        """The agreement that its members sign."""
        return agreement_of(self.policy.agreement_for(self.tier.id))


@object_type
class Policy(Node):
    """One version of everything the coalition decided about membership."""

    policy: strawberry.Private[rules.Policy]
    adopted: strawberry.Private[Adopted]

    @classmethod
    def of(cls, policy: rules.Policy, adopted: Adopted) -> Policy:
        """Return the object of an adopted version."""
        node_id = global_id(NodeKind.POLICY, policy.sha256)
        return cls(id=node_id, policy=policy, adopted=adopted)

    @field
    def reference(self) -> str:
        """How entries name it, such as `cate@3`."""
        return self.policy.ref

    @field
    def key(self) -> str:
        """The policy's own name, without the version."""
        return self.policy.id

    @field
    def version(self) -> int:
        """Its version, from 1."""
        return self.policy.version

    @field
    def sha256(self) -> Sha256:
        """The SHA-256 of its file, by which the ledger names it."""
        return Sha256(self.policy.sha256)

    @field
    def text(self, info: Info) -> str:
        """The file itself, TOML, of which the hash was taken."""
        sha256 = self.policy.sha256
        content = documents(info.context, [sha256]).get(sha256)
        if content is None:
            raise CorruptLedgerError("an adopted policy file is not stored")
        return content.decode()

    @field
    def name(self) -> str:
        """The coalition's name, in this version."""
        return self.policy.name

    @field
    def time_zone(self) -> str:
        """The coalition's time zone, by its IANA name."""
        return self.policy.time_zone

    @field
    def vision(self) -> str:
        """What the coalition works towards."""
        return self.policy.vision

    @field
    def mission(self) -> str:
        """What the coalition is for."""
        return self.policy.mission

    @field
    def core_values(self) -> list[str]:
        """What the coalition goes by."""
        return list(self.policy.core_values)

    @field
    def adopted_on(self) -> date:
        """The day from which it is in force."""
        return self.adopted.adopted_on

    @field
    def basis(self) -> Basis:
        """On what authority it was adopted."""
        return self.adopted.basis

    @field
    def tiers(self) -> list[Tier]:
        """The kinds of membership, in the policy's order."""
        return [Tier(policy=self.policy, tier=each) for each in self.policy.tiers]

    @field
    def classes(self) -> list[ClassRules]:
        """The classes of membership, with their standards."""
        return [
            ClassRules(
                membership_class=each.id,
                name=each.name,
                standards=[Standard(key=one.id, name=one.name) for one in each.standards],
            )
            for each in self.policy.classes
        ]

    @field
    def agreements(self) -> list[Agreement]:
        """The agreements that members sign."""
        return [agreement_of(each) for each in self.policy.agreements]

    @field
    def regions(self) -> list[Region]:
        """The regions of the service area."""
        return [region_of(self.policy, each) for each in self.policy.regions]

    @field
    def counties(self) -> list[County]:
        """The counties of the service area."""
        return [county_of(self.policy, each.fips) for each in self.policy.counties]
