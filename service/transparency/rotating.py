"""Changes the keys that sign the log: the key is durable before the entry that names it."""

from __future__ import annotations

import secrets
import uuid

from domain.coalition.custody import AddSigningKey, RetireSigningKey
from domain.decision import Command
from domain.ledger.checkpoint import SigningKey
from domain.ledger.note import Algorithm, VerifierKey
from domain.terms import PrincipalId
from service.ledger.ledger import Ledger
from service.ledger.request import Outcome, Request
from service.ledger.signing import seed_name
from service.security.principal import Principal, Role


def add_key(ledger: Ledger, algorithm: Algorithm) -> tuple[VerifierKey, Outcome]:
    """Make a key that signs beside those that do; after a crash, the same one.

    Returns:
        Its public half, and what became of the command that names it in the log.
    """
    seed = ledger.keys.named_key(seed_name(len(ledger.custody.added) + 2))
    key = SigningKey(ledger.origin, algorithm, seed).verifier
    return key, _run(ledger, AddSigningKey(first=str(ledger.first_key), key=str(key)))


def retire_key(ledger: Ledger, key_id: str) -> Outcome:
    """Let a key sign no more, by its id in hex."""
    return _run(ledger, RetireSigningKey(first=str(ledger.first_key), key_id=key_id))


def _run(ledger: Ledger, command: Command) -> Outcome:
    return ledger.execute(
        Request(
            principal=Principal(PrincipalId(secrets.token_hex(16)), Role.OPERATOR),
            command=command,
            command_id=str(uuid.uuid4()),
            content=b"",
        )
    )
