"""Plans: what deciding one command takes, and what access looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.coalition.recusal import OpenVotes, UnderWay
from domain.coalition.vote import Vote
from domain.decision import Decision, Moment
from domain.membership.application import Application
from domain.membership.leaving import Written
from domain.membership.membership import Membership
from domain.membership.original import Original
from domain.membership.party import Party
from domain.membership.returning import Return
from domain.policy import Policy, VoteKind, parse_policy
from domain.terms import EntryId
from service.ledger.request import Request
from service.ledger.world import World
from service.security import access
from service.security.access import Kind, Resource


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one command is to be decided.

    Attributes:
        subject: id of the object that the answer shows.
        version: the version that ``expectedVersion`` is compared with: the object's; the
            review's for whoever reviews or decides an application, since what they go by
            is there; 0 where the command makes the object.
        resource: what access looks at; ``None`` when there is no such object.
        decide: the rules, with their states.
        policy: the policy that the decision is made under; the one in force if ``None``.
        since_founding: whether nothing of it can hold from before the founding; the
            coalition's own past can.
    """

    subject: str
    version: int
    resource: Resource | None
    decide: Callable[[], Decision]
    policy: Policy | None = None
    since_founding: bool = True


Planner = Callable[[World, Any, Request, Moment], Plan]


Decide = Callable[..., Decision]
"""Decides by the world, the states that a command is about, the command and the moment."""


def plain(decider: Callable[..., Decision]) -> Decide:
    """Decide by what the command is about alone."""
    return lambda _, *given, **found: decider(*given, **found)


def by_policy(decider: Callable[..., Decision]) -> Decide:
    """Decide by what the command is about and the policy in force."""
    return lambda world, *given: decider(*given, world.policy)


def about_party(decide: Decide) -> Planner:
    """Plan a command about a party."""

    def plan(world: World, command: Any, _: Request, moment: Moment) -> Plan:  # noqa: ANN401
        party = world.party(command.party)
        return Plan(
            subject=party.id,
            version=party.version,
            resource=party_resource(party),
            decide=lambda: decide(world, party, command, moment),
        )

    return plan


def about_application(decide: Decide) -> Planner:
    """Plan a command about an application."""

    def plan(world: World, command: Any, _: Request, moment: Moment) -> Plan:  # noqa: ANN401
        application = world.application(command.application)
        return Plan(
            subject=application.id,
            version=application.version,
            resource=application_resource(world, application),
            decide=lambda: decide(world, application, command, moment),
        )

    return plan


def about_review(decide: Decide) -> Planner:
    """Plan a command about an application by whoever reviews or decides it."""

    def plan(world: World, command: Any, _: Request, moment: Moment) -> Plan:  # noqa: ANN401
        application = world.application(command.application)
        review = world.review(application.review)
        return Plan(
            subject=application.id,
            version=review.version,
            resource=application_resource(world, application),
            decide=lambda: decide(world, application, review, command, moment),
        )

    return plan


def about_membership(decide: Decide) -> Planner:
    """Plan a command about a membership."""

    def plan(world: World, command: Any, _: Request, moment: Moment) -> Plan:  # noqa: ANN401
        membership = world.membership(command.membership)
        return Plan(
            subject=membership.id,
            version=membership.version,
            resource=membership_resource(membership),
            decide=lambda: decide(world, membership, command, moment),
        )

    return plan


def original_of(world: World, entry: EntryId) -> Original | None:
    """Return the entry that a correction names, if there is such an entry."""
    found = world.entry(entry)
    if found is None:
        return None
    envelope = found.envelope
    return Original(
        stream=envelope.stream,
        version=envelope.version,
        effective=envelope.effective,
        event=found.event,
    )


def party_resource(party: Party) -> Resource | None:
    """Return what a party is to whoever gives a command about it."""
    return Resource(kind=Kind.PARTY, party=party.id) if party.version else None


def application_resource(world: World, application: Application) -> Resource | None:
    """Return what an application is to whoever gives a command about it."""
    if not application.version:
        return None
    review = world.review(application.review)
    return access.application(
        application.party, application.applicant, review.reviewers, review.recused
    )


def membership_resource(membership: Membership) -> Resource | None:
    """Return what a membership is to whoever gives a command about it."""
    return Resource(kind=Kind.MEMBERSHIP, party=membership.party) if membership.version else None


def last_vote(world: World, subject: str, *kinds: VoteKind) -> Vote | None:
    """Return the last vote of these kinds on a membership or on a policy file, if there was one.

    Args:
        world: the states.
        subject: the membership's id, or the SHA-256 of the file.
        kinds: what the vote decides.
    """
    vote = world.register.asked.last(subject, kinds)
    return None if vote is None else world.vote(vote)


def written_of(world: World, membership: Membership) -> Written:
    """Return what was voted on of a member of which somebody else says that it leaves."""
    return Written(
        ending=last_vote(world, membership.id, VoteKind.TERMINATION),
        appeal=last_vote(world, membership.id, VoteKind.APPEAL),
    )


def open_votes(world: World) -> OpenVotes:
    """Return every vote that is open, with what tells who has an interest in one."""
    votes = [world.vote(each) for each in sorted(world.register.asked.open_votes)]
    return OpenVotes(
        votes=[_under_way(world, each) for each in votes],
        coalition=world.coalition,
        register=world.register,
    )


def _under_way(world: World, vote: Vote) -> UnderWay:
    application = world.application(vote.application or "")
    party = application.party or world.membership(vote.membership or "").party
    about = [party, *world.register.parts(party)] if party else []
    ballots = world.ballots(vote.ballots)
    return UnderWay(
        vote=vote,
        about=[world.party(each) for each in about],
        conflicted=world.review(application.review).conflicted,
        voters=world.memberships(sorted(ballots.electorate(vote))),
        recused=ballots.recused(vote),
    )


def return_of(world: World, membership: Membership) -> Return:
    """Return what the return of a membership looks at."""
    return Return(
        membership=membership,
        party=world.party(membership.party),
        coalition=world.coalition,
        register=world.register,
        vote=last_vote(world, membership.id, VoteKind.ADMISSION),
    )


def policy_file(world: World, request: Request) -> Policy:
    """Return the policy that comes with the request; the edge has checked that it parses."""
    policy = parse_policy(request.documents[0].content)
    world.learn_policy(policy)
    return policy
