"""Nothing that the public can read tells what type a party is of."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.ledger.entry import parse_entry
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.term import RenewMembership
from domain.policy import PartyType, RequirementKind
from service import sweep
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Admitted, Coalition, individual, organisation
from tests.service.graphql.api import Api
from tests.service.ledger.rows import all_entries

MEMBER = "coalition-member"
CREDENTIAL = f"{MEMBER}.practitioner-credential"
EVIDENCE = """query ($id: ID!) { node(id: $id) { ... on Membership { evidence {
    requirements { requirement { key } evidence { requirement } } } } } }"""


def renew(coalition: Coalition, member: Admitted, party_type: str) -> None:
    asked = POLICY.requirements_for(MEMBER, PartyType(party_type))
    clauses = [each.id for each in asked if each.kind is not RequirementKind.PARTY_TYPE]
    renewal = RenewMembership(membership=member.membership, clauses=clauses)
    coalition.must(renewal, coalition.representative(member.party))


def public_of(coalition: Coalition, member: Admitted) -> set[tuple[str, str]]:
    """Return what the log says openly of a member and its application, with its ids as names."""
    names = {member.application: "application", member.membership: "membership"}
    said = set()
    for row in all_entries(coalition):
        entry = parse_entry(bytes(row.data))
        if entry.envelope is not None and entry.envelope.stream in names:
            data = {key: value for key, value in entry.data.items() if key != "_sd"}
            text = repr(sorted(data.items()))
            for known, name in names.items():
                text = text.replace(known, name)
            said.add((row.type, text))
    return said


@pytest.fixture
def two(coalition: Coalition) -> dict[str, Admitted]:
    """An organisation and a practitioner, who came in, were admitted and renewed alike."""
    details: dict[str, OrganisationDetails | IndividualDetails] = {
        "nonprofit-501c3": organisation(ein="131624147"),
        "individual-practitioner": replace(individual(), party_type="individual-practitioner"),
    }
    members = {each: coalition.admit(MEMBER, given) for each, given in details.items()}
    agreement = POLICY.agreement_for(MEMBER).id
    version, sha256 = coalition.publish(agreement, "We work together.")
    for member in members.values():
        coalition.sign(member, agreement, version, sha256)
    coalition.clock.advance(days=POLICY.deadlines.membership_term_days - 1)
    sweep.sweep(coalition.ledger)
    for party_type, member in members.items():
        renew(coalition, member, party_type)
    return members


def test_the_log_says_the_same_of_members_of_two_types(
    coalition: Coalition, two: dict[str, Admitted]
) -> None:
    ours, theirs = (public_of(coalition, each) for each in two.values())
    assert ours == theirs
    assert any(CREDENTIAL.partition(".")[0] in text for _, text in ours)
    assert not any(CREDENTIAL in bytes(row.data).decode() for row in all_entries(coalition))


def test_what_was_asked_of_one_type_alone_is_evidence_for_those_who_may_know(
    coalition: Coalition, two: dict[str, Admitted]
) -> None:
    api = Api(coalition)

    def shown(member: Admitted, who: Role | Principal = Role.PUBLIC) -> set[str]:
        found = api.ask(EVIDENCE, who, id=global_id(NodeKind.MEMBERSHIP, member.membership))
        return {each["requirement"]["key"] for each in found["node"]["evidence"]["requirements"]}

    organisation_, practitioner = two.values()
    assert shown(organisation_) == shown(practitioner)
    assert CREDENTIAL not in shown(practitioner)
    assert CREDENTIAL in shown(practitioner, Role.DIRECTOR)
    assert CREDENTIAL in shown(practitioner, coalition.representative(practitioner.party))
    assert f"{MEMBER}.ein-determination" in shown(organisation_, Role.DIRECTOR)
    assert CREDENTIAL not in shown(organisation_, Role.DIRECTOR)
