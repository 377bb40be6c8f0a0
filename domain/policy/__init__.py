"""A coalition's policy as data: read from one file, checked whole, looked up by name.

`parse_policy` turns the bytes of a policy file into a `Policy` or raises `PolicyError`, which says
on which line the file is wrong; `format_policy` writes one back. The policy of CATE ships with the
package as `CATE_POLICY_RESOURCE`; whoever may read files opens it with
`importlib.resources.files("domain.policy")`.
"""

from domain.policy.errors import NotInPolicyError, PolicyError
from domain.policy.format import format_policy
from domain.policy.identifiers import format_ein, parse_ein
from domain.policy.model import (
    Agreement,
    County,
    Deadlines,
    MembershipClass,
    MembershipClassId,
    PartyType,
    Policy,
    PopulationShare,
    Region,
    Requirement,
    RequirementKind,
    Standard,
    Tier,
    TierNumber,
)
from domain.policy.parse import MOST_SEATS, parse_policy
from domain.policy.voting import (
    Electorate,
    ElectorateId,
    Share,
    VoteFallback,
    VoteKind,
    VoteRule,
)

CATE_POLICY_RESOURCE = "cate.toml"
"""The file in this package that holds the policy of CATE."""

__all__ = [
    "CATE_POLICY_RESOURCE",
    "MOST_SEATS",
    "Agreement",
    "County",
    "Deadlines",
    "Electorate",
    "ElectorateId",
    "MembershipClass",
    "MembershipClassId",
    "NotInPolicyError",
    "PartyType",
    "Policy",
    "PolicyError",
    "PopulationShare",
    "Region",
    "Requirement",
    "RequirementKind",
    "Share",
    "Standard",
    "Tier",
    "TierNumber",
    "VoteFallback",
    "VoteKind",
    "VoteRule",
    "format_ein",
    "format_policy",
    "parse_ein",
    "parse_policy",
]
