"""Entries of the usual form, read quickly; whatever is otherwise is left to the long way.

`usual_entry` refuses nothing. It answers only where `parse_entry` and `open_entry` would accept
the bytes too, and would say the same of them:

- A pattern has the one canonical form of an envelope, key by key.
- Public data is ASCII without escapes and without objects in it. It decodes as its type says, has
  its keys in order, and is the same text when it is encoded again; so there is no white space in
  it, no key twice, and no other way to write a value.
- Integers are within what canonical JSON has.
"""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, TypedDict

import msgspec
from msgspec import inspect

from domain.catalog import EVENT_TYPES
from domain.ledger.body import CONFIDENTIAL_CLAIMS, parse_day
from domain.ledger.disclosure import Event, Level, levels
from domain.ledger.entry import (
    DOMAIN_LINE,
    MAX_ENTRY_BYTES,
    Disclosure,
    open_entry,
    parse_entry,
)

_DIGEST: Final = '"[A-Za-z0-9_-]{43}"'
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_TEXT: Final = r'[^"\\\x00-\x1f]*'
_ID: Final = "[0-9a-f]{32}"

_OPEN: Final = re.compile(
    DOMAIN_LINE.decode() + rf'\{{"_sd":\[{_DIGEST}\],"_sd_alg":"sha-256","actor":"{_TEXT}",'
    rf'"at":"({_DAY}{_TIME})",'
    rf'"data":\{{(?:"_sd":\[({_DIGEST}(?:,{_DIGEST})*)\](?:,|(?=\}})))?([^}}]*)\}},'
    rf'"effective":"({_DAY})","id":"({_ID})","policy":"({_TEXT})","stream":"({_ID})",'
    rf'"type":"({_TEXT})","version":([1-9][0-9]{{0,14}})\}}'
)
_CONFIDENTIAL: Final = re.compile(
    DOMAIN_LINE.decode() + rf'\{{"_sd":\[({",".join([_DIGEST] * len(CONFIDENTIAL_CLAIMS))})\],'
    rf'"_sd_alg":"sha-256","at":"({_DAY})","id":"({_ID})"\}}'
)
_CONFIDENTIAL_BYTES: Final = 481

_MOST_ALIKE: Final = 256
"""How many texts of a type's public data are remembered, of which many entries have the same."""
_SHOWN: Final = False
"""Whether an entry that shows itself is confidential."""
_ONE: Final = 45
"""The length of one digest with its quotation marks."""
_MOST_INTEGER: Final = 2**53 - 1
_PLAIN: Final = (
    *(inspect.StrType, inspect.IntType, inspect.BoolType, inspect.NoneType, inspect.DateType),
)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What an audit looks at in an entry; of one that is not opened, only its id.

    Attributes:
        entry_id: 128 random bits, lower-case hex.
        confidential: whether it shows no more to the public.
        event: the event, with its hidden values only where they are opened.
        stream: its id.
        version: 1-based place of the entry in its stream.
        at: recorded time, as it is written.
        effective: the day from which the fact holds.
        policy: the policy version in force.
    """

    entry_id: str
    confidential: bool = False
    event: Event | None = None
    stream: str = ""
    version: int = 0
    at: str = ""
    effective: date = date.min
    policy: str = ""


def read_entry(encoded: bytes, opened: Sequence[Disclosure] | None) -> Entry:
    """Read an entry's bytes, and check them.

    Args:
        encoded: its bytes.
        opened: opened values; ``None`` leaves closed what is confidential.

    Raises:
        EntryError: see `parse_entry` and `open_entry`.
    """
    entry = parse_entry(encoded)
    confidential = entry.envelope is None
    if confidential and opened is None:
        return Entry(entry.entry_id, confidential)
    envelope, event = open_entry(entry, opened or (), EVENT_TYPES)
    return Entry(
        *(entry.entry_id, confidential, event, envelope.stream, envelope.version),
        *(entry.at, envelope.effective, envelope.policy),
    )


def usual_entry(encoded: bytes) -> Entry | None:
    """Read an entry's bytes, opening nothing; ``None`` where only the long way can tell."""
    if len(encoded) > MAX_ENTRY_BYTES:
        return None
    try:
        text = encoded.decode("ascii")
        if len(text) == _CONFIDENTIAL_BYTES and (found := _CONFIDENTIAL.fullmatch(text)):
            digests, day, entry_id = found.groups()
            _day(day)
            return Entry(entry_id, confidential=True) if _in_order(digests) else None
        if (found := _OPEN.fullmatch(text)) is None:
            return None
        at, digests, data, effective, entry_id, policy, stream, name, version = found.groups()
        event = _reader(name)(data)
        if event is None or not (digests is None or len(digests) == _ONE or _in_order(digests)):
            return None
        day = _day(effective)
        if at[:10] != effective:
            _day(at[:10])
        return Entry(entry_id, _SHOWN, event, stream, int(version), at, day, policy)
    except (ValueError, msgspec.DecodeError):  # not of the kind that a value has to be
        return None


def _in_order(digests: str) -> bool:
    """Whether digests stand sorted and once each."""
    before = ""
    for digest in digests.split(","):
        if digest <= before:
            return False
        before = digest
    return True


_day: Final = functools.lru_cache(maxsize=65_536)(parse_day)


@functools.cache
def _reader(stored_name: str) -> Callable[[str], Event | None]:
    """Return what reads the public data of a type, where not only the long way does."""
    event_type = EVENT_TYPES.get(stored_name)
    if event_type is None or event_type.confidential:
        return _unread
    hints = typing.get_type_hints(event_type, include_extras=True)
    names = sorted(name for name, level in levels(event_type).items() if level is Level.PUBLIC)
    kinds = {name: _choices(inspect.type_info(hints[name])) for name in names}
    if not all(_is_plain(each) for choices in kinds.values() for each in choices):
        return _unread
    integers = tuple(
        name
        for name, choices in kinds.items()
        if any(isinstance(each, inspect.IntType) for each in choices)
    )
    # What is hidden is no part of it, so nothing hidden can stand in clear.
    public = TypedDict("public", {name: hints[name] for name in names})  # type: ignore[misc]
    decode: Callable[[str], Any] = msgspec.json.Decoder(public).decode
    encode = msgspec.json.Encoder().encode

    @functools.lru_cache(maxsize=_MOST_ALIKE)
    def read(data: str) -> Event | None:
        if "{" in data or "\\" in data:  # the pattern is quicker without them
            return None
        json = f"{{{data}}}"
        values = decode(json)
        if list(values) != names or encode(values) != json.encode():
            return None
        for name in integers:
            value = values[name]
            if value is not None and not -_MOST_INTEGER <= value <= _MOST_INTEGER:
                return None
        return event_type(**values)

    return read


def _unread(_: str) -> None:
    return None


def _choices(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _is_plain(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.ListType):
        return _is_plain(kind.item_type) and not isinstance(kind.item_type, inspect.IntType)
    if isinstance(kind, inspect.EnumType):
        return issubclass(kind.cls, str)
    return isinstance(kind, _PLAIN)
