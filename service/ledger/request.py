"""What goes into the writer, and what comes out."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import msgspec

from domain.decision import Command, Fact, Refusal
from service.security.principal import Principal


class Document(msgspec.Struct, frozen=True):
    """A text that an entry names by hash, to be stored with it."""

    sha256: str
    kind: str
    content: bytes


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A command with everything that its execution needs.

    Attributes:
        command_id: the caller's UUID; a repeat gives the first outcome.
        content: canonical bytes of what the caller asked, ids that the service drew
            left out: they tell a repeat from a reuse of the command id.
        expected_version: the version of the command's subject that the caller saw.
        effective_on: the day from which the facts hold; ``None`` is today.
        documents: texts to store when the command is accepted.
    """

    principal: Principal
    command: Command
    command_id: str
    content: bytes
    expected_version: int | None = None
    effective_on: date | None = None
    documents: tuple[Document, ...] = ()


class Decided(msgspec.Struct, frozen=True):
    """The rules said yes.

    Attributes:
        subject: id of the object that the command is about, or makes.
        facts: what to append; empty when it has already happened.
        policy: the policy version that the decision was made under, such as ``cate@3``.
    """

    subject: str
    facts: list[Fact]
    policy: str


class EntryReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where an entry went. ``leaf_hash`` is lower-case hex."""

    position: int
    entry_id: str
    leaf_hash: str


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The command's facts are in the ledger, durably.

    Attributes:
        subject: id of the object that the command was about, or made.
        entries: what was appended; empty when it had already happened.
    """

    subject: str
    entries: tuple[EntryReceipt, ...] = ()


class NotAllowed(msgspec.Struct, frozen=True):
    """The principal may not do this, or there is no such thing: the two look the same."""

    action: str


class Conflict(msgspec.Struct, frozen=True):
    """The subject is not at the version that the caller expected."""

    expected: int
    actual: int


class CommandIdReused(msgspec.Struct, frozen=True):
    """The command id was accepted before, for other content."""

    command_id: str


Outcome: TypeAlias = Accepted | Refusal | NotAllowed | Conflict | CommandIdReused
