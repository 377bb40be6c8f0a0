from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.membership.party import PublishListing, WithdrawListing
from service.security.principal import Role
from tests.service.coalition import POLICY, Admitted, Coalition, individual, organisation
from tests.service.graphql.api import Api

STANDING = """query ($asOf: AsOf) { memberships(asOf: $asOf) {
    totalCount nodes { tier { key } standing status agreements { version signedOn } }
} }"""
TIER = "coalition-member"


@pytest.fixture
def history(coalition: Coalition) -> Api:
    """The founding on 1 March, an admission on 2 March, a signature on 3 March."""
    coalition.clock.advance(days=1)
    member = coalition.admit(TIER, organisation(ein=coalition.ein()))
    coalition.clock.advance(days=1)
    agreement = POLICY.agreement_for(TIER).id
    version, sha256 = coalition.publish(agreement, "Be kind.")
    coalition.sign(member, agreement, version, sha256)
    return Api(coalition)


def standings(api: Api, as_of: Mapping[str, object] | None) -> list[str]:
    nodes = api.ask(STANDING, asOf=as_of)["memberships"]["nodes"]
    return [each["standing"] for each in nodes if each["tier"]["key"] == TIER]


def test_the_present_is_what_is_described_unless_asked_otherwise(history: Api) -> None:
    assert standings(history, None) == ["ACTIVE"]
    assert standings(history, {}) == ["ACTIVE"]


def test_the_policy_of_the_founding_holds_from_its_first_entry(history: Api) -> None:
    query = """query ($asOf: AsOf) {
        assetMap(asOf: $asOf) { service } tiers(asOf: $asOf) { key } policy(asOf: $asOf) { version }
        governance(asOf: $asOf) { roster { name } } statistics(asOf: $asOf) { members }
    }"""
    for position in range(1, 6):
        found = history.ask(query, Role.DIRECTOR, asOf={"at": {"position": position}})
        assert found["policy"] == {"version": POLICY.version}
        assert len(found["tiers"]) == len(POLICY.tiers)


def test_a_position_tells_what_the_ledger_said_there(history: Api) -> None:
    head = history.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert standings(history, {"at": {"position": head}}) == ["ACTIVE"]
    assert standings(history, {"at": {"position": head - 1}}) == ["AGREEMENT_PENDING"]
    assert standings(history, {"at": {"position": 5}}) == []


def test_a_recorded_time_names_the_last_position_by_then(history: Api) -> None:
    def at(moment: str) -> list[str]:
        return standings(history, {"at": {"recordedAt": moment}})

    assert at("2023-03-01T18:00:00Z") == []
    assert at("2023-03-02T17:59:59Z") == []
    assert at("2023-03-02T18:00:00Z") == ["AGREEMENT_PENDING"]
    assert at("2023-03-03T12:00:00-06:00") == ["ACTIVE"]


def test_a_day_tells_what_held_on_it(history: Api) -> None:
    assert standings(history, {"effectiveOn": "2023-03-01"}) == []
    assert standings(history, {"effectiveOn": "2023-03-02"}) == ["AGREEMENT_PENDING"]
    assert standings(history, {"effectiveOn": "2023-03-03"}) == ["ACTIVE"]


def test_the_last_day_but_one_can_be_asked_for(history: Api) -> None:
    assert standings(history, {"effectiveOn": "9999-12-30"}) == ["ACTIVE"]


def test_status_is_by_the_last_decision_and_standing_by_the_day(history: Api) -> None:
    nodes = history.ask(STANDING, asOf={"effectiveOn": "2023-03-02"})["memberships"]["nodes"]
    (member,) = [each for each in nodes if each["tier"]["key"] == TIER]
    assert (member["standing"], member["status"]) == ("AGREEMENT_PENDING", "ACTIVE")
    assert member["agreements"] == []


def test_a_point_stands_for_its_day_where_none_is_given(history: Api) -> None:
    reply = history.send(STANDING, asOf={"at": {"position": 5}})
    assert reply.extensions["ledger"]["asOf"] == {
        "memberships": {"position": 5, "effectiveOn": "2023-03-01"}
    }


def test_the_answer_says_what_it_was_read_at(history: Api) -> None:
    reply = history.send("{ memberships { totalCount } }")
    head = history.coalition.ledger
    with head.read() as snapshot:
        assert reply.extensions["ledger"] == {
            "position": snapshot.position,
            "recordedAt": "2023-03-03T18:00:00Z",
            "effectiveOn": "2023-03-03",
        }


def test_what_read_no_ledger_says_nothing_of_it(history: Api) -> None:
    assert history.send("{ __typename viewer { role } }").extensions == {}


