"""Governing: policy versions, seats, agreement texts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from domain.coalition.coalition import (
    AdoptPolicy,
    AgreementTemplatePublished,
    Coalition,
    PolicyAdopted,
    PublishAgreementTemplate,
    SeatsSet,
    SetSeats,
)
from domain.coalition.mandate import Mandate
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Objection,
    Refusal,
    RefusalCode,
    object_to,
    refuse,
    refuse_for,
    refuse_input,
    refuse_name,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.eligibility import refuse_tier
from domain.membership.register import Register
from domain.policy import MOST_SEATS, Policy, Tier
from domain.policy.errors import quoted
from domain.terms import Basis, VoteId


def decide_adopt_policy(
    coalition: Coalition,
    register: Register,
    mandate: Mandate,
    command: AdoptPolicy,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Put a later version of the coalition's policy in force.

    Args:
        coalition: the coalition, with the policy in force now.
        register: the whole roll.
        mandate: the policy in force now, and the last vote on the file.
        command: names the file.
        moment: when it is decided.
        policy: the policy to adopt, read from that file.

    Refuses another coalition's policy, a version that is not later, one with another time
    zone, one under which a live membership would lose its tier, its class or its seat, one
    without the vote that the policy in force requires, and one on which the last vote is open
    or did not pass. The number of seats that it says holds from then on.
    """
    if not coalition.version:
        return refuse_unknown("coalition")
    if policy.sha256 == coalition.policy_sha256 == command.policy_sha256:
        return []
    if refusal := (
        refuse_other_file(command.policy_sha256, policy)
        or refuse_version(coalition, policy)
        or refuse_too_early(moment, coalition.last_effective)
        or mandate.refuse(policy, moment)
        or refuse_for([*_stranded(coalition, register, policy)])
    ):
        return refusal
    if mandate.vote is None:
        adopted = policy_adopted(policy, Basis.DIRECTOR)
    else:
        adopted = policy_adopted(policy, Basis.VOTE, mandate.vote.id)
    events = [adopted, *_seats_said(coalition, policy, adopted.basis)]
    return [Fact(coalition.id, event) for event in events]


def _seats_said(coalition: Coalition, policy: Policy, basis: Basis) -> Iterator[SeatsSet]:
    """Set the seats that a policy says, where others were set before: the last one said holds."""
    for tier in policy.tiers:
        if tier.seats is not None and coalition.seats.get(tier.id, tier.seats) != tier.seats:
            yield SeatsSet(tier=tier.id, seats=tier.seats, basis=basis)


def decide_set_seats(
    coalition: Coalition, register: Register, command: SetSeats, moment: Moment, policy: Policy
) -> Decision:
    """Set the seats of a limited tier.

    Refuses an unknown or open tier, and fewer seats than are taken (invariant 2).
    """
    if not coalition.version:
        return refuse_unknown("coalition")
    if refusal := refuse_seats(command.tier, command.seats, policy):
        return refusal
    if coalition.seats.get(command.tier) == command.seats:
        return []
    occupied = register.occupied(command.tier)
    if command.seats < occupied:
        return refuse(
            RefusalCode.TIER_FULL,
            f"{command.tier}.seats",
            f"{occupied} seats are taken.",
            f"{occupied} seats or more.",
            field="seats",
        )
    if refusal := refuse_too_early(moment, coalition.last_effective):
        return refusal
    seats_set = SeatsSet(tier=command.tier, seats=command.seats, basis=Basis.DIRECTOR)
    return [Fact(coalition.id, seats_set)]


def decide_publish_agreement_template(
    coalition: Coalition, command: PublishAgreementTemplate, moment: Moment, policy: Policy
) -> Decision:
    """Make a text the one to sign, as the next version of its agreement.

    The text that is already current is not published again. Refuses an agreement that
    the policy does not define.
    """
    if not coalition.version:
        return refuse_unknown("coalition")
    agreement = next((each for each in policy.agreements if each.id == command.agreement), None)
    if agreement is None:
        known = [each.id for each in policy.agreements]
        return refuse_name("agreement", command.agreement, known)
    current = coalition.templates.get(agreement.id)
    if current is not None and current.sha256 == command.sha256:
        return []
    if refusal := refuse_too_early(moment, coalition.last_effective):
        return refusal
    published = AgreementTemplatePublished(
        agreement=agreement.id,
        version=1 if current is None else current.version + 1,
        sha256=command.sha256,
        tiers=[*agreement.tiers],
    )
    return [Fact(coalition.id, published)]


def policy_adopted(policy: Policy, basis: Basis, vote: VoteId | UnsetType = UNSET) -> PolicyAdopted:
    """Return the fact that names a policy as the one in force."""
    return PolicyAdopted(
        policy=policy.id, version=policy.version, sha256=policy.sha256, basis=basis, vote=vote
    )


