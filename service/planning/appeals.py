"""Plans of appeals against decisions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from domain.coalition.ballots import VoteCast
from domain.coalition.vote import Vote, VoteOpened
from domain.decision import Command, Decision, Moment
from domain.ledger.disclosure import Event, revealed
from domain.membership.appealing import (
    Appealed,
    decide_decide_appeal,
    decide_file_appeal,
    still_contested,
)
from domain.membership.application import Application, ApplicationDeclined
from domain.membership.contest import Contestable, DecideAppeal, FileAppeal
from domain.membership.membership import Membership
from domain.membership.review import ReviewRecorded
from domain.membership.standing import (
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
)
from domain.policy import Policy
from domain.terms import (
    ApplicationKind,
    MembershipId,
    MembershipStatus,
    PartyId,
    PrincipalId,
    StaffRole,
    VoteOutcome,
)
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
from service.planning.recusal import Part, organisations_of


def who_took_part(world: World, subject: Application | Membership) -> Part:
    """Return who took part in the decision of an application or membership that can be appealed."""
    decision = _decision(subject)
    if decision is None:
        return Part()
    given = [*itertools.islice(world.entries_of(subject.id, _carrying_out(subject)), 1)]
    if isinstance(subject, Application):
        given += world.entries_of(subject.review, ReviewRecorded)
    vote, cast = _carried(world, decision), frozenset[MembershipId | None]()
    if vote is not None:
        given += world.entries_of(vote.id, VoteOpened)
        cast = frozenset(world.ballots(vote.ballots).cast)
        # Whoever spoke for a member is known by that.
        if None in cast:
            ballots = world.entries_of(vote.ballots, VoteCast)
            given += (each for each in ballots if _is_directors(each.event))
    people = frozenset(PrincipalId(each.envelope.actor_id) for each in given)
    parties = frozenset[PartyId]().union(*(organisations_of(world, each) for each in people))
    held = {world.register.membership_of(each) for each in parties} | cast
    return Part(
        people=people,
        directed=None in cast or any(each.envelope.actor == StaffRole.DIRECTOR for each in given),
        parties=parties,
        memberships=heirs(world, frozenset(each for each in held if each is not None)),
    )


def _is_directors(event: Event) -> bool:
    return isinstance(event, VoteCast) and revealed(event.membership) is None


def _carrying_out(subject: Application | Membership) -> type[Event]:
    if isinstance(subject, Application):
        return ApplicationDeclined
    ended = subject.standing.ended
    if ended is MembershipStatus.WITHDRAWN:
        return MembershipWithdrawn
    return MembershipSuspended if ended is None else MembershipTerminated


def _written_on(world: World, membership: Membership) -> date | None:
    """Return the day from which the director wrote down that a member has left, if so."""
    if membership.status is not MembershipStatus.WITHDRAWN:
        return None
    left = next(world.entries_of(membership.id, MembershipWithdrawn)).envelope
    return left.effective if left.actor == StaffRole.DIRECTOR else None


def contested(world: World, membership: Membership, today: date) -> Contestable | None:
    """Return what was decided of a membership that may still be appealed, or is under appeal."""
    decision, written = _decision(membership), _written_on(world, membership)
    policy = world.policy_on(written if decision is None else decision.on)
    return still_contested(membership, written, today, policy)


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
    if isinstance(subject, Membership) or subject.kind is ApplicationKind.ADMISSION:
        return None
    return world.membership(subject.membership or "")


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
        written = _written_on(world, subject) if isinstance(subject, Membership) else None
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