@pytest.mark.parametrize(
    ("as_of", "field", "rule"),
    [
        ({"at": {"position": 10_000}}, "asOf.at.position", "not-in-the-future"),
        ({"at": {"position": 0}}, "asOf.at.position", "not-before-founding"),
        ({"at": {"position": -3}}, "asOf.at.position", "not-before-founding"),
        ({"at": {"recordedAt": "2199-01-01T00:00:00Z"}}, "asOf.at.recordedAt", "not-in-the-future"),
        (
            {"at": {"recordedAt": "2023-02-28T00:00:00Z"}},
            "asOf.at.recordedAt",
            "not-before-founding",
        ),
        ({"effectiveOn": "2023-02-28"}, "asOf.effectiveOn", "not-before-founding"),
        ({"effectiveOn": "9999-12-31"}, "asOf.effectiveOn", "not-after-the-last-day"),
    ],
)
def test_points_that_are_none_are_refused(
    small_api: Api, as_of: dict[str, object], field: str, rule: str
) -> None:
    small_api.coalition.clock.now = datetime(2023, 3, 5, 12, tzinfo=UTC)
    error = small_api.refused(STANDING, asOf=as_of)
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    assert (error["extensions"]["field"], error["extensions"]["rule"]) == (field, rule)


def test_exactly_one_way_to_name_a_point(small_api: Api) -> None:
    both = {"at": {"position": 1, "recordedAt": "2023-03-01T18:00:00Z"}}
    wrongs: list[dict[str, Any]] = [both, {"at": {}}, {"at": {"position": None}}]
    for wrong in wrongs:
        error = small_api.refused(STANDING, asOf=wrong)
        assert error["extensions"]["code"] in {"INVALID_VARIABLES", "VALIDATION_FAILED"}


def test_what_takes_effect_later_is_decided_and_does_not_hold_yet(small_api: Api) -> None:
    coalition = small_api.coalition
    person = coalition.admit("community-network", individual())
    agreement = POLICY.agreement_for("community-network").id
    version, sha256 = coalition.publish(agreement, "Be kind.")
    small_api.coalition.clock.advance(days=1)
    coalition.sign(person, agreement, version, sha256)
    assert standings_of(small_api, "community-network", None) == [("ACTIVE", "ACTIVE")]
    yesterday = {"effectiveOn": "2023-03-01"}
    assert standings_of(small_api, "community-network", yesterday) == [
        ("AGREEMENT_PENDING", "ACTIVE")
    ]


def standings_of(api: Api, tier: str, as_of: Mapping[str, object] | None) -> list[tuple[str, str]]:
    nodes = api.ask(STANDING, asOf=as_of)["memberships"]["nodes"]
    return [(each["standing"], each["status"]) for each in nodes if each["tier"]["key"] == tier]


def listed(api: Api, as_of: Mapping[str, object] | None = None) -> list[dict[str, object]]:
    query = """query ($asOf: AsOf) { directory(asOf: $asOf) {
        nodes { name email standing since tier { key } }
    } }"""
    nodes: list[dict[str, object]] = api.ask(query, asOf=as_of)["directory"]["nodes"]
    return nodes


def test_consent_is_judged_now_in_answers_about_the_past(coalition: Coalition) -> None:
    api = Api(coalition)
    member = coalition.admit(TIER, organisation(ein=coalition.ein()))
    _publish(coalition, member, email="old@shown.example")
    then = {"at": {"position": _head(api)}}
    assert [each["email"] for each in listed(api)] == ["old@shown.example"]
    _publish(coalition, member, email=None)
    assert [(each["name"], each["email"]) for each in listed(api, then)] == [
        (organisation().name, None)
    ]
    coalition.must(WithdrawListing(party=member.party), coalition.representative(member.party))
    assert listed(api) == listed(api, then) == []


def _publish(coalition: Coalition, member: Admitted, email: str | None) -> None:
    coalition.must(
        PublishListing(party=member.party, name=organisation().name, email=email),
        coalition.representative(member.party),
    )


def _head(api: Api) -> int:
    position: int = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    return position


def test_policy_and_seats_are_as_of_the_point(small_api: Api) -> None:
    coalition = small_api.coalition
    coalition.set_seats("collaborative-partner", 20)
    query = "query ($asOf: AsOf) { coalition(asOf: $asOf) { seats { limit taken } version } }"
    assert small_api.ask(query)["coalition"]["seats"] == [{"limit": 20, "taken": 1}]
    then = small_api.ask(query, asOf={"at": {"position": 4}})["coalition"]
    assert then == {"seats": [{"limit": 8, "taken": 0}], "version": 3}


def test_who_reviews_is_judged_now(small_api: Api) -> None:
    coalition = small_api.coalition
    submitted = coalition.submit("community-network", individual())
    coalition.review(submitted.application, "community-network", "individual")
    reviewer = coalition.principals[Role.REVIEWER]
    queue = small_api.ask("{ reviewQueue { nodes { party { id } } } }", reviewer)
    assert queue["reviewQueue"]["nodes"][0]["party"] is not None
