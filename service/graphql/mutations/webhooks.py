"""Mutations of webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import webhook as commands
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, Accept, AcceptedT
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    command_of,
    fresh_id,
    named,
    perform,
    refuse_many,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.webhook import Webhook, webhooks_by_id
from service.partners.signatures import secret_of


@input_type
class RegisterWebhookInput(CommandInput):
    """Lets an address be told of entries as they are made."""

    url: str = strawberry.field(
        description="Where to tell: an https address, up to 1,000 characters."
    )
    types: list[str] | None = strawberry.field(
        default=None,
        description=(
            "Types of entry, such as `membership.admitted.v1`, and `confidential` for those that "
            "do not show theirs: up to 100. Left out, all."
        ),
    )


@input_type
class RotateWebhookSecretInput(CommandInput):
    """Signs what a webhook is told by a new secret."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")


@input_type
class ReplayWebhookInput(CommandInput):
    """Tells a webhook again."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")
    since: int | None = strawberry.field(
        default=None,
        description="The first position to tell of again. Left out, what was parked.",
    )


@input_type
class RemoveWebhookInput(CommandInput):
    """Tells a webhook nothing more."""

    webhook: strawberry.ID = strawberry.field(description="The webhook.")


_WHAT_SIGNS = (
    "The secret that signs, beginning with `whsec_`. It is shown here and to a repetition of this "
    "command, and nowhere else; null once another one has taken its place."
)


@object_type
class RegisterWebhookAccepted(Accepted):
    """The address is told of every entry from here on."""

    webhook: Webhook | None = strawberry.field(description="The webhook.")
    secret: str | None = strawberry.field(description=_WHAT_SIGNS)


@object_type
class RotateWebhookSecretAccepted(Accepted):
    """The new secret signs. For a day, so does the one before: receivers accept either."""

    webhook: Webhook | None = strawberry.field(description="The webhook.")
    secret: str | None = strawberry.field(description=_WHAT_SIGNS)


@object_type
class ReplayWebhookAccepted(Accepted):
    """The webhook is being told again."""

    webhook: Webhook | None = strawberry.field(description="The webhook.")


@object_type
class RemoveWebhookAccepted(Accepted):
    """The webhook is no more."""


RegisterWebhookResult: TypeAlias = Annotated[
    RegisterWebhookAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RegisterWebhookResult", description="What came of `registerWebhook`."),
]
RotateWebhookSecretResult: TypeAlias = Annotated[
    RotateWebhookSecretAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "RotateWebhookSecretResult", description="What came of `rotateWebhookSecret`."
    ),
]
ReplayWebhookResult: TypeAlias = Annotated[
    ReplayWebhookAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ReplayWebhookResult", description="What came of `replayWebhook`."),
]
RemoveWebhookResult: TypeAlias = Annotated[
    RemoveWebhookAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RemoveWebhookResult", description="What came of `removeWebhook`."),
]


@strawberry.type
class WebhookMutations:
    """Mutations of webhooks."""

    @mutation
    def register_webhook(
        self, info: Info, given: Annotated[RegisterWebhookInput, COMMAND]
    ) -> RegisterWebhookResult:
        """Have an address told of entries as they are made. For portals."""
        return perform(info, given, lambda: _register(given), _with_secret(RegisterWebhookAccepted))

    @mutation
    def rotate_webhook_secret(
        self, info: Info, given: Annotated[RotateWebhookSecretInput, COMMAND]
    ) -> RotateWebhookSecretResult:
        """Sign what a webhook is told by a new secret."""
        return perform(
            info,
            given,
            lambda: command_of(commands.RotateWebhookSecret, given, webhook=_named(given.webhook)),
            _with_secret(RotateWebhookSecretAccepted),
        )

    @mutation
    def replay_webhook(
        self, info: Info, given: Annotated[ReplayWebhookInput, COMMAND]
    ) -> ReplayWebhookResult:
        """Tell a webhook again: since a position, or of what was parked."""
        return perform(
            info,
            given,
            lambda: command_of(commands.ReplayWebhook, given, webhook=_named(given.webhook)),
            lambda context, done: ReplayWebhookAccepted(
                receipt=receipt_of(context, done.accepted), webhook=_changed(context, done)
            ),
        )

    @mutation
    def remove_webhook(
        self, info: Info, given: Annotated[RemoveWebhookInput, COMMAND]
    ) -> RemoveWebhookResult:
        """Tell a webhook nothing more."""
        return perform(
            info,
            given,
            lambda: command_of(commands.RemoveWebhook, given, webhook=_named(given.webhook)),
            lambda context, done: RemoveWebhookAccepted(receipt=receipt_of(context, done.accepted)),
        )


def _register(given: RegisterWebhookInput) -> commands.RegisterWebhook:
    refuse_many("types", given.types or [], commands.MOST_TYPES)
    return command_of(commands.RegisterWebhook, given, webhook=fresh_id())


def _with_secret(
    accepted_type: Callable[..., AcceptedT],
) -> Accept[AcceptedT]:
    """Answer with the webhook and the secret that this very command made."""

    def accept(context: Context, done: Done) -> AcceptedT:
        accepted = done.accepted
        webhook = _changed(context, done)
        made = accepted.entries[-1].position if accepted.entries else None
        secret = None
        if webhook is not None and webhook.row.secret_position == made:
            row = webhook.row
            secret = secret_of(context.ledger.keys, row.id, row.generation)
        return accepted_type(receipt=receipt_of(context, accepted), webhook=webhook, secret=secret)

    return accept


def _changed(context: Context, done: Done) -> Webhook | None:
    return webhooks_by_id(context, [done.accepted.subject]).get(done.accepted.subject)


def _named(given: str) -> str:
    return named(NodeKind.WEBHOOK, given)
