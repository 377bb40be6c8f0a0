"""Plans of what happens in a term: agreement, renewal, participation, and what is missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.decision import Command, Decision, Moment
from domain.membership.agreement import decide_send_agreement, decide_sign_agreement
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.membership import Membership, SendAgreement, SignAgreement
from domain.membership.renewing import (
    decide_lapse_membership,
    decide_open_renewal,
    decide_record_missed_renewal,
    decide_record_participation,
    decide_renew_membership,
)
from domain.membership.resigning import decide_record_missed_resigning, decide_require_resigning
from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    RecordMissedRenewal,
    RecordParticipation,
    RenewMembership,
)
from service.ledger.request import Request
from service.ledger.world import World
from service.plan import Plan, Planner, membership_resource


def _plan(decide: Callable[[World, Membership, Any, Moment], Decision]) -> Planner:
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


RENEWAL_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        SendAgreement: _plan(
            lambda world, membership, command, moment: decide_send_agreement(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        SignAgreement: _plan(
            lambda world, membership, command, moment: decide_sign_agreement(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        OpenRenewal: _plan(
            lambda world, membership, command, moment: decide_open_renewal(
                membership, command, moment, world.policy
            )
        ),
        RenewMembership: _plan(
            lambda world, membership, command, moment: decide_renew_membership(
                membership, world.party(membership.party), command, moment, world.policy
            )
        ),
        RecordMissedRenewal: _plan(
            lambda world, membership, command, moment: decide_record_missed_renewal(
                membership, command, moment, world.policy
            )
        ),
        LapseMembership: _plan(
            lambda world, membership, command, moment: decide_lapse_membership(
                membership, command, moment, world.policy
            )
        ),
        RequireResigning: _plan(
            lambda world, membership, command, moment: decide_require_resigning(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        RecordMissedResigning: _plan(
            lambda _, membership, command, moment: decide_record_missed_resigning(
                membership, command, moment
            )
        ),
        RecordParticipation: _plan(
            lambda _, membership, command, moment: decide_record_participation(
                membership, command, moment
            )
        ),
    }
)
"""How these commands are planned."""
