"""Commands of webhooks, and those by which the log tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.catalog import EVENT_TYPES
from domain.coalition.custody import (
    AddSigningKey,
    AttestState,
    Custody,
    RetireSigningKey,
    custody_stream,
    decide_add_signing_key,
    decide_attest_state,
    decide_retire_signing_key,
)
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
from domain.policy import Policy
from domain.terms import PrincipalId

if TYPE_CHECKING:
    from tests.domain.world import World

OWNER: Final = PrincipalId("a portal")
"""Who registers every webhook."""

_KNOWN: Final = [name for name, event in EVENT_TYPES.items() if not event.confidential]


def decide(world: World, command: Command, moment: Moment, _: Policy | None) -> Decision | None:
    """Decide a command of a webhook or of the log itself; ``None`` for anything else."""
    match command:
        case RegisterWebhook():
            webhook = world.of(Webhook, command.webhook)
            present = sum(not each.is_removed for each in webhooks(world) if each.owner == OWNER)
            return decide_register_webhook(
                webhook, command, moment, owner=OWNER, present=present, known=_KNOWN
            )
        case RotateWebhookSecret():
            webhook = world.of(Webhook, command.webhook)
            return decide_rotate_webhook_secret(webhook, command, moment)
        case ReplayWebhook():
            return decide_replay_webhook(world.of(Webhook, command.webhook), command, moment)
        case RemoveWebhook():
            return decide_remove_webhook(world.of(Webhook, command.webhook), command, moment)
        case AttestState():
            return decide_attest_state(custody(world), command)
        case AddSigningKey():
            return decide_add_signing_key(custody(world), command)
        case RetireSigningKey():
            return decide_retire_signing_key(custody(world), command)
        case _:
            return None


def webhooks(world: World) -> list[Webhook]:
    """Return every webhook that was registered."""
    return [each for each in world.states.values() if isinstance(each, Webhook)]


def custody(world: World) -> Custody:
    """Return what is known of the log itself."""
    return world.of(Custody, custody_stream(world.coalition.id))
