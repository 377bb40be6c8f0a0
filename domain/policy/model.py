"""What a coalition may decide about itself, as frozen values.

A `Policy` is read from one file (`domain.policy.parse`) and never changes: a coalition that decides
otherwise adopts another version. Everything counted is a whole number, durations are in days, and
every id is a stable name that decisions, refusals and agreements may refer to for ever.
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from functools import cached_property
from itertools import product
from typing import TypeVar

import msgspec

from domain.policy.errors import NotInPolicyError
from domain.policy.voting import Electorate, ElectorateId, VoteKind, VoteRule

PERCENT = 100

Found = TypeVar("Found")


@unique
class TierNumber(StrEnum):
    """Whether a tier takes everyone who qualifies or only as many as it has seats."""

    LIMITED = "limited"
    OPEN = "open"


@unique
class MembershipClassId(StrEnum):
    """The classes of membership, which set the minimum standards.

    A tier may bear the name of a class and remain another thing: CATE's class "Community Network"
    (`network`) holds the tiers `community-network` and `ally-network`.
    """

    PROVIDER = "provider"
    NETWORK = "network"


@unique
class PartyType(StrEnum):
    """What kind of party applies."""

    NONPROFIT_501C3 = "nonprofit-501c3"
    INDIVIDUAL_PRACTITIONER = "individual-practitioner"
    INDIVIDUAL = "individual"
    COMMUNITY_ORGANISATION = "community-organisation"
    EDUCATION = "education"
    GOVERNMENT = "government"
    HEALTH_SYSTEM = "health-system"
    COALITION_OR_GROUP = "coalition-or-group"

    @property
    def is_person(self) -> bool:
        """Whether the party is one natural person, whose name is private unless they publish it."""
        return self in {PartyType.INDIVIDUAL_PRACTITIONER, PartyType.INDIVIDUAL}


@unique
class RequirementKind(StrEnum):
    """How it is found out whether a requirement is met."""

    PARTY_TYPE = "party-type"
    """By rule: the party's type is among those that the tier admits."""

    EIN_DETERMINATION = "ein-determination"
    """By a person, who verifies the EIN and the determination of 501(c)(3) status: the party's own,
    or those of the sponsor with whom it shares the EIN."""

    POPULATION_SHARE = "population-share"
    """By rule on the attested numbers, and by a reviewer who accepts the evidence for them."""

    EVIDENCE = "evidence"
    """By a reviewer, who finds sufficient what the applicant attached."""

    COMMITMENT = "commitment"
    """By a reviewer, from the application as a whole."""


class PopulationShare(msgspec.Struct, frozen=True, kw_only=True):
    """The least share of a population among all whom an applicant serves.

    `minimum_percent` is from 1 to 100. Of what, and over which period, the sources do not say; the
    applicant states both with the numbers.
    """

    minimum_percent: int
    population: str

    def is_met_by(self, numerator: int, denominator: int) -> bool:
        """Whether `numerator` of `denominator` people served reach the share, without rounding.

        Numbers that are no share at all (negative, of nothing, more than the whole) do not meet it.
        """
        if not 0 <= numerator <= denominator or denominator == 0:
            return False
        return numerator * PERCENT >= self.minimum_percent * denominator


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a tier asks of those whom it admits.

    `id` is the policy clause that decisions cite, such as `coalition-member.population`.
    `applies_to` holds the party types that it is asked of, and is empty when it is asked of all.
    `share` is present for, and only for, the kind `population-share`.
    """

    id: str
    text: str
    kind: RequirementKind
    applies_to: tuple[PartyType, ...] = ()
    share: PopulationShare | None = None

    def applies(self, party_type: PartyType) -> bool:
        """Whether the requirement is asked of a party of this type."""
        return not self.applies_to or party_type in self.applies_to


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of membership, with every attribute that the coalition publishes about it.

    Tiers have an order in the file and no rank. The attributes that end in `_text`, and
    `population_served`, `commitment`, `participation`, `responsibility` and `selection`, are
    sentences for people; rules read `number`, `seats`, `party_types` and `requirements`.

    `participation_days` is on how many days of a term a member is to take part, and `None` where no
    number is asked for.

    `seats` is a number only for a limited tier. A limited tier without one admits nobody until the
    coalition sets its seats.
    """

    id: str
    name: str
    membership_class: MembershipClassId
    number: TierNumber
    seats: int | None
    type_text: str
    party_types: tuple[PartyType, ...]
    population_served: str
    commitment: str
    participation: str
    responsibility: str
    application_required: bool
    selection: str
    requirements: tuple[Requirement, ...]
    participation_days: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the tier has seats rather than room for everyone."""
        return self.number is TierNumber.LIMITED


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """A minimum standard of a class, which a member exhibits or works towards.

    `id` is a policy clause, such as `provider.trauma-informed`.
    """

    id: str
    name: str


class MembershipClass(msgspec.Struct, frozen=True, kw_only=True):
    """A class of membership, and the least that each of its members shows or works towards."""

    id: MembershipClassId
    name: str
    standards: tuple[Standard, ...]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement that members sign; one may serve several tiers."""

    id: str
    name: str
    tiers: tuple[str, ...]


