"""Plans of what the coalition is made of: its founding, policy, seats and agreement texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.coalition.coalition import (
    AdoptPolicy,
    FoundCoalition,
    PublishAgreementTemplate,
    SetSeats,
)
from domain.coalition.founding import decide_found_coalition
from domain.coalition.governing import (
    decide_adopt_policy,
    decide_publish_agreement_template,
    decide_set_seats,
)
from domain.decision import Command, Moment
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner, policy_file
from service.planning.voting import mandate_of
from service.security.access import Kind, Resource


def _found_coalition(
    world: World, command: FoundCoalition, request: Request, moment: Moment
) -> Plan:
    policy = policy_file(world, request)
    return Plan(
        subject=command.coalition,
        version=0,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_found_coalition(world.coalition, command, moment, policy),
        policy=policy,
    )


def _adopt_policy(world: World, command: AdoptPolicy, request: Request, moment: Moment) -> Plan:
    policy = policy_file(world, request)
    return Plan(
        subject=world.coalition.id,
        version=world.coalition.version,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_adopt_policy(
            world.coalition,
            world.register,
            mandate_of(world, command),
            command,
            moment,
            policy,
        ),
    )


def _set_seats(world: World, command: SetSeats, _: Request, moment: Moment) -> Plan:
    return Plan(
        subject=world.coalition.id,
        version=world.coalition.version,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_set_seats(
            world.coalition, world.register, command, moment, world.policy
        ),
    )


def _publish_template(
    world: World, command: PublishAgreementTemplate, _: Request, moment: Moment
) -> Plan:
    return Plan(
        subject=world.coalition.id,
        version=world.coalition.version,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_publish_agreement_template(
            world.coalition, command, moment, world.policy
        ),
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        FoundCoalition: _found_coalition,
        AdoptPolicy: _adopt_policy,
        SetSeats: _set_seats,
        PublishAgreementTemplate: _publish_template,
    }
)
"""How each of these commands is planned."""
