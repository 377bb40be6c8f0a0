"""Webhooks: partners are told by HTTP that an entry was made, and never what is hidden in it.

Where they are told is nobody else's business, so it is hidden in the entry. The secret that
signs what they get is in no entry: it follows from the key store, the webhook and its generation.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, ClassVar, Final, assert_never
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_not_yet,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Public, Staff
from domain.policy.errors import quoted
from domain.terms import Line, PrincipalId, WebhookId

MOST_TYPES: Final = 100
MOST_WEBHOOKS: Final = 20
"""Of one owner at a time."""

MOST_ENTRIES: Final = 2**53
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Address = Annotated[
    str, msgspec.Meta(max_length=1_000, pattern=r"\Ahttps?://[\x21-\x22\x24-\x7e]+\Z")
]


class WebhookRegistered(Event, frozen=True, kw_only=True):
    """Somebody is told of entries from now on. Stream: the webhook.

    Attributes:
        owner: who registered it.
        url: where they are told.
        types: of which types of entry; ``None`` is all.
    """

    stored_name: ClassVar[str] = "webhook.registered.v1"

    owner: Staff[PrincipalId] = UNSET
    url: Staff[str] = UNSET
    types: Staff[list[str] | None] = UNSET


class WebhookSecretRotated(Event, frozen=True, kw_only=True):
    """What is told is signed by another secret. Stream: the webhook."""

    stored_name: ClassVar[str] = "webhook.secret_rotated.v1"


class WebhookReplayed(Event, frozen=True, kw_only=True):
    """What was told is told again. Stream: the webhook.

    Attributes:
        since: the first position to tell of again; ``None`` is what was parked.
    """

    stored_name: ClassVar[str] = "webhook.replayed.v1"

    since: Public[int | None]


class WebhookRemoved(Event, frozen=True, kw_only=True):
    """Nobody is told any more. Stream: the webhook."""

    stored_name: ClassVar[str] = "webhook.removed.v1"


WebhookEvent = WebhookRegistered | WebhookSecretRotated | WebhookReplayed | WebhookRemoved


class RegisterWebhook(Command, frozen=True, kw_only=True):
    """Let an address be told of entries.

    Attributes:
        types: stored names of events, and ``confidential``; ``None`` is all.
    """

    webhook: WebhookId
    url: Address
    types: list[Line] | None = None


class RotateWebhookSecret(Command, frozen=True, kw_only=True):
    """Sign what is told by another secret."""

    webhook: WebhookId


class ReplayWebhook(Command, frozen=True, kw_only=True):
    """Tell again.

    Attributes:
        since: the first position to tell of; ``None`` tells what was parked.
    """

    webhook: WebhookId
    since: int | None = None


class RemoveWebhook(Command, frozen=True, kw_only=True):
    """Tell nothing more."""

    webhook: WebhookId


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a webhook. Version 0 is one that nobody registered.

    Attributes:
        owner: who registered it.
        since: the day from which it is told.
    """

    id: WebhookId
    version: int = 0
    owner: PrincipalId | None = None
    since: date | None = None
    is_removed: bool = False


def evolve(state: Webhook, event: WebhookEvent, effective: date) -> Webhook:
    """Return the webhook after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1)
    match event:
        case WebhookRegistered():
            owner = None if isinstance(event.owner, msgspec.UnsetType) else event.owner
            return replace(state, owner=owner, since=effective)
        case WebhookSecretRotated() | WebhookReplayed():
            return state
        case WebhookRemoved():
            return replace(state, is_removed=True)
        case _:
            assert_never(event)


def decide_register_webhook(
    webhook: Webhook,
    command: RegisterWebhook,
    moment: Moment,
    *,
    owner: PrincipalId,
    present: int,
    known: Collection[str],
) -> Decision:
    """Let an address be told.

    Args:
        webhook: the webhook of the new id.
        command: which address, and what it is told of.
        moment: when it is decided.
        owner: who asks.
        present: how many webhooks they have.
        known: what may be told of.

    Refuses an address that is no plain https one, types that there are none of, an id that
    stands for another webhook already, and one more than anybody needs.
    """
    if webhook.version:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "registered-once",
            "This webhook was registered already.",
            "A fresh random id for another webhook.",
        )
    if present >= MOST_WEBHOOKS:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "most-webhooks",
            f"Nobody has more than {MOST_WEBHOOKS} webhooks, and you have {present}.",
            "One of them removed.",
        )
    types = None if command.types is None else sorted(set(command.types))
    refusal = _refuse_url(command.url) or _refuse_types(types, known) or refuse_not_yet(moment)
    return refusal or [
        Fact(command.webhook, WebhookRegistered(owner=owner, url=command.url, types=types))
    ]


def decide_rotate_webhook_secret(
    webhook: Webhook, _: RotateWebhookSecret, moment: Moment
) -> Decision:
    """Sign by another secret. Refuses a webhook that nobody registered, or that was removed."""
    return _refuse_gone(webhook, moment) or [Fact(webhook.id, WebhookSecretRotated())]


def decide_replay_webhook(webhook: Webhook, command: ReplayWebhook, moment: Moment) -> Decision:
    """Tell again of what there is since a position, or of what was parked.

    Refuses a webhook that nobody registered, or that was removed, and a position that is none.
    One that lies ahead repeats nothing.
    """
    if refusal := _refuse_gone(webhook, moment):
        return refusal
    if command.since is not None and not 1 <= command.since < MOST_ENTRIES:
        return refuse_input(
            "since",
            "known-position",
            f"Positions begin at 1, and {command.since} is none.",
            "A position of an entry.",
        )
    return [Fact(webhook.id, WebhookReplayed(since=command.since))]


def decide_remove_webhook(webhook: Webhook, _: RemoveWebhook, moment: Moment) -> Decision:
    """Tell nothing more. Refuses a webhook that nobody registered; a removed one stays so."""
    if webhook.is_removed:
        return []
    return _refuse_gone(webhook, moment) or [Fact(webhook.id, WebhookRemoved())]


def _refuse_gone(webhook: Webhook, moment: Moment) -> Refusal | None:
    if not webhook.version:
        return refuse_unknown("webhook")
    if webhook.is_removed:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "removed",
            "This webhook was removed.",
            "Another webhook, registered anew.",
        )
    return refuse_too_early(moment, webhook.since) or refuse_not_yet(moment)


def _refuse_url(url: str) -> Refusal | None:
    """Refuse an address that could not be called, or could be read on the way."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if host and port != 0 and "@" not in parts.netloc:
        if parts.scheme == "https" or host in LOOPBACK:
            return None
        said = "What is told would be readable on the way."
    else:
        said = "This is no address that can be called."
    return refuse_input(
        "url",
        "https-address",
        said,
        "An address such as https://partner.example/hooks, without a name, a password or a #.",
    )


def _refuse_types(types: list[str] | None, known: Collection[str]) -> Refusal | None:
    if types is None:
        return None
    unknown = [each for each in types if each not in known]
    if types and not unknown and len(types) <= MOST_TYPES:
        return None
    said = f"There is no type {quoted(unknown[0])}." if unknown else "No type is named."
    return refuse_input(
        "types",
        "known-types",
        said,
        "Types of entries, such as membership.admitted.v1; or none, for all of them.",
    )
