"""By which e-mail address somebody may ask for links to sign in as whom a key acts.

The operator says so, key by key (docs/adr/0019). An address is found by a keyed hash: whoever has
the database alone can neither read nor guess it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.ledger.tables import api_keys, sign_in_addresses, sign_in_links
from service.security import sessions
from service.security.api_keys import is_in_term

OPEN_LINKS: Final = 3
"""How many links of a key may be open: further ones are not sent, so that nobody is flooded."""


def index_of(blind: Callable[[str], str], address: str) -> str:
    """Return what is kept of an address: the same in upper and in lower case."""
    return blind(f"sign-in {address.lower()}")


def put(connection: Connection, prefix: str, index: str, *, now: datetime) -> None:
    """Let whoever has an address ask for links of a key, and of no other.

    Args:
        connection: in a transaction that writes, which the caller commits.
        prefix: the key's; it has one address, and loses the one that it had.
        index: the address's.
        now: the time.

    Raises:
        KeyRefusedError: there is no such key, or it is not accepted any more.
    """
    sessions.check_active(connection, prefix, now=now)
    drop(connection, prefix)
    held = sign_in_addresses.c.address_index == index
    connection.execute(sa.delete(sign_in_addresses).where(held))
    connection.execute(sa.insert(sign_in_addresses).values(address_index=index, prefix=prefix))


def drop(connection: Connection, prefix: str) -> None:
    """Let nobody ask for links of a key any more."""
    held = sign_in_addresses.c.prefix == prefix
    connection.execute(sa.delete(sign_in_addresses).where(held))


def find(connection: Connection, index: str) -> str | None:
    """Return the prefix of the key that an address leads to, where its holder is in office."""
    row = connection.execute(
        sa.select(api_keys)
        .join(sign_in_addresses, sign_in_addresses.c.prefix == api_keys.c.prefix)
        .where(sign_in_addresses.c.address_index == index)
    ).one_or_none()
    return None if row is None or not is_in_term(connection, row) else str(row.prefix)


def make_link(connection: Connection, prefix: str, *, now: datetime) -> str | None:
    """Return the secret of a link, as `sessions.make_link`; ``None`` where enough are open.

    Raises:
        KeyRefusedError: the key is not accepted any more.
    """
    count = (
        sa.select(sa.func.count())
        .select_from(sign_in_links)
        .where(sign_in_links.c.prefix == prefix, sign_in_links.c.expires_at > now.timestamp())
    )
    if connection.execute(count).scalar_one() >= OPEN_LINKS:
        return None
    return sessions.make_link(connection, prefix, now=now)
