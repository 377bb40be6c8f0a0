import functools
import json

import pytest

from service.security.principal import Principal, Role
from tests.service.graphql.everything import everything
from tests.service.graphql.story import LISTED, PERSONAL, REVIEW, STAFF, Story

MEMBER_OWN = {
    "representative.name",
    "representative.email",
    "representative.phone",
    "signatory.name",
}


@functools.cache
def seen_by(story: Story, who: Role | Principal) -> str:
    reply = story.api.send(everything(), who)
    assert reply.errors == []
    return json.dumps([reply.data, reply.extensions], default=str)


def found(story: Story, who: Role | Principal, planted: dict[str, str]) -> set[str]:
    seen = seen_by(story, who)
    return {key for key, text in planted.items() if text in seen}


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.PORTAL, Role.OPERATOR, Role.APPLICANT])
def test_who_is_concerned_by_nothing_sees_nothing_hidden(story: Story, role: Role) -> None:
    # The applicant of this role applied for the members, so another one looks here.
    who = Principal(story.other_reviewer.id, role)
    assert found(story, who, PERSONAL | STAFF | REVIEW) == set()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_sees_what_members_consent_to_show(story: Story, role: Role) -> None:
    assert found(story, role, LISTED) == set(LISTED)


def test_the_auditor_sees_what_is_for_staff_and_nothing_personal(story: Story) -> None:
    assert found(story, Role.AUDITOR, PERSONAL) == set()
    assert found(story, Role.AUDITOR, STAFF) == set(STAFF)
    assert found(story, Role.AUDITOR, REVIEW) == set(REVIEW)


def test_the_director_sees_everything(story: Story) -> None:
    everything_planted = PERSONAL | STAFF | REVIEW
    assert found(story, Role.DIRECTOR, everything_planted) == set(everything_planted)


def test_the_committee_sees_who_applied_and_not_who_signed(story: Story) -> None:
    assert found(story, Role.COMMITTEE, STAFF | REVIEW) == set(STAFF | REVIEW)
    assert found(story, Role.COMMITTEE, PERSONAL) == set(PERSONAL) - {"signatory.name"}
    # Away from an application it sees nobody's contacts.
    query = """{ memberships { nodes { party {
        ... on Organisation { representatives { name email phone } }
        ... on Individual { name email }
    } } } }"""
    reply = story.api.send(query, Role.COMMITTEE)
    assert not {text for text in PERSONAL.values() if text in json.dumps(reply.data)}


def test_a_reviewer_sees_what_they_were_assigned(story: Story) -> None:
    seen = found(story, story.other_reviewer, PERSONAL | STAFF | REVIEW)
    assert seen == {"share.basis", "decline", "application.statement"}


def test_an_applicant_sees_their_own_application_without_its_review(story: Story) -> None:
    seen = found(story, story.applicant, PERSONAL | STAFF | REVIEW)
    assert seen == {"applicant.email", "applicant.name", "evidence", "application.statement"}


def test_a_representative_sees_their_own_party(story: Story) -> None:
    seen = found(story, story.representative, PERSONAL | STAFF | REVIEW)
    assert seen >= MEMBER_OWN | {"organisation.name", "organisation.ein", "capacity"}
    assert not seen & (set(REVIEW) | {"applicant.email", "applicant.name", "individual.email"})


def test_markers_do_not_depend_on_whether_there_is_a_value(story: Story) -> None:
    query = """query ($a: ID!, $b: ID!) {
        a: membership(id: $a) { application { id } standards { assessment } }
        b: membership(id: $b) { application { id } standards { assessment } }
    }"""
    founder = story.api.ask("{ memberships(first: 1) { nodes { id } } }")
    partner = founder["memberships"]["nodes"][0]["id"]
    member = story.api.ask("{ memberships(last: 1) { nodes { id } } }")["memberships"]["nodes"][0]
    reply = story.api.send(query, a=partner, b=member["id"])
    assert reply.redacted == {
        ("a.application", "Membership.application", "staff"),
        ("a.standards", "Membership.standards", "staff"),
        ("b.application", "Membership.application", "staff"),
        ("b.standards", "Membership.standards", "staff"),
    }


def test_one_marker_stands_for_a_whole_list(story: Story) -> None:
    reply = story.api.send("{ memberships { edges { node { party { id } } } } }")
    assert reply.redacted == {("memberships.edges.*.node.party", "Membership.party", "asked")}


def test_staff_get_no_markers_for_what_they_read(story: Story) -> None:
    query = "{ memberships { nodes { party { name } standards { assessment } } } }"
    assert story.api.send(query, Role.DIRECTOR).redacted == set()


def test_a_person_that_shows_a_name_shows_nothing_else(story: Story) -> None:
    query = """{ directory { nodes {
        kind fields name description email phone website counties { fips } services
    } } }"""
    people = [
        each for each in story.api.ask(query)["directory"]["nodes"] if each["kind"] == "INDIVIDUAL"
    ]
    assert people == [
        {
            "kind": "INDIVIDUAL",
            "fields": ["NAME"],
            "name": LISTED["individual"],
            "description": None,
            "email": None,
            "phone": None,
            "website": None,
            "counties": [],
            "services": [],
        }
    ]


def test_the_queue_is_for_staff(story: Story) -> None:
    query = "{ reviewQueue { nodes { ageDays reviewers phase party { id } } } }"
    public = story.api.send(query)
    assert public.data == {"reviewQueue": None}
    assert public.redacted == {("reviewQueue", "Query.reviewQueue", "queue")}
    # Whoever is assigned something else sees that it waits, for how long and on whom.
    waiting = story.api.send(query, story.other_reviewer)
    reviewer = story.coalition.principals[Role.REVIEWER].id
    assert waiting.data == {
        "reviewQueue": {
            "nodes": [{"ageDays": 0, "reviewers": [reviewer], "phase": "IN_REVIEW", "party": None}]
        }
    }
    assert waiting.redacted == {("reviewQueue.nodes.*.party", "Application.party", "asked")}
