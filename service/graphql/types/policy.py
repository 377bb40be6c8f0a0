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
from service.graphql.declare import field
from service.graphql.ids import NodeKind, global_id
from service.graphql.rules import documents
from service.graphql.scalars import Fips, Sha256
from service.graphql.types.node import Node


@strawberry.type(description="The least share of a population among all whom a member serves.")
class ShareRule:
    """What a requirement of the kind `POPULATION_SHARE` asks for."""

    minimum_percent: int = strawberry.field(description="From 1 to 100, without rounding.")
    population: str = strawberry.field(description="Whose share it is.")


@strawberry.type(description="One thing that a tier asks of those whom it admits.")
class Requirement:
    """A clause of the policy."""

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


@strawberry.type(description="A minimum standard of a class, exhibited or worked towards.")
class Standard:
    """A clause of the policy."""

    key: str = strawberry.field(
        description="The policy clause, such as `provider.trauma-informed`."
    )
    name: str = strawberry.field(description="What it is called.")


@strawberry.type(description="What a class of membership asks of each of its members.")
class ClassRules:
    """A class and its standards."""

    membership_class: MembershipClassId = strawberry.field(description="Which class.")
    name: str = strawberry.field(description="What it is called.")
    standards: list[Standard] = strawberry.field(description="Its minimum standards.")


@strawberry.type(description="An agreement that members sign; one may serve several tiers.")
class Agreement:
    """An agreement by name; its texts are `AgreementTemplate`s."""

    key: str = strawberry.field(description="The policy's name for it.")
    name: str = strawberry.field(description="What it is called.")
    tiers: list[str] = strawberry.field(description="The keys of the tiers that ask for it.")


@strawberry.type(description="A part of the service area.")
class Region:
    """A region of the policy."""

    policy: strawberry.Private[rules.Policy]
    key: str = strawberry.field(description="The policy's name for it.")
    name: str = strawberry.field(description="What it is called.")
    fips: strawberry.Private[tuple[str, ...]]

    @field(description="Its counties.")
    def counties(self) -> list[County]:
        """Return the counties of the region."""
        return [county_of(self.policy, fips) for fips in self.fips]


@strawberry.type(description="A county, or a city that is none's part, of the service area.")
class County:
    """A county of the policy, or one that a later policy no longer serves."""

    policy: strawberry.Private[rules.Policy]
    fips: Fips = strawberry.field(description="Its FIPS code, which alone names it.")
    name: str | None = strawberry.field(
        description="What it is called; null where the policy no longer has it."
    )
    state: str | None = strawberry.field(description="The state, as two letters; null likewise.")

    @field(description="The region it lies in; null where the policy no longer has it.")
    def region(self) -> Region | None:
        """Return the region of the county."""
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


@strawberry.type(
    description="One kind of membership, with all that the coalition publishes about it."
)
class Tier:
    """A tier of one version of the policy."""

    policy: strawberry.Private[rules.Policy]
    tier: strawberry.Private[rules.Tier]

    @field(description="The policy's name for it, such as `collaborative-partner`.")
    def key(self) -> str:
        """Return the tier's id in the policy."""
        return self.tier.id

    @field(description="What it is called.")
    def name(self) -> str:
        """Return the tier's name."""
        return self.tier.name

    @field(description="The class of membership that it belongs to.")
    def membership_class(self) -> MembershipClassId:
        """Return the tier's class."""
        return self.tier.membership_class

    @field(description="Whether it has seats, or room for everyone.")
    def number(self) -> TierNumber:
        """Return whether the tier is limited."""
        return self.tier.number

    @field(description="Who it is for, in words.")
    def type_text(self) -> str:
        """Return whom the tier is for."""
        return self.tier.type_text

    @field(description="The types of party that it admits.")
    def party_types(self) -> list[PartyType]:
        """Return the party types."""
        return list(self.tier.party_types)

    @field(description="Whom its members serve, in words.")
    def population_served(self) -> str:
        """Return the population served."""
        return self.tier.population_served

    @field(description="How far its members share mission and values, in words.")
    def commitment(self) -> str:
        """Return the commitment to the mission."""
        return self.tier.commitment

    @field(description="Who of a member takes part, in words.")
    def participation(self) -> str:
        """Return who takes part."""
        return self.tier.participation

    @field(description="On how many days of a term a member is to take part; null for no number.")
    def participation_days(self) -> int | None:
        """Return the number of days."""
        return self.tier.participation_days

    @field(description="What its members are responsible for, in words.")
    def responsibility(self) -> str:
        """Return the responsibility."""
        return self.tier.responsibility

    @field(description="Whether one has to apply for it.")
    def application_required(self) -> bool:
        """Return whether an application is required."""
        return self.tier.application_required

    @field(description="How members are selected, in words.")
    def selection(self) -> str:
        """Return how members are selected."""
        return self.tier.selection

    @field(description="What it asks of those whom it admits.")
    def requirements(self) -> list[Requirement]:
        """Return the tier's requirements."""
        return [Requirement.of(each) for each in self.tier.requirements]

    @field(description="The minimum standards of its class.")
    def standards(self) -> list[Standard]:
        """Return the standards of the tier's class."""
        return [
            Standard(key=each.id, name=each.name)
            for each in self.policy.standards_for(self.tier.id)
        ]

    @field(description="The agreement that its members sign.")
    def agreement(self) -> Agreement:
        """Return the tier's agreement."""
        return agreement_of(self.policy.agreement_for(self.tier.id))


