from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id, parse_global_id
from service.security.principal import Principal, Role
from tests.service.coalition import new_id
from tests.service.graphql.story import Story

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def ids_of(story: Story) -> dict[str, str]:
    api = story.api
    found = api.ask("{ coalition { id } policy { id } ledger { entries { nodes { id } } } }")
    return {
        "Coalition": found["coalition"]["id"],
        "Policy": found["policy"]["id"],
        "OpenEntry": found["ledger"]["entries"]["nodes"][0]["id"],
        "Membership": global_id(NodeKind.MEMBERSHIP, story.member.membership),
        "Organisation": global_id(NodeKind.PARTY, story.member.party),
        "Individual": global_id(NodeKind.PARTY, story.person.party),
        "Listing": global_id(NodeKind.LISTING, story.member.party),
        "Application": global_id(NodeKind.APPLICATION, story.declined),
    }


def test_everything_with_an_id_is_found_by_it(story: Story) -> None:
    for kind, node_id in ids_of(story).items():
        assert story.api.ask(NODE, Role.DIRECTOR, id=node_id) == {
            "node": {"__typename": kind, "id": node_id}
        }


def test_what_is_invisible_is_absent(story: Story) -> None:
    ids = ids_of(story)
    hidden = {"Organisation", "Individual", "Application"}
    for kind, node_id in ids.items():
        reply = story.api.send(NODE, id=node_id)
        assert (reply.data == {"node": None}) is (kind in hidden), kind
        # Not even a marker tells them apart from what does not exist.
        assert reply.redacted == set()
    unknown = story.api.send(NODE, id=global_id(NodeKind.APPLICATION, new_id()))
    known = story.api.send(NODE, id=ids["Application"])
    assert (unknown.data, unknown.errors, unknown.extensions) == (
        known.data,
        known.errors,
        known.extensions,
    )


def test_one_application_by_id_is_absent_where_it_is_invisible(story: Story) -> None:
    query = "query ($id: ID!) { application(id: $id) { phase } }"
    pending = global_id(NodeKind.APPLICATION, story.pending)
    for who in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR, story.representative):
        assert story.api.ask(query, who, id=pending) == {"application": None}
    for who in (Role.AUDITOR, story.applicant, story.other_reviewer):
        assert story.api.ask(query, who, id=pending) == {"application": {"phase": "IN_REVIEW"}}


def test_the_list_of_applications_is_ones_own_or_the_staffs(story: Story) -> None:
    query = "{ applications { totalCount nodes { id } } }"

    def listed(who: Role | Principal) -> tuple[int, set[str]]:
        connection: dict[str, Any] = story.api.ask(query, who)["applications"]
        return connection["totalCount"], {each["id"] for each in connection["nodes"]}

    everything = listed(Role.DIRECTOR)
    assert everything[0] == 4
    for who in (Role.COMMITTEE, Role.AUDITOR, Role.REVIEWER):
        assert listed(who) == everything
    for who in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR):
        assert listed(who) == (0, set())
    assert listed(story.applicant) == (1, {global_id(NodeKind.APPLICATION, story.pending)})
    assert listed(story.representative) == (
        1,
        {global_id(NodeKind.APPLICATION, story.member.application)},
    )


APPLICATIONS = """query ($filter: ApplicationFilter) {
    applications(filter: $filter, direction: DESCENDING) { totalCount nodes { id decidedOn } }
}"""


def test_applications_are_found_by_the_days_on_which_they_were_decided(story: Story) -> None:
    def found(who: Role, **wanted: object) -> list[str]:
        found = story.api.ask(APPLICATIONS, who, filter=wanted)["applications"]
        assert found["totalCount"] == len(found["nodes"])
        return [each["decidedOn"] for each in found["nodes"]]

    second, third, fourth = "2023-03-02", "2023-03-03", "2023-03-04"
    assert found(Role.DIRECTOR, decidedUntil=fourth) == [fourth, third, second]
    assert found(Role.DIRECTOR, decidedSince=third) == [fourth, third]
    assert found(Role.DIRECTOR, decidedSince=third, decidedUntil=third) == [third]
    assert found(Role.AUDITOR, decidedSince=second, phases=["DECLINED"]) == [fourth]
    assert found(Role.DIRECTOR, decidedSince=fourth, decidedUntil=second) == []
    # Nobody finds by it what is absent for them.
    assert found(Role.PUBLIC, decidedSince=second) == []


def test_applications_are_found_by_phase_and_reviewer(story: Story) -> None:
    query = APPLICATIONS

    def found(who: Role | Principal, **wanted: object) -> list[str]:
        nodes = story.api.ask(query, who, filter=wanted)["applications"]["nodes"]
        return [each["id"] for each in nodes]

    declined = global_id(NodeKind.APPLICATION, story.declined)
    assert found(Role.DIRECTOR, phases=["DECLINED"]) == [declined]
    reviewer = story.other_reviewer
    assert found(reviewer, reviewer=reviewer.id) == [declined]
    party = global_id(NodeKind.PARTY, story.declined_party)
    assert found(Role.AUDITOR, party=party) == [declined]
    for who, wanted in (
        (story.applicant, {"reviewer": reviewer.id}),
        (reviewer, {"party": party}),
        (Role.PUBLIC, {"party": party}),
    ):
        error = story.api.refused(query, who, filter=wanted)
        assert error["extensions"]["code"] == "NOT_READABLE"


def test_nodes_come_in_the_order_that_was_asked(story: Story) -> None:
    ids = ids_of(story)
    asked = [ids["Listing"], "nonsense", ids["Membership"], ids["Application"], ids["Listing"]]
    found = story.api.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)
    assert found["nodes"] == [
        {"id": ids["Listing"]},
        None,
        {"id": ids["Membership"]},
        None,
        {"id": ids["Listing"]},
    ]


def test_not_too_many_nodes_at_once(story: Story) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    error = story.api.refused(query, ids=["x"] * 101)
    assert error["extensions"]["rule"] == "page-size"


@pytest.mark.parametrize(
    "garbled",
    [
        "",
        "x",
        "ü",
        "Membership:1",
        "TWVtYmVyc2hpcDo",
        "TWVtYmVyc2hpcDp4",
        "UGFydHk6Li4vLi4vZXRjL3Bhc3N3ZA",
        "=" * 8,
        "A" * 5_000,
    ],
)
def test_what_is_no_global_id_names_nothing(story: Story, garbled: str) -> None:
    assert parse_global_id(garbled) is None
    assert story.api.ask(NODE, Role.DIRECTOR, id=garbled) == {"node": None}


def test_an_id_has_one_spelling() -> None:
    good = global_id(NodeKind.PARTY, "0" * 32)
    assert parse_global_id(good) == (NodeKind.PARTY, "0" * 32)
    assert parse_global_id(f"{good}=") is None
    assert parse_global_id(global_id(NodeKind.PARTY, "A" * 32)) is None


def test_the_viewer_says_who_asks(story: Story) -> None:
    query = "{ viewer { role principal party { name } } }"
    found = story.api.ask(query, story.representative)["viewer"]
    assert found == {
        "role": "REPRESENTATIVE",
        "principal": story.representative.id,
        "party": {"name": "Plantedlegal Foundation"},
    }
    assert story.api.ask(query)["viewer"]["party"] is None
