"""Making demonstrations, and reading them whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from domain.coalition.custody import SigningKeyAdded, SigningKeyRetired, StateAttested
from domain.ledger.disclosure import Event
from domain.ledger.recorded import Recorded
from domain.policy import CATE_POLICY_RESOURCE, Policy, parse_policy
from service.demo.script import Script, write_script
from service.demo.seed import DemoCoalition, seed
from service.ledger.reader import read_between
from service.settings import demo_settings

POLICY: Policy = parse_policy((files("domain.policy") / CATE_POLICY_RESOURCE).read_bytes())

_RANDOM_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_LIST_OF_IDS = re.compile(r'"id [0-9]+"(?:,"id [0-9]+")+')


def script(number: int) -> Script:
    """Return the story of a seed."""
    return write_script(Random(number), POLICY)  # noqa: S311 - content only


def make(
    folder: Path, number: int, progress: Callable[[float], object] = lambda _: None
) -> DemoCoalition:
    """Make the demonstration of a seed in an empty folder."""
    return seed(demo_settings(folder, host="127.0.0.1", port=0), number, progress)


def read(demo: DemoCoalition) -> list[Recorded]:
    """Return every entry, opened as far as rules may look."""
    with demo.ledger.read() as snapshot:
        return list(read_between(snapshot.connection, demo.ledger.opener, 0, snapshot.position))


def of(entries: list[Recorded], kind: type[Event]) -> list[Any]:
    """Return the events of one type."""
    return [each.event for each in entries if isinstance(each.event, kind)]


def without_ids(entries: list[Recorded]) -> list[tuple[str, ...]]:
    """Return all that entries say, with each random id replaced by the order it comes in."""
    order: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        return order.setdefault(match[0], f"id {len(order) + 1}")

    def in_order(match: re.Match[str]) -> str:
        return ",".join(sorted(match[0].split(",")))

    return [
        (
            type(each.event).stored_name,
            each.recorded_at.isoformat(),
            each.envelope.effective.isoformat(),
            each.envelope.actor,
            each.envelope.policy,
            _RANDOM_ID.sub(name, f"{each.envelope.stream} {each.envelope.actor_id}"),
            # An electorate comes in the order of its ids, which is chance's.
            _LIST_OF_IDS.sub(
                in_order,
                _RANDOM_ID.sub(name, msgspec.json.encode(_undigested(each.event)).decode()),
            ),
        )
        for each in entries
    ]


def _undigested(event: Event) -> Event:
    """Leave out what is made of random ids and keys."""
    if isinstance(event, StateAttested):
        return msgspec.structs.replace(event, digest="")
    if isinstance(event, SigningKeyAdded | SigningKeyRetired):
        return msgspec.structs.replace(event, key="")
    return event
