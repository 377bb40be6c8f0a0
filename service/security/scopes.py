"""What a portal's key needs a scope for: everything that it may do and the public may not.

What is public needs none, since whoever may not read it with a key reads it without.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Refusal, RefusalCode, refuse
from service.security.audiences import Audience
from service.security.principal import Principal, Scope

SCOPED_AUDIENCES: Final[Mapping[Audience, Scope]] = MappingProxyType(
    {
        Audience.MEMBER: Scope.MEMBERS,
        Audience.SUBSCRIBER: Scope.WEBHOOKS,
        Audience.HOLDER: Scope.KEYS,
    }
)
"""The scope in which a portal reads the fields of an audience."""

SCOPED_ACTIONS: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        "RegisterWebhook": Scope.WEBHOOKS,
        "RotateWebhookSecret": Scope.WEBHOOKS,
        "ReplayWebhook": Scope.WEBHOOKS,
        "RemoveWebhook": Scope.WEBHOOKS,
        "RotateKey": Scope.KEYS,
        "RevokeKey": Scope.KEYS,
    }
)
"""The scope in which a portal gives a command, or does an action."""


def has_scope(principal: Principal, scope: Scope | None) -> bool:
    """Whether a key is not kept from what a scope is for; most are kept from nothing."""
    return principal.scopes is None or scope is None or scope in principal.scopes


def refuse_scope(principal: Principal, action: str) -> Refusal | None:
    """Refuse what a portal may do, and this key of it may not."""
    scope = SCOPED_ACTIONS.get(action)
    if scope is None or has_scope(principal, scope):
        return None
    return refuse(
        RefusalCode.NOT_ELIGIBLE,
        "key.scope",
        f"This key is not made for it: it lacks the scope {scope}.",
        f"A key with the scope {scope}, which the operator makes.",
    )
