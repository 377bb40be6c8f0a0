import base64
import hashlib
import json

import pytest

from domain.catalog import EVENT_TYPES
from domain.ledger.entry import DOMAIN_LINE
from domain.ledger.merkle import Tree, leaf_hash
from service.security.principal import Role
from tests.service.graphql.story import Story

ENTRIES = """query ($filter: EntryFilter, $first: Int, $after: String) {
    ledger { entries(filter: $filter, first: $first, after: $after) {
        totalCount
        nodes { __typename id position leafHash bytes recordedOn recordedAt effectiveOn type stream
                version actor policy publicData disclosures { path salt value encoded } }
        pageInfo { hasNextPage endCursor }
    } }
}"""


def entries(story: Story, who: Role = Role.PUBLIC, **variables: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    after = None
    while True:
        data = story.api.ask(ENTRIES, who, first=100, after=after, **variables)
        connection = data["ledger"]["entries"]
        found += connection["nodes"]
        if not connection["pageInfo"]["hasNextPage"]:
            assert connection["totalCount"] == len(found)
            return found
        after = connection["pageInfo"]["endCursor"]


def test_anybody_can_rebuild_the_root_from_the_entries(story: Story) -> None:
    head = story.api.ask("{ ledger { origin head { position rootHash recordedAt } } }")["ledger"]
    assert head["origin"] == "test.example/ledger"
    found = entries(story)
    assert [each["position"] for each in found] == [*range(1, head["head"]["position"] + 1)]
    hashes = []
    for each in found:
        data = base64.b64decode(str(each["bytes"]))
        hashes.append(leaf_hash(data))
        assert hashes[-1].hex() == each["leafHash"]
    tree, _ = Tree().extend(hashes)
    assert tree.frontier.root().hex() == head["head"]["rootHash"]


def test_an_open_entry_says_what_its_bytes_say(story: Story) -> None:
    for each in entries(story):
        if each["__typename"] == "OpenEntry":
            body = json.loads(base64.b64decode(str(each["bytes"]))[len(DOMAIN_LINE) :])
            public = {key: value for key, value in body["data"].items() if key != "_sd"}
            assert each["publicData"] == public
            assert each["type"] == body["type"]
            assert each["recordedAt"] == body["at"]
            assert each["effectiveOn"] == body["effective"]
            assert each["stream"] == body["stream"]
            assert each["version"] == body["version"]
            assert each["policy"] == body["policy"]
            assert str(each["actor"]).lower() == body["actor"]


def test_a_confidential_entry_shows_its_day_and_its_bytes(story: Story) -> None:
    confidential = [each for each in entries(story) if each["__typename"] == "ConfidentialEntry"]
    assert confidential
    for each in confidential:
        shown = {key for key, value in each.items() if value is not None}
        assert shown == {"__typename", "id", "position", "leafHash", "bytes", "recordedOn"}


def test_markers_say_what_is_withheld_of_confidential_entries(story: Story) -> None:
    reply = story.api.send("{ ledger { entries(first: 100) { nodes { type recordedAt } } } }")
    path = "ledger.entries.nodes.*"
    assert reply.redacted == {
        (f"{path}.type", "ConfidentialEntry.type", "review"),
        (f"{path}.recordedAt", "ConfidentialEntry.recordedAt", "review"),
    }


def test_an_auditor_opens_what_is_for_staff_and_can_check_it(story: Story) -> None:
    opened = 0
    for each in entries(story, Role.AUDITOR):
        body = base64.b64decode(str(each["bytes"])).decode()
        disclosures = each["disclosures"]
        assert isinstance(disclosures, list)
        inner = body + json.dumps([one["value"] for one in disclosures if one["path"] == "data"])
        for one in disclosures:
            digest = hashlib.sha256(one["encoded"].encode()).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") in inner
            opened += 1
        assert each["type"] is not None
    assert opened > 100


def paths_of(story: Story, who: Role) -> set[tuple[str, str]]:
    found = set()
    for each in entries(story, who):
        disclosures = each["disclosures"]
        assert isinstance(disclosures, list | None)
        found |= {(str(each["type"]), one["path"]) for one in disclosures or ()}
    return found


def test_personal_values_are_opened_to_the_director_only(story: Story) -> None:
    name = ("party.individual_registered.v1", "data.name")
    contact = ("party.representative_appointed.v1", "data.email")
    assert {name, contact} <= paths_of(story, Role.DIRECTOR)
    assert not {name, contact} & paths_of(story, Role.AUDITOR)
    assert not {name, contact} & paths_of(story, Role.COMMITTEE)
    # The name of an organisation has the same path and is for staff.
    assert ("party.organisation_registered.v1", "data.name") in paths_of(story, Role.AUDITOR)


def test_a_reviewer_reads_the_entries_of_their_own_reviews(story: Story) -> None:
    query = """{ ledger { entries(first: 100) { nodes {
        __typename type disclosures { path value }
    } } } }"""
    nodes = story.api.ask(query, story.other_reviewer)["ledger"]["entries"]["nodes"]
    confidential = [each for each in nodes if each["__typename"] == "ConfidentialEntry"]
    read = [each["type"] for each in confidential if each["type"] is not None]
    assert read == ["review.reviewer_assigned.v1", "review.decline_explained.v1"]
    assert len(confidential) > len(read)
    assert {each["disclosures"] is None for each in confidential} == {True, False}


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.DIRECTOR])
def test_entries_are_found_by_type(story: Story, role: Role) -> None:
    found = entries(story, role, filter={"types": ["membership.admitted.v1"]})
    assert {each["type"] for each in found} == {"membership.admitted.v1"}
    assert len(found) == 3


