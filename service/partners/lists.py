"""The lists that can be had as files: what is asked, and the columns of a table of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec


class ListOfRows(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the API.

    Attributes:
        document: see `service.partners.reading.Wanted`.
        terms: the fields of its filter that are lists.
        texts: those that are single values.
        columns: where each column of a table is in a node, by the column's name.
        dated: whether it can be had as of a position and a day.
    """

    document: str
    terms: tuple[str, ...]
    texts: tuple[str, ...]
    columns: Mapping[str, str]
    dated: bool = True


DIRECTORY: Final = ListOfRows(
    document="""query directory($filter: DirectoryFilter, $asOf: AsOf, $after: String) {
        rows: directory(filter: $filter, asOf: $asOf, first: 100, after: $after) {
            nodes {
                id kind name description tier { key name } standing since listedOn
                counties { fips name state } populations services website email phone
            }
            pageInfo { hasNextPage endCursor }
        }
    }""",
    terms=("counties", "regions", "tiers", "populations", "services"),
    texts=("text",),
    columns=MappingProxyType(
        {
            "id": "id",
            "kind": "kind",
            "name": "name",
            "description": "description",
            "tier": "tier.key",
            "standing": "standing",
            "since": "since",
            "listedOn": "listedOn",
            "counties": "counties.fips",
            "countyNames": "counties.name",
            "populations": "populations",
            "services": "services",
            "website": "website",
            "email": "email",
            "phone": "phone",
        }
    ),
)

MEMBERSHIPS: Final = ListOfRows(
    document="""query memberships($filter: MembershipFilter, $asOf: AsOf, $after: String) {
        rows: memberships(filter: $filter, asOf: $asOf, first: 100, after: $after) {
            nodes {
                id tier { key name } membershipClass standing since
                listing { id name counties { fips name state } }
                party { id ... on Organisation { name } ... on Individual { personName: name } }
            }
            pageInfo { hasNextPage endCursor }
        }
    }""",
    terms=("tiers", "standings", "counties"),
    texts=("party",),
    columns=MappingProxyType(
        {
            "id": "id",
            "tier": "tier.key",
            "class": "membershipClass",
            "standing": "standing",
            "since": "since",
            "listing": "listing.id",
            "listedName": "listing.name",
            "counties": "listing.counties.fips",
            "party": "party.id",
            "organisation": "party.name",
            "person": "party.personName",
        }
    ),
)

VOTES: Final = ListOfRows(
    document="""query votes($filter: VoteFilter, $after: String) {
        rows: votes(filter: $filter, first: 100, after: $after) {
            nodes {
                id kind phase openedOn closesOn closedOn outcome quorumMet thresholdMet
                tally { approve against abstain } proposalSha256 policy
            }
            pageInfo { hasNextPage endCursor }
        }
    }""",
    terms=("kinds", "phases"),
    texts=("application",),
    columns=MappingProxyType(
        {
            "id": "id",
            "kind": "kind",
            "phase": "phase",
            "openedOn": "openedOn",
            "closesOn": "closesOn",
            "closedOn": "closedOn",
            "outcome": "outcome",
            "quorumMet": "quorumMet",
            "thresholdMet": "thresholdMet",
            "approve": "tally.approve",
            "against": "tally.against",
            "abstain": "tally.abstain",
            "proposalSha256": "proposalSha256",
            "policy": "policy",
        }
    ),
    dated=False,
)

DUE_DATES: Final = ListOfRows(
    document="""query dueDates($filter: DueDateFilter, $after: String) {
        rows: dueDates(filter: $filter, first: 100, after: $after) {
            nodes { kind dueOn overdue waitingOn about { id __typename } }
            pageInfo { hasNextPage endCursor }
        }
    }""",
    terms=("kinds",),
    texts=("until",),
    columns=MappingProxyType(
        {
            "kind": "kind",
            "dueOn": "dueOn",
            "overdue": "overdue",
            "waitingOn": "waitingOn",
            "about": "about.id",
        }
    ),
    dated=False,
)

TABLES: Final[Mapping[str, ListOfRows]] = MappingProxyType(
    {"directory": DIRECTORY, "memberships": MEMBERSHIPS, "votes": VOTES}
)
"""The lists that are files of rows, by name."""


def at(node: object, path: str) -> object:
    """Return what is at a path of a node; of a list, what is there in each of its items."""
    value: Any = node
    for name in path.split("."):
        if isinstance(value, list):
            value = [each.get(name) for each in value]
        elif value is not None:
            value = value.get(name)
    return value
