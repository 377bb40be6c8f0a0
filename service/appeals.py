"""Plans of appeals against decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.membership.appealing import Appealed, decide_decide_appeal, decide_file_appeal
from domain.membership.application import Application, ApplicationDeclined
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.membership import Membership
from domain.membership.standing import MembershipSuspended
from domain.policy import Policy, VoteKind
from domain.terms import MembershipId
from service.ledger.request import Request
from service.ledger.world import World
from service.merging import heirs
from service.plan import (
    Plan,
    Planner,
    application_resource,
    membership_resource,
    return_of,
)


def who_decided(world: World, decision: Contestable | None) -> tuple[frozenset[MembershipId], bool]:
    """Return who has no part in an appeal: who voted, and whether the director decided."""
    if decision is None:
        return frozenset(), False
    cast = () if decision.vote is None else world.ballots(world.vote(decision.vote).ballots).cast
    voted = frozenset(each for each in cast if each is not None)
    return heirs(world, voted), decision.by_director or None in cast


def decided_alone(world: World, vote: Vote) -> str | None:
    """Return who made the decision that a vote is an appeal of, where none carried it."""
    if vote.kind is not VoteKind.APPEAL:
        return None
    if vote.application is not None:
        declined = world.application(vote.application).decline
        if declined is None or declined.vote is not None:
            return None
        return world.last_actor(vote.application, ApplicationDeclined)
    decision = world.membership(vote.membership or "").standing.decision
    if decision is None or decision.vote is not None:
        return None
    return world.last_actor(vote.membership or "", MembershipSuspended)


def _appeal(decider: Callable[[Appealed, Any, Moment, Policy], Decision]) -> Planner:
    """Plan a command about an appeal of an application or of a membership."""

    def plan(world: World, command: FileAppeal | DecideAppeal, _: Request, moment: Moment) -> Plan:
        subject: Application | Membership
        if command.membership is None or command.application is not None:
            subject = world.application(command.application or "")
            resource = application_resource(world, subject)
            decision = subject.decline
        else:
            subject = world.membership(command.membership)
            resource = membership_resource(subject)
            decision = subject.standing.decision
        asked = None if decision is None else decision.appeal_vote
        case = Appealed(
            subject=return_of(world, subject) if isinstance(subject, Membership) else subject,
            vote=None if asked is None else world.vote(asked),
            is_part=world.register.survivor(subject.party) != subject.party,
        )
        return Plan(
            subject=subject.id,
            version=subject.version,
            resource=resource,
            decide=lambda: decider(case, command, moment, world.policy),
        )

    return plan


APPEAL_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {FileAppeal: _appeal(decide_file_appeal), DecideAppeal: _appeal(decide_decide_appeal)}
)
"""How the commands of an appeal are planned."""
