"""Everything that is said of parties, and what is forgotten of them."""

from __future__ import annotations

from datetime import date

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule

from domain.coalition.clearing import ClearText, digest_of
from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.coalition.vote import Vote
from domain.ledger.disclosure import levels, revealed
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import (
    AddAlias,
    IndividualRenamed,
    OrganisationRenamed,
    RenameParty,
)
from domain.membership.particulars import ChangeParticulars, ParticularsChanged
from domain.membership.particulars_correction import CorrectParticulars, ParticularsCorrected
from domain.membership.party import (
    AppointRepresentative,
    EndRepresentation,
    IndividualRegistered,
    OrganisationRegistered,
    PublishListing,
    WithdrawListing,
)
from domain.membership.safety import (
    DiscloseAddress,
    HoldListing,
    RecordAddress,
    ReleaseListing,
)
from domain.membership.ties import MergeParties, SeparateParties
from domain.policy import PartyType, VoteKind, parse_ein
from domain.terms import EntryId, Particular, PartyId, PersonId, VotePhase
from tests.domain.saying.speaking import (
    EINS,
    Speaking,
    picks,
)
from tests.domain.world import entry_id


class Knowing(Speaking):
    """Parties are listed, named, merged and forgotten."""

    @invariant()
    def what_a_party_is_today_was_said_for_no_day_before_what_it_was(self) -> None:
        last: dict[tuple[str, str], date] = {}
        for fact, effective in self.world.entries:
            match fact.event:
                case OrganisationRenamed() | IndividualRenamed():
                    said = ["name"]
                case ParticularsChanged(says=says):
                    said = [*revealed(says)]
                case _:
                    continue
            for what in said:
                assert last.get((fact.stream, what), effective) <= effective
                last[fact.stream, what] = effective

    @rule(which=picks, website=st.sampled_from([None, "https://lantern.example.org"]))
    def list_and_appoint(self, which: int, website: str | None) -> None:
        party = self.a_party(which)
        self.tell(PublishListing(party=party, name="Lantern House", website=website))
        self.tell(
            AppointRepresentative(
                party=party,
                person=PersonId("a person"),
                capacity="director",
                name="Robin Example",
                email="robin@example.org",
            )
        )
        rename = RenameParty(party=party, name=f"Lantern House {which % 3}")
        self.tell(rename, late_days=which % 5)
        self.tell(AddAlias(party=party, alias=f"Lantern {which % 4}"))
        entry = entry_id(which % (len(self.world.entries) + 1) + 1)
        self.tell(CorrectPartyName(party=party, entry=entry, name=f"Lantern {which % 3}"))
        if which % 3:
            self.tell(EndRepresentation(party=party, person=PersonId("a person")))
        if which % 2:
            self.tell(WithdrawListing(party=party))

    @rule(
        which=picks,
        party_type=st.sampled_from([None, *PartyType]),
        ein=st.sampled_from([None, *EINS]),
        without=st.booleans(),
    )
    def change_particulars(
        self,
        which: int,
        party_type: PartyType | None,
        ein: str | None,
        without: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        party = self.a_party(which)
        change = ChangeParticulars(
            party=party,
            party_type=party_type,
            ein=ein,
            without_ein=without,
            counties=["29189", "29510"][: which % 3] or None,
            reason="As its letter says.",
        )
        if self.tell(change, late_days=which % 5):
            known = self.world.party(party)
            assert party_type in {None, known.party_type}
            assert ein is None or known.ein == parse_ein(ein)
            assert not (without and known.ein)

    @rule(
        which=picks,
        place=picks,
        party_type=st.sampled_from([None, *PartyType]),
        ein=st.sampled_from([None, *EINS]),
        without=st.booleans(),
    )
    def correct_particulars(
        self,
        which: int,
        place: int,
        party_type: PartyType | None,
        ein: str | None,
        without: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        party = self.a_party(which)
        before = self.world.party(party).particulars
        correct = CorrectParticulars(
            party=party,
            entry=self.an_entry_of(party, place),
            party_type=party_type,
            ein=ein,
            without_ein=without,
            counties=["29189", "29510"][: which % 3] or None,
            reason="A slip of the keyboard.",
        )
        for fact in self.tell(correct):
            assert isinstance(fact.event, ParticularsCorrected)
            known, corrects = self.world.party(party).particulars, revealed(fact.event.corrects)
            reads = known.at(corrects)
            assert party_type is None or reads[Particular.PARTY_TYPE] == party_type
            assert ein is None or reads[Particular.EIN] == parse_ein(ein)
            assert not (without and reads[Particular.EIN])
            # Everything else is as it was, and in its order.
            assert [*known.eins] == [*before.eins]
            for version in before.eins:
                assert version == corrects or known.at(version) == before.at(version)

    def an_entry_of(self, party: PartyId, place: int) -> EntryId:
        """Return an entry that says what a party is, oftener than any other entry."""
        said = [
            entry_id(number)
            for number, (fact, _) in enumerate(self.world.entries, start=1)
            if fact.stream == party
            and isinstance(
                fact.event, OrganisationRegistered | IndividualRegistered | ParticularsChanged
            )
        ]
        return self.pick(place, said, lambda _: entry_id(place % (len(self.world.entries) + 1) + 1))

    @rule(which=picks)
    def hold_and_release(self, which: int) -> None:
        party = self.a_party(which)
        self.tell(HoldListing(party=party))
        # Whoever gives a reason is somebody else, see `tests.domain.deciding.looks`.
        self.tell(HoldListing(party=party, reason="It is to stand."))
        held = self.world.party(party)
        assert held.is_held == held.is_hold_confirmed == (party in self.parties)
        if which % 3:
            self.tell(ReleaseListing(party=party))
            held = self.world.party(party)
            assert not held.is_held
            assert not held.is_hold_confirmed

    @rule(which=picks, other=picks, apart=st.booleans())
    def merge_and_separate(self, which: int, other: int, apart: bool) -> None:  # noqa: FBT001
        survivor, merged = self.a_party(which), self.a_party(other)
        register = self.world.register
        held = [register.membership_of(each) for each in (survivor, merged)]
        chosen = None if None in held else held[which % 2]
        merging = MergeParties(
            survivor=survivor, merged=merged, membership=chosen, reason="They are one."
        )
        if self.tell(merging):
            assert register.membership_of(merged) is None
            assert merged in register.parts(survivor)
        if apart:
            self.tell(SeparateParties(party=merged, reason="They are two."))

    @rule(which=picks)
    def keep_and_disclose_an_address(self, which: int) -> None:
        party = self.a_party(which)
        disclose = DiscloseAddress(party=party, recipient="A partner", purpose="A delivery.")
        if not self.world.party(party).has_address:
            assert self.tell(disclose) == []
        self.tell(RecordAddress(party=party, address="1 Invented Street" if which % 3 else None))
        self.tell(disclose)

    @rule(which=picks)
    def clear(self, which: int) -> None:
        text = f"The client Spring gave us {which % 5} beds."
        self.tell(ClearText(text=text, reason="It is a laundry."))
        if self.world.coalition.version:
            assert digest_of(text) in self.world.coalition.cleared

    @rule(which=picks)
    def erase(self, which: int) -> None:
        people = [PersonId("a person"), *map(PersonId, self.parties)]
        person = self.pick(which, people, PersonId)
        held = self.world.register.membership_of(PartyId(person))
        own = [each for each in self.world.memberships() if each.party == PartyId(person)]
        decided = [each.standing.decision for each in own]
        turned = self.world.membership(held or "").standing.turned
        self.world.by_director = which % 3 != 0
        erased = self.tell(ErasePerson(person=person))
        if erased:
            # Nobody ends an appeal by that.
            assert not any(each.under_appeal for each in decided if each is not None)
        if held is not None and erased:
            # Whoever runs the service ends no membership, and nobody does around a vote.
            assert self.world.by_director
            votes = (each for each in self.world.states.values() if isinstance(each, Vote))
            assert not any(
                each.phase is VotePhase.OPEN
                and (each.kind, each.membership) == (VoteKind.TERMINATION, held)
                # One that was opened before it came back last is about another time.
                and each.membership_version >= turned
                for each in votes
            )
        self.world.by_director = False

    @rule(which=picks, field=picks)
    def expunge(self, which: int, field: int) -> None:
        place = which % len(self.world.entries)
        names = [*levels(type(self.world.entries[place][0].event)), "nonsense"]
        name = names[field % len(names)]
        if self.tell(ExpungeValue(entry=entry_id(place + 1), field=name)):
            # As the service does: whatever was folded is folded again without the value.
            self.world = self.world.without(place, name)
