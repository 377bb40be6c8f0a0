"""Applying: which applications are open, whose they are, and what they ask for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final, Self

import msgspec
from msgspec.structs import replace

from domain.ledger.disclosure import Event, revealed
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    Application,
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationSubmitted,
)
from domain.membership.waiting import AWAITED, ApplicationExpired, ApplicationWithdrawn
from domain.terms import (
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    MembershipId,
    PartyId,
)

_CLOSING: Final = (
    ApplicationApproved
    | ApplicationDeclined
    | ApplicationWithdrawn
    | ApplicationExpired
    | AppealDecided
)


class Applied(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An application that is open.

    Attributes:
        membership: the one that asks for another tier, or is to go on.
        appealed: whether it was declined, and that is under appeal.
    """

    party: PartyId
    kind: ApplicationKind
    tier: str
    membership: MembershipId | None = None
    appealed: bool = False


@dataclasses.dataclass
class Applying:
    """A fold over every stream, which changes in place as `Register` does.

    An application is open until it is approved, declined, withdrawn or expired, and again while
    its decline is under appeal. Most declines never are, so that none is kept: whose one is that
    opens again has to be told by `learn`. The open ones are found by party and by membership.

    Attributes:
        unknown: the applications that opened again, and of which that is not told yet.
    """

    unknown: set[ApplicationId] = dataclasses.field(default_factory=set)
    _applied: dict[ApplicationId, Applied] = dataclasses.field(default_factory=dict)
    _open: dict[PartyId | MembershipId, frozenset[ApplicationId]] = dataclasses.field(
        default_factory=dict
    )

    @classmethod
    def load(cls, applications: Iterable[tuple[ApplicationId, Applied]]) -> Self:
        """Return what is applied for now."""
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
            case AppealFiled():
                self.unknown.add(application)
            case AppealDecided(outcome=AppealOutcome.OVERTURNED):
                reopened = self._forget(application)
                if reopened is not None:
                    self._note(application, replace(reopened, appealed=False))
            case _ if isinstance(event, _CLOSING):
                self._forget(application)
                self.unknown.discard(application)
            case _:
                pass

    def learn(self, application: Application) -> None:
        """Be told of an application that is `unknown` what it is by now."""
        self.unknown.discard(application.id)
        if application.phase in AWAITED:
            applied = Applied(
                party=application.party,
                kind=application.kind,
                tier=application.tier,
                membership=application.membership,
                appealed=application.phase is ApplicationPhase.APPEALED,
            )
            self._note(application.id, applied)

    def of(self, whose: PartyId | MembershipId) -> list[ApplicationId]:
        """Return the open applications of a party, or by which a membership asks for another tier.

        They are in the order of their ids.
        """
        return sorted(self._open.get(whose, ()))

    def admissions_of(self, party: PartyId) -> list[ApplicationId]:
        """Return the open applications of a party for admission, in the order of their ids."""
        return self._of_kind(party, ApplicationKind.ADMISSION)

    def changes_of(self, membership: MembershipId) -> list[ApplicationId]:
        """Return the open applications of a membership for another tier, likewise."""
        return self._of_kind(membership, ApplicationKind.TIER_CHANGE)

    def _of_kind(self, whose: PartyId | MembershipId, kind: ApplicationKind) -> list[ApplicationId]:
        return [each for each in self.of(whose) if self._applied[each].kind is kind]

    def tier_of(self, application: ApplicationId) -> str:
        """Return the tier that an open application is for."""
        return self._applied[application].tier

    def asks(self, party: PartyId, kind: ApplicationKind, tier: str) -> bool:
        """Whether a party waits for a first answer to an application of a kind for a tier."""
        found = (self._applied[each] for each in self._open.get(party, ()))
        return any((each.kind, each.tier) == (kind, tier) and not each.appealed for each in found)

    def _note(self, application: ApplicationId, applied: Applied) -> None:
        self._applied[application] = applied
        for whose in _whose(applied):
            self._open[whose] = self._open.get(whose, frozenset()) | {application}

    def _forget(self, application: ApplicationId) -> Applied | None:
        applied = self._applied.pop(application, None)
        for whose in () if applied is None else _whose(applied):
            others = self._open.pop(whose, frozenset()) - {application}
            if others:
                self._open[whose] = others
        return applied


def _whose(applied: Applied) -> list[PartyId | MembershipId]:
    return [applied.party, *([] if applied.membership is None else [applied.membership])]
