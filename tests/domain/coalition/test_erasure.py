"""Erasing a person, and expunging one value that should never have been written."""

from __future__ import annotations

import msgspec
import pytest

from domain.coalition.coalition import PersonErased, ValueExpunged
from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.coalition.leadership import DirectorAppointed, PartnerLeaderNamed, TermEnded
from domain.decision import Fact, RefusalCode
from domain.membership.party import (
    AppointRepresentative,
    IndividualListingPublished,
    IndividualRegistered,
    ListingWithdrawn,
    PublishListing,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.membership.standing import MembershipWithdrawn
from domain.terms import ListedField, PartyId, PersonId, TermId
from tests.domain.examples import (
    DAY_BEFORE,
    LANTERN,
    MEMBERSHIP,
    NETWORK,
    WREN,
    admitted,
    founded,
    organisation,
)
from tests.domain.specification import Specification
from tests.domain.world import COALITION, an_id, entry_id

ROBIN = PersonId(an_id("Robin"))
wren = Fact(
    WREN,
    IndividualRegistered(
        party_type="individual", name="Wren", email="wren@example.org", counties=["29189"]
    ),
)
robin = Fact(
    LANTERN,
    RepresentativeAppointed(
        person=ROBIN, capacity="director", name="Robin", email="robin@example.org", phone=None
    ),
)
listed = Fact(WREN, IndividualListingPublished(fields=[ListedField.NAME], name="Wren"))
# The two entries of the founding come first.
ORGANISATION, REPRESENTATIVE = entry_id(3), entry_id(4)
coalition = Specification().given(founded()).given(organisation(), robin, wren)
ERASE = ErasePerson(person=ROBIN)
erased = Fact(COALITION, PersonErased(person=ROBIN))
ended = [Fact(LANTERN, RepresentativeEnded(person=ROBIN))]
TERMS = sorted([TermId(an_id("directs")), TermId(an_id("leads"))])
offices = [
    Fact(TERMS[0], DirectorAppointed(named=False, person=ROBIN, name="Robin")),
    Fact(TERMS[1], PartnerLeaderNamed(named=True, party=LANTERN, person=ROBIN, name="Robin")),
]
over = [Fact(each, TermEnded()) for each in TERMS]
wren_erased = Fact(COALITION, PersonErased(person=PersonId(WREN)))
EXPUNGE = ExpungeValue(entry=ORGANISATION, field="name")


def expunged(field: str) -> Fact:
    return Fact(COALITION, ValueExpunged(entry=ORGANISATION, field=field))


def test_a_person_is_erased() -> None:
    coalition.given(*ended).when(ERASE).then(erased)


def test_whoever_is_erased_speaks_for_nobody_and_holds_no_office_any_more() -> None:
    coalition.given(*offices).when(ERASE).then(*ended, *over, erased)
    # Whoever speaks for one of them is still somebody else's to end.
    kim = Fact(LANTERN, msgspec.structs.replace(robin.event, person=PersonId(an_id("Kim"))))
    coalition.given(kim).when(ERASE).then(*ended, erased)
    # Before it was so, an erasure ended nothing: it does when it is said again.
    coalition.given(*offices, erased).when(ERASE).then(*ended, *over)


def test_nobody_is_erased_before_they_were_appointed() -> None:
    coalition.when(ERASE, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_a_person_who_is_listed_leaves_the_directory() -> None:
    given = coalition.given(listed)
    given.when(ErasePerson(person=PersonId(WREN))).then(Fact(WREN, ListingWithdrawn()), wren_erased)


def test_a_person_who_is_a_member_is_one_no_more_and_decides_on_nothing() -> None:
    erase = ErasePerson(person=PersonId(WREN))
    given = coalition.given(admitted(NETWORK, party=WREN))
    left = Fact(MEMBERSHIP, MembershipWithdrawn(reason=None))
    given.when(erase, by_director=True).then(left, wren_erased)
    given.given(listed).when(erase, by_director=True).then(
        Fact(WREN, ListingWithdrawn()), left, wren_erased
    )
    # What was erased by an earlier release and is a member still ends, too.
    given.given(wren_erased).when(erase).then(left)
    given.when(erase, effective=DAY_BEFORE, by_director=True).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_nobody_is_erased_twice() -> None:
    coalition.given(*ended, erased).when(ERASE).then_nothing()


@pytest.mark.parametrize("person", [an_id("nobody"), LANTERN])
def test_somebody_of_whom_nothing_is_known_cannot_be_erased(person: str) -> None:
    coalition.when(ErasePerson(person=PersonId(person))).then_refused(
        RefusalCode.INVALID_INPUT, "known-person", field="person"
    )


def test_nothing_personal_is_recorded_about_somebody_who_was_erased() -> None:
    again = AppointRepresentative(
        party=LANTERN, person=ROBIN, capacity="director", name="Robin", email="robin@example.org"
    )
    coalition.given(erased).when(again).then_refused(
        RefusalCode.INVALID_INPUT, "erased-person", field="person"
    )
    list_again = PublishListing(party=PartyId(WREN), name="Wren")
    coalition.given(wren_erased).when(list_again).then_refused(
        RefusalCode.INVALID_INPUT, "erased-person", field="party"
    )


@pytest.mark.parametrize("field", ["name", "ein", "counties"])
def test_what_describes_can_be_expunged_and_the_ein(field: str) -> None:
    command = ExpungeValue(entry=ORGANISATION, field=field)
    coalition.when(command).then(expunged(field))
    coalition.given(expunged(field)).when(command).then_nothing()


def test_what_is_personal_can_be_expunged() -> None:
    command = ExpungeValue(entry=REPRESENTATIVE, field="name")
    coalition.when(command).then(Fact(COALITION, ValueExpunged(entry=REPRESENTATIVE, field="name")))


@pytest.mark.parametrize(
    ("entry", "field", "rule", "wanted"),
    [
        (entry_id(1), "name", "hidden-fields", "hidden"),
        (ORGANISATION, "nonsense", "known-field", "name, party_type, ein, counties"),
        (ORGANISATION, "party_type", "needed-fields", "describes"),
        (REPRESENTATIVE, "person", "needed-fields", "describes"),
    ],
)
def test_what_is_public_unknown_or_decides_is_not_expunged(
    entry: str, field: str, rule: str, wanted: str
) -> None:
    coalition.when(ExpungeValue(entry=entry_id(int(entry, 16)), field=field)).then_refused(
        RefusalCode.INVALID_INPUT, rule, field="field", because=wanted
    )
