"""Which media type a request has, and which it wants back (RFC 9110 §8.3 and §12.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
HTML: Final = "text/html"
EVENTS: Final = "text/event-stream"


class MediaRange(msgspec.Struct, frozen=True):
    """One part of an ``Accept`` header.

    Attributes:
        media_type: such as ``application/json``, ``application/*`` or ``*/*``.
        quality: from 0, not wanted, to 1.
        charset: the charset asked for, in lower case; "" when none was.
    """

    media_type: str
    quality: float = 1.0
    charset: str = ""

    def covers(self, media_type: str) -> int:
        """Return how precisely this names a type: 3 exactly, 2 its family, 1 any, 0 not."""
        if self.charset not in ("", "utf-8", "utf8"):
            return 0
        if self.media_type == media_type:
            return 3
        if self.media_type == f"{media_type.partition('/')[0]}/*":
            return 2
        return 1 if self.media_type == "*/*" else 0


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether no page of another site has sent a request that a browser sent."""
    origin, host = headers.get("origin"), headers.get("host", "")
    return origin is None or ("" != host.lower() == origin.partition("://")[2].lower())


def is_json(content_type: str | None) -> bool:
    """Whether a ``Content-Type`` is JSON in UTF-8 and nothing else."""
    if content_type is None:
        return False
    media_type, parameters = _parsed(content_type)
    return media_type == JSON and parameters in ({}, {"charset": "utf-8"}, {"charset": "utf8"})


def response_type(accept: str | None) -> str | None:
    """Return `GRAPHQL` or `JSON`, whichever an ``Accept`` header prefers; ``None`` for neither.

    `JSON` where the client leaves the choice open, as the specification of GraphQL over HTTP
    asks for clients that do not know the other; `GRAPHQL` where both are named alike.
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = media_ranges(accept)
    quality = {media_type: _quality(ranges, media_type) for media_type in (GRAPHQL, JSON)}
    named = any(each.media_type == GRAPHQL for each in ranges)
    order = (GRAPHQL, JSON) if named else (JSON, GRAPHQL)
    best = max(order, key=lambda media_type: quality[media_type])
    return best if quality[best] > 0 else None


def prefers_html(accept: str | None) -> bool:
    """Whether a browser asks: HTML is named, and wanted no less than JSON."""
    return _prefers(HTML, accept)


def prefers_events(accept: str | None) -> bool:
    """Whether server-sent events are named, and wanted no less than JSON."""
    return _prefers(EVENTS, accept)


def _prefers(media_type: str, accept: str | None) -> bool:
    ranges = media_ranges(accept or "")
    if not any(each.media_type == media_type for each in ranges):
        return False
    wanted = _quality(ranges, media_type)
    return wanted > 0 and wanted >= max(_quality(ranges, GRAPHQL), _quality(ranges, JSON))


def media_ranges(accept: str) -> list[MediaRange]:
    """Return the parts of an ``Accept`` header; what cannot be understood is left out."""
    ranges = []
    for part in accept.split(","):
        media_type, parameters = _parsed(part)
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue
        if "/" in media_type and 0 <= quality <= 1:
            ranges.append(MediaRange(media_type, quality, parameters.get("charset", "")))
    return ranges


def _quality(ranges: list[MediaRange], media_type: str) -> float:
    """Return how much a type is wanted: the most precise part that covers it says."""
    covering = [(each.covers(media_type), each.quality) for each in ranges]
    return max((each for each in covering if each[0]), default=(0, 0.0))[1]


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = text.split(";")
    parameters = {}
    for parameter in rest:
        name, _, value = parameter.partition("=")
        if name.strip():
            parameters[name.strip().lower()] = value.strip().strip('"').lower()
    return media_type.strip().lower(), parameters
