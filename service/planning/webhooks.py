"""Plans of the commands by which partners have themselves told of entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.catalog import EVENT_TYPES
from domain.coalition.webhook import (
    RegisterWebhook,
    RemoveWebhook,
    ReplayWebhook,
    RotateWebhookSecret,
    Webhook,
    decide_register_webhook,
    decide_remove_webhook,
    decide_replay_webhook,
    decide_rotate_webhook_secret,
)
from domain.decision import Command, Decision, Moment
from domain.terms import PrincipalId
from service.ledger.reader import CONFIDENTIAL
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner
from service.security.access import Kind, Resource

SHOWN_TYPES: Final = frozenset(
    {name for name, event in EVENT_TYPES.items() if not event.confidential} | {CONFIDENTIAL}
)
"""The types of entry that the log shows, which are those that can be told of."""


def _register(world: World, command: RegisterWebhook, request: Request, moment: Moment) -> Plan:
    webhook = world.webhook(command.webhook)
    return Plan(
        subject=command.webhook,
        version=webhook.version,
        resource=Resource(kind=Kind.WEBHOOK),
        decide=lambda: decide_register_webhook(
            webhook,
            command,
            moment,
            owner=request.principal.id,
            present=world.webhooks_of(request.principal.id),
            known=SHOWN_TYPES,
        ),
    )


def _about(decider: Callable[[Webhook, Any, Moment], Decision]) -> Planner:
    """Plan a command about a webhook."""

    def plan(
        world: World,
        command: RotateWebhookSecret | ReplayWebhook | RemoveWebhook,
        _: Request,
        moment: Moment,
    ) -> Plan:
        webhook = world.webhook(command.webhook)
        return Plan(
            subject=webhook.id,
            version=webhook.version,
            resource=webhook_resource(webhook.owner) if webhook.version else None,
            decide=lambda: decider(webhook, command, moment),
        )

    return plan


def webhook_resource(owner: PrincipalId | None) -> Resource:
    """Return what a webhook is to whoever asks for it."""
    return Resource(kind=Kind.WEBHOOK, applicant=owner)


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        RegisterWebhook: _register,
        RotateWebhookSecret: _about(decide_rotate_webhook_secret),
        ReplayWebhook: _about(decide_replay_webhook),
        RemoveWebhook: _about(decide_remove_webhook),
    }
)
"""How the commands about webhooks are planned."""
