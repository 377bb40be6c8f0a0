"""A scene: one command, at one time, by one figure of the story, or by the service itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeAlias

import msgspec

from domain.decision import Command, RefusalCode
from domain.terms import PartyId, PrincipalId
from service.demo.cast import Member
from service.ledger.ledger import Ledger
from service.ledger.request import Document, Outcome
from service.security.principal import Principal, Role
from service.sweep import SYSTEM


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks the ledger to do.

    Attributes:
        at: when it is recorded, UTC.
        by: who asks; its ids are names, like those of the command.
        command: with names in the place of ids, which the player replaces.
        effective_on: from when it holds; ``None`` is the day of recording.
        documents: texts that come with it.
        refused: the refusal that is part of the story, for what must not work.
        file: a file of evidence, plain text, that is sent for the application first.
        entry: the name by which a later scene knows the first entry that comes of it.
    """

    at: datetime
    by: Principal
    command: Command
    effective_on: date | None = None
    documents: tuple[Document, ...] = ()
    refused: RefusalCode | None = None
    file: bytes | None = None
    entry: str | None = None

    @property
    def kind(self) -> type[Command]:
        """The kind of command."""
        return type(self.command)


class Chore(msgspec.Struct, frozen=True, kw_only=True):
    """What the service does for the log, by a command for which it reads the ledger first.

    Attributes:
        at: when it is recorded, UTC.
        kind: the kind of command.
        do: reads, and gives the command.
    """

    at: datetime
    kind: type[Command]
    do: Callable[[Ledger], Outcome]


Step: TypeAlias = Scene | Chore

REVIEWERS = tuple(Principal(PrincipalId(f"reviewer-{n}"), Role.REVIEWER) for n in range(1, 5))
COMMITTEE = tuple(Principal(PrincipalId(f"committee-{n}"), Role.COMMITTEE) for n in range(1, 4))
DIRECTOR = Principal(PrincipalId("director"), Role.DIRECTOR)
AUDITOR = Principal(PrincipalId("auditor"), Role.AUDITOR)
PORTAL = Principal(PrincipalId("portal"), Role.PORTAL)
OPERATOR = Principal(PrincipalId("operator"), Role.OPERATOR)
SWEEP = SYSTEM
"""Who does at night what takes nobody to decide."""


def applicant_of(member: Member) -> Principal:
    """Return who applies for a party that nobody knows yet."""
    return Principal(member.applicant, Role.APPLICANT)


def representative_of(member: Member) -> Principal:
    """Return who speaks for a party that is known."""
    return Principal(member.representative, Role.REPRESENTATIVE, PartyId(member.party))
