"""Access tokens of an OpenID Connect issuer: JWTs (RFC 9068) whose keys it publishes.

What a token may do is not in it. It names a subject, and the operator has said in whose name that
subject acts (`service.security.api_keys`); revoking that ends what any token of theirs may do.
"""

from __future__ import annotations

import base64
import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.faults import UnavailableError
from service.logs import get_logger
from service.settings import is_loopback

ALGORITHMS: Final = ("ES256", "RS256", "PS256", "Ed25519")
"""The algorithms that are accepted: none that a public key could be used for as a secret."""

TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
LEEWAY_S: Final = 5
LONGEST_TOKEN: Final = 8_192
KEYS_KEPT_S: Final = 3_600.0
LEAST_BETWEEN_S: Final = 10.0
"""How often at most the issuer is asked, whatever kids tokens name."""

WAIT_S: Final = 2.0
"""How long a request waits while another one asks the issuer for a key that it needs."""

TIMEOUT_S: Final = 5.0
"""How long an answer of the issuer may take, to its last byte."""

_MAX_ANSWER_BYTES: Final = 262_144

_log = get_logger(__name__)


class Tokens:
    """Checks access tokens; safe to use from many threads.

    Args:
        issuer: the issuer's URL, as it stands in its tokens.
        audience: what tokens for this service are for.
        clock: seconds since 1970.
    """

    def __init__(self, issuer: str, audience: str, clock: Callable[[], float] = time.time) -> None:
        self.issuer: Final = issuer
        self._audience = audience
        self._clock = clock
        self._asking = threading.Lock()
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._had_at = float("-inf")

    def subject(self, token: str) -> str | None:
        """Return whom a token names; ``None`` when it is not good.

        Raises:
            UnavailableError: the issuer's keys cannot be had.
        """
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            kid = _header(token).get("kid")
            if not isinstance(kid, str):
                return None
            found = jwt.decode(token, self._keys_with(kid), algorithms=list(ALGORITHMS))
            if str(found.header.get("typ", "")).lower() not in TYPES:
                return None
            jwt.JWTClaimsRegistry(
                now=int(self._clock()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(found.claims)
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        subject = found.claims["sub"]
        return subject if isinstance(subject, str) and subject else None

    def _keys_with(self, kid: str) -> KeySet:
        """Return the issuer's keys, asked for again where they are old or lack one.

        One thread asks. Those whose key is known do not wait for it, and others not for long.
        """
        if self._is_to_ask(kid):
            wait_s = 0.0 if self._knows(kid) else WAIT_S
            if self._asking.acquire(timeout=wait_s):
                try:
                    if self._is_to_ask(kid):
                        self._ask()
                finally:
                    self._asking.release()
            elif not self._knows(kid):
                raise UnavailableError("the issuer of tokens is slow")
        if self._keys is None:
            raise UnavailableError("the issuer of tokens does not answer")
        return self._keys

    def _knows(self, kid: str) -> bool:
        keys = self._keys
        return keys is not None and any(each.kid == kid for each in keys.keys)

    def _is_to_ask(self, kid: str) -> bool:
        now = time.monotonic()
        stale = now - self._had_at > KEYS_KEPT_S
        return (stale or not self._knows(kid)) and now - self._asked_at > LEAST_BETWEEN_S

    def _ask(self) -> None:
        try:
            self._keys = self._fetch()
            self._had_at = time.monotonic()
        except (OSError, ValueError, http.client.HTTPException) as error:
            # What is known of the issuer's keys goes on being good.
            _log.warning("the issuer of tokens does not answer", exc_info=error)
        finally:
            self._asked_at = time.monotonic()

    def _fetch(self) -> KeySet:
        metadata = _get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        # OpenID Connect Discovery 1.0, §4.3.
        if metadata.get("issuer") != self.issuer:
            raise ValueError("the metadata is another issuer's")
        keys = _get(str(metadata.get("jwks_uri")))
        try:
            return KeySet.import_key_set({"keys": keys["keys"]})
        except (JoseError, KeyError, TypeError) as error:
            raise ValueError("the issuer publishes no set of keys") from error


def _header(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    header = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    if not isinstance(header, dict):
        raise ValueError("a header is an object")  # noqa: TRY004 - what callers expect
    return header


def _get(url: str) -> dict[str, Any]:
    """Return the JSON object at an address, following no redirection."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("an issuer is reached by https")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # The connection's own limit is for each piece: an issuer could send byte by byte for ever.
    late = threading.Timer(TIMEOUT_S, _abort, [connection])
    late.daemon = True
    late.start()
    try:
        connection.request("GET", target, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(_MAX_ANSWER_BYTES)
    finally:
        late.cancel()
        connection.close()
    content = orjson.loads(body) if answer.status == http.client.OK else None
    if not isinstance(content, dict):
        raise ValueError("the issuer does not answer with an object")  # noqa: TRY004 - see above
    return content


def _abort(connection: http.client.HTTPConnection) -> None:
    """End what a connection waits for, from another thread."""
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
