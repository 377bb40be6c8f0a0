"""A partner's portal has itself told of the log, under one address and later under another.

In the end it is told no more: a demonstration calls nobody.
"""

from __future__ import annotations

from domain.coalition.webhook import (
    RegisterWebhook,
    RemoveWebhook,
    ReplayWebhook,
    RotateWebhookSecret,
)
from domain.terms import WebhookId
from service.demo.scene import DIRECTOR, PORTAL
from service.demo.stage import Stage

_FIRST = WebhookId("portal/webhook-1")
_SECOND = WebhookId("portal/webhook-2")


def tell(stage: Stage) -> None:
    """Add it all."""
    within = stage.diary.within
    first = RegisterWebhook(webhook=_FIRST, url="https://portal.example/hooks", types=None)
    stage.add(within("2024-09"), PORTAL, first)
    # It began with an empty database, and its secret was read by too many.
    stage.add(within("2024-10"), PORTAL, ReplayWebhook(webhook=_FIRST, since=1))
    stage.add(within("2025-02"), PORTAL, RotateWebhookSecret(webhook=_FIRST))
    second = RegisterWebhook(
        webhook=_SECOND,
        url="https://members.portal.example/told",
        types=["membership.admitted.v1", "membership.tier_changed.v1"],
    )
    moved_at = within("2025-10")
    stage.add(moved_at, PORTAL, second)
    stage.add(stage.diary.next(moved_at), PORTAL, RemoveWebhook(webhook=_FIRST))
    stage.add(within("2026-05"), DIRECTOR, RemoveWebhook(webhook=_SECOND))
