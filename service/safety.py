"""Plans of the commands that keep a party safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.decision import Command, Decision, Moment
from domain.membership.addresses import decide_disclose_address, decide_record_address
from domain.membership.holding import decide_hold_listing, decide_release_listing
from domain.membership.party import Party
from domain.membership.safety import DiscloseAddress, HoldListing, RecordAddress, ReleaseListing
from service.ledger.request import Request
from service.ledger.world import World
from service.plan import Plan, Planner
from service.security.access import Kind, Resource

SafetyCommand = HoldListing | ReleaseListing | RecordAddress | DiscloseAddress


def _about(decider: Callable[[Party, Any, Moment], Decision]) -> Planner:
    """Plan a command about a party."""

    def plan(world: World, command: SafetyCommand, _: Request, moment: Moment) -> Plan:
        party = world.party(command.party)
        return Plan(
            subject=party.id,
            version=party.version,
            resource=Resource(kind=Kind.PARTY, party=party.id) if party.version else None,
            decide=lambda: decider(party, command, moment),
        )

    return plan


SAFETY_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        HoldListing: _about(decide_hold_listing),
        ReleaseListing: _about(decide_release_listing),
        RecordAddress: _about(decide_record_address),
        DiscloseAddress: _about(decide_disclose_address),
    }
)
"""How the commands that keep a party safe are planned."""
