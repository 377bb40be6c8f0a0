"""The API key that comes with an HTTP request."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request

from service.graphql.execution import UnauthenticatedError

_BEARER: Final = re.compile(r"bearer +([^\s]+) *", re.IGNORECASE | re.ASCII)


def bearer_key(request: Request) -> str | None:
    """Return the key sent as ``Authorization: Bearer``; ``None`` for none.

    Raises:
        UnauthenticatedError: something else was sent, which is never taken for nobody.
    """
    presented = request.headers.getlist("authorization")
    if not presented:
        return None
    found = _BEARER.fullmatch(presented[0])
    if len(presented) > 1 or found is None:
        raise UnauthenticatedError
    return found[1]
