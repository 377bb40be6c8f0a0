"""The register: the whole roll, as far as rules across memberships need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Self

import msgspec
from msgspec.structs import replace

from domain.coalition.asked import Asked
from domain.coalition.leadership import DirectorAppointed, TermEnded
from domain.ledger.disclosure import Event, revealed, revealed_or
from domain.membership.applying import Applying
from domain.membership.claims import Eins, Sponsors, Ties, claims_of, shares_ein
from domain.membership.line import Line
from domain.membership.membership import MemberAdmitted, TierChanged
from domain.membership.particulars import ParticularsChanged, renumbers
from domain.membership.particulars_correction import OrganisationParticularsCorrected
from domain.membership.party import OrganisationRegistered
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipPassed,
    MembershipReinstated,
    MembershipTerminated,
    MembershipWithdrawn,
    StandingAppealDecided,
)
from domain.membership.ties import (
    AffiliationEnded,
    PartiesMerged,
    PartiesSeparated,
    PartyAffiliated,
    TieEvent,
)
from domain.policy import MembershipClassId
from domain.terms import Affiliation, AppealOutcome, MembershipId, PartyId, TermId


class LiveMembership(msgspec.Struct, frozen=True):
    """Who holds a live membership, and where it stands in the policy."""

    party: PartyId
    tier: str
    membership_class: str


_ENDED = MembershipWithdrawn | MembershipTerminated | MembershipLapsed | MembershipMerged

RegisterRow = tuple[MembershipId, PartyId, str, str]
"""One live membership: its id, party, tier and class."""


class Register:
    """A fold over every stream, kept up to date one event at a time.

    It is the one state that changes in place: it covers the whole roll, and each event
    costs the same however many members there are. An EIN is never kept, only its index.

    Args:
        blind: the keyed hash of an EIN's nine digits.

    Attributes:
        applying: which applications are open.
        line: who waits for a seat, and for whom one is kept.
        asked: what was put to a vote.
    """

    def __init__(self, blind: Callable[[str], str]) -> None:
        self._blind = blind
        self._live: dict[MembershipId, LiveMembership] = {}
        self._by_party: dict[PartyId, MembershipId] = {}
        self._ein_by_party: dict[PartyId, str] = {}
        self._provider_by_ein: dict[str, MembershipId] = {}
        self._occupied: Counter[str] = Counter()
        self._former: dict[PartyId, frozenset[MembershipId]] = {}
        self._left: dict[MembershipId, LiveMembership] = {}
        self._won: dict[MembershipId, str] = {}
        self._director: TermId | None = None
        self._survivors: dict[PartyId, PartyId] = {}
        self._sponsors: dict[PartyId, frozenset[PartyId]] = {}
        self.applying = Applying()
        self.asked = Asked()
        self.line = Line()

    @classmethod
    def load(
        cls,
        blind: Callable[[str], str],
        memberships: Iterable[RegisterRow],
        ein_by_party: Mapping[PartyId, str],
        director: TermId | None = None,
        *,
        former: Iterable[RegisterRow] = (),
        won: Iterable[MembershipId] = (),
        ties: Ties = Ties(),  # noqa: B008 - it is frozen
    ) -> Self:
        """Return the register of these live memberships.

        Args:
            blind: the keyed hash of an EIN's nine digits.
            memberships: one row for each live membership.
            ein_by_party: the EIN index of each party that has an EIN, member or not.
            director: the present director's term of office.
            former: one row for each membership that has ended.
            won: those of which an appeal has overturned the end, and that wait for their place,
                in the order in which they won.
            ties: how parties belong together.
        """
        register = cls(blind)
        register._director = director
        register._survivors.update(ties.survivors)
        register._sponsors.update(ties.sponsors)
        register._ein_by_party.update(ein_by_party)
        for membership, party, tier, membership_class in former:
            register._leave(membership, LiveMembership(party, tier, membership_class))
        for membership in won:
            register._won[membership] = register._left[membership].tier
        for membership, party, tier, membership_class in memberships:
            register._place(membership, LiveMembership(party, tier, membership_class))
        return register

    def apply(self, stream: str, event: Event) -> None:
        """Take an event of a stream into account; most events change nothing here."""
        self.applying.apply(stream, event)
        self.asked.apply(stream, event)
        match event:
            case OrganisationRegistered():
                self._renumber(PartyId(stream), revealed_or(event.ein, None))
            case ParticularsChanged() | OrganisationParticularsCorrected() if renumbers(event):
                self._renumber(PartyId(stream), revealed_or(event.ein, None))
            case MemberAdmitted() | MembershipReinstated():
                self._return(MembershipId(stream))
                party = revealed(event.party)
                self._place(
                    MembershipId(stream), LiveMembership(party, event.tier, event.membership_class)
                )
            case StandingAppealDecided(outcome=AppealOutcome.OVERTURNED) if stream in self._left:
                self._won[MembershipId(stream)] = self._left[MembershipId(stream)].tier
            case TierChanged():
                before = self._remove(MembershipId(stream))
                self._place(
                    MembershipId(stream),
                    replace(before, tier=event.to_tier, membership_class=event.membership_class),
                )
            case _ if isinstance(event, _ENDED):
                # Whose end was appealed may leave all the same, before it is back.
                membership = MembershipId(stream)
                self._won.pop(membership, None)
                if membership in self._live:
                    self._leave(membership, self._remove(membership))
            case MembershipPassed():
                before = self._remove(MembershipId(stream))
                self._place(MembershipId(stream), replace(before, party=revealed(event.party)))
            case _ if isinstance(event, TieEvent):
                self._tie(PartyId(stream), event)
            case _:
                self._note(stream, event)

    def _note(self, stream: str, event: Event) -> None:
        """Take into account who waits for a seat, and who directs."""
        self.line.apply(stream, event, self.applying)
        match event:
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

    def parts(self, party: PartyId) -> list[PartyId]:
        """Return every organisation that is part of one, in the order of their ids."""
        direct = sorted(each for each, into in self._survivors.items() if into == party)
        return [part for each in direct for part in (each, *self.parts(each))]

    def providers_of_parts(self, party: PartyId) -> set[MembershipId]:
        """Return the live providers that claim an EIN of what is part of a party."""
        claims = claims_of(self.parts(party), self._ein_by_party, self._sponsors)
        return {self._provider_by_ein[each] for each in claims if each in self._provider_by_ein}

    def claims(self, party: PartyId, ein: str | None) -> bool:
        """Whether by the EIN of a party, or of whom it shares it with, live providers are known."""
        eins = self._ein_by_party
        if ein is None or eins.get(party) != self._blind(ein):
            return False
        without = {each: index for each, index in eins.items() if each != party}
        held = (self._live[each] for each in self._held_by([party, *self._sponsored_by(party)]))
        return any(
            self._claimed(each, eins, self._sponsors)
            != self._claimed(each, without, self._sponsors)
            for each in held
        )

    def shares_ein(self, party: PartyId) -> bool:
        """Whether a party has the EIN of one that sponsors it, and so claims none."""
        return shares_ein(party, self._ein_by_party, self._sponsors)

    def disputes_with(self, party: PartyId, ein: str | None) -> bool:
        """Whether two providers, it or whom it sponsors, would claim one EIN if it had this one."""
        index = None if ein is None else self._blind(ein)
        eins = {**self._ein_by_party, party: index}
        return self._disputes([party, *self._sponsored_by(party)], eins, self._sponsors)

    def disputes_without(self, party: PartyId, sponsor: PartyId) -> bool:
        """Whether two live providers would claim one EIN if a party had a sponsor no longer."""
        left = self._sponsors.get(party, frozenset()) - {sponsor}
        return self._disputes([party], self._ein_by_party, {**self._sponsors, party: left})

    def _disputes(self, changed: Iterable[PartyId], eins: Eins, sponsors: Sponsors) -> bool:
        held = self._held_by(changed)
        claims = [each for one in held for each in self._claimed(self._live[one], eins, sponsors)]
        return len(set(claims)) < len(claims) or any(
            self._provider_by_ein.get(each) not in {None, *held} for each in claims
        )

    def survivor(self, party: PartyId) -> PartyId:
        """Return what a party is part of in the end; one that is its own is itself."""
        while party in self._survivors:
            party = self._survivors[party]
        return party

    def with_survivors(self, parties: Iterable[PartyId]) -> frozenset[PartyId]:
        """Return parties together with whatever they are part of."""
        found: set[PartyId] = set()
        waiting = list(parties)
        while waiting:
            party = waiting.pop()
            if party not in found:
                found.add(party)
                waiting += [self._survivors[party]] if party in self._survivors else []
        return frozenset(found)

    def occupied(self, tier: str) -> int:
        """Return how many seats of a tier are taken, by live memberships or by offers."""
        return self._occupied[tier] + self.line.offers(tier)

    def former_of(self, party: PartyId) -> frozenset[MembershipId]:
        """Return the memberships of a party that have ended."""
        return self._former.get(party, frozenset())

    def won_in(self, tier: str) -> list[MembershipId]:
        """Return who waits for a place in a tier since an appeal was won: who won first, first.

        Whose party has another one by now, or is part of another organisation, has none to wait
        for.
        """
        return [each for each, of in self._won.items() if of == tier and self._lacks(each)]

    def _lacks(self, membership: MembershipId) -> bool:
        party = self._left[membership].party
        return party not in self._by_party and party not in self._survivors

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
        for index in self._claimed(live, self._ein_by_party, self._sponsors):
            self._provider_by_ein.setdefault(index, membership)

    def _remove(self, membership: MembershipId) -> LiveMembership:
        live = self._live.pop(membership)
        del self._by_party[live.party]
        self._occupied[live.tier] -= 1
        for index in self._claimed(live, self._ein_by_party, self._sponsors):
            if self._provider_by_ein.get(index) == membership:
                del self._provider_by_ein[index]
        return live

    def _leave(self, membership: MembershipId, left: LiveMembership) -> None:
        self._left[membership] = left
        self._former[left.party] = self.former_of(left.party) | {membership}

    def _return(self, membership: MembershipId) -> None:
        self._won.pop(membership, None)
        left = self._left.pop(membership, None)
        if left is not None:
            others = self._former.pop(left.party) - {membership}
            if others:
                self._former[left.party] = others

    def _renumber(self, party: PartyId, ein: str | None) -> None:
        """Let a party have another EIN, or none."""
        held = self._lift([party, *self._sponsored_by(party)])
        self._ein_by_party.pop(party, None)
        if ein is not None:
            self._ein_by_party[party] = self._blind(ein)
        self._put_back(held)

    def _tie(self, party: PartyId, event: TieEvent) -> None:
        if isinstance(event, PartiesMerged | PartiesSeparated):
            # The same fact stands in the stream of the survivor, which may lack values.
            if revealed(event.absorbed) == party:
                self._join(event)
        elif revealed(event.affiliation) is Affiliation.SPONSORED_BY:
            self._sponsor(party, event)

    def _join(self, event: PartiesMerged | PartiesSeparated) -> None:
        """Let a party be part of another one, or its own."""
        survivor, merged = revealed(event.survivor), revealed(event.absorbed)
        held = self._lift([survivor, merged])
        if isinstance(event, PartiesMerged):
            self._survivors[merged] = survivor
        else:
            self._survivors.pop(merged, None)
        self._put_back(held)

    def _sponsor(self, party: PartyId, event: PartyAffiliated | AffiliationEnded) -> None:
        """Let a party be sponsored by another one, or no longer."""
        held, sponsor = self._lift([party]), revealed(event.affiliate)
        sponsors = self._sponsors.pop(party, frozenset()) - {sponsor}
        if isinstance(event, PartyAffiliated):
            sponsors |= {sponsor}
        if sponsors:
            self._sponsors[party] = sponsors
        self._put_back(held)

    def _lift(self, parties: Iterable[PartyId]) -> list[tuple[MembershipId, LiveMembership]]:
        """Take out whose claims a change of parties may change, to put them back after it."""
        return [(each, self._remove(each)) for each in self._held_by(parties)]

    def _put_back(self, held: Iterable[tuple[MembershipId, LiveMembership]]) -> None:
        for membership, live in held:
            self._place(membership, live)

    def _held_by(self, parties: Iterable[PartyId]) -> set[MembershipId]:
        ends = self.with_survivors(parties)
        return {self._by_party[each] for each in ends if each in self._by_party}

    def _sponsored_by(self, party: PartyId) -> list[PartyId]:
        return [each for each, sponsors in self._sponsors.items() if party in sponsors]

    def _claimed(self, live: LiveMembership, eins: Eins, sponsors: Sponsors) -> set[str]:
        """Return the EIN indexes that a membership claims: only providers claim theirs.

        A provider claims those of the organisations that are part of it, too.
        """
        if live.membership_class != MembershipClassId.PROVIDER:
            return set()
        return claims_of([live.party, *self.parts(live.party)], eins, sponsors)
