"""Webhooks, for whoever registered them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

import strawberry

from domain.terms import PrincipalId
from projections import webhooks
from projections.webhooks import WebhookRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.types.entry import Entry, entries_at
from service.graphql.types.node import Node
from service.partners.progress import Parked, Progress, parked_of, progress_of
from service.planning.webhooks import webhook_resource
from service.security.access import READ, Kind, Resource, may

_SHOWN: Final = {"data.url": "Webhook.url", "data.types": "Webhook.types"}


class WebhookBatch:
    """Webhooks that are siblings in a response; what one of them needs is read for all."""

    def __init__(self, context: Context, rows: Sequence[WebhookRow]) -> None:
        self.context = context
        context.beside_ledger = True
        self._resources = {row.id: webhook_resource(PrincipalId(row.owner)) for row in rows}
        self._rows = [row for row in rows if may(context.principal, READ, self._resources[row.id])]

    @functools.cached_property
    def objects(self) -> dict[str, Webhook]:
        """The webhooks that the viewer may know of, by id."""
        return {
            row.id: Webhook(
                id=global_id(NodeKind.WEBHOOK, row.id),
                row=row,
                batch=self,
                resource=self._resources[row.id],
            )
            for row in self._rows
        }

    @functools.cached_property
    def hidden(self) -> HiddenValues:
        """Where they are told, and of what."""
        entries = {row.position: self._resources[row.id] for row in self._rows}
        return HiddenValues(self.context, entries, _SHOWN)

    @functools.cached_property
    def progress(self) -> dict[str, Progress]:
        """How far they were told, by webhook."""
        return progress_of(self.context.connection, self._rows)

    @functools.cached_property
    def parked(self) -> dict[str, list[ParkedDelivery]]:
        """What their receivers would not take, by webhook."""
        found = parked_of(self.context.connection, [row.id for row in self._rows])
        positions = {each.position for several in found.values() for each in several}
        batch = entries_at(self.context, sorted(positions))
        return {
            webhook: [
                ParkedDelivery(
                    row=each,
                    told=batch.objects.get(each.position),
                    resource=self._resources[webhook],
                )
                for each in several
            ]
            for webhook, several in found.items()
        }


@object_type
class ParkedDelivery:
    """An entry that a webhook's receiver would not be told of."""

    row: strawberry.Private[Parked]
    told: strawberry.Private[Entry | None]
    resource: strawberry.Private[Resource]

    @field
    def position(self) -> int:
        """The entry's position."""
        return self.row.position

    @field
    def entry(self) -> Entry | None:
        """The entry."""
        return self.told

    @field
    def parked_at(self) -> datetime:
        """When it was set aside."""
        return datetime.fromtimestamp(self.row.parked_at, UTC)

    @field
    def reason(self) -> str:
        """What the receiver answered."""
        return self.row.reason


@object_type
class Webhook(Node):
    """Somebody who is told by HTTP that an entry was made: a CloudEvent in JSON, signed as Standard
    Webhooks says, of ids and positions and never of values.
    """

    row: strawberry.Private[WebhookRow]
    batch: strawberry.Private[WebhookBatch]
    resource: strawberry.Private[Resource]

    @field
    def url(self) -> str | None:
        """Where it is told."""
        return self.batch.hidden.value(self.row.position, "data.url", str)

    @field
    def types(self) -> list[str] | None:
        """The types of entry that it is told of; null is all.

        Of what obliges mirrors to delete it is told in any case.
        """
        return self.batch.hidden.value(self.row.position, "data.types", list[str])

    @field
    def registered_on(self) -> date:
        """The day of its registration."""
        return self.row.registered_on

    @field
    def generation(self) -> int:
        """Which of its secrets signs, from 1."""
        return self.row.generation

    @field
    def position(self) -> int:
        """The last position that it was told of, or had no wish to be."""
        return self._progress.position

    @field
    def failed_attempts(self) -> int:
        """How many attempts to tell of the next one failed so far."""
        return self._progress.attempts

    @field
    def next_attempt_at(self) -> datetime | None:
        """When the next attempt is due; null where none failed."""
        progress = self._progress
        return datetime.fromtimestamp(progress.next_at, UTC) if progress.attempts else None

    @field
    def reason(self) -> str | None:
        """Why the last attempt failed; null where it did not."""
        return self._progress.reason

    @field
    def parked(self) -> list[ParkedDelivery]:
        """What its receiver would not take, the first 100: it goes on without them, until
        `replayWebhook` tells of them again.
        """
        return self.batch.parked[self.row.id]

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version

    @property
    def _progress(self) -> Progress:
        return self.batch.progress[self.row.id]


def webhooks_by_id(context: Context, ids: Iterable[str]) -> dict[str, Webhook]:
    """Return webhooks by id; what is invisible is absent."""
    return WebhookBatch(context, webhooks.present(context.connection, ids=ids)).objects


def visible_webhooks(context: Context) -> list[Webhook]:
    """Return the webhooks that the viewer may know of, the earliest first."""
    principal = context.principal
    everybody = may(principal, READ, Resource(kind=Kind.WEBHOOK))
    rows = webhooks.present(context.connection, owner=None if everybody else principal.id)
    return list(WebhookBatch(context, rows).objects.values())
