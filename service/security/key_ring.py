"""Whose key, token or session was presented."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.ledger.engine import begin_writing
from service.ledger.tables import api_keys, sessions
from service.security.api_keys import ApiKey, Subject, as_key, hash_of, is_in_term
from service.security.principal import Principal

if TYPE_CHECKING:
    from service.security.tokens import Tokens

CACHE_S: Final = 3.0
CACHED_KEYS: Final = 4_096
_DOTS_IN_TOKEN: Final = 2
_NO_HASH: Final = bytes(32)
SESSION_FORM: Final = re.compile(r"~[A-Za-z0-9_-]{43}", re.ASCII)
"""What the secret of a session looks like; see `service.security.sessions`."""

_FORM: Final = re.compile(r"[a-z0-9]{8,32}\.[A-Za-z0-9_-]{43}", re.ASCII)


class KeyRing:
    """Tells whose key was presented; safe to use from many threads.

    What was found good is remembered for `CACHE_S` seconds, so that most requests ask no
    database, and a key that was revoked is refused soon. What was found bad is not.

    Args:
        engine: the ledger's database.
        clock: seconds since 1970.
        tokens: checks access tokens of an issuer, where there is one.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], float] = time.time,
        tokens: Tokens | None = None,
    ) -> None:
        self._engine = engine
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._good: OrderedDict[bytes, tuple[ApiKey, float]] = OrderedDict()

    def authenticate(self, presented: str) -> Principal | None:
        """Return whose key it is; ``None`` when it is none, or is no longer accepted.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot be reached.
            UnavailableError: the issuer of tokens cannot.
        """
        read = self._reading(presented)
        if read is None:
            return None
        digest = hashlib.sha256(presented.encode()).digest()
        key = self._remembered(digest)
        if key is None:
            key = read(presented)
            if key is None:
                return None
            self._remember(digest, key)
            self._note_use(key)
        return key.principal if key.is_active(self._clock()) else None

    def _reading(self, presented: str) -> Callable[[str], ApiKey | None] | None:
        """Return how to look up what was presented, by what it looks like."""
        if _FORM.fullmatch(presented):
            return self._look_up
        if SESSION_FORM.fullmatch(presented):
            return self._of_session
        tokens = self._tokens if presented.count(".") == _DOTS_IN_TOKEN else None
        return None if tokens is None else functools.partial(self._of_token, tokens)

    def _of_session(self, presented: str) -> ApiKey | None:
        digest = hash_of(presented)
        select = (
            sa.select(api_keys)
            .join(sessions, sessions.c.prefix == api_keys.c.prefix)
            .where(sessions.c.digest == digest, sessions.c.expires_at > int(self._clock()))
        )
        with self._engine.connect() as connection:
            row = connection.execute(select).one_or_none()
            good = row is not None and is_in_term(connection, row)
        return as_key(row) if good and row is not None else None

    def _of_token(self, tokens: Tokens, presented: str) -> ApiKey | None:
        name = tokens.subject(presented)
        if name is None:
            return None
        digest = Subject(tokens.issuer, name).digest()
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(api_keys).where(api_keys.c.secret_sha256 == digest)
            ).all()
            keys = [as_key(row) for row in rows if is_in_term(connection, row)]
        now = self._clock()
        return next((key for key in keys if key.is_active(now)), None)

    def _look_up(self, presented: str) -> ApiKey | None:
        prefix, secret = presented.split(".")
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(api_keys).where(api_keys.c.prefix == prefix)
            ).one_or_none()
            # Compared although there may be no such key, and before anything else is asked, so
            # that the time tells nothing.
            stored = _NO_HASH if row is None else bytes(row.secret_sha256)
            if not hmac.compare_digest(stored, hash_of(secret)) or row is None:
                return None
            return as_key(row) if is_in_term(connection, row) else None

    def _remembered(self, digest: bytes) -> ApiKey | None:
        with self._lock:
            key, until = self._good.get(digest, (None, 0.0))
            return key if time.monotonic() < until else None

    def _remember(self, digest: bytes, key: ApiKey) -> None:
        with self._lock:
            self._good[digest] = (key, time.monotonic() + CACHE_S)
            self._good.move_to_end(digest)
            while len(self._good) > CACHED_KEYS:
                self._good.popitem(last=False)

    def _note_use(self, key: ApiKey) -> None:
        """Store the day, once a day, so that an operator finds the keys that nobody uses."""
        now = self._clock()
        today = datetime.fromtimestamp(now, UTC).date()
        if not key.is_active(now) or key.last_used_on == today:
            return
        # A replica, or a database that is busy, must not keep a reader out.
        with suppress(DBAPIError, PoolTimeoutError), begin_writing(self._engine) as connection:
            connection.execute(
                sa.update(api_keys)
                .where(api_keys.c.prefix == key.prefix)
                .values(last_used_on=today)
            )
