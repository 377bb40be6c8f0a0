"""The register: the whole roll, as far as rules across memberships need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Self

import msgspec
from msgspec.structs import replace

from domain.coalition.leadership import DirectorAppointed, TermEnded
from domain.ledger.disclosure import Event, revealed, revealed_or
from domain.membership.application import ApplicationApproved
from domain.membership.membership import MemberAdmitted, TierChanged
from domain.membership.party import OrganisationRegistered
from domain.membership.standing import (
    MembershipLapsed,
    MembershipReinstated,
    MembershipTerminated,
    MembershipWithdrawn,
)
from domain.membership.waiting import ApplicationWithdrawn, SeatOffered, SeatOfferExpired
from domain.policy import MembershipClassId
from domain.terms import ApplicationId, MembershipId, PartyId, TermId


class LiveMembership(msgspec.Struct, frozen=True):
    """Who holds a live membership, and where it stands in the policy."""

    party: PartyId
    tier: str
    membership_class: str


RegisterRow = tuple[MembershipId, PartyId, str, str]
"""One live membership: its id, party, tier and class."""


class Register:
    """A fold over every stream, kept up to date one event at a time.

    It is the one state that changes in place: it covers the whole roll, and each event
    costs the same however many members there are. An EIN is never kept, only its index.

    Args:
        blind: the keyed hash of an EIN's nine digits.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind
        self._live: dict[MembershipId, LiveMembership] = {}
        self._by_party: dict[PartyId, MembershipId] = {}
        self._ein_by_party: dict[PartyId, str] = {}
        self._provider_by_ein: dict[str, MembershipId] = {}
        self._occupied: Counter[str] = Counter()
        self._offered: dict[ApplicationId, str] = {}
        self._director: TermId | None = None

    @classmethod
    def load(
        cls,
        blind: Callable[[str], str],
        memberships: Iterable[RegisterRow],
        ein_by_party: Mapping[PartyId, str],
        director: TermId | None = None,
        offered: Mapping[ApplicationId, str] = MappingProxyType({}),
    ) -> Self:
        """Return the register of these live memberships.

        Args:
            blind: the keyed hash of an EIN's nine digits.
            memberships: one row for each live membership.
            ein_by_party: the EIN index of each party that has an EIN, member or not.
            director: the present director's term of office.
            offered: the tier of each application that a seat is kept for.
        """
        register = cls(blind)
        register._director = director
        register._ein_by_party.update(ein_by_party)
        register._offered.update(offered)
        for membership, party, tier, membership_class in memberships:
            register._place(membership, LiveMembership(party, tier, membership_class))
        return register

    def apply(self, stream: str, event: Event) -> None:
        """Take an event of a stream into account; most events change nothing here."""
        match event:
            case OrganisationRegistered():
                if (ein := revealed_or(event.ein, None)) is not None:
                    self._ein_by_party[PartyId(stream)] = self._blind(ein)
            case MemberAdmitted() | MembershipReinstated():
                party = revealed(event.party)
                self._place(
                    MembershipId(stream), LiveMembership(party, event.tier, event.membership_class)
                )
            case TierChanged():
                before = self._remove(MembershipId(stream))
                self._place(
                    MembershipId(stream),
                    replace(before, tier=event.to_tier, membership_class=event.membership_class),
                )
            case MembershipWithdrawn() | MembershipTerminated() | MembershipLapsed():
                self._remove(MembershipId(stream))
            case SeatOffered():
                self._offered[ApplicationId(stream)] = event.tier
            case SeatOfferExpired() | ApplicationApproved() | ApplicationWithdrawn():
                self._offered.pop(ApplicationId(stream), None)
            case DirectorAppointed():
                self._director = TermId(stream)
            case TermEnded():
                if self._director == stream:
                    self._director = None
            case _:
                pass

    @property
    def director(self) -> TermId | None:
        """The present director's term of office."""
        return self._director

    def held_by(self, party: PartyId) -> LiveMembership | None:
        """Return what the party's live membership is."""
        membership = self._by_party.get(party)
        return None if membership is None else self._live[membership]

    def membership_of(self, party: PartyId) -> MembershipId | None:
        """Return the party's live membership."""
        return self._by_party.get(party)

    def provider_with(self, ein: str) -> MembershipId | None:
        """Return the live provider membership of an EIN, given as nine digits."""
        return self._provider_by_ein.get(self._blind(ein))

    def occupied(self, tier: str) -> int:
        """Return how many seats of a tier are taken, by live memberships or by offers."""
        return self._occupied[tier] + sum(each == tier for each in self._offered.values())

    @property
    def offered_tiers(self) -> frozenset[str]:
        """The tiers of which a seat is kept for somebody."""
        return frozenset(self._offered.values())

    def live(self) -> Iterator[LiveMembership]:
        """Yield every live membership; this costs as much as there are."""
        yield from self._live.values()

    def live_in(self, tiers: Collection[str]) -> Iterator[MembershipId]:
        """Yield the live memberships of some tiers; this costs as much as there are in all."""
        for membership, live in self._live.items():
            if live.tier in tiers:
                yield membership

    def _place(self, membership: MembershipId, live: LiveMembership) -> None:
        self._live[membership] = live
        self._by_party[live.party] = membership
        self._occupied[live.tier] += 1
        if (index := self._claimed(live)) is not None:
            self._provider_by_ein[index] = membership

    def _remove(self, membership: MembershipId) -> LiveMembership:
        live = self._live.pop(membership)
        del self._by_party[live.party]
        self._occupied[live.tier] -= 1
        if (index := self._claimed(live)) is not None:
            del self._provider_by_ein[index]
        return live

    def _claimed(self, live: LiveMembership) -> str | None:
        """Return the EIN index that a membership claims: only providers claim theirs."""
        if live.membership_class != MembershipClassId.PROVIDER:
            return None
        return self._ein_by_party.get(live.party)
