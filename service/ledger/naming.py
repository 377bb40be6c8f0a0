"""What commands name: known before any is planned, so that it is read together."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from domain.decision import Command
from service.ledger.request import Request

_FIELDS: Final = (
    "affiliate",
    "against",
    "application",
    "ballots",
    "claim",
    "entry",
    "fiscal_sponsor",
    "funding",
    "grievance",
    "home",
    "membership",
    "merged",
    "party",
    "publication",
    "review",
    "supersedes",
    "survivor",
    "term",
    "vote",
    "webhook",
    "workgroup",
)
"""Fields of commands that hold the id of a stream."""


def named_streams(requests: Iterable[Request]) -> set[str]:
    """Return the ids of streams that commands name in their fields, and whom they speak for."""
    named: set[object] = set()
    for request in requests:
        named.add(request.principal.party)
        command = request.command
        named.update(getattr(command, name) for name in _fields_of(type(command)))
    return {each for each in named if isinstance(each, str)}


def named_entries(requests: Iterable[Request]) -> set[str]:
    """Return the ids of entries that commands name."""
    named = {getattr(request.command, "entry", None) for request in requests}
    return {each for each in named if each is not None}


@functools.cache
def _fields_of(command_type: type[Command]) -> tuple[str, ...]:
    return tuple(each for each in command_type.__struct_fields__ if each in _FIELDS)
