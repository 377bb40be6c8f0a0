"""Applying: which applications are open, whose they are, and what they ask for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Self

import msgspec
from msgspec.structs import replace

from domain.ledger.disclosure import Event, revealed
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationSubmitted,
)
from domain.membership.waiting import ApplicationExpired, ApplicationWithdrawn
from domain.terms import AppealOutcome, ApplicationId, ApplicationKind, MembershipId, PartyId


class Applied(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An application that is open, or may be so again.

    Attributes:
        membership: the one that asks for another tier.
        declined: whether it was declined, and that was not overturned.
        appealed: whether that is under appeal.
    """

    party: PartyId
    kind: ApplicationKind
    tier: str
    membership: MembershipId | None = None
    declined: bool = False
    appealed: bool = False


@dataclasses.dataclass
class Applying:
    """A fold over every stream, which changes in place as `Register` does.

    An application is open until it is approved, declined, withdrawn or expired, and again while
    its decline is under appeal. The open ones are found by party and by membership.
    """

    _applied: dict[ApplicationId, Applied] = dataclasses.field(default_factory=dict)
    _open: dict[PartyId | MembershipId, frozenset[ApplicationId]] = dataclasses.field(
        default_factory=dict
    )

    @classmethod
    def load(cls, applications: Iterable[tuple[ApplicationId, Applied]]) -> Self:
        """Return what is applied for now: what is open or was declined."""
        applying = cls()
        for application, applied in applications:
            applying._note(application, applied)
        return applying

    def apply(self, stream: str, event: Event) -> None:
        """Take an event of a stream into account; most events change nothing here."""
        application = ApplicationId(stream)
        match event:
            case ApplicationSubmitted():
                applied = Applied(
                    party=revealed(event.party),
                    kind=event.kind,
                    tier=event.tier,
                    membership=revealed(event.membership),
                )
                self._note(application, applied)
            case ApplicationDeclined() | AppealDecided(outcome=AppealOutcome.UPHELD):
                self._change(application, declined=True, appealed=False)
            case AppealFiled():
                self._change(application, declined=True, appealed=True)
            case AppealDecided():
                self._change(application, declined=False, appealed=False)
            case ApplicationApproved() | ApplicationWithdrawn() | ApplicationExpired():
                self._forget(application)
            case _:
                pass

    def of(self, whose: PartyId | MembershipId) -> list[ApplicationId]:
        """Return the open applications of a party, or by which a membership asks for another tier.

        They are in the order of their ids.
        """
        return sorted(self._open.get(whose, ()))

    def asks(self, party: PartyId, kind: ApplicationKind, tier: str) -> bool:
        """Whether a party waits for a first answer to an application of a kind for a tier."""
        found = (self._applied[each] for each in self._open.get(party, ()))
        return any((each.kind, each.tier) == (kind, tier) and not each.appealed for each in found)

    def _note(self, application: ApplicationId, applied: Applied) -> None:
        self._applied[application] = applied
        if applied.appealed or not applied.declined:
            for whose in _whose(applied):
                self._open[whose] = self._open.get(whose, frozenset()) | {application}

    def _change(self, application: ApplicationId, *, declined: bool, appealed: bool) -> None:
        applied = self._forget(application)
        if applied is not None:
            self._note(application, replace(applied, declined=declined, appealed=appealed))

    def _forget(self, application: ApplicationId) -> Applied | None:
        applied = self._applied.pop(application, None)
        for whose in () if applied is None else _whose(applied):
            others = self._open.pop(whose, frozenset()) - {application}
            if others:
                self._open[whose] = others
        return applied


def _whose(applied: Applied) -> list[PartyId | MembershipId]:
    return [applied.party, *([] if applied.membership is None else [applied.membership])]
