"""A safety hold takes down what a partner's leaders are called, but for those who must know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.coalition import Admitted
from tests.service.graphql.api import Api
from tests.service.graphql.everything import everything
from tests.service.graphql.recording import governance, must

NAME = "Lena Invented"
TERM = "id name recordedName office since until"
ROSTER = f"""query ($asOf: AsOf) {{ governance(asOf: $asOf) {{
    leaders {{ {TERM} }} roster {{ {TERM} }} }} }}"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on TermOfOffice {{ {TERM} }} }} }}"
OUTSIDERS = (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, Role.OPERATOR)


class Led:
    """Three partners, of whom the first has a leader whom everybody may know."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.one, self.two, _ = self.assembly.partners
        named = {"party": party(self.one), "name": NAME, "named": True}
        self.term = must(self.api, "namePartnerLeader", named, "term { id }")["term"]["id"]
        head = self.api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
        self.then: dict[str, Any] = {"at": {"position": head}}

    @property
    def outsiders(self) -> list[Role | Principal]:
        return [*OUTSIDERS, self.assembly.speaker(1)]

    def names(self, who: Role | Principal, as_of: dict[str, Any] | None = None) -> set[str | None]:
        """Return what the leader is called in every answer that has the term."""
        found = governance(self.api, ROSTER, who, as_of=as_of)
        node = self.api.ask(NODE, who, id=self.term)["node"]
        terms = [*found["leaders"], *found["roster"], node]
        return {term["name"] for term in terms if term["id"] == self.term}


def party(whose: Admitted) -> str:
    return global_id(NodeKind.PARTY, whose.party)


@pytest.fixture
def led(database_url: str, tmp_path: Path) -> Iterator[Led]:
    led = Led(database_url, tmp_path)
    yield led
    led.assembly.coalition.close()


def test_nobody_outside_reads_a_held_partners_leader_of_any_day_until_it_is_released(
    led: Led,
) -> None:
    for who in led.outsiders:
        assert led.names(who) == led.names(who, led.then) == {NAME}
    must(led.api, "holdListing", {"party": party(led.one)})
    for who in led.outsiders:
        assert led.names(who) == led.names(who, led.then) == {None}
        whole = led.api.send(everything(), who)
        assert NAME not in str((whole.data, whole.errors, whole.extensions))
    # That somebody leads is said still, and by whom to those who have to know.
    leaders = governance(led.api, ROSTER, Role.DIRECTOR)["leaders"]
    assert [each["recordedName"] for each in leaders] == [NAME]
    own = governance(led.api, ROSTER, led.assembly.speaker(0))["leaders"]
    assert [each["recordedName"] for each in own] == [NAME]
    must(led.api, "releaseListing", {"party": party(led.one)})
    for who in led.outsiders:
        assert led.names(who) == led.names(who, led.then) == {NAME}


def test_a_hold_on_another_partner_hides_no_name(led: Led) -> None:
    must(led.api, "holdListing", {"party": party(led.two)})
    assert led.names(Role.PUBLIC) == {NAME}


def test_a_hold_hides_who_led_what_is_part_of_the_partner_now(led: Led) -> None:
    merged = {
        "survivor": party(led.two),
        "merged": party(led.one),
        "membership": global_id(NodeKind.MEMBERSHIP, led.two.membership),
        "reason": "They share a house now.",
    }
    must(led.api, "mergeParties", merged)
    assert led.names(Role.PUBLIC) == {NAME}
    must(led.api, "holdListing", {"party": party(led.two)})
    for who in led.outsiders:
        assert led.names(who) == led.names(who, led.then) == {None}
