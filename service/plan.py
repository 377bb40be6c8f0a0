"""How one command is to be decided; `service.commands` has a plan for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.decision import Decision, Moment
from domain.policy import Policy
from service.ledger.request import Request
from service.ledger.world import World
from service.security.access import Resource


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one command is to be decided.

    Attributes:
        subject: id of the object that the answer shows.
        version: the version that ``expectedVersion`` is compared with; 0 where the
            command makes the object.
        resource: what access looks at; ``None`` when there is no such object.
        decide: the rules, with their states.
        policy: the policy that the decision is made under; the one in force if ``None``.
    """

    subject: str
    version: int
    resource: Resource | None
    decide: Callable[[], Decision]
    policy: Policy | None = None


Planner = Callable[[World, Any, Request, Moment], Plan]
