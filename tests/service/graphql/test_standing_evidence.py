"""Why a member has its tier: every step of the decision, as each role may know it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.membership import AdmitMember
from domain.terms import ApplicationId, Ballot, MembershipId
from service.graphql.ids import NodeKind, global_id, own_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY, new_id
from tests.service.graphql.api import Api
from tests.service.graphql.steps import accepted, representative, review, submit

ENTRY = "position leafHash bytes actor"
CHAIN = f"""query ($id: ID!) {{ membership(id: $id) {{ evidence {{
    decision {{ {ENTRY} type }} policy {{ reference }} application {{ phase }}
    vote {{ kind outcome }}
    agreement {{ version entry {{ {ENTRY} }} }}
    requirements {{
        requirement {{ key }} evidence {{ description entry {{ {ENTRY} }} }}
        populationShare {{ numerator }} finding {{ met note entry {{ {ENTRY} }} }}
    }}
    standards {{
        standard {{ key }} assessment assessed {{ assessment entry {{ {ENTRY} }} }}
        plan {{ due entry {{ {ENTRY} }} }}
    }}
}} }} }}"""


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    assembly = Assembly(database_url, tmp_path, partners=3)
    yield assembly
    assembly.coalition.close()


@pytest.fixture
def api(assembly: Assembly) -> Api:
    return Api(assembly.coalition)


def voted_in(assembly: Assembly) -> str:
    """Return a member that two partners voted for and that signed."""
    coalition, application = assembly.coalition, assembly.apply()
    vote = assembly.open(application)
    for number in (0, 1):
        assembly.cast(vote, number, Ballot.APPROVE)
    coalition.clock.advance(days=8)
    assembly.close(vote)
    membership = MembershipId(new_id())
    coalition.must(AdmitMember(application=application, membership=membership), Role.COMMITTEE)
    return global_id(NodeKind.MEMBERSHIP, membership)


def chain(api: Api, membership: str, who: Role | Principal = Role.PUBLIC) -> Any:  # noqa: ANN401 - JSON
    return api.ask(CHAIN, who, id=membership)["membership"]["evidence"]


def entries_in(found: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(found, list):
        for each in found:
            yield from entries_in(each)
    elif isinstance(found, dict):
        if "leafHash" in found:
            yield found
        for each in found.values():
            yield from entries_in(each)


def test_everybody_sees_which_clauses_a_decision_found_met_and_its_vote(
    assembly: Assembly, api: Api
) -> None:
    found = chain(api, voted_in(assembly))
    assert (found["decision"]["type"], found["decision"]["actor"]) == (
        "membership.admitted.v1",
        "COMMITTEE",
    )
    assert found["policy"] == {"reference": POLICY.ref}
    assert found["vote"] == {"kind": "ADMISSION", "outcome": "PASSED"}
    asked = [each.id for each in POLICY.tier(TIER).requirements if not each.applies_to]
    assert [each["requirement"]["key"] for each in found["requirements"]] == asked
    standards = [each.id for each in POLICY.standards_for(TIER)]
    assert [each["standard"]["key"] for each in found["standards"]] == standards

    # What each rests on is for those who decide, and some of it for the member.
    assert found["application"] is None
    for step in found["requirements"]:
        assert (step["evidence"], step["finding"]) == (None, None)
    for step in found["standards"]:
        assert (step["assessment"], step["assessed"], step["plan"]) == (None, None, None)


def test_staff_follow_each_step_to_its_entry_and_can_check_it(assembly: Assembly, api: Api) -> None:
    found = chain(api, voted_in(assembly), Role.AUDITOR)
    assert found["application"] == {"phase": "APPROVED"}
    shown = [step for step in found["requirements"] if step["evidence"]]
    assert shown
    for step in shown:
        assert step["finding"]["met"] is True
        assert step["finding"]["entry"]["actor"] == "REVIEWER"
        assert step["finding"]["entry"]["position"] < found["decision"]["position"]
        assert step["evidence"][0]["entry"]["position"] < step["finding"]["entry"]["position"]
    for step in found["standards"]:
        assert (step["assessment"], step["assessed"]["assessment"]) == ("EXHIBITS", "EXHIBITS")
    entries = list(entries_in(found))
    assert len(entries) > len(shown) + len(found["standards"])
    for entry in entries:
        leaf = hashlib.sha256(b"\x00" + base64.b64decode(entry["bytes"])).hexdigest()
        assert leaf == entry["leafHash"]


def test_a_member_sees_what_it_gave_and_how_it_was_assessed_and_not_the_review(
    assembly: Assembly, api: Api
) -> None:
    membership = voted_in(assembly)
    found = chain(api, membership, assembly.coalition.representative(assembly.applicant))
    assert found["application"] == {"phase": "APPROVED"}
    assert any(step["evidence"] for step in found["requirements"])
    assert all(step["finding"] is None for step in found["requirements"])
    assert {step["assessment"] for step in found["standards"]} == {"EXHIBITS"}
    assert all(step["assessed"] is None for step in found["standards"])
    assert chain(api, membership, assembly.speaker(0))["application"] is None


def test_a_standard_that_is_worked_towards_leads_to_its_plan_and_a_tier_to_its_agreement(
    assembly: Assembly, api: Api
) -> None:
    application = accepted(submit(api))["application"]
    review(api, application["id"], works_towards=True)
    own = ApplicationId(own_id(NodeKind.APPLICATION, application["id"]) or "")
    assembly.coalition.approve(application=own)
    admitted = api.do(
        "admitMember",
        {"application": application["id"]},
        Role.COMMITTEE,
        returning="membership { id }",
    )
    membership = accepted(admitted)["membership"]["id"]
    found = chain(api, membership, Role.COMMITTEE)
    first, *others = found["standards"]
    assert (first["assessment"], first["plan"]["due"]) == ("WORKS_TOWARDS", "2023-06-01")
    assert all(each["plan"] is None for each in others)
    assert found["vote"] == {"kind": "ADMISSION", "outcome": "PASSED"}
    assert found["agreement"] is None

    agreement = POLICY.agreement_for("community-network").id
    version, sha256 = assembly.coalition.publish(agreement, "Be kind.")
    accepted(api.do("sendAgreement", {"membership": membership}, Role.DIRECTOR))
    text = {"agreement": agreement, "version": version, "sha256": sha256}
    who = {"signatoryName": "Avery Invented", "capacity": "chair"}
    speaker = representative(api, application["party"]["id"])
    accepted(api.do("signAgreement", {"membership": membership} | text | who, speaker))
    signed = chain(api, membership)["agreement"]
    assert signed["version"] == version
    assert signed["entry"]["position"] > found["decision"]["position"]


def test_a_founding_partner_s_standing_rests_on_the_founding(assembly: Assembly, api: Api) -> None:
    partner = global_id(NodeKind.MEMBERSHIP, assembly.partners[0].membership)
    found = chain(api, partner, Role.AUDITOR)
    assert (found["application"], found["vote"], found["standards"]) == (None, None, [])
    assert found["agreement"]["version"] == 1


def test_what_it_rested_on_is_as_of_the_point(assembly: Assembly, api: Api) -> None:
    membership = voted_in(assembly)
    day = (assembly.today - timedelta(days=1)).isoformat()
    query = """query ($id: ID!, $day: Date!) {
        membership(id: $id, asOf: { effectiveOn: $day }) { evidence { decision { position } } } }"""
    assert api.ask(query, id=membership, day=day)["membership"] is None
    today = assembly.today.isoformat()
    assert api.ask(query, id=membership, day=today)["membership"] is not None
