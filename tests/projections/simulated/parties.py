"""What simulated parties say of themselves: names, people, listings, addresses."""

from __future__ import annotations

from domain.membership.name_correction import IndividualNameCorrected, OrganisationNameCorrected
from domain.membership.names import IndividualRenamed, OrganisationAliasAdded, OrganisationRenamed
from domain.membership.particulars import ParticularsChanged
from domain.membership.particulars_correction import (
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
)
from domain.membership.party import (
    IndividualListingPublished,
    ListingWithdrawn,
    OrganisationListingPublished,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    HoldConfirmed,
    ListingHeld,
    ListingReleased,
)
from domain.terms import EntryId, ListedField, Particular, PersonId
from tests.projections.simulated.simulation import (
    COUNTIES,
    HIDDEN,
    PERSONAL,
    SERVICES,
    WORDS,
    Member,
    Simulation,
)


class Parties(Simulation):
    """Members appoint, are renamed, are listed and held."""

    def appoint(self, member: Member) -> None:
        if member.organisation:
            person = PersonId(self.new_id())
            self.append(
                member.party,
                RepresentativeAppointed(
                    person=person,
                    capacity=f"{HIDDEN} capacity",
                    name=f"{PERSONAL} name",
                    email=f"{PERSONAL}@example.org",
                    phone=None,
                ),
            )
            if self.random.random() < 0.3:
                self.append(member.party, RepresentativeEnded(person=person), self.some_day())
        self.rename(member)

    def rename(self, member: Member) -> None:
        if not member.organisation:
            self.append(member.party, IndividualRenamed(name=f"{PERSONAL} name"))
        elif self.random.random() < 0.3:
            self.append(member.party, OrganisationRenamed(name=f"{HIDDEN} new name"))
        elif self.random.random() < 0.3:
            self.append(member.party, OrganisationAliasAdded(alias=f"{HIDDEN} alias"))
        if self._standing.random() < 0.3:
            self.correct_name(member)
        if member.organisation and self._standing.random() < 0.3:
            self.change_particulars(member)
        if self._standing.random() < 0.2:
            self.correct_particulars(member)

    def change_particulars(self, member: Member) -> None:
        """Let an organisation have another EIN or none, and be of another type now and then."""
        also = [Particular.PARTY_TYPE] if self._standing.random() < 0.5 else []
        has_one = self._standing.random() < 0.7
        ein = f"{HIDDEN}-{self._standing.randrange(10**9):09}" if has_one else None
        changed = ParticularsChanged(
            says=[*also, Particular.EIN],
            party_type=f"{HIDDEN} other type" if also else None,
            ein=ein,
            counties=None,
            reason=f"{HIDDEN} reason",
        )
        self.append(member.party, changed, self.some_day())
        member.renumbered = True

    def correct_particulars(self, member: Member) -> None:
        """Let EIN and type of the registration read otherwise, or a person's counties."""
        entry, reason = EntryId(f"{self._standing.getrandbits(128):032x}"), f"{HIDDEN} reason"
        if not member.organisation:
            person = IndividualParticularsCorrected(
                entry=entry,
                corrects=1,
                says=[Particular.COUNTIES],
                party_type=None,
                counties=[f"{PERSONAL} county"],
                reason=f"{PERSONAL} reason",
            )
            self.append(member.party, person)
            return
        corrected = OrganisationParticularsCorrected(
            entry=entry,
            corrects=1,
            says=[Particular.PARTY_TYPE, Particular.EIN],
            party_type=f"{HIDDEN} right type",
            ein=f"{HIDDEN}-{self._standing.randrange(10**9):09}",
            counties=None,
            renumbers=not member.renumbered,
            reason=reason,
        )
        self.append(member.party, corrected)

    def correct_name(self, member: Member) -> None:
        """Let the name of the registration read otherwise."""
        entry, reason = EntryId(f"{self._standing.getrandbits(128):032x}"), f"{HIDDEN} reason"
        self.append(
            member.party,
            OrganisationNameCorrected(
                entry=entry, corrects=1, name=f"{HIDDEN} right name", reason=reason
            )
            if member.organisation
            else IndividualNameCorrected(
                entry=entry, corrects=1, name=f"{PERSONAL} right name", reason=f"{PERSONAL} reason"
            ),
        )

    def list(self, member: Member) -> None:
        if member.listed and self.random.random() < 0.3:
            self.append(member.party, ListingWithdrawn())
        elif member.organisation:
            self.append(member.party, self.organisation_listing())
        else:
            self.append(member.party, individual_listing())
        member.listed = not isinstance(self.appended[-1].event, ListingWithdrawn)
        self.hold(member)

    def locate(self, member: Member) -> None:
        """Keep an address, give it to somebody, and keep it no longer now and then."""
        self.append(member.party, AddressRecorded(address=f"{PERSONAL} address"))
        if self.random.random() < 0.5:
            given = AddressDisclosed(recipient=f"{PERSONAL} name", purpose=f"{PERSONAL} purpose")
            self.append(member.party, given)
        if self.random.random() < 0.3:
            self.append(member.party, AddressRemoved())

    def hold(self, member: Member) -> None:
        """Hold some listings, and release most of those that are held."""
        if member.held:
            member.held = self.random.random() < 0.3
            if not member.held:
                self.append(member.party, ListingReleased())
        elif self.random.random() < 0.2:
            member.held = True
            reason = f"{HIDDEN} reason" if self.random.random() < 0.5 else None
            self.append(member.party, ListingHeld(reason=reason))
            if self.random.random() < 0.3:
                self.append(member.party, HoldConfirmed(reason=reason))
            self.locate(member)

    def organisation_listing(self) -> OrganisationListingPublished:
        words = self.random.sample(WORDS, 3)
        description = f"We offer\t{words[2]}\\ in every way\nthat helps."
        described = self.random.random() < 0.7
        counties = sorted(self.random.sample(COUNTIES, self.random.randint(0, 3)))
        fields = [ListedField.NAME, ListedField.SERVICES]
        fields += [ListedField.DESCRIPTION] if described else []
        fields += [ListedField.COUNTIES] if counties else []
        return OrganisationListingPublished(
            fields=fields,
            name=f"{words[0]} {words[1]} {self.random.randint(1, 99)}",
            description=description if described else None,
            counties=counties,
            populations=[],
            services=sorted(self.random.sample(SERVICES, self.random.randint(1, 2))),
            website=None,
            email=None,
            phone=None,
        )


def individual_listing() -> IndividualListingPublished:
    return IndividualListingPublished(
        fields=[ListedField.NAME, ListedField.COUNTIES],
        name=f"{PERSONAL} name",
        description=None,
        counties=[f"{PERSONAL} county"],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone=None,
    )
