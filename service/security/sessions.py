"""Signing in with a browser: links that are good once, and the sessions that they begin.

Both belong to an API key, whose principal acts in them: they end with the key. Of each only a hash
is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.ledger.tables import sessions, sign_in_links
from service.security import api_keys
from service.security.api_keys import KeyRefusedError
from service.security.key_ring import SESSION_FORM

SIGN_IN: Final = "/sign-in"

COOKIE: Final = "__Host-session"
"""Browsers take a cookie of such a name from its own host only, over TLS, for every path."""

LINK_S: Final = 15 * 60
SESSION_S: Final = 12 * 3_600

_LINK_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def make_link(connection: Connection, prefix: str, *, now: datetime) -> str:
    """Return the secret of a link by which somebody signs in once, as whom a key acts.

    Args:
        connection: in a transaction that writes, which the caller commits.
        prefix: the key's.
        now: the time; the link is good for `LINK_S`.

    Raises:
        KeyRefusedError: there is no such key, or it is not accepted any more.
    """
    check_active(connection, prefix, now=now)
    secret = secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(sign_in_links).values(
            digest=_digest(secret), prefix=prefix, expires_at=int(now.timestamp()) + LINK_S
        )
    )
    return secret


def check_active(connection: Connection, prefix: str, *, now: datetime) -> None:
    """Refuse a key by which nobody may sign in.

    Raises:
        KeyRefusedError: there is no such key, or it is not accepted any more.
    """
    if not api_keys.find(connection, prefix).is_active(now.timestamp()):
        raise KeyRefusedError(
            "prefix", f"The key {prefix} has expired or was revoked.", "Name one that is accepted."
        )


def begin(connection: Connection, link: str, *, now: datetime) -> str | None:
    """Use a link up, and return the secret of the session that it begins.

    Returns:
        ``None`` where the link was used, has expired, or never was.
    """
    at = int(now.timestamp())
    for table in (sign_in_links, sessions):
        connection.execute(sa.delete(table).where(table.c.expires_at <= at))
    if not _LINK_FORM.fullmatch(link):
        return None
    # Of two that come at once, one finds it.
    used = sa.delete(sign_in_links).where(sign_in_links.c.digest == _digest(link))
    prefix = connection.execute(used.returning(sign_in_links.c.prefix)).scalar()
    if prefix is None:
        return None
    session = f"~{secrets.token_urlsafe(32)}"
    connection.execute(
        sa.insert(sessions).values(
            digest=_digest(session), prefix=prefix, expires_at=at + SESSION_S
        )
    )
    return session


def end(connection: Connection, session: str) -> None:
    """End a session; other processes accept it for `key_ring.CACHE_S` more seconds at most."""
    if SESSION_FORM.fullmatch(session):
        connection.execute(sa.delete(sessions).where(sessions.c.digest == _digest(session)))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()
