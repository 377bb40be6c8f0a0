"""The lists that can be had as files: what is asked, and the columns of a table of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec


class Kind(enum.Enum):
    """What the values of a column are, where there are any."""

    TEXT = "text"
    TEXTS = "texts"
    DATE = "date"
    INTEGER = "integer"
    BOOLEAN = "boolean"


class Column(msgspec.Struct, frozen=True):
    """A column of a table.

    Attributes:
        path: where it is in a node, see `at`.
        kind: what is there.
    """

    path: str
    kind: Kind = Kind.TEXT


class ListOfRows(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the API.

    Attributes:
        document: see `service.partners.reading.Wanted`.
        terms: the fields of its filter that are lists.
        texts: those that are single values.
        columns: those of a table of it, by name and in order.
        dated: whether it can be had as of a position and a day.
    """

    document: str
    terms: tuple[str, ...]
    texts: tuple[str, ...]
    columns: Mapping[str, Column]
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
            "id": Column("id"),
            "kind": Column("kind"),
            "name": Column("name"),
            "description": Column("description"),
            "tier": Column("tier.key"),
            "standing": Column("standing"),
            "since": Column("since", Kind.DATE),
            "listedOn": Column("listedOn", Kind.DATE),
            "counties": Column("counties.fips", Kind.TEXTS),
            "countyNames": Column("counties.name", Kind.TEXTS),
            "populations": Column("populations", Kind.TEXTS),
            "services": Column("services", Kind.TEXTS),
            "website": Column("website"),
            "email": Column("email"),
            "phone": Column("phone"),
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
            "id": Column("id"),
            "tier": Column("tier.key"),
            "class": Column("membershipClass"),
            "standing": Column("standing"),
            "since": Column("since", Kind.DATE),
            "listing": Column("listing.id"),
            "listedName": Column("listing.name"),
            "counties": Column("listing.counties.fips", Kind.TEXTS),
            "party": Column("party.id"),
            "organisation": Column("party.name"),
            "person": Column("party.personName"),
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
            "id": Column("id"),
            "kind": Column("kind"),
            "phase": Column("phase"),
            "openedOn": Column("openedOn", Kind.DATE),
            "closesOn": Column("closesOn", Kind.DATE),
            "closedOn": Column("closedOn", Kind.DATE),
            "outcome": Column("outcome"),
            "quorumMet": Column("quorumMet", Kind.BOOLEAN),
            "thresholdMet": Column("thresholdMet", Kind.BOOLEAN),
            "approve": Column("tally.approve", Kind.INTEGER),
            "against": Column("tally.against", Kind.INTEGER),
            "abstain": Column("tally.abstain", Kind.INTEGER),
            "proposalSha256": Column("proposalSha256"),
            "policy": Column("policy"),
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
            "kind": Column("kind"),
            "dueOn": Column("dueOn", Kind.DATE),
            "overdue": Column("overdue", Kind.BOOLEAN),
            "waitingOn": Column("waitingOn"),
            "about": Column("about.id"),
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