def refuse_other_file(sha256: str, policy: Policy) -> Refusal | None:
    """Refuse a command that names another file than the policy was read from."""
    if sha256 == policy.sha256:
        return None
    return refuse_input(
        "policySha256",
        "policy.sha256",
        "This is not the SHA-256 of the policy file.",
        f"The SHA-256 of the file: {policy.sha256}.",
    )


def refuse_seats(tier: str, seats: int, policy: Policy) -> Refusal | None:
    """Refuse seats that are no number of seats, or of a tier that has none."""
    if refusal := refuse_tier(tier, policy):
        return refusal
    if not policy.tier(tier).is_limited:
        limited = [each.id for each in policy.tiers if each.is_limited]
        return refuse_input(
            "tier",
            f"{tier}.number",
            "The tier is open: it has room for everyone and no seats.",
            f"A limited tier: {', '.join(limited) or 'the policy has none'}.",
        )
    if not 0 <= seats <= MOST_SEATS:
        return refuse_input(
            "seats",
            f"{tier}.seats",
            f"{seats} is not a number of seats.",
            f"A number from 0 to {MOST_SEATS}.",
        )
    return None


def refuse_version(coalition: Coalition, policy: Policy) -> Refusal | None:
    """Refuse a policy that cannot follow the one in force, whatever is decided about it.

    That is another coalition's, a version that is not later, one in which two tiers have the
    same name, and one with another time zone: entries stand by the days of the zone that the
    coalition was founded in, which would be other days by another one.
    """
    if policy.id != coalition.policy:
        return refuse(
            RefusalCode.POLICY_VERSION,
            "policy.id",
            f"The policy is {policy.id}, not {coalition.policy}.",
            f"A version of {coalition.policy}.",
            field="policySha256",
        )
    if policy.version <= coalition.policy_version:
        return refuse(
            RefusalCode.POLICY_VERSION,
            "policy.version",
            f"Version {policy.version} is not later than {coalition.policy_version}.",
            f"A version greater than {coalition.policy_version}.",
            field="policySha256",
        )
    if policy.time_zone != coalition.time_zone:
        return refuse(
            RefusalCode.POLICY_VERSION,
            "policy.time-zone",
            f"The ledger's days begin and end in {coalition.time_zone} since the founding, and "
            f"time_zone is {quoted(policy.time_zone)}.",
            f'time_zone = "{coalition.time_zone}"',
            field="policySha256",
        )
    return refuse_shared_names(policy)


def refuse_shared_names(policy: Policy) -> Refusal | None:
    """Refuse a policy in which nobody could tell two tiers apart by their names.

    A file that was adopted is read whatever names it has.
    """
    by_name: dict[str, str] = {}
    for tier in policy.tiers:
        other = by_name.setdefault(tier.name, tier.id)
        if other != tier.id:
            return refuse_input(
                "policySha256",
                "policy.tier-names",
                f"The tiers {other} and {tier.id} have the same name, {quoted(tier.name)}.",
                "Another name for each tier.",
            )
    return None


def _stranded(coalition: Coalition, register: Register, policy: Policy) -> Iterator[Objection]:
    """Object to each tier in which live memberships could not stay as they are."""
    held = {(live.tier, live.membership_class) for live in register.live()}
    for tier_id, membership_class in sorted(held):
        if not policy.has_tier(tier_id):
            yield object_to(
                RefusalCode.POLICY_VERSION,
                f"{tier_id}.tier",
                f"The tier {tier_id} has live members and is not in {policy.ref}.",
                "A version that has the tier, or another tier for its members first.",
            )
            continue
        tier = policy.tier(tier_id)
        if tier.membership_class != membership_class:
            yield object_to(
                RefusalCode.POLICY_VERSION,
                f"{tier_id}.class",
                f"The tier {tier_id} has live members of the class {membership_class}.",
                "A version in which the tier keeps its class.",
            )
        yield from _unseated(coalition, register, tier, policy)
    for tier_id in sorted(register.line.offered_tiers - {tier_id for tier_id, _ in held}):
        if policy.has_tier(tier_id):
            yield from _unseated(coalition, register, policy.tier(tier_id), policy)
            continue
        yield object_to(
            RefusalCode.POLICY_VERSION,
            f"{tier_id}.tier",
            f"A seat of the tier {tier_id} is offered, which is not in {policy.ref}.",
            "A version that has the tier, or the end of the offer first.",
        )


def _unseated(
    coalition: Coalition, register: Register, tier: Tier, policy: Policy
) -> Iterator[Objection]:
    occupied = register.occupied(tier.id)
    seats = coalition.seats.get(tier.id) if tier.seats is None else tier.seats
    if tier.is_limited and (seats or 0) < occupied:
        yield object_to(
            RefusalCode.TIER_FULL,
            f"{tier.id}.seats",
            f"The tier {tier.id} has {occupied} seats taken and fewer in {policy.ref}.",
            f"A version with {occupied} seats or more for the tier.",
        )
