"""Steps of a membership's life, sent as mutations."""

from __future__ import annotations

from typing import Any

from domain.policy import PartyType, RequirementKind
from domain.terms import PartyId
from service.graphql.ids import NodeKind, own_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

TIER = "community-network"
ORGANISATION = {
    "name": "Lantern Library",
    "partyType": "EDUCATION",
    "ein": "43-1300077",
    "counties": ["29510"],
}


def submit(api: Api, who: Role | Principal = Role.APPLICANT, **given: object) -> dict[str, Any]:
    return api.do(
        "submitApplication",
        {"tier": TIER, "organisation": ORGANISATION, "statement": "We want to help."} | given,
        who,
        returning="application { id version phase party { id name } statement }",
    )


def accepted(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["__typename"].endswith("Accepted"), answer
    return answer


def review(
    api: Api,
    application: str,
    *,
    tier: str = TIER,
    party_type: PartyType = PartyType.EDUCATION,
    giver: Role | Principal = Role.APPLICANT,
    works_towards: bool = False,
) -> None:
    """Do all that a review takes; one standard is worked towards if asked."""
    reviewer = api.coalition.principals[Role.REVIEWER]
    given: dict[str, object] = {"application": application}
    accepted(api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    for requirement in POLICY.requirements_for(tier, party_type):
        if requirement.kind is RequirementKind.PARTY_TYPE:
            continue
        evidence = {
            "requirement": requirement.id,
            "description": "See the file.",
        }
        accepted(api.do("attachEvidence", given | evidence, giver))
        finding = {"requirement": requirement.id, "met": True, "note": "Seen."}
        accepted(api.do("recordFinding", given | finding, reviewer))
    for place, standard in enumerate(POLICY.standards_for(tier)):
        worked = works_towards and place == 0
        assessment = "WORKS_TOWARDS" if worked else "EXHIBITS"
        found = {"standard": standard.id, "assessment": assessment}
        accepted(api.do("assessStandard", given | found, reviewer))
        if worked:
            plan = {"standard": standard.id, "due": "2023-06-01", "steps": "A course."}
            accepted(api.do("openImprovementPlan", given | plan, reviewer))
    done = {"recommendation": "ADMIT", "reasons": "All is found."}
    accepted(api.do("recordReview", given | done, reviewer))


def representative(api: Api, party: str) -> Principal:
    found = own_id(NodeKind.PARTY, party)
    assert found is not None
    return api.coalition.representative(PartyId(found))
