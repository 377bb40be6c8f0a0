"""Plans of the commands by which the log tells of itself; none of them is in the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.coalition.custody import (
    AddSigningKey,
    AttestState,
    Custody,
    RetireSigningKey,
    decide_add_signing_key,
    decide_attest_state,
    decide_retire_signing_key,
)
from domain.decision import Command, Decision, Moment
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner
from service.security.access import Kind, Resource


def _custody(decider: Callable[[Custody, Any], Decision]) -> Planner:
    def plan(world: World, command: Command, _: Request, __: Moment) -> Plan:
        custody = world.custody
        return Plan(
            subject=custody.id,
            version=custody.version,
            resource=Resource(kind=Kind.COALITION),
            decide=lambda: decider(custody, command),
        )

    return plan


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        AttestState: _custody(decide_attest_state),
        AddSigningKey: _custody(decide_add_signing_key),
        RetireSigningKey: _custody(decide_retire_signing_key),
    }
)
"""How each command about the log itself is planned."""
