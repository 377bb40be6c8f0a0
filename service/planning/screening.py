"""Screening of what people write, by the published rules, and letting a text pass."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from domain.coalition.clearing import ClearText, decide_clear_text
from domain.decision import Command, Moment, Refusal
from domain.screening.commands import refuse_survivor_data
from domain.screening.rules import RULES_RESOURCE, Screen
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner
from service.security.access import Kind, Resource


@functools.cache
def screen() -> Screen:
    """Return the rules that come with this version, read when first something is written."""
    return Screen((files("domain.screening") / RULES_RESOURCE).read_bytes())


def refuse_screened(world: World, command: Command) -> Refusal | None:
    """Refuse a command with a text that looks like data about one survivor or client."""
    return refuse_survivor_data(screen(), world.coalition.cleared, command)


def _clear_text(world: World, command: ClearText, _: Request, moment: Moment) -> Plan:
    coalition = world.coalition
    return Plan(
        subject=coalition.id,
        version=coalition.version,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_clear_text(
            coalition.id, coalition.cleared, coalition.last_effective, command, moment
        ),
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType({ClearText: _clear_text})
"""How the command that lets a text pass is planned."""
