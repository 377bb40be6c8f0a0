"""Who speaks for an organisation, one after another; and what a party is called."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.names import (
    AddAlias,
    IndividualRenamed,
    OrganisationAliasAdded,
    OrganisationRenamed,
    RenameParty,
)
from domain.membership.party import (
    AppointRepresentative,
    EndRepresentation,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.terms import PartyId, PersonId
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    LANTERN,
    WREN,
    founded,
    individual,
    organisation,
)
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

coalition = Specification().given(founded(), organisation(), individual())

FIRST, SECOND = PersonId(ANOTHER), PersonId(an_id("the successor"))
NOBODY = PartyId(an_id("no party"))


def appointed(person: PersonId) -> Fact:
    return Fact(
        LANTERN,
        RepresentativeAppointed(
            person=person,
            capacity="director",
            name="Robin Example",
            email="robin@example.org",
            phone=None,
        ),
    )


def appoint(person: PersonId, replaces: PersonId | None = None) -> AppointRepresentative:
    return AppointRepresentative(
        party=LANTERN,
        person=person,
        replaces=replaces,
        capacity="director",
        name="Robin Example",
        email="robin@example.org",
    )


ENDED = Fact(LANTERN, RepresentativeEnded(person=FIRST))
END = EndRepresentation(party=LANTERN, person=FIRST)
RENAME = RenameParty(party=LANTERN, name="Lantern Network")
ALIAS = AddAlias(party=LANTERN, alias="The Lantern")
represented = coalition.given(appointed(FIRST))


def test_a_representative_speaks_no_longer() -> None:
    represented.when(END).then(ENDED)


def test_whoever_spoke_before_does_not_stop_twice() -> None:
    represented.given(ENDED).when(END).then_nothing()


def test_whoever_returns_can_stop_again() -> None:
    represented.given(ENDED, appointed(FIRST)).when(END).then(ENDED)


def test_a_successor_takes_over_in_one_command() -> None:
    represented.when(appoint(SECOND, replaces=FIRST)).then(ENDED, appointed(SECOND))


def test_a_successor_of_one_who_left_is_just_appointed() -> None:
    represented.given(ENDED).when(appoint(SECOND, replaces=FIRST)).then(appointed(SECOND))


def test_nobody_succeeds_themself_or_somebody_who_never_spoke() -> None:
    represented.when(appoint(FIRST, replaces=FIRST)).then_refused(
        RefusalCode.INVALID_INPUT, "another-person", field="replaces"
    )
    represented.when(appoint(FIRST, replaces=SECOND)).then_refused(
        RefusalCode.INVALID_INPUT, "known-replaces", field="replaces"
    )


def test_who_never_spoke_cannot_stop() -> None:
    coalition.when(END).then_refused(RefusalCode.INVALID_INPUT, "known-person", field="person")


def test_an_individual_has_no_representatives_to_stop() -> None:
    coalition.when(replace(END, party=WREN)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="party"
    )


def test_unknown_parties_are_neither_ended_renamed_nor_aliased() -> None:
    for command in (END, RENAME, ALIAS):
        coalition.when(replace(command, party=NOBODY)).then_refused(
            RefusalCode.INVALID_INPUT, "known-party", field="party"
        )


def test_none_of_it_holds_from_before_it_could_or_from_a_day_to_come() -> None:
    for command in (END, RENAME, ALIAS):
        represented.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )
        represented.when(command, effective=TODAY + timedelta(days=1)).then_refused(
            RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
        )


def test_an_organisation_is_renamed() -> None:
    renamed = Fact(LANTERN, OrganisationRenamed(name="Lantern Network"))
    coalition.when(RENAME).then(renamed)
    coalition.given(renamed).when(RENAME).then_nothing()


def test_a_name_that_is_written_down_late_does_not_take_the_place_of_a_later_one() -> None:
    first, last = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    for party, kind in ((LANTERN, OrganisationRenamed), (WREN, IndividualRenamed)):
        later = (
            Specification()
            .given(founded(), organisation(), individual(), on=first)
            .given(Fact(party, kind(name="The Later Name")), on=last)
            .given(appointed(FIRST))
        )
        rename = RenameParty(party=party, name="The Earlier Name")
        for day in (first, last - timedelta(days=1)):
            later.when(rename, effective=day).then_refused(
                RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because=str(last)
            )
        later.when(rename, effective=last).then(Fact(party, kind(name="The Earlier Name")))


def test_a_former_name_can_be_taken_again() -> None:
    other = Fact(LANTERN, OrganisationRenamed(name="Lantern Network"))
    back = Fact(LANTERN, OrganisationRenamed(name="Lantern House"))
    coalition.given(other, back).when(RENAME).then(other)


def test_a_persons_name_is_recorded_each_time_since_no_rule_can_compare_it() -> None:
    renamed = Fact(WREN, IndividualRenamed(name="Wren Invented"))
    command = RenameParty(party=WREN, name="Wren Invented")
    coalition.when(command).then(renamed)
    coalition.given(renamed).when(command).then(renamed)


def test_an_organisation_is_known_by_another_name_once() -> None:
    alias = Fact(LANTERN, OrganisationAliasAdded(alias="The Lantern"))
    coalition.when(ALIAS).then(alias)
    coalition.given(alias).when(ALIAS).then_nothing()
    former = Fact(LANTERN, OrganisationRenamed(name="The Lantern"))
    latter = Fact(LANTERN, OrganisationRenamed(name="Lantern House"))
    coalition.given(former, latter).when(ALIAS).then_nothing()


def test_no_other_names_are_kept_of_a_person() -> None:
    coalition.when(replace(ALIAS, party=WREN)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="party"
    )
