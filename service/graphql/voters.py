"""Whom the viewer speaks for: whether that is a member, and what it votes or voted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from domain.policy import VoteKind
from domain.terms import PartyId, VotePhase
from projections import ballots, electorates, memberships, votes
from projections.membership_folds import MembershipRow
from projections.votes import VoteRow
from service.graphql.context import Context
from service.security.access import Kind, Resource
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


def votes_to(context: Context, rows: Sequence[VoteRow]) -> dict[str, Resource]:
    """Return what votes are to the viewer, by their id: who voted on it, or whom it may end."""
    endings = {row.id: row for row in rows if row.kind is VoteKind.TERMINATION}
    voted, own = _voted_in(context, [*endings.values()]), context.principal.party
    ever_held = {each.id for each in _ever_held(context)}
    found: dict[str, Resource] = {}
    for row in rows:
        is_own = row.id in endings and row.membership in ever_held
        resource = Resource(
            kind=Kind.VOTE,
            party=own if is_own else None,
            sealed=row.phase is VotePhase.OPEN,
            voted=own if row.id in voted else None,
        )
        found[row.id] = voted_on(context, row.id, resource)
    return found


def judged(context: Context, applications: Mapping[str, str]) -> dict[str, int]:
    """Return on which applications the viewer's member cast a ballot in the last vote.

    Args:
        context: the request.
        applications: the parties that made them, by their ids.

    Returns:
        The position of the close of each of these votes.
    """
    others = [each for each, party in applications.items() if party != context.principal.party]
    if not others or not _held(context):
        return {}
    rows = votes.latest_on(context.connection, context.now, others)
    voted = _voted_in(context, list(rows.values()))
    return {
        application: row.closed_position
        for application, row in rows.items()
        if row.id in voted and row.closed_position is not None
    }


def as_judged(resource: Resource, closed: int | None, position: int) -> Resource:
    """Return what an entry about an application is to who voted: none from after the close."""
    if closed is None or position <= closed:
        return resource
    return msgspec.structs.replace(resource, voted=None)


def open_on_own(context: Context) -> tuple[str, ...]:
    """Return the open votes that may end the membership that the viewer speaks for."""
    held = [each.id for each in _held(context)]
    if not held:
        return ()
    return context.known("own", lambda: tuple(votes.open_on(context.connection, held)))


def _voted_in(context: Context, rows: Sequence[VoteRow]) -> frozenset[str]:
    """Return in which votes that are closed the viewer's member cast a ballot that counted."""
    held = {each.id for each in _held(context)}
    closed = {row.ballots: row.id for row in rows if row.phase is VotePhase.CLOSED}
    if not held or not closed:
        return frozenset()
    said = ballots.by_ids(context.connection, context.now, closed)
    return frozenset(
        closed[each.id]
        for each in said.values()
        for cast in each.cast
        if cast.membership in held and not each.stands_aside(cast.membership)
    )


def of_member(context: Context, resource: Resource) -> Resource:
    """Return what something is to the viewer who may speak for a member, as it is now."""
    if not _held(context):
        return resource
    return msgspec.structs.replace(resource, member=context.principal.party)


def _held(context: Context) -> list[MembershipRow]:
    """Return the live memberships of the party that the viewer speaks for."""
    return [each for each in _ever_held(context) if each.status.is_live]


def _ever_held(context: Context) -> Sequence[MembershipRow]:
    """Return the memberships of the party that the viewer speaks for, read once a request."""
    principal = context.principal
    if principal.role is not Role.REPRESENTATIVE or principal.party is None:
        return []
    party = principal.party

    def read() -> Sequence[MembershipRow]:
        return memberships.by_parties(context.connection, context.now, [party])[party]

    return context.known("held", read)


def _read(context: Context) -> Voting:
    principal = context.principal
    connection, now = context.connection, context.now
    found = {
        vote: each.id
        for each in _held(context)
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
