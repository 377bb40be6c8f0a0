"""How the coalition is led and what it keeps of itself, asked and written as each role would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.coalition.leadership import AppointDirector
from domain.terms import PersonId, TermId
from service.graphql.ids import NodeKind, global_id
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Coalition, new_id, organisation
from tests.service.graphql.api import Api
from tests.service.ledger.test_writer import everything

HISTORY = """query ($asOf: AsOf) { governance(asOf: $asOf) { history {
    text source happenedOn { text firstDay lastDay precision }
    contradicts { text } contradictedBy { text }
} } }"""
RECORD = """query ($asOf: AsOf) { governance(asOf: $asOf) {
    director { since until name recordedName person version }
    leaders { office } roster { office until } partners { tier { key } }
    workgroups { name purpose formedOn { text } dissolvedOn version }
    standards { wave title sha256 basedOn workgroup { name } supersedes { wave } }
    library { kind title publishedOn { text } supersededBy { wave } }
    funding { funder stipulations source since { text } until { text } }
} }"""
READERS = {Role.REPRESENTATIVE, Role.PORTAL, Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR} | {
    Role.AUDITOR
}
SHA256 = "ab" * 32

COMMANDS: dict[str, dict[str, Any]] = {
    "appointDirector": {"name": "Robin Example"},
    "namePartnerLeader": {"party": global_id(NodeKind.PARTY, new_id()), "name": "Teal Example"},
    "changeNaming": {"term": global_id(NodeKind.TERM_OF_OFFICE, new_id()), "named": True},
    "endTerm": {"term": global_id(NodeKind.TERM_OF_OFFICE, new_id())},
    "formWorkgroup": {"name": "Standards"},
    "dissolveWorkgroup": {"workgroup": global_id(NodeKind.WORKGROUP, new_id())},
    "publishStandards": {"wave": 1, "title": "Standards of Care"},
    "publishLibraryItem": {"kind": "REPORT", "title": "What we found"},
    "recordFunding": {"funder": "A Foundation"},
    "recordHistory": {"text": "It began.", "source": "A letter", "precision": "DAY"},
    "correctEntry": {
        "entry": global_id(NodeKind.ENTRY, new_id()),
        "field": "name",
        "value": "Standards",
    },
}


def must(api: Api, mutation: str, given: dict[str, Any], returning: str = "") -> dict[str, Any]:
    """Send a command as the director that is to be accepted."""
    answer = api.do(mutation, given, Role.DIRECTOR, returning=returning)
    assert answer["__typename"] == f"{mutation[0].upper()}{mutation[1:]}Accepted", answer
    assert answer["receipt"]["entries"]
    return answer


def governance(
    api: Api, query: str, who: Role = Role.PUBLIC, as_of: dict[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = api.ask(query, who, asOf=as_of)["governance"]
    return found


def claim(api: Api, text: str, source: str, on: str, **more: object) -> str:
    given = {"text": text, "source": source, "precision": "YEAR", "effectiveOn": on} | more
    recorded: str = must(api, "recordHistory", given, "claim { id }")["claim"]["id"]
    return recorded


@pytest.fixture
def recorded(api: Api) -> Api:
    """A coalition that has written down one of everything."""
    coalition = api.coalition
    coalition.clock.advance(days=1)
    must(api, "appointDirector", {"name": "Robin Example", "named": False})
    party = partner_of(coalition)
    must(api, "namePartnerLeader", {"party": party, "name": "Teal Example", "named": True})
    group = must(
        api,
        "formWorkgroup",
        {"name": "Standards", "effectiveOn": "2019-01-01", "precision": "YEAR"},
        "workgroup { id name }",
    )["workgroup"]
    first = must(
        api,
        "publishStandards",
        {
            "wave": 1,
            "title": "Wave One",
            "sha256": SHA256,
            "link": "https://standards.example/one",
            "workgroup": group["id"],
            "basedOn": ["Guiding Principles"],
        },
        "publication { id }",
    )["publication"]
    must(api, "publishStandards", {"wave": 2, "title": "Wave Two", "supersedes": first["id"]})
    must(
        api,
        "publishLibraryItem",
        {
            "kind": "GUIDE",
            "title": "Where to find what",
            "effectiveOn": "2022-05-01",
            "precision": "MONTH",
        },
    )
    must(
        api,
        "recordFunding",
        {
            "funder": "Planted Foundation",
            "stipulations": "planted stipulations",
            "source": "planted report",
            "effectiveOn": "2022-01-01",
            "precision": "YEAR",
            "until": "2024-01-01",
            "untilPrecision": "YEAR",
        },
    )
    return api


def partner_of(coalition: Coalition) -> str:
    """Return the global id of the founding partner."""
    query = "{ memberships(first: 1) { nodes { party { ... on Organisation { id } } } } }"
    found = Api(coalition).ask(query, Role.DIRECTOR)["memberships"]["nodes"][0]["party"]["id"]
    return str(found)


def test_the_public_sees_how_the_coalition_is_led_and_what_it_publishes(recorded: Api) -> None:
    seen = governance(recorded, RECORD)
    assert seen["director"] == {
        "since": "2023-03-02",
        "until": None,
        "name": None,
        "recordedName": None,
        "person": None,
        "version": 1,
    }
    assert [each["office"] for each in seen["leaders"]] == ["DIRECTOR", "PARTNER_LEADER"]
    assert seen["partners"] == [{"tier": {"key": "collaborative-partner"}}]
    assert seen["workgroups"] == [
        {
            "name": "Standards",
            "purpose": None,
            "formedOn": {"text": "2019"},
            "dissolvedOn": None,
            "version": 1,
        }
    ]
    one = {
        "wave": 1,
        "title": "Wave One",
        "sha256": SHA256,
        "basedOn": ["Guiding Principles"],
        "workgroup": {"name": "Standards"},
        "supersedes": None,
    }
    two = {"wave": 2, "title": "Wave Two", "sha256": None, "basedOn": [], "workgroup": None}
    assert seen["standards"] == [one, two | {"supersedes": {"wave": 1}}]
    assert [(each["kind"], each["publishedOn"]["text"]) for each in seen["library"]] == [
        ("GUIDE", "2022-05"),
        ("STANDARDS", "2023-03-02"),
        ("STANDARDS", "2023-03-02"),
    ]
    assert [each["supersededBy"] for each in seen["library"]] == [[], [{"wave": 2}], []]


@pytest.mark.parametrize("role", list(Role))
def test_who_funds_the_coalition_and_why_is_for_members(small_api: Api, role: Role) -> None:
    given = {"funder": "Planted Foundation", "stipulations": "planted", "source": "a report"}
    must(small_api, "recordFunding", given | {"effectiveOn": "2022-01-01", "precision": "YEAR"})
    (seen,) = governance(small_api, RECORD, role)["funding"]
    assert seen["since"] == {"text": "2022"}
    told = [seen[name] for name in ("funder", "stipulations", "source")]
    assert told == ([*given.values()] if role in READERS else [None] * 3)


@pytest.mark.parametrize("role", list(Role))
def test_a_person_is_named_to_those_who_have_to_know_until_they_let_everybody_know(
    small_api: Api, role: Role
) -> None:
    query = "{ governance { director { id name recordedName person } } }"
    answer = must(small_api, "appointDirector", {"name": "Robin Example"}, "term { id }")
    term = answer["term"]["id"]
    seen = governance(small_api, query, role)["director"]
    assert seen["name"] is None
    assert seen["recordedName"] == ("Robin Example" if role is Role.DIRECTOR else None)
    assert (seen["person"] is not None) is (role in {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR})
    must(small_api, "changeNaming", {"term": term, "named": True})
    assert governance(small_api, query, role)["director"]["name"] == "Robin Example"


def test_consent_to_be_named_is_judged_now_in_answers_about_the_past(recorded: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { leaders { id office name } } }"""

    def name(as_of: dict[str, Any] | None = None) -> object:
        return governance(recorded, query, as_of=as_of)["leaders"][1]["name"]

    head = recorded.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert name() == "Teal Example"
    term = governance(recorded, query)["leaders"][1]["id"]
    recorded.coalition.clock.advance(days=1)
    must(recorded, "changeNaming", {"term": term, "named": False})
    assert name() is None
    assert name({"at": {"position": head}}) is None
    must(recorded, "changeNaming", {"term": term, "named": True})
    assert name({"at": {"position": head}}) == "Teal Example"


