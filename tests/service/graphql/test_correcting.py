"""What an entry said wrong of a party reads right, on both axes of time, and edits nothing."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decision import Refusal, RefusalCode
from domain.membership.particulars import ChangeParticulars
from domain.membership.standing import WithdrawMembership
from domain.terms import MembershipId, PartyId
from service.graphql.ids import NodeKind, global_id
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Admitted, individual, organisation
from tests.service.graphql.api import Api

MEMBER = "coalition-member"
NETWORK = "community-network"
WHY = "A slip of the keyboard."
IS = "partyType ... on Organisation { ein } counties { fips }"
TYPE = "{ ... on ConfidentialEntry { id type disclosures { path value } } }"
SAID = f"particulars {{ what since partyType ein counties {{ fips }} entry {TYPE} }}"
CORRECTIONS = f"particularCorrections {{ field original {TYPE} entry {TYPE} }}"
AS_OF = f"""query ($id: ID!, $asOf: AsOf) {{
    membership(id: $id, asOf: $asOf) {{ party {{ {IS} {CORRECTIONS} }} }} }}"""
REGISTERED = "party.organisation_registered.v1"
CORRECTED = "party.organisation_particulars_corrected.v1"


def party_of(case: Admitted) -> str:
    return global_id(NodeKind.PARTY, case.party)


def entries_of(api: Api, party: str) -> list[str]:
    """Return the entries that say what a party is, in order."""
    query = "query ($id: ID!) { node(id: $id) { ... on Party { particulars { entry { id } } } } }"
    said = api.ask(query, Role.DIRECTOR, id=party)["node"]["particulars"]
    return list(dict.fromkeys(each["entry"]["id"] for each in said))


def corrected(api: Api, case: Admitted, returning: str = IS, **values: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {"party": party_of(case), "reason": WHY} | values
    given = {"entry": entries_of(api, given["party"])[0]} | given
    shown = f"party {{ id {returning} }}"
    answer: dict[str, Any] = api.do("correctParticulars", given, Role.DIRECTOR, returning=shown)
    return answer


def head(api: Api) -> int:
    position: int = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    return position


def test_a_correction_holds_on_every_day_and_what_was_known_before_still_shows_the_slip(
    api: Api,
) -> None:
    case = api.coalition.admit(NETWORK, organisation(ein="43-1300881"))
    first_day = api.coalition.clock().date().isoformat()
    api.coalition.clock.advance(days=10)
    before = head(api)
    given: dict[str, Any] = {"partyType": "COMMUNITY_ORGANISATION"}
    given |= {"ein": "43-1300882", "counties": ["29189"]}
    answer = corrected(api, case, f"{IS} {SAID} {CORRECTIONS}", **given)
    assert answer["__typename"] == "CorrectParticularsAccepted", answer
    slip = {"partyType": "NONPROFIT_501C3", "ein": "431300881", "counties": [{"fips": "29510"}]}
    right = {
        "partyType": "COMMUNITY_ORGANISATION",
        "ein": "431300882",
        "counties": [{"fips": "29189"}],
    }
    party = answer["party"]
    assert {name: party[name] for name in right} == right
    # Each is still said by the registration, from the day of the registration, and reads right.
    said = {each["what"]: each for each in party["particulars"]}
    assert {each["since"] for each in said.values()} == {first_day}
    assert {each["entry"]["type"] for each in said.values()} == {REGISTERED}
    assert said["EIN"]["ein"] == "431300882"
    # The entry itself says what it said.
    values = {each["path"]: each["value"] for each in said["EIN"]["entry"]["disclosures"]}
    assert values["data.ein"] == "431300881"
    made = party["particularCorrections"]
    assert [each["field"] for each in made] == ["party_type", "ein", "counties"]
    assert {each["original"]["type"] for each in made} == {REGISTERED}
    assert {each["entry"]["type"] for each in made} == {CORRECTED}

    def shown(as_of: dict[str, Any] | None) -> Any:  # noqa: ANN401 - what the query says
        membership = global_id(NodeKind.MEMBERSHIP, case.membership)
        found = api.ask(AS_OF, Role.AUDITOR, id=membership, asOf=as_of)
        return {name: found["membership"]["party"][name] for name in right}

    assert shown(None) == right
    assert shown({"effectiveOn": first_day}) == right
    assert shown({"at": {"position": before}}) == slip
    assert shown({"at": {"position": before}, "effectiveOn": first_day}) == slip
    again = corrected(api, case, **given)
    assert again["__typename"] == "CorrectParticularsAccepted"
    assert head(api) == before + 1


def test_the_last_correction_counts_and_the_chain_is_shown(api: Api) -> None:
    case = api.coalition.admit(NETWORK, organisation(ein="431300881"))
    once = corrected(api, case, CORRECTIONS, ein="431300882")["party"]["particularCorrections"]
    entry = once[0]["entry"]["id"]
    refused = corrected(api, case, entry=entry, ein="431300883")
    assert (refused["rule"], refused["field"]) == ("particular-entries", "entry")
    twice = corrected(api, case, f"{IS} {CORRECTIONS}", ein="431300883")["party"]
    assert twice["ein"] == "431300883"
    chain = [
        next(one["value"] for one in each["entry"]["disclosures"] if one["path"] == "data.ein")
        for each in twice["particularCorrections"]
    ]
    assert chain == ["431300882", "431300883"]


def test_a_change_and_what_was_before_it_are_corrected_each_where_it_stands(api: Api) -> None:
    case = api.coalition.admit(NETWORK, organisation(ein="431300881"))
    first_day = api.coalition.clock().date().isoformat()
    api.coalition.clock.advance(days=10)
    change = {"party": party_of(case), "reason": "As its letter says.", "ein": "431300882"}
    api.do("changeParticulars", change, Role.DIRECTOR)
    registered, changed = entries_of(api, party_of(case))
    assert corrected(api, case, entry=registered, ein="431300885")["party"]["ein"] == "431300882"
    assert corrected(api, case, entry=changed, ein="431300886")["party"]["ein"] == "431300886"
    refused = corrected(api, case, entry=changed, counties=["29189"])
    assert (refused["rule"], refused["field"]) == ("particulars-said", "counties")
    membership = global_id(NodeKind.MEMBERSHIP, case.membership)
    found = api.ask(AS_OF, Role.AUDITOR, id=membership, asOf={"effectiveOn": first_day})
    then = found["membership"]["party"]
    assert then["ein"] == "431300885"
    # A correction is shown with what it corrects, from the day of that.
    assert [each["original"]["id"] for each in then["particularCorrections"]] == [registered]


def test_a_person_s_type_and_counties_are_corrected_and_auditors_do_not_see_the_counties(
    api: Api,
) -> None:
    case = api.coalition.admit(NETWORK, individual())
    shown, practises = f"{IS} {SAID} {CORRECTIONS}", "INDIVIDUAL_PRACTITIONER"
    party = corrected(api, case, shown, partyType=practises, counties=["29510"])["party"]
    assert party["partyType"] == "INDIVIDUAL_PRACTITIONER"
    assert party["counties"] == [{"fips": "29510"}]
    assert [each["what"] for each in party["particulars"]] == ["PARTY_TYPE", "COUNTIES"]
    assert party["particulars"][1]["counties"] == [{"fips": "29510"}]
    assert [each["field"] for each in party["particularCorrections"]] == ["party_type", "counties"]
    assert corrected(api, case, ein="431300881")["rule"] == "party-kind"
    membership = global_id(NodeKind.MEMBERSHIP, case.membership)
    query = f"query ($id: ID!) {{ membership(id: $id) {{ party {{ {IS} {SAID} }} }} }}"
    seen = api.ask(query, Role.AUDITOR, id=membership)["membership"]["party"]
    assert seen["partyType"] == "INDIVIDUAL_PRACTITIONER"
    assert seen["counties"] is None
    assert [each["counties"] for each in seen["particulars"]] == [None, None]


def test_whoever_was_erased_is_corrected_no_more_and_their_corrections_are_gone(api: Api) -> None:
    case = api.coalition.admit(NETWORK, individual())
    corrected(api, case, counties=["29510"])
    api.do("erasePerson", {"person": party_of(case)}, Role.DIRECTOR)
    refused = corrected(api, case, counties=["29189"])
    assert (refused["rule"], refused["field"]) == ("erased-person", "party")
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {IS} {SAID} }} }} }}"
    party = api.ask(query, Role.DIRECTOR, id=party_of(case))["node"]
    assert party["counties"] is None
    assert [each["counties"] for each in party["particulars"]] == [None, None]
    assert party["partyType"] == "INDIVIDUAL"


def test_a_value_of_a_correction_is_expunged_like_any_other(api: Api) -> None:
    case = api.coalition.admit(MEMBER, organisation(ein="431300881"))
    made = corrected(api, case, CORRECTIONS, ein="431300882", counties=["29189"])
    entry = made["party"]["particularCorrections"][0]["entry"]["id"]
    held = api.do("expungeValue", {"entry": entry, "field": "ein"}, Role.DIRECTOR)
    assert held["rule"] == "one-provider-per-ein"
    leave = WithdrawMembership(membership=case.membership)
    api.coalition.must(leave, api.coalition.representative(case.party))
    for field in ("ein", "counties", "reason"):
        done = api.do("expungeValue", {"entry": entry, "field": field}, Role.DIRECTOR)
        assert done["__typename"] == "ExpungeValueAccepted", done
    for field in ("says", "corrects", "renumbers", "party_type"):
        refused = api.do("expungeValue", {"entry": entry, "field": field}, Role.DIRECTOR)
        assert refused["rule"] == "needed-fields", field
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {IS} }} }} }}"
    party = api.ask(query, Role.DIRECTOR, id=party_of(case))["node"]
    assert (party["ein"], party["counties"]) == (None, None)
    # Nobody claims it any more.
    other = api.coalition.admit(MEMBER, organisation("Lantern House", ein="431300884"))
    assert corrected(api, other, ein="431300882")["party"]["ein"] == "431300882"
    assert corrected(api, case, ein="431300881")["party"]["ein"] == "431300881"


def test_an_ein_reads_as_no_second_provider_s_and_the_slip_is_free(api: Api) -> None:
    first = api.coalition.admit(MEMBER, organisation("Ferry Street Group", ein="431300883"))
    second = api.coalition.admit(MEMBER, organisation("Lantern House", ein="431300884"))
    refused = corrected(api, second, ein="431300883")
    held = ("EIN_HELD", "one-provider-per-ein", "ein")
    assert (refused["code"], refused["rule"], refused["field"]) == held
    assert corrected(api, first, ein="431300885")["party"]["ein"] == "431300885"
    assert corrected(api, second, ein="431300883")["party"]["ein"] == "431300883"
    # The register that is read from the views says the same.
    again, director = api.coalition.reopen(), api.coalition.principals[Role.DIRECTOR]
    take = ChangeParticulars(party=PartyId(first.party), ein="431300883", reason=WHY)
    outcome = again.execute(api.coalition.request(take, director))
    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.EIN_HELD
    free = ChangeParticulars(party=PartyId(first.party), ein="431300884", reason=WHY)
    assert isinstance(again.execute(api.coalition.request(free, director)), Accepted)
    again.close()


def test_staff_see_that_a_provider_has_the_ein_as_it_reads_now(api: Api) -> None:
    member = api.coalition.admit(MEMBER, organisation("Ferry Street Group", ein="431300883"))
    applied = api.coalition.submit(MEMBER, organisation("Lantern House", ein="431300883"))
    query = "query ($id: ID!) { application(id: $id) { einHeld } }"

    def is_held() -> Any:  # noqa: ANN401 - what the query says
        asked = global_id(NodeKind.APPLICATION, applied.application)
        found = api.ask(query, Role.DIRECTOR, id=asked)
        return found["application"]["einHeld"]

    assert is_held() is True
    corrected(api, member, ein="431300885")
    assert is_held() is False


def test_an_ein_that_was_verified_as_another_is_verified_anew_before_the_admission(
    api: Api,
) -> None:
    applied = api.coalition.submit(MEMBER, organisation(ein="431300881"))
    api.coalition.review(applied.application, MEMBER, "nonprofit-501c3")
    case = Admitted(applied.party, applied.application, MembershipId("none yet"))
    assert corrected(api, case, ein="431300882")["party"]["ein"] == "431300882"
    about = {"application": global_id(NodeKind.APPLICATION, case.application)}
    refused = api.do("admitMember", about, Role.COMMITTEE)
    clause = f"{MEMBER}.ein-determination"
    assert (refused["code"], [each["clause"] for each in refused["unmet"]]) == (
        "REQUIREMENT_UNMET",
        [clause],
    )
    verify = about | {"requirement": clause, "met": True}
    assert api.do("recordFinding", verify, Role.REVIEWER)["__typename"].endswith("Accepted")
    refused = api.do("recordFinding", verify | {"note": "Once more."}, Role.REVIEWER)
    assert refused["rule"] == "application.phase"
    admitted = api.do("admitMember", about, Role.COMMITTEE)
    assert admitted["__typename"] == "AdmitMemberAccepted"


def test_only_the_director_corrects_what_a_party_is(api: Api) -> None:
    case = api.coalition.admit(NETWORK, organisation())
    speaker = api.coalition.representative(PartyId(case.party))
    (entry,) = entries_of(api, party_of(case))
    given = {"party": party_of(case), "entry": entry, "reason": WHY, "counties": ["29189"]}
    for who in (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, Role.COMMITTEE, Role.AUDITOR, speaker):
        assert api.do("correctParticulars", given, who)["code"] == "NOT_ALLOWED"
    assert corrected(api, case, counties=["29189"])["__typename"].endswith("Accepted")
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {IS} {CORRECTIONS} }} }} }}"
    own = api.ask(query, speaker, id=given["party"])["node"]
    assert [each["field"] for each in own["particularCorrections"]] == ["counties"]
    assert api.ask(query, Role.PUBLIC, id=given["party"])["node"] is None


@pytest.mark.parametrize(
    ("given", "rule", "field"),
    [
        ({}, "some-particular", "partyType"),
        ({"ein": "431300881", "withoutEin": True}, "one-ein", "withoutEin"),
        ({"partyType": "INDIVIDUAL"}, "known-partyType", "partyType"),
        ({"counties": ["36061"]}, "service-area", "counties"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(
    api: Api, given: dict[str, Any], rule: str, field: str
) -> None:
    case = api.coalition.admit(NETWORK, organisation())
    before = head(api)
    refused = corrected(api, case, **given)
    assert (refused["code"], refused["rule"], refused["field"]) == ("INVALID_INPUT", rule, field)
    assert head(api) == before
