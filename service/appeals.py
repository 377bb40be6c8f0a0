"""Plans of appeals against decisions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command, Moment
from domain.membership.appealing import decide_decide_appeal, decide_file_appeal
from domain.membership.application import DecideAppeal, FileAppeal
from service.ledger.request import Request
from service.ledger.world import World
from service.plan import Plan, Planner, application_resource


def _file_appeal(world: World, command: FileAppeal, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    return Plan(
        subject=application.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=lambda: decide_file_appeal(application, command, moment, world.policy),
    )


def _decide_appeal(world: World, command: DecideAppeal, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    vote = None if application.appeal_vote is None else world.vote(application.appeal_vote)
    return Plan(
        subject=application.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=lambda: decide_decide_appeal(application, vote, command, moment),
    )


APPEAL_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {FileAppeal: _file_appeal, DecideAppeal: _decide_appeal}
)
"""How the commands of an appeal are planned."""
