"""What an organisation is changes from a day on, and everything that goes by it follows."""

from __future__ import annotations

from typing import Any

from domain.decision import Refusal, RefusalCode
from domain.membership.particulars import ChangeParticulars
from domain.terms import PartyId
from service.graphql.ids import NodeKind, global_id
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Admitted, organisation
from tests.service.graphql.api import Api

MEMBER = "coalition-member"
WHY = "As its letter says."
IS = "partyType ... on Organisation { ein counties { fips } }"
SAID = """... on Organisation { particulars {
    what since partyType ein counties { fips } entry { ... on ConfidentialEntry { type } } } }"""
UNMET = "... on Organisation { unmet { clause satisfiedBy } }"
AS_OF = f"""query ($id: ID!, $asOf: AsOf) {{
    membership(id: $id, asOf: $asOf) {{ party {{ {IS} }} }} }}"""


def party_of(case: Admitted) -> str:
    return global_id(NodeKind.PARTY, case.party)


def changed(api: Api, case: Admitted, returning: str = IS, **values: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {"party": party_of(case), "reason": WHY} | values
    shown = f"party {{ id {returning} }}"
    answer: dict[str, Any] = api.do("changeParticulars", given, Role.DIRECTOR, returning=shown)
    return answer


def test_a_change_shows_at_once_and_on_every_day_from_which_it_holds(api: Api) -> None:
    case = api.coalition.admit("community-network", organisation(ein="43-1300881"))
    first_day = api.coalition.clock().date().isoformat()
    api.coalition.clock.advance(days=10)
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    day = api.coalition.clock().date().isoformat()
    answer = changed(
        api,
        case,
        f"{IS} {SAID}",
        partyType="COMMUNITY_ORGANISATION",
        ein="43-1300882",
        counties=["29189", "29183"],
    )
    assert answer["__typename"] == "ChangeParticularsAccepted", answer
    now = {
        "partyType": "COMMUNITY_ORGANISATION",
        "ein": "431300882",
        "counties": [{"fips": "29183"}, {"fips": "29189"}],
    }
    before = {"partyType": "NONPROFIT_501C3", "ein": "431300881", "counties": [{"fips": "29510"}]}
    party = answer["party"]
    assert {name: party[name] for name in now} == now
    assert [(each["what"], each["since"]) for each in party["particulars"]] == [
        (what, since) for since in (first_day, day) for what in ("PARTY_TYPE", "EIN", "COUNTIES")
    ]
    said = party["particulars"][4]
    assert (said["ein"], said["partyType"], said["counties"]) == ("431300882", None, None)
    assert said["entry"] == {"type": "party.particulars_changed.v1"}

    def shown(as_of: dict[str, Any] | None) -> Any:  # noqa: ANN401 - what the query says
        membership = global_id(NodeKind.MEMBERSHIP, case.membership)
        found = api.ask(AS_OF, Role.AUDITOR, id=membership, asOf=as_of)
        return found["membership"]["party"]

    assert shown(None) == now
    assert shown({"effectiveOn": first_day}) == before
    assert shown({"at": {"position": head}}) == before
    again = changed(api, case, ein="431300882", counties=["29183", "29189"])
    assert again["__typename"] == "ChangeParticularsAccepted"
    assert (again["party"]["ein"], again["party"]["partyType"]) == (now["ein"], now["partyType"])
    # What is written down late does not take the place of what holds from a later day.
    late = changed(api, case, counties=["29099"], effectiveOn=first_day)
    assert (late["code"], late["field"]) == ("TOO_EARLY", "effectiveOn")
    assert shown(None) == now


def test_only_the_director_changes_what_an_organisation_is_and_only_staff_see_it(api: Api) -> None:
    case = api.coalition.admit("community-network", organisation())
    speaker = api.coalition.representative(PartyId(case.party))
    given = {"party": party_of(case), "reason": WHY, "counties": ["29189"]}
    for who in (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, Role.COMMITTEE, Role.AUDITOR, speaker):
        assert api.do("changeParticulars", given, who)["code"] == "NOT_ALLOWED"
    assert changed(api, case, counties=["29189"])["__typename"] == "ChangeParticularsAccepted"
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {IS} {SAID} {UNMET} }} }} }}"
    own = api.ask(query, speaker, id=given["party"])["node"]
    assert own["counties"] == [{"fips": "29189"}]
    assert own["unmet"] == []
    assert api.ask(query, Role.PUBLIC, id=given["party"])["node"] is None


def test_an_ein_is_refused_to_a_second_provider_and_is_free_once_given_up(api: Api) -> None:
    first = api.coalition.admit(MEMBER, organisation("Ferry Street Group", ein="431300883"))
    second = api.coalition.admit(MEMBER, organisation("Lantern House", ein="431300884"))
    refused = changed(api, second, ein="431300883")
    held = ("EIN_HELD", "one-provider-per-ein", "ein")
    assert (refused["code"], refused["rule"], refused["field"]) == held
    assert changed(api, first, ein="431300885")["party"]["ein"] == "431300885"
    assert changed(api, second, ein="431300883")["party"]["ein"] == "431300883"
    # The register that is read from the views says the same.
    again, director = api.coalition.reopen(), api.coalition.principals[Role.DIRECTOR]
    take = ChangeParticulars(party=PartyId(first.party), ein="431300883", reason=WHY)
    outcome = again.execute(api.coalition.request(take, director))
    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.EIN_HELD
    free = ChangeParticulars(party=PartyId(first.party), ein="431300884", reason=WHY)
    assert isinstance(again.execute(api.coalition.request(free, director)), Accepted)
    again.close()


def test_a_member_that_its_tier_no_longer_admits_stays_and_is_told_what_would_do(api: Api) -> None:
    case = api.coalition.admit(MEMBER, organisation(ein="431300881"))
    shown = f"{UNMET} membership {{ status }}"
    lost = changed(api, case, shown, partyType="COMMUNITY_ORGANISATION", withoutEin=True)["party"]
    assert lost["membership"] == {"status": "AGREEMENT_PENDING"}
    assert [each["clause"] for each in lost["unmet"]] == [f"{MEMBER}.type"]
    assert "NONPROFIT_501C3" in lost["unmet"][0]["satisfiedBy"]
    without = changed(api, case, shown, partyType="NONPROFIT_501C3")["party"]
    assert [each["clause"] for each in without["unmet"]] == [f"{MEMBER}.ein-determination"]
    back = changed(api, case, shown, ein=api.coalition.ein())["party"]
    assert back["unmet"] == []


def test_what_is_wrong_is_refused_by_its_field(api: Api) -> None:
    case = api.coalition.admit("community-network", organisation())
    for given, rule, field in (
        ({}, "some-particular", "partyType"),
        ({"ein": "431300881", "withoutEin": True}, "one-ein", "withoutEin"),
        ({"partyType": "INDIVIDUAL"}, "known-partyType", "partyType"),
        ({"counties": ["36061"]}, "service-area", "counties"),
    ):
        refused = changed(api, case, **given)
        assert (refused["code"], refused["rule"], refused["field"]) == (
            "INVALID_INPUT",
            rule,
            field,
        )
