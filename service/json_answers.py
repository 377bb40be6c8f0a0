"""Answers in JSON to one caller, who alone keeps them."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

PRIVATE: Final = {"Cache-Control": "no-store", "Vary": "Authorization"}
"""The headers of what is for one caller."""


def json_answer(status: int, content: object) -> Response:
    """Return an answer with plain values or structs."""
    body = msgspec.json.encode(content, order="sorted")
    return Response(body, status, headers=PRIVATE, media_type="application/json")


def refusal(status: int, code: str, message: str, **more: object) -> Response:
    """Return the answer that says what is wrong.

    Args:
        status: the HTTP status.
        code: the kind of refusal, for programs.
        message: why, in a sentence.
        more: what else there is to say.
    """
    return json_answer(status, {"error": {"code": code, "message": message} | more})
