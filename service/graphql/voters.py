"""Whom the viewer speaks for: whether that is a member, and what it has a vote on."""

from __future__ import annotations

import msgspec

from domain.policy import VoteKind
from domain.terms import ACTING, PartyId
from projections import ballots, electorates, memberships, votes
from projections.membership_folds import MembershipRow
from service.graphql.context import Context
from service.security.access import Resource
from service.security.principal import Role


class Voting(msgspec.Struct, frozen=True):
    """What somebody has a vote on at present.

    Attributes:
        party: whom they vote for; ``None`` where they have no vote.
        votes: the open votes.
        subjects: the applications and memberships that those are about.
    """

    party: PartyId | None = None
    votes: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()


def voting_of(context: Context) -> Voting:
    """Return what the viewer has a vote on, read once a request."""
    return context.known("voting", lambda: _read(context))


def voted_on(context: Context, subject: str, resource: Resource) -> Resource:
    """Return what a vote, or what one may be about, is to the viewer who may have a vote on it.

    Args:
        context: the request.
        subject: its id.
        resource: what it is to them otherwise.
    """
    resource = of_member(context, resource)
    voting = voting_of(context)
    if voting.party is None or (subject not in voting.subjects and subject not in voting.votes):
        return resource
    return msgspec.structs.replace(resource, voters=frozenset({voting.party}))


def of_member(context: Context, resource: Resource) -> Resource:
    """Return what something is to the viewer who may speak for a member, as it is now."""
    if not _held(context):
        return resource
    return msgspec.structs.replace(resource, member=context.principal.party)


def _held(context: Context) -> list[MembershipRow]:
    """Return the live memberships of the party that the viewer speaks for, read once a request."""
    principal = context.principal
    if principal.role is not Role.REPRESENTATIVE or principal.party is None:
        return []
    party = principal.party

    def read() -> list[MembershipRow]:
        found = memberships.by_parties(context.connection, context.now, [party])[party]
        return [each for each in found if each.status.is_live]

    return context.known("held", read)


def _read(context: Context) -> Voting:
    principal = context.principal
    connection, now = context.connection, context.now
    found = {
        vote: each.id
        for each in _held(context)
        if each.status in ACTING
        for vote in electorates.open_to(connection, each.id)
    }
    if not found:
        return Voting()
    rows = list(votes.by_ids(connection, now, found).values())
    said = ballots.by_ids(connection, now, [row.ballots for row in rows])
    rows = [
        row
        for row in rows
        if row.ballots not in said or not said[row.ballots].stands_aside(found[row.id])
    ]
    ending = {row.id: row.membership or "" for row in rows if row.kind is VoteKind.TERMINATION}
    members = memberships.by_ids(connection, now, ending.values())
    live = {each for each, member in members.items() if member.status.is_live}
    rows = [row for row in rows if row.id not in ending or ending[row.id] in live]
    subjects = {each for row in rows for each in (row.application, row.membership)}
    return Voting(
        principal.party,
        tuple(row.id for row in rows),
        frozenset(each for each in subjects if each is not None),
    )
