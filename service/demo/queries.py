"""Queries to begin with: what anybody sees, and what a reviewer and somebody who votes do."""

from __future__ import annotations

import msgspec

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A query to try.

    Attributes:
        title: what it shows, in a few words.
        role: as whom to send it; `Role.PUBLIC` is without a key.
        document: the query, ready to be sent without variables.
    """

    title: str
    role: Role
    document: str


def queries(*, county: str, membership: str) -> tuple[Query, ...]:
    """Return the queries.

    Args:
        county: FIPS code of a county with listings.
        membership: id of a membership with a history.
    """
    member = global_id(NodeKind.MEMBERSHIP, membership)
    return (
        Query(
            title="who can be found in a county",
            role=Role.PUBLIC,
            document=_DIRECTORY % county,
        ),
        Query(
            title="the life of a membership",
            role=Role.PUBLIC,
            document=_MEMBERSHIP % member,
        ),
        Query(
            title="what waits for review",
            role=Role.REVIEWER,
            document=_REVIEW_QUEUE,
        ),
        Query(
            title="what is put to a partner's vote, and what they vote on it with castVote",
            role=Role.REPRESENTATIVE,
            document=_OPEN_VOTES,
        ),
    )


# Each is one line without variables, so that it can be pasted into a shell.
_DIRECTORY = (
    '{ directory(filter: {counties: ["%s"]}) { edges { node '
    "{ name description services tier { name } standing since phone } } } }"
)
_MEMBERSHIP = (
    '{ membership(id: "%s") { listing { name } tier { name } standing since '
    "agreements { agreement version signedOn } "
    "history(first: 50) { edges { node { effectiveOn type actor policy publicData } } } } }"
)
_REVIEW_QUEUE = (
    "{ reviewQueue { edges { node { kind tier { name } phase ageDays party { name } "
    "populationShares { numerator denominator basis periodStart periodEnd } "
    "review { findings { requirement met note } assessments { standard assessment } } } } } }"
)
_OPEN_VOTES = (
    "{ votes(filter: {phases: [OPEN]}) { edges { node { id kind closesOn ownBallot "
    "application { tier { name } party { name } "
    "review { recommendation reasons conflicted findings { requirement met } "
    "assessments { standard assessment } } } } } } }"
)
