"""What a command is likely to need of what it names: see `tests.service.proposing`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random

from graphql import GraphQLInputObjectType, get_named_type

from domain.coalition.correction import DESCRIPTIVE
from domain.policy import PartyType, RequirementKind
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY
from tests.service.generated import MUTATION, MUTATIONS

assert MUTATION is not None
_NAMED = {name: get_named_type(MUTATION.fields[name].args["input"].type) for name in MUTATIONS}
INPUTS: Mapping[str, GraphQLInputObjectType] = {
    name: kind for name, kind in _NAMED.items() if isinstance(kind, GraphQLInputObjectType)
}
OPEN = ("submitted", "awaiting-applicant", "in-review", "reviewed")
PHASES: Mapping[str, tuple[str, ...]] = {
    "admitMember": ("reviewed",),
    "declineApplication": ("reviewed",),
    "changeTier": ("reviewed",),
    "waitlistApplication": ("reviewed",),
    "openVote": ("reviewed", "appealed"),
    "assignReviewer": ("submitted", "in-review"),
    "recordFinding": ("in-review",),
    "assessStandard": ("in-review",),
    "openImprovementPlan": ("in-review", "reviewed"),
    "recordReview": ("in-review",),
    "recuseReviewer": ("in-review", "reviewed"),
    "requestInformation": ("in-review",),
    "provideInformation": ("awaiting-applicant",),
    "recordMilestone": ("approved",),
    "closeImprovementPlan": ("approved",),
    "expireApplication": ("awaiting-applicant",),
    "offerSeat": ("waitlisted",),
    "acceptSeat": ("seat-offered",),
    "expireSeatOffer": ("seat-offered",),
    "fileAppeal": ("declined",),
    "decideAppeal": ("appealed",),
}
"""Of which phase an application is to be named for a mutation, mostly; else it is an open one."""

LEFT = ("terminated", "withdrawn", "lapsed")
GONE = (*LEFT, "merged")
STATUSES: Mapping[str, tuple[str, ...]] = {
    "sendAgreement": ("agreement-pending", *LEFT),
    "signAgreement": ("agreement-pending", *LEFT),
    "liftSuspension": ("suspended",),
    "reinstateMembership": LEFT,
    "terminateMembership": ("active",),
    "fileAppeal": ("suspended", "terminated"),
    "decideAppeal": ("suspended", "terminated"),
    "renewMembership": ("renewal-due",),
}
"""The same of a membership; else it is an active one."""

ONE_OF: Mapping[str, tuple[str, ...]] = {
    "submitApplication": ("organisation", "individual", "party"),
    "openVote": ("application", "membership", "proposal"),
    "fileAppeal": ("application", "membership"),
    "decideAppeal": ("application", "membership"),
    "fileGrievance": ("against", "entry", "role"),
    "suspendMembership": ("until", "condition"),
}
"""Of which fields an input has one."""

UNVOTED = ("adoptPolicy", "reinstateMembership")
"""What names a vote that is about something else, mostly, though it needs none."""

ABOUT = ("application", "membership")
VOTED: Mapping[str, tuple[str, ...]] = {
    "application": ("ADMISSION", "TIER_CHANGE", "APPEAL"),
    "membership": ("TERMINATION", "APPEAL"),
    "proposal": ("POLICY", "MISSION_AND_VALUES"),
}
"""Of which kinds a vote is about something."""

DECIDED = (
    "admitMember",
    "waitlistApplication",
    "changeTier",
    "decideAppeal",
    "terminateMembership",
)
"""What follows a vote that passed."""

OPTIONAL = 0.2
"""How often a field is given that need not be."""

OFTEN = ("submitApplication", "assignReviewer", "recordFinding", "assessStandard", "recordReview")
"""What applications need to come to an end other than their withdrawal."""

PLANNED = ("recordMilestone", "closeImprovementPlan")
PARTNER = "collaborative-partner"

DESCRIBING = [each.stored_name for each in DESCRIPTIVE]
"""The types of entries of which a text can be corrected."""


def next_policy(version: int) -> str:
    """Return the policy as the version that follows one."""
    later = f"version = {version + 1}"
    return re.sub(r"(?m)^version = [0-9]+$", later, CATE_TOML.decode())


def attested(tier: str, random: Random) -> list[str]:
    """Return what a member of a tier attests to stay, who is an organisation of some type."""
    types = [each for each in PartyType if each is not PartyType.INDIVIDUAL]
    asked = POLICY.requirements_for(tier, random.choice(types))
    return [each.id for each in asked if each.kind is not RequirementKind.PARTY_TYPE]


def likely_of(mutation: str, name: str, values: list[str]) -> list[str]:
    """Return which values of an enumeration a field is likely to take, some of them twice."""
    if name == "partyType":
        return [each for each in values if each != "INDIVIDUAL"]
    if name == "precision":
        return ["DAY"]
    if mutation == "createKey":
        return ["PORTAL", "AUDITOR", "APPLICANT"]
    often = {"assessment": ["WORKS_TOWARDS"] * 2, "ballot": ["APPROVE"] * 4}
    return values + often.get(name, [])


def made_up(random: Random) -> dict[str, Callable[[], object]]:
    """Return what makes the values of fields that depend on nothing."""
    choice, number = random.choice, random.randint
    return {
        "counties": lambda: choice(["29510", "29189", "29095", "17163"]),
        "ein": lambda: f"43{number(10**6, 10**7 - 1)}",
        "email": lambda: f"someone{number(1, 10**6)}@example.org",
        "phone": lambda: f"+1 314 555 01{number(10, 99)}",
        **dict.fromkeys(("website", "url", "link"), lambda: f"https://example.org/{number(1, 9)}"),
        "name": lambda: f"Inventory of Lanterns {number(1, 10**6)}",
        "numerator": lambda: number(50, 100),
        "denominator": lambda: 100,
        "seats": lambda: number(10, 40),
        "milestone": lambda: number(1, 2),
        "days": lambda: number(1, 300),
        "types": lambda: "membership.admitted.v1",
        "field": lambda: choice(["text", "source", "name", "purpose", "title", "funder", "reason"]),
    }
