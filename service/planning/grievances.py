"""Plans of grievances."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command, Moment
from domain.membership.grievance import (
    Complaint,
    FileGrievance,
    ResolveGrievance,
    decide_file_grievance,
    decide_resolve_grievance,
)
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner, membership_resource
from service.security.access import Kind, Resource


def _file(world: World, command: FileGrievance, _: Request, moment: Moment) -> Plan:
    membership = world.membership(command.membership)
    against = world.membership(command.against or "")
    register = world.register
    case = Complaint(
        grievance=world.grievance(command.grievance),
        membership=membership,
        against=against,
        entry=None if command.entry is None else world.entry(command.entry),
        are_one=register.survivor(against.party) == register.survivor(membership.party),
    )
    return Plan(
        subject=command.grievance,
        version=0,
        resource=membership_resource(membership),
        decide=lambda: decide_file_grievance(case, command, moment),
    )


def _resolve(world: World, command: ResolveGrievance, _: Request, moment: Moment) -> Plan:
    grievance = world.grievance(command.grievance)
    resource = Resource(kind=Kind.GRIEVANCE, party=grievance.party, against=grievance.against_party)
    return Plan(
        subject=grievance.id,
        version=grievance.version,
        resource=resource if grievance.version else None,
        decide=lambda: decide_resolve_grievance(grievance, command, moment),
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {FileGrievance: _file, ResolveGrievance: _resolve}
)
"""How the commands of a grievance are planned."""
