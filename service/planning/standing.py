"""Plans of what befalls a membership: its agreement, suspension, end and return."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command, Decision, Moment
from domain.membership.agreement import decide_send_agreement, decide_sign_agreement
from domain.membership.leaving import (
    decide_terminate_membership,
    decide_withdraw_membership,
)
from domain.membership.membership import SendAgreement, SignAgreement
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
from domain.policy import VoteKind
from domain.terms import MembershipStatus
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.appeals import contested
from service.planning.plan import (
    Plan,
    Planner,
    about_membership,
    by_policy,
    last_vote,
    membership_resource,
    plain,
    return_of,
    written_of,
)
from service.security.principal import Role


def _withdraw(world: World, command: WithdrawMembership, request: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)

    def decide() -> Decision:
        written, appeals = None, None
        if request.principal.role is Role.DIRECTOR:
            written = written_of(world, membership)
        elif membership.status is MembershipStatus.WITHDRAWN:
            appeals = contested(world, membership, moment.today)
        return decide_withdraw_membership(
            membership, written, command, moment, world.policy, contested=appeals
        )

    return Plan(
        subject=membership.id,
        version=membership.version,
        resource=membership_resource(membership),
        decide=decide,
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        SendAgreement: about_membership(
            lambda world, membership, command, moment: decide_send_agreement(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        SignAgreement: about_membership(
            lambda world, membership, command, moment: decide_sign_agreement(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        SuspendMembership: about_membership(by_policy(decide_suspend_membership)),
        LiftSuspension: about_membership(plain(decide_lift_suspension)),
        EndSuspension: about_membership(
            lambda _, membership, __, moment: decide_end_suspension(membership, moment)
        ),
        WithdrawMembership: _withdraw,
        TerminateMembership: about_membership(
            lambda world, membership, command, moment: decide_terminate_membership(
                membership,
                last_vote(world, membership.id, VoteKind.TERMINATION),
                command,
                moment,
                world.policy,
            )
        ),
        ReinstateMembership: about_membership(
            lambda world, membership, command, moment: decide_reinstate_membership(
                return_of(world, membership), command, moment, world.policy
            )
        ),
    }
)
"""How the commands about a membership's standing are planned."""
