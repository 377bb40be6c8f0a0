"""Connections that stay open: how many there may be, and how long a client may take to read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
from starlette.types import Message, Scope, Send

READ_TIMEOUT_S: Final = 10.0
"""How long a client may leave what was sent unread before it is dropped."""

UNHINDERED: Final = "coalition.unhindered"
"""The extension of an ASGI scope by which a last word goes out although nobody reads."""


TAKING: Final = "coalition.taking"
"""The extension that tells whether what is sent would wait for the client to read."""


class TooSlowError(Exception):
    """The client does not read what it is sent."""


class Connections:
    """The connections that are open, up to a number, and the end of them all.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self.ending = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether there is no room for another."""
        return self._open >= self._most or self.ending.is_set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one for as long as it is open."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def end(self) -> None:
        """Have every connection end in order: clients come back, to another process."""
        self.ending.set()


def taking(scope: Scope) -> Callable[[], bool]:
    """Return what tells whether what is sent now goes out at once."""
    takes: Callable[[], bool] = (scope.get("extensions") or {}).get(TAKING, _unknown)
    return takes


def _unknown() -> bool:
    return False


async def send_in_time(send: Send, message: Message, takes: Callable[[], bool] = _unknown) -> None:
    """Send, waiting while the client reads what was sent before.

    Args:
        send: of ASGI.
        message: what to send.
        takes: see `taking`; then no clock is started, which takes longer than to send.

    Raises:
        TooSlowError: it does not read.
    """
    if takes():
        await send(message)
        return
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            await send(message)
    except TimeoutError:
        raise TooSlowError from None


def let_through(scope: Scope) -> None:
    """Let what is sent next go out without waiting for the client to read."""
    unhindered = (scope.get("extensions") or {}).get(UNHINDERED)
    if unhindered is not None:
        unhindered()


def text_of(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return JSON as text."""
    return orjson.dumps(value).decode()