def test_a_director_is_succeeded_and_the_roster_remembers(recorded: Api) -> None:
    recorded.coalition.clock.advance(days=30)
    answer = must(
        recorded,
        "appointDirector",
        {"name": "Wren Example", "named": True},
        "term { name since }",
    )
    assert answer["term"] == {"name": "Wren Example", "since": "2023-04-01"}
    assert [each["type"] for each in answer["receipt"]["entries"]] == [
        "leadership.term_ended.v1",
        "leadership.director_appointed.v1",
    ]
    seen = governance(recorded, RECORD)
    assert seen["director"]["name"] == "Wren Example"
    directors = [each for each in seen["roster"] if each["office"] == "DIRECTOR"]
    assert [each["until"] for each in directors] == ["2023-04-01", None]
    day_before = governance(recorded, RECORD, as_of={"effectiveOn": "2023-03-31"})
    assert day_before["director"]["since"] == "2023-03-02"


def test_whoever_opens_the_ledger_anew_knows_who_directs(recorded: Api) -> None:
    coalition = recorded.coalition
    command = AppointDirector(term=TermId(new_id()), person=PersonId(new_id()), name="Wren Example")
    request = coalition.request(command, coalition.principals[Role.DIRECTOR])
    other = coalition.reopen()
    try:
        outcome = other.execute(request)
    finally:
        other.close()
    assert isinstance(outcome, Accepted)
    assert len(outcome.entries) == 2
    # The first process takes in what the other appended.
    must(recorded, "appointDirector", {"name": "Robin Example"})
    directors = [
        each["until"]
        for each in governance(recorded, RECORD)["roster"]
        if each["office"] == "DIRECTOR"
    ]
    assert directors == ["2023-03-02", "2023-03-02", None]


