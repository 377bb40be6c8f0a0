"""A member's assent to the agreement of its tier, and to a text that takes its place."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import msgspec

from domain.decision import Command
from domain.ledger.disclosure import Event, Public
from domain.terms import AssentPhase, MembershipId


class ResigningRequired(Event, frozen=True, kw_only=True):
    """A text took the place of the one signed, and is to be signed. Stream: the membership.

    Attributes:
        sign_by: the last day on which the member is active without having signed it.
    """

    stored_name: ClassVar[str] = "membership.resigning_required.v1"

    agreement: Public[str]
    version: Public[int]
    sign_by: Public[date]


class ResigningMissed(Event, frozen=True, kw_only=True):
    """The newer text was not signed in time: the member waits for its agreement again."""

    stored_name: ClassVar[str] = "membership.resigning_missed.v1"

    agreement: Public[str]
    version: Public[int]


AssentEvent = ResigningRequired | ResigningMissed


class RequireResigning(Command, frozen=True, kw_only=True):
    """Ask a member to sign the text that took the place of the one it signed."""

    membership: MembershipId


class RecordMissedResigning(Command, frozen=True, kw_only=True):
    """Let a member that did not sign the newer text in time be active no more."""

    membership: MembershipId


class Assent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a member stands to its agreement.

    Attributes:
        phase: whether it is signed.
        day: since when that is so; while a text is to be signed, the last day for that.
        version: of the text that was signed, or is to be signed in the place of it; ``None``
            while nothing that counts is signed.
    """

    phase: AssentPhase = AssentPhase.TO_SEND
    day: date = date.min
    version: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the member may act by it (invariant 1)."""
        return self.phase in {AssentPhase.SIGNED, AssentPhase.RESIGNING}

    def sent(self, on: date) -> Assent:
        """Return the assent after a text was sent: who has signed none is to sign it."""
        return self if self.holds else Assent(phase=AssentPhase.SENT, day=on)


def signed(version: int | None, on: date) -> Assent:
    """Return the assent by a signature."""
    return Assent(phase=AssentPhase.SIGNED, day=on, version=version)


def unsigned(on: date, *, sent: bool) -> Assent:
    """Return the assent to an agreement that is to be signed; whether its text was sent."""
    return Assent(phase=AssentPhase.SENT if sent else AssentPhase.TO_SEND, day=on)


def evolve(event: AssentEvent, effective: date) -> Assent:
    """Return the assent after an event that holds from ``effective``."""
    if isinstance(event, ResigningRequired):
        return Assent(phase=AssentPhase.RESIGNING, day=event.sign_by, version=event.version)
    return Assent(phase=AssentPhase.SENT, day=effective)