@strawberry.type(description="One version of everything the coalition decided about membership.")
class Policy(Node):
    """An adopted version of the policy."""

    policy: strawberry.Private[rules.Policy]
    adopted: strawberry.Private[Adopted]

    @classmethod
    def of(cls, policy: rules.Policy, adopted: Adopted) -> Policy:
        """Return the object of an adopted version."""
        node_id = global_id(NodeKind.POLICY, policy.sha256)
        return cls(id=node_id, policy=policy, adopted=adopted)

    @field(description="How entries name it, such as `cate@3`.")
    def reference(self) -> str:
        """Return the reference."""
        return self.policy.ref

    @field(description="The policy's own name, without the version.")
    def key(self) -> str:
        """Return the policy's id."""
        return self.policy.id

    @field(description="Its version, from 1.")
    def version(self) -> int:
        """Return the version."""
        return self.policy.version

    @field(description="The SHA-256 of its file, by which the ledger names it.")
    def sha256(self) -> Sha256:
        """Return the hash of the file."""
        return Sha256(self.policy.sha256)

    @field(description="The file itself, TOML, of which the hash was taken.")
    def text(self, info: Info) -> str:
        """Return the policy file."""
        sha256 = self.policy.sha256
        content = documents(info.context, [sha256]).get(sha256)
        if content is None:
            raise CorruptLedgerError("an adopted policy file is not stored")
        return content.decode()

    @field(description="The coalition's name, in this version.")
    def name(self) -> str:
        """Return the name."""
        return self.policy.name

    @field(description="The coalition's time zone, by its IANA name.")
    def time_zone(self) -> str:
        """Return the time zone."""
        return self.policy.time_zone

    @field(description="What the coalition works towards.")
    def vision(self) -> str:
        """Return the vision."""
        return self.policy.vision

    @field(description="What the coalition is for.")
    def mission(self) -> str:
        """Return the mission."""
        return self.policy.mission

    @field(description="What the coalition goes by.")
    def core_values(self) -> list[str]:
        """Return the core values."""
        return list(self.policy.core_values)

    @field(description="The day from which it is in force.")
    def adopted_on(self) -> date:
        """Return the day of adoption."""
        return self.adopted.adopted_on

    @field(description="On what authority it was adopted.")
    def basis(self) -> Basis:
        """Return the authority."""
        return self.adopted.basis

    @field(description="The kinds of membership, in the policy's order.")
    def tiers(self) -> list[Tier]:
        """Return the tiers."""
        return [Tier(policy=self.policy, tier=each) for each in self.policy.tiers]

    @field(description="The classes of membership, with their standards.")
    def classes(self) -> list[ClassRules]:
        """Return the classes."""
        return [
            ClassRules(
                membership_class=each.id,
                name=each.name,
                standards=[Standard(key=one.id, name=one.name) for one in each.standards],
            )
            for each in self.policy.classes
        ]

    @field(description="The agreements that members sign.")
    def agreements(self) -> list[Agreement]:
        """Return the agreements."""
        return [agreement_of(each) for each in self.policy.agreements]

    @field(description="The regions of the service area.")
    def regions(self) -> list[Region]:
        """Return the regions."""
        return [region_of(self.policy, each) for each in self.policy.regions]

    @field(description="The counties of the service area.")
    def counties(self) -> list[County]:
        """Return the counties."""
        return [county_of(self.policy, each.fips) for each in self.policy.counties]
