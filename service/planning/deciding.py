"""From a request to a decision: who may, on what, by which rule.

For each command there is one plan: the object it is about, the version of it that the
caller may expect, what access looks at, and the decider with the states it needs. What
does not exist and what the principal may not touch get the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.coalition.erasure import refuse_erased
from domain.decision import Command, Moment, Refusal
from service.ledger.request import Conflict, Decided, NotAllowed, Request
from service.ledger.world import World
from service.planning import (
    appeals,
    applications,
    conflicts,
    constitution,
    custody,
    erasure,
    governance,
    grievances,
    improvement,
    merging,
    parties,
    renewals,
    safety,
    screening,
    standing,
    voting,
    waiting,
    webhooks,
)
from service.planning.consequences import follow
from service.planning.effective_dates import refuse_day
from service.planning.plan import Planner
from service.planning.recusal import refuse_recused, refuse_tied
from service.planning.screening import refuse_screened
from service.security.access import may
from service.security.scopes import refuse_scope

PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        **appeals.PLANNERS,
        **applications.PLANNERS,
        **conflicts.PLANNERS,
        **constitution.PLANNERS,
        **custody.PLANNERS,
        **erasure.PLANNERS,
        **governance.PLANNERS,
        **grievances.PLANNERS,
        **improvement.PLANNERS,
        **merging.PLANNERS,
        **parties.PLANNERS,
        **renewals.PLANNERS,
        **safety.PLANNERS,
        **screening.PLANNERS,
        **standing.PLANNERS,
        **voting.PLANNERS,
        **waiting.PLANNERS,
        **webhooks.PLANNERS,
    }
)
"""How each command is planned; a test finds a command that is missing."""


def decide(
    world: World, request: Request, moment: Moment
) -> Decided | Refusal | NotAllowed | Conflict:
    """Authorize and decide one command; the writer's `Decide`."""
    command = request.command
    action = type(command).__name__
    plan = PLANNERS[type(command)](world, command, request, moment)
    if refusal := refuse_scope(request.principal, action):
        return refusal
    if plan.resource is None or not may(request.principal, action, plan.resource):
        return NotAllowed(action)
    expected = request.expected_version
    if expected is not None and expected != plan.version:
        return Conflict(expected, plan.version)
    refusal = (
        refuse_day(world, request, plan, moment)
        or refuse_recused(world, request, plan.resource)
        or refuse_tied(world, request, plan.resource)
        or refuse_screened(world, command)
    )
    decision = refusal or plan.decide()
    if isinstance(decision, Refusal):
        return decision
    if refusal := refuse_erased(world.coalition, decision):
        return refusal
    decision = follow(world, decision, moment)
    if isinstance(decision, Refusal):
        return decision
    return Decided(plan.subject, decision, (plan.policy or world.policy).ref)