def test_nobody_is_director_after_the_term_has_ended(recorded: Api) -> None:
    query = "{ governance { director { id } } }"
    term = governance(recorded, query)["director"]["id"]
    recorded.coalition.clock.advance(days=1)
    must(recorded, "endTerm", {"term": term}, "term { until }")
    assert governance(recorded, query)["director"] is None
    again = recorded.do("endTerm", {"term": term}, Role.DIRECTOR)
    assert again["receipt"]["entryIds"] == []


def test_a_person_keeps_their_key_from_one_office_to_the_next(small_api: Api) -> None:
    query = "{ governance { director { person } } }"
    must(small_api, "appointDirector", {"name": "Robin Example"})
    person = governance(small_api, query, Role.DIRECTOR)["director"]["person"]
    party = partner_of(small_api.coalition)
    given = {"party": party, "name": "Robin Example", "person": person}
    must(small_api, "namePartnerLeader", given)
    refused = small_api.do("namePartnerLeader", given | {"person": new_id()}, Role.DIRECTOR)
    assert (refused["rule"], refused["field"]) == ("known-person", "person")
    # Who may not name leaders learns of nobody, known or not.
    for guessed in (person, new_id()):
        answer = small_api.do("namePartnerLeader", given | {"person": guessed}, Role.COMMITTEE)
        assert answer["__typename"] == "NotAllowed"


