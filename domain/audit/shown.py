"""What a membership shows to everybody, folded by itself.

Memberships are what a large log has most of, and what rules need to know of one is much more than
its row shows. So an audit keeps only that of each; a test holds it to what the rules make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from domain.ledger.disclosure import Event
from domain.membership.assent import ResigningMissed, ResigningRequired
from domain.membership.membership import AgreementSigned, MemberAdmitted, TierChanged
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipReinstated,
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
    SuspensionLifted,
)
from domain.membership.term import MembershipRenewed, RenewalMissed, RenewalOpened
from domain.terms import MembershipStatus


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What a membership's row is made of; of the rest, what its status follows from.

    Attributes:
        signed: whether a text is signed that lets it act.
        missed: whether a renewal was missed.
        ended: how it ended; ``None`` while it is live.
    """

    id: str
    version: int = 0
    tier: str = ""
    agreement: str = ""
    since: date | None = None
    signed: bool = False
    missed: bool = False
    suspended: bool = False
    ended: MembershipStatus | None = None

    @property
    def status(self) -> MembershipStatus:
        """Whether it may act."""
        if self.ended is not None:
            return self.ended
        if self.suspended:
            return MembershipStatus.SUSPENDED
        if self.missed:
            return MembershipStatus.RENEWAL_DUE
        return MembershipStatus.ACTIVE if self.signed else MembershipStatus.AGREEMENT_PENDING


def fold(state: Shown, event: Event, effective: date) -> Shown:
    """Return what is shown after one more of a membership's events."""
    change = _CHANGES.get(type(event))
    changes = {} if change is None else change(state, event)
    return replace(state, version=state.version + 1, since=state.since or effective, **changes)


def _always(**changes: object) -> Callable[[Shown, Any], Mapping[str, object]]:
    return lambda _state, _event: changes


def _reinstated(state: Shown, event: MembershipReinstated) -> Mapping[str, object]:
    return {
        "tier": event.tier,
        "agreement": event.agreement,
        "signed": event.signed,
        "missed": False,
        "suspended": state.suspended and event.suspended,
        "ended": None,
    }


_CHANGES: Final[Mapping[type[Event], Callable[[Shown, Any], Mapping[str, object]]]] = (
    MappingProxyType(
        {
            MemberAdmitted: lambda _, event: {
                "tier": event.tier,
                "agreement": event.agreement,
                "signed": False,
                "missed": False,
            },
            AgreementSigned: lambda _, event: {"agreement": event.agreement, "signed": True},
            TierChanged: lambda _, event: {
                "tier": event.to_tier,
                "agreement": event.agreement,
                "signed": event.signed,
            },
            ResigningRequired: lambda _, event: {"agreement": event.agreement, "signed": True},
            ResigningMissed: lambda _, event: {"agreement": event.agreement, "signed": False},
            RenewalOpened: _always(missed=False),
            RenewalMissed: _always(missed=True),
            MembershipRenewed: _always(missed=False),
            MembershipSuspended: _always(suspended=True),
            SuspensionLifted: _always(suspended=False),
            MembershipWithdrawn: _always(ended=MembershipStatus.WITHDRAWN),
            MembershipLapsed: _always(ended=MembershipStatus.LAPSED),
            MembershipMerged: _always(ended=MembershipStatus.MERGED),
            MembershipTerminated: _always(ended=MembershipStatus.TERMINATED),
            MembershipReinstated: _reinstated,
        }
    )
)
"""What each event changes besides the version; those that are not here change nothing shown."""