def test_confidential_entries_are_not_found_by_their_type_or_stream(story: Story) -> None:
    confidential = next(name for name, event in EVENT_TYPES.items() if event.confidential)
    error = story.api.refused(ENTRIES, Role.DIRECTOR, filter={"types": [confidential]})
    assert error["extensions"]["field"] == "filter.types"
    (review,) = {
        each["stream"]
        for each in entries(story, Role.AUDITOR)
        if each["type"] == "review.decline_explained.v1"
    }
    assert len(entries(story, Role.AUDITOR, filter={"streams": [review]})) == 2
    assert entries(story, filter={"streams": [review]}) == []
    history = entries(story, filter={"streams": [story.member.membership]})
    assert [each["type"] for each in history] == [
        "membership.admitted.v1",
        "membership.agreement_sent.v1",
        "membership.agreement_signed.v1",
    ]


def test_one_entry_by_position_id_or_leaf_hash(story: Story) -> None:
    query = "query ($by: EntryKey!) { ledger { entry(by: $by) { id position leafHash } } }"
    third = entries(story)[2]
    expected = {key: third[key] for key in ("id", "position", "leafHash")}
    for key in ("id", "position", "leafHash"):
        assert story.api.ask(query, by={key: third[key]})["ledger"]["entry"] == expected
    for wrong in ({"position": 9_999}, {"id": "nonsense"}, {"leafHash": "0" * 64}):
        assert story.api.ask(query, by=wrong)["ledger"]["entry"] is None


def test_a_history_is_the_entries_of_one_stream_in_pages(story: Story) -> None:
    query = """query ($id: ID!, $first: Int, $after: String, $last: Int) {
        node(id: $id) { ... on Membership {
            history(first: $first, after: $after, last: $last) {
                totalCount nodes { type } pageInfo { hasNextPage hasPreviousPage endCursor }
            }
        } }
    }"""
    from_id = story.api.ask("{ memberships { nodes { id history { totalCount } } } }")
    (member,) = [
        each["id"] for each in from_id["memberships"]["nodes"] if each["history"]["totalCount"] == 3
    ]
    first = story.api.ask(query, id=member, first=2)["node"]["history"]
    assert [each["type"] for each in first["nodes"]] == [
        "membership.admitted.v1",
        "membership.agreement_sent.v1",
    ]
    assert first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    rest = story.api.ask(query, id=member, after=after)["node"]["history"]
    assert [each["type"] for each in rest["nodes"]] == ["membership.agreement_signed.v1"]
    last = story.api.ask(query, id=member, last=1)["node"]["history"]
    assert last["nodes"] == rest["nodes"]
    assert last["pageInfo"]["hasPreviousPage"]
