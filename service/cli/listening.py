"""`coalition listen`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from service.cli.exits import UsageError
from service.cli.output import data, say

KEY: Final = "COALITION_API_KEY"
SILENCE_S: Final = 60.0
"""After so long without a sign of life the connection is taken for dead."""

AGAIN_S: Final = 1.0

_ENTRIES: Final = """subscription listen($after: Int, $types: [String!]) {
    entries(after: $after, filter: { types: $types }, first: 100) {
        position
        entries {
            position recordedOn leafHash
            ... on OpenEntry { recordedAt effectiveOn type stream version actor policy publicData }
        }
    }
}"""


def listen(
    url: Annotated[str, typer.Argument(help="The service, such as https://ledger.example.org.")],
    *,
    after: Annotated[
        int | None,
        typer.Option(min=0, help="Print everything after this position first; 0 is all."),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="A type of entry, such as membership.admitted.v1; repeatable."),
    ] = None,
) -> None:
    """Print entries as they are made, one a line of JSON, until Ctrl-C.

    When the connection is lost it is made again, and goes on after the last position printed.
    COALITION_API_KEY may hold an API key; none is needed for what is public.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address that begins with http:// or https://.")
    position = after
    has_begun = False
    try:
        while True:
            try:
                for told in _told(url, position, types):
                    has_begun = True
                    position = told["position"]
                    for entry in told["entries"]:
                        data(entry)
                    sys.stdout.flush()
            except OSError as error:
                if not has_begun:
                    raise _unreachable(url, error) from None
                say(f"The connection is lost; going on after {position}.")
            time.sleep(AGAIN_S)
    except KeyboardInterrupt:
        say(f"Go on with --after {position}." if position is not None else "Nothing was told.")


def _told(url: str, after: int | None, types: list[str] | None) -> Iterator[dict[str, Any]]:
    """Yield what the service tells, until it ends the stream.

    Raises:
        OSError: the service cannot be reached, or is silent.
        UsageError: it does not accept what was asked.
    """
    import orjson

    for event in _events(url, {"after": after, "types": types or None}):
        body = orjson.loads(event)
        if "errors" in body:
            raise UsageError(str(body["errors"][0]["message"]))
        yield body["data"]["entries"]


def _events(url: str, variables: dict[str, Any]) -> Iterator[bytes]:
    """Yield the data of each event of the stream (server-sent events)."""
    import urllib.error
    import urllib.request

    import orjson

    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    if os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {os.environ[KEY]}"
    body = orjson.dumps({"query": _ENTRIES, "variables": variables})
    request = urllib.request.Request(f"{url.rstrip('/')}/graphql", body, headers)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_S) as answer:  # noqa: S310 - checked
            for line in answer:
                if line.startswith(b"data: {"):
                    yield line.removeprefix(b"data: ")
    except urllib.error.HTTPError as error:
        if error.code < 500:  # noqa: PLR2004 - RFC 9110 §15.6
            raise UsageError(f"{url} answers {error.code}: {_said(error.read())}") from None
        raise


def _said(body: bytes) -> str:
    """Return the message of an answer that is an error of ours, or nothing much."""
    import orjson

    try:
        return str(orjson.loads(body)["errors"][0]["message"])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return "it is no service of this kind"


def _unreachable(url: str, error: OSError) -> Exception:
    from service.faults import UnavailableError

    reason = getattr(error, "reason", error)
    return UnavailableError(f"{url} cannot be reached: {reason}.")
