"""What no single value of a policy can get wrong: that its parts agree with one another."""

from collections import Counter
from collections.abc import Iterator

from domain.policy.errors import FieldPath, quoted
from domain.policy.fields import Table
from domain.policy.model import Policy, Requirement, RequirementKind, Tier
from domain.policy.voting import ElectorateId, VoteFallback, VoteKind, VoteRule


def check_consistency(policy: Policy, root: Table) -> None:
    """Raise `PolicyError` at the first value that contradicts or misses another.

    `root` is the table that the policy was read from; it knows the lines.
    """
    _check_classes(policy, root)
    for tier in policy.tiers:
        _check_tier(tier, root)
    _check_clauses(policy, root)
    _check_agreements(policy, root)
    _check_deadlines(policy, root)
    _check_electorates(policy, root)
    _check_votes(policy, root)
    _check_counties(policy, root)
    _check_regions(policy, root)


def _check_classes(policy: Policy, root: Table) -> None:
    defined = tuple(each.id.value for each in policy.classes)
    for tier in policy.tiers:
        if tier.membership_class not in defined:
            problem = f"the class {quoted(tier.membership_class)} has no standards in this policy"
            raise root.error(("tiers", tier.id, "class"), problem, defined)


def _check_tier(tier: Tier, root: Table) -> None:
    place: FieldPath = ("tiers", tier.id)
    if tier.seats is not None and not tier.is_limited:
        raise root.error((*place, "seats"), "only a limited tier has seats")
    by_type = 0
    for index, requirement in enumerate(tier.requirements):
        here = (*place, "requirements", index)
        _check_whom_it_asks(requirement, here, tier, root)
        by_type += requirement.kind is RequirementKind.PARTY_TYPE
        if by_type > 1:
            raise root.error((*here, "kind"), "a tier has one requirement of kind party-type")
    if not by_type:
        problem = "must include one requirement of kind party-type"
        raise root.error((*place, "requirements"), problem)


def _check_whom_it_asks(
    requirement: Requirement, place: FieldPath, tier: Tier, root: Table
) -> None:
    admitted = tuple(each.value for each in tier.party_types)
    for position, party_type in enumerate(requirement.applies_to):
        if party_type not in admitted:
            problem = f"{quoted(party_type)} is not a party type that this tier admits"
            raise root.error((*place, "applies_to", position), problem, admitted)
    # Asked of some types only, it would let the others pass unasked.
    if requirement.kind is RequirementKind.PARTY_TYPE and requirement.applies_to:
        problem = "a requirement of kind party-type applies to all"
        raise root.error((*place, "applies_to"), problem)
    if requirement.kind is RequirementKind.EIN_DETERMINATION:
        for each in tier.party_types:
            if each.is_person and requirement.applies(each):
                problem = f"asks {quoted(each)}, and a person has no such determination"
                raise root.error((*place, "kind"), problem)


def _clauses(policy: Policy) -> Iterator[tuple[str, str, FieldPath]]:
    """Yield each clause with the tier or class that it belongs to and its place in the file."""
    for each in policy.classes:
        for index, standard in enumerate(each.standards):
            yield standard.id, each.id, ("classes", each.id.value, "standards", index, "id")
    for tier in policy.tiers:
        for index, requirement in enumerate(tier.requirements):
            yield requirement.id, tier.id, ("tiers", tier.id, "requirements", index, "id")


def _check_clauses(policy: Policy, root: Table) -> None:
    seen: set[str] = set()
    for clause, owner, place in _clauses(policy):
        if not clause.startswith(f"{owner}."):
            raise root.error(place, f"{quoted(clause)} does not start with {quoted(f'{owner}.')}")
        if clause in seen:
            raise root.error(place, f"{quoted(clause)} is used twice")
        seen.add(clause)


def _check_tiers_known(
    tiers: tuple[str, ...], place: FieldPath, policy: Policy, root: Table
) -> None:
    known = tuple(tier.id for tier in policy.tiers)
    for index, tier_id in enumerate(tiers):
        if tier_id not in known:
            raise root.error((*place, index), f"{quoted(tier_id)} is not a tier", known)