def test_a_workgroup_was_there_until_it_ended(recorded: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) {
        workgroups { id name dissolvedOn } } }"""
    group = governance(recorded, query)["workgroups"][0]["id"]
    must(recorded, "dissolveWorkgroup", {"workgroup": group})
    assert governance(recorded, query)["workgroups"][0]["dissolvedOn"] == "2023-03-02"
    before = governance(recorded, query, as_of={"effectiveOn": "2020-01-01"})["workgroups"]
    assert before == [{"id": group, "name": "Standards", "dissolvedOn": None}]
    assert governance(recorded, query, as_of={"effectiveOn": "2018-12-31"})["workgroups"] == []


def test_sources_that_disagree_are_kept_side_by_side(api: Api) -> None:
    harbour = claim(api, "It began at the harbour.", "A newspaper", "2005-01-01")
    claim(api, "It began at the market.", "A letter", "2005-01-01", contradicts=[harbour])
    year = {
        "text": "2005",
        "firstDay": "2005-01-01",
        "lastDay": "2005-12-31",
        "precision": "YEAR",
    }
    assert governance(api, HISTORY)["history"] == [
        {
            "text": "It began at the harbour.",
            "source": "A newspaper",
            "happenedOn": year,
            "contradicts": [],
            "contradictedBy": [{"text": "It began at the market."}],
        },
        {
            "text": "It began at the market.",
            "source": "A letter",
            "happenedOn": year,
            "contradicts": [{"text": "It began at the harbour."}],
            "contradictedBy": [],
        },
    ]


def test_a_claim_recorded_in_2024_about_2005_is_unknown_as_of_2023(api: Api) -> None:
    clock = api.coalition.clock
    claim(api, "The market opened.", "A letter", "2012-01-01")
    clock.now = datetime(2024, 2, 1, 12, tzinfo=UTC)
    claim(api, "It began at the harbour.", "A newspaper", "2005-01-01")

    def texts(as_of: dict[str, Any] | None) -> list[str]:
        return [each["text"] for each in governance(api, HISTORY, as_of=as_of)["history"]]

    both = ["It began at the harbour.", "The market opened."]
    assert texts(None) == both
    # What was known:
    assert texts({"at": {"recordedAt": "2023-12-31T00:00:00Z"}}) == ["The market opened."]
    assert texts({"at": {"recordedAt": "2024-02-01T12:00:00Z"}}) == both
    # What held, long before the founding of the ledger:
    assert texts({"effectiveOn": "2010-06-01"}) == ["It began at the harbour."]
    assert texts({"effectiveOn": "2004-12-31"}) == []
    # Both at once:
    known_then = {"at": {"recordedAt": "2023-12-31T00:00:00Z"}, "effectiveOn": "2010-06-01"}
    assert texts(known_then) == []


def test_a_correction_is_shown_with_its_link_and_edits_nothing(api: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { history {
        text corrections { field original { id leafHash } entry { id position type } }
        entry { id leafHash ... on OpenEntry { corrections { id } } } version
    } } }"""
    claim(api, "It began at the harbuor.", "A newspaper", "2005-01-01")
    (before,) = governance(api, query)["history"]
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    entry = before["entry"]["id"]
    given = {"entry": entry, "field": "text", "value": "It began at the harbour."}
    answer = must(
        api, "correctEntry", given, "entry { id ... on OpenEntry { corrections { id } } }"
    )
    correction = answer["receipt"]["entryIds"][0]
    assert answer["entry"] == {"id": entry, "corrections": [{"id": correction}]}
    (after,) = governance(api, query)["history"]
    assert after == {
        "text": "It began at the harbour.",
        "corrections": [
            {
                "field": "text",
                "original": {"id": entry, "leafHash": before["entry"]["leafHash"]},
                "entry": {
                    "id": correction,
                    "position": head + 1,
                    "type": "correction.entry_corrected.v1",
                },
            }
        ],
        "entry": before["entry"] | {"corrections": [{"id": correction}]},
        "version": 1,
    }
    # As of the time before it, the text is the one that was known.
    (then,) = governance(api, query, as_of={"at": {"position": head}})["history"]
    assert (then["text"], then["corrections"]) == ("It began at the harbuor.", [])
    # Once more, it has already happened.
    again = api.do("correctEntry", given, Role.DIRECTOR)
    assert again["receipt"]["entryIds"] == []


