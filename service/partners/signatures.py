"""Signatures of what webhooks are told (Standard Webhooks 1.0, symmetric).

A secret is kept nowhere: it follows from a key of the key store, which is wrapped there like every
other, from the webhook, and from the secret's generation. So it can be shown when it is made, is
restored with the key store, and no table has it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Final

from service.ledger.keys import KeyStore

OVERLAP_S: Final = 86_400
"""How long what is told is signed by the secret before as well, after it was rotated."""

_KEY_NAME: Final = "webhooks"
_PREFIX: Final = "whsec_"


def secret_of(keys: KeyStore, webhook: str, generation: int) -> str:
    """Return a secret of a webhook, as it is shown."""
    root = keys.named_key(_KEY_NAME)
    made = hmac.digest(root, f"{webhook}/{generation}".encode(), "sha256")
    return _PREFIX + base64.b64encode(made).decode()


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header ``webhook-signature``: a signature by each secret.

    Args:
        secrets: as they are shown.
        message_id: the header ``webhook-id``.
        timestamp: the header ``webhook-timestamp``, in seconds since 1970.
        body: what is told.
    """
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    signatures = [
        hmac.digest(base64.b64decode(secret.removeprefix(_PREFIX)), signed, "sha256")
        for secret in secrets
    ]
    return " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures)
