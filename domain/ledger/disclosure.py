"""Who may read a field of an event, declared beside the field.

An entry must be publishable for ever, so only ``Public`` fields enter its bytes in
clear. Every other field enters as a salted digest (RFC 9901, Selective Disclosure),
and its value is kept encrypted beside the log, where it can be destroyed.
``docs/disclosure.md`` lists every field with its level; a test holds both together.
"""

from __future__ import annotations

import functools
import typing
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypeVar

import msgspec
from msgspec import UNSET, UnsetType


class Level(StrEnum):
    """The widest audience that may read a field."""

    PUBLIC = "public"
    MEMBER = "member"
    STAFF = "staff"
    PERSONAL = "personal"


T = TypeVar("T")

Public = Annotated[T, Level.PUBLIC]
Member = Annotated[T | UnsetType, Level.MEMBER]
Staff = Annotated[T | UnsetType, Level.STAFF]
Personal = Annotated[T | UnsetType, Level.PERSONAL]


class HiddenValueMissingError(LookupError):
    """A rule or a read model needs a hidden value that nobody can open any more.

    Only a reference or a fact that rules depend on leads here; personal fields
    never do, since no rule may read them.
    """


def revealed(value: T | UnsetType) -> T:
    """Return a hidden field's value.

    Raises:
        HiddenValueMissingError: the value was not opened, or its key is gone.
    """
    if isinstance(value, UnsetType):
        raise HiddenValueMissingError
    return value


def revealed_or(value: T | UnsetType, otherwise: T) -> T:
    """Return a hidden field's value, or something else where it was expunged.

    For what only describes, which rules and views can do without.
    """
    return otherwise if isinstance(value, UnsetType) else value


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A fact of the ledger: something that happened, named in the past tense.

    A subclass declares its fields with `Public`, `Member`, `Staff` or `Personal`.
    Hidden fields default to ``UNSET``, so that the public part of an entry decodes
    into the same class as the whole of it.

    Attributes:
        stored_name: the name in the entry's bytes, with a version; renaming the
            class changes no byte.
        confidential: the entry shows neither its type nor its stream.
        person_field: the field that names the person whose key hides the personal
            fields; ``None`` where there are none; ``"@stream"`` where the stream
            itself is the person.
    """

    stored_name: ClassVar[str]
    confidential: ClassVar[bool] = False
    person_field: ClassVar[str | None] = None

    def merged(self, hidden: dict[str, object]) -> Self:
        """Return this event with opened hidden values set.

        Args:
            hidden: field name to plain JSON value, as committed in the entry.
        """
        values = msgspec.to_builtins(self) | hidden
        return msgspec.convert(values, type(self))


def person_of(stream: str, event: Event) -> str:
    """Return the id of the person whose key hides the event's personal fields.

    Raises:
        TypeError: the event names none.
        HiddenValueMissingError: who it is was not opened.
    """
    name = type(event).person_field
    if name is None:
        message = f"{event.stored_name} has a personal field and names no person"
        raise TypeError(message)
    return stream if name == "@stream" else str(revealed(getattr(event, name)))


@functools.cache
def levels(event_type: type[Event]) -> dict[str, Level]:
    """Return each field's level; a field that declares none is `Level.STAFF`."""
    hints = typing.get_type_hints(event_type, include_extras=True)
    return {
        name: next(
            (mark for mark in getattr(hints[name], "__metadata__", ()) if isinstance(mark, Level)),
            Level.STAFF,
        )
        for name in event_type.__struct_fields__
    }


@functools.cache
def hidden_fields(event_type: type[Event]) -> tuple[str, ...]:
    """Return the names of the fields that enter an entry only as digests."""
    return tuple(name for name, level in levels(event_type).items() if level is not Level.PUBLIC)


__all__ = [
    "UNSET",
    "Event",
    "HiddenValueMissingError",
    "Level",
    "Member",
    "Personal",
    "Public",
    "Staff",
    "hidden_fields",
    "levels",
    "person_of",
    "revealed",
    "revealed_or",
]
