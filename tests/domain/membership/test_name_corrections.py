"""A name that was written down wrong reads right, and the entry that has it stays."""

from __future__ import annotations

from datetime import timedelta

from msgspec import UNSET

from domain.decision import Fact, RefusalCode
from domain.membership.name_correction import (
    CorrectPartyName,
    IndividualNameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.names import (
    AddAlias,
    OrganisationAliasAdded,
    OrganisationRenamed,
    RenameParty,
)
from domain.terms import EntryId, PartyId
from tests.domain.examples import DAY_BEFORE, LANTERN, WREN, founded, individual, organisation
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id, entry_id

FOUNDED = founded()
REGISTERED = entry_id(len(FOUNDED) + 1)
PERSON = entry_id(len(FOUNDED) + 2)
NEXT = entry_id(len(FOUNDED) + 3)
coalition = Specification().given(FOUNDED, organisation(), individual())


def correct(
    name: str, entry: EntryId = REGISTERED, party: PartyId = LANTERN, reason: str | None = None
) -> CorrectPartyName:
    return CorrectPartyName(party=party, entry=entry, name=name, reason=reason)


def corrected(name: str, entry: EntryId = REGISTERED, corrects: int = 1) -> Fact:
    return Fact(
        LANTERN,
        OrganisationNameCorrected(entry=entry, corrects=corrects, name=name, reason=None),
    )


def test_a_correction_points_at_the_entry_that_it_corrects() -> None:
    right = OrganisationNameCorrected(
        entry=REGISTERED, corrects=1, name="Lantern Home", reason="A slip."
    )
    coalition.when(correct("Lantern Home", reason="A slip.")).then(Fact(LANTERN, right))


def test_a_person_s_name_is_corrected_as_often_as_somebody_says_so() -> None:
    right = Fact(
        WREN, IndividualNameCorrected(entry=PERSON, corrects=1, name="Wren Example", reason=None)
    )
    told = correct("Wren Example", PERSON, WREN)
    coalition.when(told).then(right)
    coalition.given(right).when(told).then(right)


def test_what_it_says_already_is_not_corrected_again() -> None:
    coalition.when(correct("Lantern House")).then_nothing()
    once = coalition.given(corrected("Lantern Home"))
    once.when(correct("Lantern Home")).then_nothing()
    once.when(correct("Lantern House")).then(corrected("Lantern House"))


def test_the_party_goes_by_the_name_as_it_was_corrected() -> None:
    once = coalition.given(corrected("Lantern Home"))
    once.when(RenameParty(party=LANTERN, name="Lantern Home")).then_nothing()
    # The slip was never its name.
    once.when(AddAlias(party=LANTERN, alias="Lantern House")).then_accepted()


def test_a_former_name_and_an_alias_are_corrected_where_they_stand() -> None:
    renamed = coalition.given(
        Fact(LANTERN, OrganisationRenamed(name="Beacon House")),
        Fact(LANTERN, OrganisationAliasAdded(alias="Baecon")),
    )
    renamed.when(correct("Lantern Home")).then(corrected("Lantern Home"))
    after = renamed.given(corrected("Lantern Home"))
    after.when(RenameParty(party=LANTERN, name="Beacon House")).then_nothing()
    alias = entry_id(len(FOUNDED) + 4)
    after.when(correct("Beacon", alias)).then(corrected("Beacon", alias, corrects=3))


def test_a_name_that_was_expunged_can_be_given_again() -> None:
    expunged = Specification().given(FOUNDED)
    registered = organisation()
    silent = Fact(LANTERN, OrganisationRenamed(name=UNSET))
    (
        expunged.given(registered, silent)
        .when(correct("Beacon House", PERSON))
        .then(corrected("Beacon House", PERSON, corrects=2))
    )


def test_only_the_entry_that_gave_the_party_a_name_is_corrected() -> None:
    refused = (RefusalCode.INVALID_INPUT, "naming-entries")
    for entry in (entry_id(1), PERSON, entry_id(99)):
        coalition.when(correct("Lantern Home", entry)).then_refused(*refused, field="entry")
    once = coalition.given(corrected("Lantern Home"))
    once.when(correct("Lantern Homes", NEXT)).then_refused(*refused, field="entry")


def test_a_party_that_nobody_knows_is_refused() -> None:
    nobody = PartyId(an_id("no party"))
    coalition.when(correct("Lantern Home", party=nobody)).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


def test_a_correction_holds_from_no_day_before_the_name_nor_to_come() -> None:
    for day, code in (
        (DAY_BEFORE, RefusalCode.TOO_EARLY),
        (TODAY + timedelta(days=1), RefusalCode.NOT_YET),
    ):
        coalition.when(correct("Lantern Home"), effective=day).then_refused(
            code, "effective-date", field="effectiveOn"
        )