class County(msgspec.Struct, frozen=True, kw_only=True):
    """A county, or a city that is none's part, of the service area.

    `fips` is its five-digit code, which alone tells apart two places of one name; `state` is the
    two-letter postal code.
    """

    fips: str
    name: str
    state: str


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the service area: the FIPS codes of its counties."""

    id: str
    name: str
    counties: tuple[str, ...]


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """How long things may take, in days of the coalition's calendar; each at least 1.

    The renewal window opens so many days before the term ends, and the renewal grace follows it.
    """

    application_expiry_days: int
    information_request_days: int
    seat_offer_days: int
    agreement_signing_days: int
    resigning_grace_days: int
    improvement_plan_maximum_days: int
    membership_term_days: int
    renewal_window_days: int
    renewal_grace_days: int
    appeal_window_days: int


class Policy(msgspec.Struct, frozen=True, kw_only=True, dict=True, weakref=True):
    """One version of everything that a coalition has decided about its membership.

    `sha256` is the lower-case hexadecimal digest of the exact bytes it was read from, `time_zone`
    an IANA name, and `smallest_count` the least number of members of which statistics tell what is
    not public. Lookups take the same time whatever the size of the policy, and raise
    `NotInPolicyError` for what it does not define.
    """

    id: str
    version: int
    sha256: str
    name: str
    time_zone: str
    vision: str
    mission: str
    core_values: tuple[str, ...]
    classes: tuple[MembershipClass, ...]
    tiers: tuple[Tier, ...]
    agreements: tuple[Agreement, ...]
    deadlines: Deadlines
    electorates: tuple[Electorate, ...]
    votes: tuple[VoteRule, ...]
    counties: tuple[County, ...]
    regions: tuple[Region, ...]
    smallest_count: int = 5

    @cached_property
    def ref(self) -> str:
        """How entries name the policy they were made under: `cate@1`."""
        return f"{self.id}@{self.version}"

    def has_tier(self, tier_id: str) -> bool:
        """Whether the policy defines the tier."""
        return tier_id in self._tiers

    def tier(self, tier_id: str) -> Tier:
        """The tier of this id."""
        return self._found(self._tiers, "tier", tier_id)

    def membership_class(self, class_id: MembershipClassId) -> MembershipClass:
        """The class of this id."""
        return self._found(self._classes, "membership class", class_id)

    def agreement_for(self, tier_id: str) -> Agreement:
        """The one agreement that members of the tier sign."""
        return self._found(self._agreements, "tier", tier_id)

    def standards_for(self, tier_id: str) -> tuple[Standard, ...]:
        """The minimum standards of the tier's class."""
        return self.membership_class(self.tier(tier_id).membership_class).standards

    def requirements_for(self, tier_id: str, party_type: PartyType) -> tuple[Requirement, ...]:
        """What the tier asks of a party of this type, in the order of the file.

        Also answers for types that the tier does not admit, and then includes the requirement of
        kind `party-type` that refuses them.
        """
        self.tier(tier_id)
        return self._requirements[tier_id, party_type]

    def clause(self, clause_id: str) -> Requirement | Standard:
        """The requirement or standard that a decision cites."""
        return self._found(self._clauses, "clause", clause_id)

    def vote_rule(self, kind: VoteKind) -> VoteRule:
        """How votes of this kind are held; every policy has a rule for every kind."""
        return self._found(self._votes, "vote rule", kind)

    def electorate(self, electorate_id: ElectorateId) -> Electorate:
        """Whose members vote."""
        return self._found(self._electorates, "electorate", electorate_id)

    def serves(self, fips: str) -> bool:
        """Whether the county of this FIPS code is in the service area."""
        return fips in self._counties

    def county(self, fips: str) -> County:
        """The county of this five-digit FIPS code."""
        return self._found(self._counties, "county", fips)

    def region_of(self, fips: str) -> Region:
        """The region that holds the county of this five-digit FIPS code."""
        return self._found(self._regions, "county", fips)

    def _found(self, index: Mapping[str, Found], kind: str, name: str) -> Found:
        try:
            return index[name]
        except KeyError:
            raise NotInPolicyError(self.ref, kind, name) from None

    @cached_property
    def _tiers(self) -> Mapping[str, Tier]:
        return {tier.id: tier for tier in self.tiers}

    @cached_property
    def _classes(self) -> Mapping[str, MembershipClass]:
        return {each.id: each for each in self.classes}

    @cached_property
    def _agreements(self) -> Mapping[str, Agreement]:
        return {tier: agreement for agreement in self.agreements for tier in agreement.tiers}

    @cached_property
    def _requirements(self) -> Mapping[tuple[str, PartyType], tuple[Requirement, ...]]:
        return {
            (tier.id, party_type): tuple(
                requirement for requirement in tier.requirements if requirement.applies(party_type)
            )
            for tier, party_type in product(self.tiers, PartyType)
        }

    @cached_property
    def _clauses(self) -> Mapping[str, Requirement | Standard]:
        requirements = {each.id: each for tier in self.tiers for each in tier.requirements}
        standards = {each.id: each for one in self.classes for each in one.standards}
        return {**requirements, **standards}

    @cached_property
    def _votes(self) -> Mapping[str, VoteRule]:
        return {rule.kind: rule for rule in self.votes}

    @cached_property
    def _electorates(self) -> Mapping[str, Electorate]:
        return {each.id: each for each in self.electorates}

    @cached_property
    def _counties(self) -> Mapping[str, County]:
        return {county.fips: county for county in self.counties}

    @cached_property
    def _regions(self) -> Mapping[str, Region]:
        return {fips: region for region in self.regions for fips in region.counties}
