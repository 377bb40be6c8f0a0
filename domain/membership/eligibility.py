"""Whether a party may have a place in a tier, before anybody looks at its merits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.decision import Objection, Refusal, RefusalCode, coded, object_to, refuse_name
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.ties import sponsors_in
from domain.policy import MembershipClassId, PartyType, Policy, RequirementKind, Tier
from domain.terms import MembershipId, PartyId

EIN_SHARED: Final = (
    "An EIN without a live provider membership, a tier of another class, or, for a department,"
    " an agency or a sponsored group, the sponsor with whom it shares the EIN: sponsoredBy as it"
    " applies, declareAffiliation since."
)
"""What satisfies the rule that an EIN has one live provider (invariant 6)."""


def refuse_tier(tier: str, policy: Policy) -> Refusal | None:
    """Refuse a tier that the policy does not define."""
    if policy.has_tier(tier):
        return None
    return refuse_name("tier", tier, [each.id for each in policy.tiers])


def type_objections(tier: Tier, party_type: str) -> Iterator[Objection]:
    """Object to a party whose type the tier does not admit, by the tier's own clause."""
    if party_type in tier.party_types:
        return
    # Every tier has exactly one such requirement: a policy file without it is refused.
    clause = next(each for each in tier.requirements if each.kind is RequirementKind.PARTY_TYPE)
    yield object_to(
        RefusalCode.NOT_ELIGIBLE,
        clause.id,
        f"{tier.name} does not admit a party of the type {coded(party_type)}.",
        f"A party of one of the types: {coded(*tier.party_types)}.",
        field="tier",
    )


def has_ein(party: Party) -> bool:
    """Whether a party has an EIN, or shares that of a sponsor, which a person is to look at."""
    return party.ein is not None or bool(sponsors_in(party.affiliates))


def ein_objections(
    tier: Tier, party_type: str, policy: Policy, *, has_ein: bool
) -> Iterator[Objection]:
    """Object to a missing EIN where the tier asks this type of party for one.

    Args:
        tier: the tier that is asked for.
        party_type: what asks.
        policy: the policy in force.
        has_ein: whether it has one, or shares a sponsor's: see `has_ein`.
    """
    if has_ein:
        return
    for requirement in policy.requirements_for(tier.id, PartyType(party_type)):
        if requirement.kind is RequirementKind.EIN_DETERMINATION:
            yield object_to(
                RefusalCode.INVALID_INPUT,
                requirement.id,
                f"{tier.name} asks for the party's EIN.",
                "The nine digits of the party's EIN, or the sponsor whose EIN it shares:"
                " sponsoredBy.",
                field="ein",
            )


def place_objections(tier: Tier, party: Party, policy: Policy) -> Iterator[Objection]:
    """Object to what a party is, or has not, where the tier asks for something else."""
    yield from type_objections(tier, party.party_type)
    yield from ein_objections(tier, party.party_type, policy, has_ein=has_ein(party))


def membership_objections(
    register: Register, party: PartyId, own: MembershipId | None = None
) -> Iterator[Objection]:
    """Object to a second live membership of a party; see `claim_objections`."""
    if register.membership_of(party) not in {None, own}:
        yield object_to(
            RefusalCode.SECOND_MEMBERSHIP,
            "one-membership-per-party",
            "The party already has a live membership.",
            "A request for another tier, made for that membership.",
            field="party",
        )


def claim_objections(
    register: Register,
    tier: Tier,
    party: PartyId,
    ein: str | None,
    own: MembershipId | None = None,
) -> Iterator[Objection]:
    """Object to a second live membership of a party, and a second provider of an EIN.

    Whoever shares its sponsor's EIN claims none, so that no other provider is in its way. It is
    for whoever decides. EINs are public, so that an applicant who heard of the second could ask
    for any organisation whether it is a member.

    Args:
        register: the roll.
        tier: the tier that is asked for.
        party: who asks.
        ein: the party's EIN, nine digits.
        own: the membership that changes its tier, which does not stand in its own way.
    """
    yield from membership_objections(register, party, own)
    if tier.membership_class is not MembershipClassId.PROVIDER:
        return
    holders = register.providers_of_parts(party)
    claimed = None if register.shares_ein(party) else ein
    if claimed is not None and (holder := register.provider_with(claimed)) is not None:
        holders.add(holder)
    if holders - {own}:
        yield object_to(
            RefusalCode.EIN_HELD,
            "one-provider-per-ein",
            "A live provider membership already has this EIN.",
            EIN_SHARED,
            field="ein",
        )
