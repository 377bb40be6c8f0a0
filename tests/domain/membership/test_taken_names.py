"""By its own word an organisation is not known by the name of another one: staff say so."""

from __future__ import annotations

import pytest

from domain.decision import Fact, RefusalCode
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import (
    AddAlias,
    OrganisationRenamed,
    RenameParty,
)
from domain.membership.party import OrganisationListingPublished, OrganisationRegistered
from domain.terms import ListedField
from tests.domain.coalition.votes import member, partner, seat
from tests.domain.examples import LANTERN, founded, organisation
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import withdrawn
from tests.domain.specification import Specification
from tests.domain.world import entry_id

OTHER = "Partner 1"
SAYS = {
    "name": RenameParty(party=LANTERN, name=OTHER),
    "alias": AddAlias(party=LANTERN, alias=OTHER),
}
coalition = Specification().given(founded(), organisation(), member(1))
LISTED = Fact(
    partner(1),
    OrganisationListingPublished(
        fields=[ListedField.NAME],
        name=OTHER,
        description=None,
        counties=[],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone=None,
    ),
)
TAKEN = RefusalCode.INVALID_INPUT, "names.taken"


@pytest.mark.parametrize("field", SAYS)
def test_the_name_of_another_member_is_said_by_the_director_alone(field: str) -> None:
    coalition.when(SAYS[field]).then_refused(*TAKEN, field=field)
    coalition.when(SAYS[field], by_director=True).then_accepted()
    former = coalition.given(Fact(partner(1), OrganisationRenamed(name="Harbor House")))
    former.when(SAYS[field]).then_refused(*TAKEN, field=field)
    # Of who was a member and is not listed nobody is told, and no other one is held back.
    coalition.given(withdrawn(seat(1))).when(SAYS[field]).then_accepted()


def test_nor_is_a_name_corrected_to_it() -> None:
    entry = next(
        number
        for number, (fact, _) in enumerate(coalition.world.entries, start=1)
        if (fact.stream, type(fact.event)) == (LANTERN, OrganisationRegistered)
    )
    correct = CorrectPartyName(party=LANTERN, entry=entry_id(entry), name=OTHER)
    coalition.when(correct).then_refused(*TAKEN, field="name")
    coalition.when(correct, by_director=True).then_accepted()


def test_it_is_taken_by_who_is_listed_too() -> None:
    listed = coalition.given(LISTED, withdrawn(seat(1)))
    listed.when(SAYS["alias"]).then_refused(*TAKEN, field="alias")


def test_the_names_of_what_is_part_of_it_are_its_own() -> None:
    part = Specification().given(
        founded(),
        organisation(),
        member(1),
        together(LANTERN, partner(1), kept=seat(9), ended=seat(1)),
    )
    part.when(SAYS["alias"]).then_accepted()