def _check_agreements(policy: Policy, root: Table) -> None:
    serving: dict[str, str] = {}
    for agreement in policy.agreements:
        place: FieldPath = ("agreements", agreement.id, "tiers")
        _check_tiers_known(agreement.tiers, place, policy, root)
        for index, tier_id in enumerate(agreement.tiers):
            # A member has one current agreement, so its tier must not leave a choice.
            if tier_id in serving:
                problem = f"{quoted(tier_id)} is already served by {serving[tier_id]}"
                raise root.error((*place, index), problem)
            serving[tier_id] = agreement.id
    for tier in policy.tiers:
        if tier.id not in serving:
            raise root.error(("tiers", tier.id), "no agreement serves this tier")


def _check_deadlines(policy: Policy, root: Table) -> None:
    if policy.deadlines.renewal_window_days >= policy.deadlines.membership_term_days:
        problem = "must be shorter than membership_term_days"
        raise root.error(("deadlines", "renewal_window_days"), problem)


def _check_electorates(policy: Policy, root: Table) -> None:
    defined = {each.id for each in policy.electorates}
    for needed in ElectorateId:
        if needed not in defined:
            raise root.error(("electorates", needed.value), "is missing")
    for each in policy.electorates:
        place: FieldPath = ("electorates", each.id.value, "tiers")
        _check_tiers_known(each.tiers, place, policy, root)


def _check_votes(policy: Policy, root: Table) -> None:
    defined = {rule.kind for rule in policy.votes}
    for needed in VoteKind:
        if needed not in defined:
            raise root.error(("votes", needed.value), "is missing")
    for rule in policy.votes:
        _check_fallback(rule, policy, root)


def _check_fallback(rule: VoteRule, policy: Policy, root: Table) -> None:
    """An electorate without voters can only fall back on somebody who is not among them."""
    if rule.fallback is VoteFallback.DIRECTOR:
        return
    voters = set(policy.electorate(rule.electorate).tiers)
    if voters.issuperset(policy.electorate(ElectorateId(rule.fallback.value)).tiers):
        problem = f"{rule.fallback} are empty when {rule.electorate} are"
        raise root.error(("votes", rule.kind.value, "fallback"), problem)


def _check_counties(policy: Policy, root: Table) -> None:
    codes: set[str] = set()
    names: set[tuple[str, str]] = set()
    state_of_prefix: dict[str, str] = {}
    for index, county in enumerate(policy.counties):
        place: FieldPath = ("counties", index)
        if county.fips in codes:
            raise root.error((*place, "fips"), f"{quoted(county.fips)} is listed twice")
        if (county.state, county.name) in names:
            problem = f"{quoted(county.name)} is another county's name in {county.state}"
            raise root.error((*place, "name"), problem)
        # The first two digits are the state's own code.
        state = state_of_prefix.setdefault(county.fips[:2], county.state)
        if state != county.state:
            problem = f"codes that start with {county.fips[:2]} are in {state} above"
            raise root.error((*place, "state"), problem)
        codes.add(county.fips)
        names.add((county.state, county.name))
    prefixes = Counter(state_of_prefix.values())
    for index, county in enumerate(policy.counties):
        if prefixes[county.state] > 1:
            problem = f"{county.state} has codes of more than one state"
            raise root.error(("counties", index, "state"), problem)


def _check_regions(policy: Policy, root: Table) -> None:
    region_of: dict[str, str] = {}
    for region in policy.regions:
        for index, fips in enumerate(region.counties):
            place: FieldPath = ("regions", region.id, "counties", index)
            if not policy.serves(fips):
                raise root.error(place, f"{quoted(fips)} is not a county of this policy")
            if fips in region_of:
                raise root.error(place, f"{quoted(fips)} is already in {region_of[fips]}")
            region_of[fips] = region.id
    for index, county in enumerate(policy.counties):
        if county.fips not in region_of:
            problem = f"{quoted(county.fips)} ({county.name}) is in no region"
            raise root.error(("counties", index, "fips"), problem)
