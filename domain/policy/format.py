"""From a `Policy` back to a policy file: the inverse of `parse_policy`, without its comments."""

from collections.abc import Iterable, Iterator

import msgspec

from domain.policy.model import County, MembershipClass, Policy, Region, Requirement, Tier
from domain.policy.voting import Share, VoteRule


def format_policy(policy: Policy) -> bytes:
    """Write a policy as TOML, always in the same way for equal policies.

    `parse_policy` gives back an equal policy but for `sha256`, which is the digest of the bytes
    that were read and so of these. The file a coalition adopts is the one it wrote, comments and
    all; this is for showing, comparing and deriving.
    """
    blocks = [
        _root(policy),
        *(_class(each) for each in policy.classes),
        *(block for tier in policy.tiers for block in _tier(tier)),
        *(
            _block(f"[agreements.{each.id}]", name=_text(each.name), tiers=_texts(each.tiers))
            for each in policy.agreements
        ),
        _block(
            "[deadlines]",
            **{name: str(days) for name, days in msgspec.structs.asdict(policy.deadlines).items()},
        ),
        *(
            _block(f"[electorates.{each.id}]", tiers=_texts(each.tiers))
            for each in policy.electorates
        ),
        *(_vote(rule) for rule in policy.votes),
        *(_region(region) for region in policy.regions),
    ]
    return "\n".join(blocks).encode()


def _root(policy: Policy) -> str:
    return _block(
        None,
        id=_text(policy.id),
        version=str(policy.version),
        name=_text(policy.name),
        time_zone=_text(policy.time_zone),
        vision=_text(policy.vision),
        mission=_text(policy.mission),
        core_values=_texts(policy.core_values),
        smallest_count=str(policy.smallest_count),
        counties=_lines(_county(county) for county in policy.counties),
    )


def _county(county: County) -> str:
    return _inline(fips=_text(county.fips), name=_text(county.name), state=_text(county.state))


def _class(each: MembershipClass) -> str:
    standards = (
        _inline(id=_text(standard.id), name=_text(standard.name)) for standard in each.standards
    )
    return _block(f"[classes.{each.id}]", name=_text(each.name), standards=_lines(standards))


def _tier(tier: Tier) -> Iterator[str]:
    settings = {
        "name": _text(tier.name),
        "class": _text(tier.membership_class),
        "number": _text(tier.number),
        "type": _text(tier.type_text),
        "party_types": _texts(tier.party_types),
        "population_served": _text(tier.population_served),
        "commitment": _text(tier.commitment),
        "participation": _text(tier.participation),
        "responsibility": _text(tier.responsibility),
        "application": _flag(on=tier.application_required),
        "selection": _text(tier.selection),
    }
    if tier.participation_days is not None:
        settings["participation_days"] = str(tier.participation_days)
    if tier.seats is not None:
        settings["seats"] = str(tier.seats)
    yield _block(f"[tiers.{tier.id}]", **settings)
    for requirement in tier.requirements:
        yield _requirement(f"[[tiers.{tier.id}.requirements]]", requirement)


def _requirement(header: str, requirement: Requirement) -> str:
    settings = {
        "id": _text(requirement.id),
        "text": _text(requirement.text),
        "kind": _text(requirement.kind),
    }
    if requirement.applies_to:
        settings["applies_to"] = _texts(requirement.applies_to)
    if requirement.share is not None:
        settings["minimum_percent"] = str(requirement.share.minimum_percent)
        settings["population"] = _text(requirement.share.population)
    return _block(header, **settings)


def _vote(rule: VoteRule) -> str:
    settings = {
        "electorate": _text(rule.electorate),
        "quorum": _share(rule.quorum),
        "threshold": _share(rule.threshold),
        "director_votes": _flag(on=rule.director_votes),
        "tally_minimum_electorate": str(rule.tally_minimum_electorate),
        "fallback": _text(rule.fallback),
    }
    if rule.required:
        settings["required"] = _flag(on=True)
    return _block(f"[votes.{rule.kind}]", **settings)


def _share(share: Share) -> str:
    numbers = f"[{share.numerator}, {share.denominator}]"
    return _inline(more_than=numbers) if share.strict else _inline(at_least=numbers)


def _region(region: Region) -> str:
    return _block(
        f"[regions.{region.id}]", name=_text(region.name), counties=_texts(region.counties)
    )


def _block(header: str | None, **settings: str) -> str:
    head = "" if header is None else f"{header}\n"
    return head + "".join(f"{key} = {value}\n" for key, value in settings.items())


def _inline(**settings: str) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in settings.items()) + " }"


def _lines(values: Iterable[str]) -> str:
    return "[\n" + "".join(f"    {value},\n" for value in values) + "]"


def _texts(values: Iterable[str]) -> str:
    return _lines(_text(value) for value in values)


def _text(value: str) -> str:
    # A policy's texts hold nothing that cannot be printed, so these are the only two to escape.
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _flag(*, on: bool) -> str:
    return "true" if on else "false"
