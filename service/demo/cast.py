"""The cast: parties that do not exist, with everything that they will say of themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Final, TypeVar

import msgspec

from domain.membership.details import IndividualDetails, OrganisationDetails, Sponsor
from domain.policy import PartyType, Policy
from domain.terms import ApplicationId, MembershipId, PartyId, PersonId, PrincipalId, ReviewId
from service.demo import words

T = TypeVar("T")

# No number with such a serial is known to have been issued; the prefix is a real one, since
# another would be refused.
_EIN_START: Final = "43999"
_EIN_SERIALS: Final = 10_000
# 555-0100 to 555-0199 are kept for fiction.
_FICTION_FIRST: Final = 100
_FICTION_NUMBERS: Final = 100
_MOST_COUNTIES: Final = 5


class Person(msgspec.Struct, frozen=True):
    """Somebody invented, with an address that reaches nobody."""

    name: str
    email: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A party of the story.

    Where the ledger has random ids the story has names for them, which the player replaces.

    Attributes:
        key: names the party, and begins the names of all that is its own.
        region: id of the policy's region that it works in.
        speaker: who speaks for it; a person speaks for themself.
        successor: who speaks for an organisation later.
        sponsor: the party whose EIN it shares, where it is a sponsored group.
    """

    key: str
    name: str
    party_type: PartyType
    ein: str | None
    region: str
    counties: tuple[str, ...]
    populations: tuple[str, ...]
    services: tuple[str, ...]
    website: str
    email: str
    phone: str
    speaker: Person
    successor: Person
    capacity: str
    sponsor: PartyId | None = None

    @property
    def is_person(self) -> bool:
        """Whether the party is one person."""
        return self.party_type.is_person

    @property
    def party(self) -> PartyId:
        """The name for the party's id."""
        return PartyId(f"{self.key}/party")

    @property
    def membership(self) -> MembershipId:
        """The name for the id of its membership."""
        return MembershipId(f"{self.key}/membership")

    @property
    def applicant(self) -> PrincipalId:
        """The name for the identity that applies before anybody knows the party."""
        return PrincipalId(f"{self.key}/applicant")

    @property
    def representative(self) -> PrincipalId:
        """The name for the identity that speaks for the party."""
        return PrincipalId(f"{self.key}/representative")

    @property
    def person(self) -> PersonId:
        """The name for the id of the person who speaks for it."""
        return PersonId(self.party if self.is_person else f"{self.key}/person")

    @property
    def second_person(self) -> PersonId:
        """The name for the id of the person who speaks for it later."""
        return PersonId(f"{self.key}/successor")

    def application(self, number: int) -> ApplicationId:
        """Return the name for the id of one of its applications."""
        return ApplicationId(f"{self.key}/application-{number}")

    def review(self, number: int) -> ReviewId:
        """Return the name for the id of that application's review."""
        return ReviewId(f"{self.key}/review-{number}")

    @property
    def organisation(self) -> OrganisationDetails:
        """What an organisation says when it becomes known."""
        return OrganisationDetails(
            name=self.name,
            party_type=self.party_type,
            ein=self.ein,
            counties=[*self.counties],
            sponsored_by=None if self.sponsor is None else Sponsor(party=self.sponsor),
        )

    @property
    def individual(self) -> IndividualDetails:
        """What a person says when they become known."""
        return IndividualDetails(
            name=self.name,
            party_type=self.party_type,
            email=self.speaker.email,
            counties=[*self.counties],
        )


class Casting:
    """Invents parties, none like another.

    Args:
        rng: the source of every choice.
        policy: gives the regions, which are taken in turn so that none is left out.
    """

    def __init__(self, rng: Random, policy: Policy) -> None:
        self._rng = rng
        self._policy = policy
        self._names: set[str] = set()
        self._regions = self._in_turn([region.id for region in policy.regions])
        self._places = self._in_turn([*words.PLACES])
        self._eins = iter(rng.sample(range(_EIN_SERIALS), 200))
        self._phones = self._in_turn([*range(_FICTION_NUMBERS)])

    def member(self, party_type: PartyType) -> Member:
        """Invent a party of a type."""
        rng, region = self._rng, next(self._regions)
        speaker = self.person()
        name, services = (
            (speaker.name, self._offered(party_type, None))
            if party_type.is_person
            else self._organisation(party_type)
        )
        domain = _ascii(name).replace(" ", "-")
        has_ein = party_type is PartyType.NONPROFIT_501C3
        number = _FICTION_FIRST + next(self._phones)
        return Member(
            key=domain,
            name=name,
            party_type=party_type,
            ein=f"{_EIN_START}{next(self._eins):04}" if has_ein else None,
            region=region,
            counties=self._counties(region),
            populations=tuple(rng.sample(words.POPULATIONS, rng.randint(1, 3))),
            services=services,
            website=f"https://{domain}.example",
            email=f"hello.{domain}@example.org",
            phone=f"({words.AREA_CODES[region]}) 555-{number:04}",
            speaker=speaker,
            successor=self.person(),
            capacity=rng.choice(words.CAPACITIES),
        )

    def person(self) -> Person:
        """Invent a person whose surname is put together from two halves."""
        rng = self._rng
        while True:
            surname = rng.choice(words.SURNAME_STARTS) + rng.choice(words.SURNAME_ENDS)
            name = f"{rng.choice(words.GIVEN_NAMES)} {surname}"
            if self._is_new(name):
                return Person(name, f"{_ascii(name).replace(' ', '.')}@example.org")

    def _organisation(self, party_type: PartyType) -> tuple[str, tuple[str, ...]]:
        """Invent a name, and services of which one keeps what the name promises."""
        rng = self._rng
        while True:
            ending, promised = rng.choice([*words.ENDINGS[party_type].items()])
            parts = [next(self._places), ending]
            if party_type not in {PartyType.EDUCATION, PartyType.GOVERNMENT}:
                parts.insert(1, rng.choice(words.ASPECTS))
            if self._is_new(name := " ".join(parts)):
                return name, self._offered(party_type, promised)

    def _offered(self, party_type: PartyType, promised: str | None) -> tuple[str, ...]:
        offers = {
            PartyType.NONPROFIT_501C3: words.DIRECT_SERVICES,
            PartyType.INDIVIDUAL_PRACTITIONER: words.PRACTITIONER_SERVICES,
            PartyType.INDIVIDUAL: words.PERSONAL_SERVICES,
        }.get(party_type, words.INDIRECT_SERVICES)
        if promised is None:
            return tuple(self._rng.sample(offers, self._rng.randint(1, 2)))
        others = [each for each in offers if each != promised]
        return (promised, *self._rng.sample(others, self._rng.randint(0, 3)))

    def _counties(self, region: str) -> tuple[str, ...]:
        counties = next(each for each in self._policy.regions if each.id == region).counties
        chosen = self._rng.sample(counties, self._rng.randint(2, _MOST_COUNTIES))
        return tuple(sorted(chosen))

    def _in_turn(self, values: list[T]) -> Iterator[T]:
        """Yield every value before any comes again, in another order each time."""
        while True:
            self._rng.shuffle(values)
            yield from values

    def _is_new(self, name: str) -> bool:
        if name in self._names:
            return False
        self._names.add(name)
        return True


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z ]", "", plain)
