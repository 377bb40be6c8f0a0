"""Plans of what befalls a membership: its agreement, suspension, end and return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.coalition.coalition import Coalition
from domain.decision import Command, Decision, Moment
from domain.membership.agreement import decide_send_agreement, decide_sign_agreement
from domain.membership.leaving import decide_terminate_membership, decide_withdraw_membership
from domain.membership.membership import Membership, SendAgreement, SignAgreement
from domain.membership.returning import decide_reinstate_membership
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
from domain.membership.suspending import (
    decide_end_suspension,
    decide_lift_suspension,
    decide_suspend_membership,
)
from domain.policy import Policy, VoteKind
from service.ledger.request import Request
from service.ledger.world import World
from service.plan import Plan, Planner, last_vote, membership_resource, return_of


def _plan(membership: Membership, decide: Callable[[], Decision]) -> Plan:
    return Plan(
        subject=membership.id,
        version=membership.version,
        resource=membership_resource(membership),
        decide=decide,
    )


def _agreement(
    decider: Callable[[Membership, Coalition, Any, Moment, Policy], Decision],
) -> Planner:
    """Plan a command about a membership's agreement."""

    def plan(
        world: World, command: SendAgreement | SignAgreement, _: Request, moment: Moment
    ) -> Plan:
        membership = world.membership(command.membership)
        return _plan(
            membership,
            lambda: decider(membership, world.coalition, command, moment, world.policy),
        )

    return plan


def _suspend(world: World, command: SuspendMembership, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    return _plan(
        membership,
        lambda: decide_suspend_membership(membership, command, moment, world.policy),
    )


def _lift(world: World, command: LiftSuspension, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    return _plan(membership, lambda: decide_lift_suspension(membership, command, moment))


def _end_suspension(world: World, command: EndSuspension, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    return _plan(membership, lambda: decide_end_suspension(membership, moment))


def _withdraw(world: World, command: WithdrawMembership, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    return _plan(membership, lambda: decide_withdraw_membership(membership, command, moment))


def _terminate(world: World, command: TerminateMembership, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    vote = last_vote(world, membership.id, VoteKind.TERMINATION)
    return _plan(
        membership,
        lambda: decide_terminate_membership(membership, vote, command, moment, world.policy),
    )


def _reinstate(world: World, command: ReinstateMembership, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    return _plan(
        membership,
        lambda: decide_reinstate_membership(
            return_of(world, membership), command, moment, world.policy
        ),
    )


STANDING_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        SendAgreement: _agreement(decide_send_agreement),
        SignAgreement: _agreement(decide_sign_agreement),
        SuspendMembership: _suspend,
        LiftSuspension: _lift,
        EndSuspension: _end_suspension,
        WithdrawMembership: _withdraw,
        TerminateMembership: _terminate,
        ReinstateMembership: _reinstate,
    }
)
"""How the commands about a membership's standing are planned."""
