"""What the director writes down of a member ends no membership by itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from domain.policy import PartyType
from service.security.principal import Role
from tests.service.graphql.year import Year

UNMET = """query ($id: ID!) { node(id: $id) { ... on Organisation { unmet { clause } } } }"""


def test_a_partner_of_which_the_director_says_another_type_is_renewed_and_keeps_its_seat(
    database_url: str, tmp_path: Path
) -> None:
    year = Year(database_url, tmp_path)
    year.publishes_agreements()
    for each in year.partners:
        year.signs(each)
    partner = year.partners[0]
    year.comes(date(2024, 2, 1))
    told = {"partyType": "EDUCATION", "reason": "They told me."}
    year.does("changeParticulars", Role.DIRECTOR, party=partner.party, **told)
    (unmet,) = year.ask(UNMET, Role.DIRECTOR, id=partner.party)["node"]["unmet"]
    assert unmet == {"clause": "collaborative-partner.type"}
    partner.party_type = PartyType.EDUCATION
    year.renews(partner)
    year.comes(date(2024, 4, 15))
    assert year.standing(partner) == "ACTIVE"
    year.coalition.close()