def test_a_corrected_text_is_for_those_who_read_the_field(small_api: Api) -> None:
    query = "{ governance { funding { funder corrections { field } entry { id } } } }"
    must(small_api, "recordFunding", {"funder": "Plantd Foundation"})
    entry = governance(small_api, query)["funding"][0]["entry"]["id"]
    given = {"entry": entry, "field": "funder", "value": "Planted Foundation"}
    must(small_api, "correctEntry", given)
    told = {
        role: governance(small_api, query, role)["funding"][0]["funder"]
        for role in (Role.PUBLIC, Role.OPERATOR, Role.PORTAL, Role.AUDITOR)
    }
    assert told == {
        Role.PUBLIC: None,
        Role.OPERATOR: None,
        Role.PORTAL: "Planted Foundation",
        Role.AUDITOR: "Planted Foundation",
    }


def test_the_source_of_the_founding_reads_as_corrected(small_api: Api) -> None:
    query = "query ($asOf: AsOf) { coalition(asOf: $asOf) { source } }"
    founding = small_api.ask("{ ledger { entries(first: 1) { nodes { id } } } }")
    given = {
        "entry": founding["ledger"]["entries"]["nodes"][0]["id"],
        "field": "source",
        "value": "Minutes of the first meeting",
    }
    must(small_api, "correctEntry", given)
    assert small_api.ask(query, Role.PORTAL)["coalition"]["source"] == given["value"]
    assert small_api.ask(query)["coalition"]["source"] is None
    then = small_api.ask(query, Role.PORTAL, asOf={"at": {"position": 2}})["coalition"]
    assert then["source"] == "Minutes of the founding meeting"


def test_before_its_first_policy_the_coalition_has_no_partners(small_api: Api) -> None:
    seen = governance(small_api, RECORD, as_of={"at": {"position": 1}})
    assert seen["partners"] == seen["leaders"] == seen["library"] == []
    assert seen["director"] is None


def test_a_decision_is_not_corrected(api: Api) -> None:
    query = "{ ledger { entries(first: 3) { nodes { id type } } } }"
    entries = api.ask(query)["ledger"]["entries"]["nodes"]
    seats = next(each["id"] for each in entries if each["type"] == "coalition.seats_set.v1")
    before = everything(api.coalition)
    given = {"entry": seats, "field": "seats", "value": "9"}
    answer = api.do("correctEntry", given, Role.DIRECTOR)
    assert (answer["__typename"], answer["rule"]) == ("Refused", "descriptive-fields")
    assert everything(api.coalition) == before


@pytest.mark.parametrize("mutation", sorted(COMMANDS))
def test_the_record_is_the_director_s(small_api: Api, mutation: str) -> None:
    before = everything(small_api.coalition)
    for role in set(Role) - {Role.DIRECTOR}:
        answer = small_api.do(mutation, COMMANDS[mutation], role)
        assert answer["__typename"] == "NotAllowed", (role, answer)
    assert everything(small_api.coalition) == before


@pytest.mark.parametrize(
    ("mutation", "wrong", "field", "rule"),
    [
        ("appointDirector", {"name": ""}, "name", "min-length"),
        ("appointDirector", {"name": "n" * 201}, "name", "max-length"),
        ("formWorkgroup", {"name": "a\nb"}, "name", "pattern"),
        ("formWorkgroup", {"precision": "YEAR"}, "effectiveOn", "date-precision"),
        ("publishStandards", {"wave": 0}, "wave", "wave"),
        ("publishStandards", {"link": "http://standards.example"}, "link", "pattern"),
        ("publishStandards", {"basedOn": ["a"] * 21}, "basedOn", "max-items"),
        ("publishLibraryItem", {"kind": "STANDARDS"}, "kind", "standards-lineage"),
        ("recordFunding", {"until": "2000-01-01"}, "until", "funding-period"),
        ("recordHistory", {"effectiveOn": "2024-01-01"}, "effectiveOn", "effective-date"),
        ("recordHistory", {"text": "t" * 4_001}, "text", "max-length"),
    ],
)
def test_bad_input_names_its_field_and_rule_and_changes_nothing(
    small_api: Api, mutation: str, wrong: dict[str, Any], field: str, rule: str
) -> None:
    before = everything(small_api.coalition)
    answer = small_api.do(mutation, COMMANDS[mutation] | wrong, Role.DIRECTOR)
    assert (answer["__typename"], answer["field"], answer["rule"]) == ("Refused", field, rule)
    assert answer["unmet"][0]["satisfiedBy"]
    assert everything(small_api.coalition) == before


