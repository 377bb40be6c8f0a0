"""Plans of appeals against decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import Event
from domain.membership.appealing import Appealed, decide_decide_appeal, decide_file_appeal
from domain.membership.application import Application, ApplicationDeclined
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.membership import Membership
from domain.membership.standing import MembershipSuspended, MembershipWithdrawn
from domain.policy import Policy
from domain.terms import MembershipId, MembershipStatus, PartyId, PrincipalId, VoteOutcome
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.merging import heirs
from service.planning.plan import (
    Plan,
    Planner,
    application_resource,
    membership_resource,
    return_of,
)
from service.planning.recusal import organisations_of
from service.security.principal import Role


def who_decided(
    world: World, subject: Application | Membership
) -> tuple[frozenset[MembershipId], bool]:
    """Return who has no part in an appeal, and whether the director decided.

    Those are who voted on the decision; where no vote carried it, the organisation of whoever
    made it, so that they do not come back as its representative.
    """
    decision = _decision(subject)
    if decision is None:
        return frozenset(), False
    carried = _carried(world, decision)
    if carried is None:
        alone = {world.register.membership_of(each) for each in decided_alone(world, subject)}
        return frozenset(each for each in alone if each is not None), decision.by_director
    cast = world.ballots(carried.ballots).cast
    voted = frozenset(each for each in cast if each is not None)
    return heirs(world, voted), decision.by_director or None in cast


def decided_alone(world: World, subject: Application | Membership) -> frozenset[PartyId]:
    """Return the organisations of whoever decided alone, where no vote carried it."""
    decision = _decision(subject)
    if decision is None or _carried(world, decision) is not None:
        return frozenset()
    what: type[Event] = ApplicationDeclined
    if isinstance(subject, Membership):
        is_out = subject.status is MembershipStatus.WITHDRAWN
        what = MembershipWithdrawn if is_out else MembershipSuspended
    by = world.last_given(subject.id, what)
    return frozenset() if by is None else organisations_of(world, PrincipalId(by.envelope.actor_id))


def written_on(world: World, membership: Membership) -> date | None:
    """Return the day from which the director wrote down that a member has left, if so."""
    if membership.status is not MembershipStatus.WITHDRAWN:
        return None
    left = world.last_given(membership.id, MembershipWithdrawn)
    is_written = left is not None and left.envelope.actor == Role.DIRECTOR
    return left.envelope.effective if left is not None and is_written else None


def vote_on_appeal(world: World, subject: Application | Membership) -> Vote | None:
    """Return the last vote on the appeal of a decision, if there was one."""
    decision = _decision(subject)
    asked = None if decision is None else decision.appeal_vote
    return None if asked is None else world.vote(asked)


def _carried(world: World, decision: Contestable) -> Vote | None:
    """Return the vote that carried a decision; one that all have left carried none."""
    vote = None if decision.vote is None else world.vote(decision.vote)
    return None if vote is None or vote.outcome is VoteOutcome.MOOT else vote


def _decision(subject: Application | Membership) -> Contestable | None:
    return subject.decline if isinstance(subject, Application) else subject.standing.decision


def _asked_by(world: World, subject: Application | Membership) -> Membership | None:
    if isinstance(subject, Membership) or subject.membership is None:
        return None
    return world.membership(subject.membership)


def _appeal(decider: Callable[[Appealed, Any, Moment, Policy], Decision]) -> Planner:
    """Plan a command about an appeal of an application or of a membership."""

    def plan(world: World, command: FileAppeal | DecideAppeal, _: Request, moment: Moment) -> Plan:
        subject: Application | Membership
        if command.membership is None or command.application is not None:
            subject = world.application(command.application or "")
            resource = application_resource(world, subject)
        else:
            subject = world.membership(command.membership)
            resource = membership_resource(subject)
        decision = _decision(subject)
        written = written_on(world, subject) if isinstance(subject, Membership) else None
        begun = written if decision is None else decision.on
        # The days for an appeal are those that there were when the decision was made.
        policy = world.policy_on(begun if isinstance(command, FileAppeal) else None)
        case = Appealed(
            subject=return_of(world, subject) if isinstance(subject, Membership) else subject,
            vote=vote_on_appeal(world, subject),
            is_part=world.register.survivor(subject.party) != subject.party,
            asked_by=_asked_by(world, subject),
            written_on=written,
        )
        return Plan(
            subject=subject.id,
            version=subject.version,
            resource=resource,
            decide=lambda: decider(case, command, moment, policy),
        )

    return plan


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {FileAppeal: _appeal(decide_file_appeal), DecideAppeal: _appeal(decide_decide_appeal)}
)
"""How the commands of an appeal are planned."""
