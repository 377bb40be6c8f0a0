"""The lists that can be had as files: what is asked, and the columns of a table of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from service.partners.columns import Column, Kind

_CAPITAL: Final = re.compile(r"(?=[A-Z])")


class ListOfRows(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the API.

    Attributes:
        query: the field of the schema that it is, from ``Query`` on.
        arguments: those of the field that it is asked with, by name, each with its type: the
            filter, the point in time, and what is true or false.
        terms: the fields of its filter that are lists.
        texts: those that are single values.
        node: what is asked of each row.
        columns: those of a table of it, by name and in order.
        personal: whether it takes a key: without one nobody has anything in it.
        logged: whether its rows are entries, which end where the log did for the first page.
    """

    query: str
    arguments: Mapping[str, str]
    terms: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    node: str
    columns: Mapping[str, Column]
    personal: bool = False
    logged: bool = False

    @property
    def name(self) -> str:
        """What its files are called."""
        return _CAPITAL.sub("-", self.query.rpartition(".")[2]).lower()

    @property
    def dated(self) -> bool:
        """Whether it can be had as of a position and a day."""
        return "asOf" in self.arguments

    @property
    def truths(self) -> tuple[str, ...]:
        """The arguments that are true or false."""
        return tuple(name for name, kind in self.arguments.items() if kind == "Boolean")

    @property
    def document(self) -> str:
        """The query of a page, see `service.partners.reading.Wanted`."""
        *around, last = self.query.split(".")
        variables = "".join(f"${name}: {kind}, " for name, kind in self.arguments.items())
        arguments = "".join(f"{name}: ${name}, " for name in self.arguments)
        asked = f"""rows: {last}({arguments}first: 100, after: $after) {{
            nodes {{ {self.node} }} pageInfo {{ hasNextPage endCursor }}
        }}"""
        for field in reversed(around):
            asked = f"{field} {{ {asked} }}"
        return f"query {last}({variables}$after: String) {{ {asked} }}"


DIRECTORY: Final = ListOfRows(
    query="directory",
    arguments={"filter": "DirectoryFilter", "asOf": "AsOf"},
    terms=("counties", "regions", "tiers", "populations", "services"),
    texts=("text",),
    node="""
        id kind name description tier { key name } standing since listedOn
        counties { fips name state } populations services website email phone
    """,
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
    query="memberships",
    arguments={"filter": "MembershipFilter", "asOf": "AsOf"},
    terms=("tiers", "standings", "counties"),
    texts=("party",),
    node="""
        id tier { key name } membershipClass standing since
        listing { id name counties { fips name state } }
        party { id ... on Organisation { name } ... on Individual { personName: name } }
    """,
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
    query="votes",
    arguments={"filter": "VoteFilter"},
    terms=("kinds", "phases"),
    texts=("application",),
    node="""
        id kind phase openedOn closesOn closedOn outcome quorumMet thresholdMet
        tally { approve against abstain } proposalSha256 policy
    """,
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
)

DUE_DATES: Final = ListOfRows(
    query="dueDates",
    arguments={"filter": "DueDateFilter"},
    terms=("kinds",),
    texts=("until",),
    node="kind dueOn overdue waitingOn about { id __typename }",
    columns=MappingProxyType(
        {
            "kind": Column("kind"),
            "dueOn": Column("dueOn", Kind.DATE),
            "overdue": Column("overdue", Kind.BOOLEAN),
            "waitingOn": Column("waitingOn"),
            "aboutType": Column("about.__typename"),
            "about": Column("about.id"),
        }
    ),
    personal=True,
)


_APPLICATION: Final = """
        id kind tier { key } phase phaseSince submittedOn submittedAt decidedOn ageDays
        waiting { on since days expiresOn } expiredBy withdrawalReason clauses
        party { id ... on Organisation { name } ... on Individual { personName: name } }
        applicant statement reason membership { id } reviewers review { recommendation }
        vote { id } appeal { phase }
    """

_OF_APPLICATION: Final = MappingProxyType(
    {
        "id": Column("id"),
        "kind": Column("kind"),
        "tier": Column("tier.key"),
        "phase": Column("phase"),
        "phaseSince": Column("phaseSince", Kind.DATE),
        "submittedOn": Column("submittedOn", Kind.DATE),
        "submittedAt": Column("submittedAt", Kind.TIME),
        "decidedOn": Column("decidedOn", Kind.DATE),
        "ageDays": Column("ageDays", Kind.INTEGER),
        "waitingOn": Column("waiting.on"),
        "waitingSince": Column("waiting.since", Kind.DATE),
        "waitingDays": Column("waiting.days", Kind.INTEGER),
        "expiresOn": Column("waiting.expiresOn", Kind.DATE),
        "expiredBy": Column("expiredBy"),
        "withdrawalReason": Column("withdrawalReason"),
        "clauses": Column("clauses", Kind.TEXTS),
        "party": Column("party.id"),
        "organisation": Column("party.name"),
        "person": Column("party.personName"),
        "applicant": Column("applicant"),
        "statement": Column("statement"),
        "reason": Column("reason"),
        "membership": Column("membership.id"),
        "reviewers": Column("reviewers", Kind.TEXTS),
        "recommendation": Column("review.recommendation"),
        "vote": Column("vote.id"),
        "appeal": Column("appeal.phase"),
    }
)

