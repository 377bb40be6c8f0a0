"""Founding: the first policy, seats and partners, with the source for them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from domain.coalition.coalition import (
    Coalition,
    CoalitionEvent,
    CoalitionFounded,
    FoundCoalition,
    FoundingPartner,
    SeatsSet,
    evolve,
)
from domain.coalition.governing import (
    policy_adopted,
    refuse_other_file,
    refuse_seats,
    refuse_shared_names,
)
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Objection,
    Refusal,
    RefusalCode,
    refuse,
    refuse_for,
    refuse_shared_ids,
)
from domain.ledger.disclosure import revealed
from domain.membership.eligibility import (
    claim_objections,
    ein_objections,
    refuse_tier,
    type_objections,
)
from domain.membership.membership import MemberAdmitted
from domain.membership.party import OrganisationRegistered
from domain.membership.register import Register
from domain.membership.registration import register_organisation
from domain.membership.room import seat_objections
from domain.policy import Policy, RequirementKind
from domain.terms import Basis


def decide_found_coalition(
    coalition: Coalition, command: FoundCoalition, moment: Moment, policy: Policy
) -> Decision:
    """Begin a ledger: without founding partners nobody could vote anybody in.

    A partner meets no requirement by review; its admission rests on the founding and on
    the type of party, which a rule can check. Refuses a second founding, another policy
    file than the one named, and seats and partners that the policy does not allow.
    """
    if coalition.version:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "founded-once",
            "The coalition is founded already.",
            "A ledger that has no entry yet.",
        )
    ids: list[str] = [command.coalition]
    for partner in command.partners:
        ids += [partner.party, partner.membership]
    if refusal := (
        refuse_shared_ids(*ids)
        or refuse_other_file(command.policy_sha256, policy)
        or refuse_shared_names(policy)
    ):
        return refusal
    for tier, seats in command.seats.items():
        if refusal := refuse_seats(tier, seats, policy):
            return replace(refusal, field="seats")
    founding: list[CoalitionEvent] = [
        CoalitionFounded(name=command.name, time_zone=policy.time_zone, source=command.source),
        policy_adopted(policy, Basis.FOUNDING),
        *(
            SeatsSet(tier=tier, seats=seats, basis=Basis.FOUNDING)
            for tier, seats in sorted(command.seats.items())
        ),
    ]
    for event in founding:
        coalition = evolve(coalition, event, moment.effective)
    partners = _partner_facts(coalition, command.partners, policy)
    if isinstance(partners, Refusal):
        return partners
    return [*(Fact(command.coalition, event) for event in founding), *partners]


def _partner_facts(
    coalition: Coalition, partners: list[FoundingPartner], policy: Policy
) -> Decision:
    # A roll of its own, so that the rules between members are the same as ever. It does
    # not outlive the decision, so EINs need no hash in it.
    register = Register(blind=str)
    facts: list[Fact] = []
    objections: list[Objection] = []
    for index, partner in enumerate(partners):
        registered = refuse_tier(partner.tier, policy) or register_organisation(
            partner.organisation, policy
        )
        if isinstance(registered, Refusal):
            wrong = f"{_named(index, partner)}: {registered.message}"
            unmet = tuple(replace(each, message=wrong) for each in registered.unmet)
            field = f"partners[{index}].{registered.field}"
            return replace(registered, field=field, message=wrong, unmet=unmet)
        for each in _objections(coalition, register, partner, registered, policy):
            wrong = f"{_named(index, partner)}: {each.unmet.message}"
            field = f"partners[{index}].{each.field or 'tier'}"
            objections.append(replace(each, field=field, unmet=replace(each.unmet, message=wrong)))
        admitted = _admitted(partner, policy)
        for fact in (Fact(partner.party, registered), Fact(partner.membership, admitted)):
            register.apply(fact.stream, fact.event)
            facts.append(fact)
    return refuse_for(objections) or facts


def _named(index: int, partner: FoundingPartner) -> str:
    # Whoever founds counts the partners in their file from one.
    return f"Partner {index + 1}, {partner.organisation.name}"


def _objections(
    coalition: Coalition,
    register: Register,
    partner: FoundingPartner,
    registered: OrganisationRegistered,
    policy: Policy,
) -> Iterator[Objection]:
    tier = policy.tier(partner.tier)
    party_type, ein = revealed(registered.party_type), revealed(registered.ein)
    yield from type_objections(tier, party_type)
    yield from ein_objections(tier, party_type, policy, has_ein=ein is not None)
    yield from seat_objections(coalition, register, tier)
    yield from claim_objections(register, tier, partner.party, ein)


def _admitted(partner: FoundingPartner, policy: Policy) -> MemberAdmitted:
    tier = policy.tier(partner.tier)
    return MemberAdmitted(
        basis=Basis.FOUNDING,
        tier=tier.id,
        membership_class=tier.membership_class.value,
        agreement=policy.agreement_for(tier.id).id,
        application=None,
        clauses=[each.id for each in tier.requirements if each.kind is RequirementKind.PARTY_TYPE],
        party=partner.party,
        standards={},
    )
