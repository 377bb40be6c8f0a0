"""Calls receivers of webhooks, and nothing that only this machine or its network can reach.

A name is resolved when a connection is made, every address that it has is looked at, and the
connection goes to one of those: a name that points elsewhere a moment later leads nowhere else.
Redirections are not followed, and proxies of the environment are not asked.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

CONNECT_S: Final = 5.0
TELL_S: Final = 15.0
"""How long a receiver may take to answer, all in all."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnreachableError(Exception):
    """A receiver gave no answer; the message says why, in a few words."""


def is_public(address: str) -> bool:
    """Whether everybody can reach an address, and it is no other one in disguise."""
    found: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner)) and not found.teredo
    return found.is_global and not found.is_multicast and not found.is_reserved


class Receiver:
    """One address to tell, over a connection that is kept; use it in one thread at a time.

    Args:
        url: the address.
        private: whether it may be one that only this machine or its network can reach.
    """

    def __init__(self, url: str, *, private: bool) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._is_secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_secure else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._private = private
        self._socket: socket.socket | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._until: float | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer to a message.

        Raises:
            UnreachableError: there was none, or not in time, or the address is not allowed.
        """
        self._until = time.monotonic() + TELL_S
        try:
            # A kept connection may have been closed meanwhile, which shows only when it is used.
            if self._connection is not None:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return self._posted(headers, body)
                self.close()
            return self._posted(headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise UnreachableError(_reason(error)) from None
        except UnreachableError:
            self.close()
            raise
        finally:
            self._until = None

    def abort_late(self, now: float) -> None:
        """End an attempt that took too long; called by another thread, with the monotonic time."""
        until = self._until
        if until is not None and now > until:
            self.abort()

    def abort(self) -> None:
        """End an attempt that is under way, if one is; called by another thread."""
        using = self._socket
        if using is not None:
            with contextlib.suppress(OSError):
                using.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._socket = None

    def _posted(self, headers: Mapping[str, str], body: bytes) -> int:
        if self._connection is None:
            self._connection = self._connected()
        self._connection.request("POST", self._path, body, dict(headers))
        answer = self._connection.getresponse()
        # What it says is nobody's business; a long answer costs the connection, not the time.
        if len(answer.read(4_096)) == 4_096 or answer.will_close:  # noqa: PLR2004 - as above
            self.close()
        return answer.status

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host, self._port)
        connected = self._dial()
        if self._is_secure:
            context = ssl.create_default_context()
            connected = context.wrap_socket(connected, server_hostname=self._host)
        connected.settimeout(TELL_S)
        self._socket = connected
        connection.sock = connected
        # Otherwise it would dial by itself, where nothing is looked at.
        connection.auto_open = 0
        return connection

    def _dial(self) -> socket.socket:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        if not self._private and not all(is_public(str(place[0])) for *_, place in found):
            raise UnreachableError("the address is not a public one")
        last: OSError = OSError("no address")
        for family, kind, protocol, _, place in found:
            dialled = socket.socket(family, kind, protocol)
            try:
                dialled.settimeout(CONNECT_S)
                dialled.connect(place)
                dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                dialled.close()
                last = error
            else:
                return dialled
        raise last


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            return "no secure connection"
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return "no such host"
        case ConnectionRefusedError():
            return "connection refused"
        case _:
            return "no answer"