APPLICATIONS: Final = ListOfRows(
    query="applications",
    arguments={"filter": "ApplicationFilter"},
    terms=("kinds", "phases", "tiers"),
    texts=("party", "reviewer", "decidedSince", "decidedUntil"),
    node=_APPLICATION,
    columns=_OF_APPLICATION,
    personal=True,
)

REVIEW_QUEUE: Final = ListOfRows(
    query="reviewQueue",
    arguments={"filter": "ReviewQueueFilter"},
    terms=("waitingOn", "kinds", "tiers"),
    texts=("reviewer",),
    node=_APPLICATION,
    columns=_OF_APPLICATION,
    personal=True,
)

APPEALS: Final = ListOfRows(
    query="appeals",
    arguments={"decided": "Boolean"},
    node="""
        about { id __typename } phase waitingOn filedOn ageDays grounds vote { id }
        outcome decidedOn
    """,
    columns=MappingProxyType(
        {
            "aboutType": Column("about.__typename"),
            "about": Column("about.id"),
            "phase": Column("phase"),
            "waitingOn": Column("waitingOn"),
            "filedOn": Column("filedOn", Kind.DATE),
            "ageDays": Column("ageDays", Kind.INTEGER),
            "grounds": Column("grounds"),
            "vote": Column("vote.id"),
            "outcome": Column("outcome"),
            "decidedOn": Column("decidedOn", Kind.DATE),
        }
    ),
    personal=True,
)

GRIEVANCES: Final = ListOfRows(
    query="grievances",
    arguments={"resolved": "Boolean"},
    node="""
        id member { id } against { id } decision { id position } role text filedOn
        outcome resolution resolvedOn
    """,
    columns=MappingProxyType(
        {
            "id": Column("id"),
            "member": Column("member.id"),
            "against": Column("against.id"),
            "decision": Column("decision.id"),
            "role": Column("role"),
            "text": Column("text"),
            "filedOn": Column("filedOn", Kind.DATE),
            "outcome": Column("outcome"),
            "resolution": Column("resolution"),
            "resolvedOn": Column("resolvedOn", Kind.DATE),
        }
    ),
    personal=True,
)

KEYS: Final = ListOfRows(
    query="keys",
    arguments={"filter": "KeyFilter"},
    terms=("roles",),
    node="""
        prefix label principal role party belongsTo person scopes issuer active createdAt
        createdBy replaces expiresAt revokedAt revokedBy lastUsedOn
    """,
    columns=MappingProxyType(
        {
            "prefix": Column("prefix"),
            "label": Column("label"),
            "principal": Column("principal"),
            "role": Column("role"),
            "party": Column("party"),
            "belongsTo": Column("belongsTo"),
            "person": Column("person"),
            "scopes": Column("scopes", Kind.TEXTS),
            "issuer": Column("issuer"),
            "active": Column("active", Kind.BOOLEAN),
            "createdAt": Column("createdAt", Kind.TIME),
            "createdBy": Column("createdBy"),
            "replaces": Column("replaces"),
            "expiresAt": Column("expiresAt", Kind.TIME),
            "revokedAt": Column("revokedAt", Kind.TIME),
            "revokedBy": Column("revokedBy"),
            "lastUsedOn": Column("lastUsedOn", Kind.DATE),
        }
    ),
    personal=True,
)

ENTRIES: Final = ListOfRows(
    query="ledger.entries",
    arguments={"filter": "EntryFilter"},
    terms=("types", "streams"),
    texts=("recordedFrom", "recordedUntil", "effectiveFrom", "effectiveUntil"),
    node="""
        id position leafHash recordedOn recordedAt effectiveOn type stream version actor policy
        publicData disclosures { path value } erased
    """,
    columns=MappingProxyType(
        {
            "id": Column("id"),
            "position": Column("position", Kind.INTEGER),
            "leafHash": Column("leafHash"),
            "recordedOn": Column("recordedOn", Kind.DATE),
            "recordedAt": Column("recordedAt", Kind.TIME),
            "effectiveOn": Column("effectiveOn", Kind.DATE),
            "type": Column("type"),
            "stream": Column("stream"),
            "version": Column("version", Kind.INTEGER),
            "actor": Column("actor"),
            "policy": Column("policy"),
            "publicData": Column("publicData", Kind.JSON),
            "disclosures": Column("disclosures", Kind.JSON),
            "erased": Column("erased", Kind.TEXTS),
        }
    ),
    logged=True,
)

TABLES: Final[Mapping[str, ListOfRows]] = MappingProxyType(
    {
        each.name: each
        for each in (
            DIRECTORY,
            MEMBERSHIPS,
            VOTES,
            ENTRIES,
            APPLICATIONS,
            REVIEW_QUEUE,
            DUE_DATES,
            APPEALS,
            GRIEVANCES,
            KEYS,
        )
    }
)
"""The lists that are files of rows, by name."""