@pytest.mark.parametrize(
    "mutation",
    ["namePartnerLeader", "changeNaming", "endTerm", "dissolveWorkgroup", "correctEntry"],
)
def test_an_id_that_names_nothing_is_not_allowed(small_api: Api, mutation: str) -> None:
    answer = small_api.do(mutation, COMMANDS[mutation], Role.DIRECTOR)
    assert answer["__typename"] == "NotAllowed"


def test_what_is_recorded_is_found_by_its_id(recorded: Api) -> None:
    claim(recorded, "It began.", "A letter", "2005-01-01")
    query = """{ governance { director { id __typename } workgroups { id __typename }
        library { id __typename } funding { id __typename } history { id __typename } } }"""
    found = governance(recorded, query)
    things = [found["director"]]
    for name in ("workgroups", "library", "funding", "history"):
        things += found[name]
    assert {each["__typename"] for each in things} == {
        "TermOfOffice",
        "Workgroup",
        "Publication",
        "Funding",
        "HistoricalClaim",
    }
    ids = [each["id"] for each in things]
    nodes = recorded.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids)
    assert nodes["nodes"] == things


def test_a_party_that_is_no_partner_has_no_leaders(small_api: Api) -> None:
    member = small_api.coalition.admit("coalition-member", organisation(ein="431309999"))
    given = {"party": global_id(NodeKind.PARTY, member.party), "name": "Teal Example"}
    answer = small_api.do("namePartnerLeader", given, Role.DIRECTOR)
    assert (answer["code"], answer["rule"]) == ("NOT_ELIGIBLE", "partners-lead")


def test_the_coalition_is_seen_with_the_home_policy_and_seats_that_it_had_on_a_day(
    api: Api,
) -> None:
    api.coalition.clock.advance(days=60)
    party = api.coalition.admit("community-network", organisation("Moved Harbour")).party
    home = global_id(NodeKind.PARTY, party)
    api.coalition.clock.advance(days=10)
    today = api.coalition.clock.now.date()
    given = {"home": home, "source": "Minutes", "effectiveOn": str(today - timedelta(days=5))}
    must(api, "transferHome", given)
    must(api, "setSeats", {"tier": "collaborative-partner", "seats": 9})

    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { coalition {
        policy { reference } seats { limit } home { id } } } }"""

    def then(days_ago: int, at: int | None = None) -> Any:  # noqa: ANN401 - JSON
        as_of: dict[str, Any] = {"effectiveOn": str(today - timedelta(days=days_ago))}
        if at is not None:
            as_of["at"] = {"position": at}
        return governance(api, query, Role.AUDITOR, as_of=as_of)["coalition"]

    assert then(0)["home"] == then(5)["home"] == {"id": home}
    assert then(6)["home"] is None
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert then(5, at=head - 2)["home"] is None
    assert (then(0)["seats"], then(0, at=head - 1)["seats"]) == ([{"limit": 9}], [{"limit": 8}])
    assert then(0)["policy"] == {"reference": "cate@1"}
    # History goes further back than the coalition does, and where it is at home is for staff.
    assert then(10_000) is None
    assert governance(api, query)["coalition"]["home"] is None
