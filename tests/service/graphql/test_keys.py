"""API keys over the API: made by the operator, changed by whose they are, and traced in their rows.

Nothing of it is in the ledger, and a secret is shown once.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.terms import PartyId, PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.security import api_keys, issuing, key_ring
from service.security.api_keys import KeyRefusedError, Subject
from service.security.key_ring import KeyRing
from service.security.principal import Principal, Role, Scope
from tests.service.coalition import Coalition, new_id, organisation
from tests.service.graphql.api import Api

KEY = (
    "key { prefix label principal role party person active createdBy replaces revokedBy expiresAt }"
)
MADE = f"{KEY} secret"
KEYS = "{ keys { totalCount nodes { prefix principal active createdBy revokedBy lastUsedOn } } }"
PORTAL = {"role": "PORTAL", "label": "the portal in the north"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, so that every question goes to the database."""
    monkeypatch.setattr(key_ring, "CACHE_S", 0.0)


def ring(api: Api) -> KeyRing:
    return KeyRing(api.coalition.ledger.engine, clock=lambda: api.coalition.clock().timestamp())


def portal(api: Api) -> tuple[Principal, str]:
    """Make a portal's key as the operator; return whose it is and the key."""
    made = api.do("createKey", PORTAL, Role.OPERATOR, returning=MADE)
    return Principal(PrincipalId(made["key"]["principal"]), Role.PORTAL), made["secret"]


def prefix_of(key: str) -> str:
    return key.partition(".")[0]


def test_the_operator_makes_a_key_that_opens(api: Api) -> None:
    operator = api.coalition.principals[Role.OPERATOR]
    made = api.do("createKey", PORTAL | {"days": 30}, operator, returning=MADE)
    assert made["__typename"] == "CreateKeyDone"
    key = made["key"]
    assert (key["role"], key["label"], key["active"]) == ("PORTAL", PORTAL["label"], True)
    assert (key["createdBy"], key["replaces"], key["revokedBy"]) == (operator.id, None, None)
    expires = datetime.fromisoformat(key["expiresAt"])
    assert expires == api.coalition.clock().replace(microsecond=0) + timedelta(days=30)
    assert ring(api).authenticate(made["secret"]) == Principal(
        PrincipalId(key["principal"]), Role.PORTAL
    )


def test_nothing_of_a_key_is_in_the_ledger_and_no_table_has_its_secret(api: Api) -> None:
    head = _end(api)
    _, secret = portal(api)
    api.do("revokeKey", {"prefix": prefix_of(secret)}, Role.OPERATOR)
    assert _end(api) == head
    with api.coalition.ledger.engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()  # noqa: S608
            assert secret.partition(".")[2] not in repr(rows), table


def _end(api: Api) -> int:
    with api.coalition.ledger.read() as snapshot:
        return snapshot.position


def test_a_portal_changes_its_key_by_itself(api: Api) -> None:
    who, first = portal(api)
    rotated = api.do("rotateKey", {"prefix": prefix_of(first)}, who, returning=MADE)
    assert rotated["__typename"] == "RotateKeyDone"
    second = rotated["secret"]
    # Both are good while it changes over, and the second for no longer than the first was to be.
    assert ring(api).authenticate(first) == ring(api).authenticate(second) == who
    listed = {each["prefix"]: each for each in _listed(api, who)}
    assert set(listed) == {prefix_of(first), prefix_of(second)}
    assert rotated["key"]["replaces"] == prefix_of(first)
    assert rotated["key"]["createdBy"] == who.id
    expiries = {each["expiresAt"] for each in _listed(api, who)}
    assert len(expiries) == 1
    revoked = api.do("revokeKey", {"prefix": prefix_of(first)}, who, returning=KEY)
    assert (revoked["key"]["active"], revoked["key"]["revokedBy"]) == (False, who.id)
    assert ring(api).authenticate(first) is None
    assert ring(api).authenticate(second) == who


def _listed(api: Api, who: Principal | Role) -> list[dict[str, object]]:
    query = "{ keys { nodes { prefix principal expiresAt active } } }"
    nodes: list[dict[str, object]] = api.ask(query, who)["keys"]["nodes"]
    return nodes


def test_a_third_active_key_is_refused(api: Api) -> None:
    who, first = portal(api)
    api.do("rotateKey", {"prefix": prefix_of(first)}, who)
    for mutation, given, field in (
        ("rotateKey", {"prefix": prefix_of(first)}, "prefix"),
        ("createKey", PORTAL | {"principal": who.id}, "principal"),
    ):
        answer = api.do(mutation, given, Role.OPERATOR)
        assert (answer["__typename"], answer["field"]) == ("Refused", field)
        assert "First revoke" in answer["unmet"][0]["satisfiedBy"]


def test_two_who_rotate_at_once_make_no_third_key(coalition: Coalition) -> None:
    principal = Principal(PrincipalId(new_id()), Role.PORTAL)
    engine = coalition.ledger.engine
    with begin_writing(engine) as connection:
        first = issuing.create(connection, principal, "one", now=coalition.clock()).key
    start = threading.Barrier(4)
    refused = []

    def rotate() -> None:
        start.wait()
        try:
            with begin_writing(engine) as connection:
                issuing.rotate(connection, first.prefix, now=coalition.clock())
        except KeyRefusedError as error:
            refused.append(error)

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        held = [
            each for each in api_keys.list_keys(connection) if each.principal.id == principal.id
        ]
    assert (len(held), len(refused)) == (2, 3)


def test_anothers_key_is_absent(api: Api) -> None:
    who, mine = portal(api)
    stranger, theirs = portal(api)
    for prefix in (prefix_of(theirs), "nosuchprefix", "", "\ud800", "\x00", "é"):
        for mutation in ("rotateKey", "revokeKey"):
            assert api.do(mutation, {"prefix": prefix}, who)["__typename"] == "NotAllowed"
    assert [each["prefix"] for each in _listed(api, who)] == [prefix_of(mine)]
    assert ring(api).authenticate(theirs) == stranger


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_who_sees_keys(small_api: Api, role: Role) -> None:
    api = small_api
    portal(api)
    found = api.ask(KEYS, role)["keys"]
    if role in {Role.OPERATOR, Role.DIRECTOR, Role.AUDITOR}:
        assert found["totalCount"] == len(found["nodes"]) >= 2
    else:
        assert found == {"totalCount": 0, "nodes": []}


POWERS = """{ keys(filter: {roles: [REPRESENTATIVE, COMMITTEE, DIRECTOR]}) { totalCount
    nodes { prefix role party createdAt createdBy } } }"""


def test_keys_that_may_vote_or_decide_are_seen_by_the_director_and_by_whom_they_speak_for(
    api: Api,
) -> None:
    operator = api.coalition.principals[Role.OPERATOR]
    portal(api)
    parties = [api.coalition.admit("community-network", organisation()).party for _ in range(2)]
    wanted: list[dict[str, object]] = [{"role": "COMMITTEE"}]
    wanted += [
        {"role": "REPRESENTATIVE", "party": global_id(NodeKind.PARTY, party)} for party in parties
    ]
    made_at = []
    for each in wanted:
        api.coalition.clock.advance(hours=1)
        made_at.append(api.coalition.clock())
        api.do("createKey", each | {"label": "made at night"}, operator)
    for who in (Role.DIRECTOR, Role.AUDITOR, Role.OPERATOR):
        found = api.ask(POWERS, who)["keys"]
        told = [(each["role"], each["party"]) for each in found["nodes"]]
        assert told == [(each["role"], each.get("party")) for each in wanted]
        assert {each["createdBy"] for each in found["nodes"]} == {operator.id}
        at = [datetime.fromisoformat(each["createdAt"]) for each in found["nodes"]]
        assert at == made_at
        assert found["totalCount"] == len(wanted)
    for party, each in zip(parties, wanted[1:], strict=True):
        (own,) = api.ask(POWERS, api.coalition.representative(party))["keys"]["nodes"]
        assert (own["party"], own["createdBy"]) == (each["party"], operator.id)
    # It is to be seen, and changed by the operator alone.
    speaker = api.coalition.representative(parties[0])
    (own,) = api.ask(POWERS, speaker)["keys"]["nodes"]
    for mutation in ("rotateKey", "revokeKey"):
        assert api.do(mutation, {"prefix": own["prefix"]}, speaker)["__typename"] == "NotAllowed"
    none = api.ask("{ keys(filter: {roles: []}) { totalCount } }", Role.DIRECTOR)
    assert none["keys"]["totalCount"] == 0
    assert api.ask(POWERS, Role.COMMITTEE)["keys"]["nodes"] == []


def test_keys_come_in_pages(small_api: Api) -> None:
    api = small_api
    for _ in range(5):
        portal(api)
    query = (
        "query ($after: String) { keys(first: 2, after: $after) "
        "{ nodes { prefix } pageInfo { endCursor hasNextPage } } }"
    )
    seen: list[str] = []
    after = None
    while True:
        page = api.ask(query, Role.AUDITOR, after=after)["keys"]
        seen += [each["prefix"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [str(each["prefix"]) for each in _listed(api, Role.AUDITOR)]


def test_auditors_see_who_made_and_revoked_a_key_and_when_it_was_used(api: Api) -> None:
    operator = api.coalition.principals[Role.OPERATOR]
    who, key = portal(api)
    ring(api).authenticate(key)
    api.do("revokeKey", {"prefix": prefix_of(key)}, who)
    # Again, by somebody else: it says who was first.
    api.do("revokeKey", {"prefix": prefix_of(key)}, operator)
    listed = {each["prefix"]: each for each in api.ask(KEYS, Role.AUDITOR)["keys"]["nodes"]}
    seen = listed[prefix_of(key)]
    assert (seen["createdBy"], seen["revokedBy"]) == (operator.id, who.id)
    assert seen["lastUsedOn"] == api.coalition.clock().astimezone(UTC).date().isoformat()


@pytest.mark.parametrize("role", ["DIRECTOR", "OPERATOR"])
def test_keys_of_great_power_are_made_at_the_command_line(small_api: Api, role: str) -> None:
    api = small_api
    answer = api.do("createKey", {"role": role, "label": "mine"}, Role.OPERATOR)
    assert (answer["rule"], answer["field"]) == ("command-line", "role")
    principal = api.coalition.principals[Role[role]]
    api.give_key(principal)
    prefix = next(
        each["prefix"] for each in _listed(api, Role.AUDITOR) if each["principal"] == principal.id
    )
    answer = api.do("rotateKey", {"prefix": prefix}, Role.OPERATOR)
    assert (answer["rule"], answer["field"]) == ("command-line", "prefix")
    # To end one is no power.
    assert api.do("revokeKey", {"prefix": prefix}, Role.OPERATOR)["__typename"] == "RevokeKeyDone"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"label": "half a character \ud800"}, "label"),
        ({"days": 0}, "days"),
        ({"days": -1}, "days"),
        ({"days": 3_651}, "days"),
        ({"role": "PUBLIC"}, "role"),
        ({"role": "SYSTEM"}, "role"),
        ({"role": "REPRESENTATIVE"}, "party"),
        ({"principal": "two words"}, "principal"),
        ({"principal": ""}, "principal"),
        ({"person": "somebody"}, "person"),
        ({"belongsTo": "nothing"}, "belongsTo"),
        ({"role": "AUDITOR", "scopes": ["KEYS"]}, "scopes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    small_api: Api, given: dict[str, object], field: str
) -> None:
    before = _listed(small_api, Role.AUDITOR)
    answer = small_api.do("createKey", PORTAL | given, Role.OPERATOR)
    assert (answer["__typename"], answer["field"]) == ("Refused", field)
    assert answer["code"] == "INVALID_INPUT"
    assert answer["unmet"][0]["satisfiedBy"]
    assert _listed(small_api, Role.AUDITOR) == before


def test_a_representatives_key_is_for_a_party_that_is_known(api: Api) -> None:
    party = api.coalition.admit("community-network", organisation()).party
    given = {"role": "REPRESENTATIVE", "label": "theirs"}
    named = global_id(NodeKind.PARTY, party)
    made = api.do("createKey", given | {"party": named}, Role.OPERATOR, returning=MADE)
    assert made["key"]["party"] == named
    principal = ring(api).authenticate(made["secret"])
    assert principal is not None
    assert principal.party == PartyId(party)
    unknown = global_id(NodeKind.PARTY, new_id())
    answer = api.do("createKey", given | {"party": unknown}, Role.OPERATOR)
    assert answer["__typename"] == "NotAllowed"
    answer = api.do("createKey", given | {"party": "nothing"}, Role.OPERATOR)
    assert (answer["rule"], answer["field"]) == ("id-type", "party")
    answer = api.do("createKey", PORTAL | {"party": named}, Role.OPERATOR)
    assert answer["field"] == "party"


def test_a_key_of_the_staff_says_whom_its_holder_belongs_to(api: Api) -> None:
    party = api.coalition.admit("community-network", organisation()).party
    named = global_id(NodeKind.PARTY, party)
    given = {"role": "COMMITTEE", "label": "the chair's", "belongsTo": named}
    made = api.do("createKey", given, Role.OPERATOR, returning="key { belongsTo party } secret")
    assert made["key"] == {"belongsTo": named, "party": None}
    principal = ring(api).authenticate(made["secret"])
    assert principal is not None
    assert (principal.belongs_to, principal.party) == (PartyId(party), None)
    # Whoever speaks for the party is not told who is on the committee.
    seen = api.ask("{ keys { nodes { role } } }", api.coalition.representative(party))
    assert seen["keys"]["nodes"] == []

    rotated = api.do(
        "rotateKey",
        {"prefix": prefix_of(made["secret"])},
        Role.OPERATOR,
        returning="key { belongsTo }",
    )
    assert rotated["key"]["belongsTo"] == named
    elsewhere = given | {"belongsTo": None, "principal": principal.id}
    other = api.do("createKey", elsewhere, Role.OPERATOR)
    assert (other["code"], other["field"]) == ("INVALID_INPUT", "principal")
    portals = api.do("createKey", PORTAL | {"belongsTo": named}, Role.OPERATOR)
    assert (portals["code"], portals["field"]) == ("INVALID_INPUT", "belongsTo")
    unknown = given | {"belongsTo": global_id(NodeKind.PARTY, new_id())}
    assert api.do("createKey", unknown, Role.OPERATOR)["__typename"] == "NotAllowed"


def test_a_portals_key_may_be_made_for_less_than_a_portal_may(api: Api) -> None:
    given = PORTAL | {"scopes": ["WEBHOOKS"]}
    made = api.do("createKey", given, Role.OPERATOR, returning="key { scopes } secret")
    assert made["key"]["scopes"] == ["WEBHOOKS"]
    key = ring(api).authenticate(made["secret"])
    assert key is not None
    assert key.scopes == frozenset({Scope.WEBHOOKS})
    whole = api.do("createKey", PORTAL, Role.OPERATOR, returning="key { scopes } secret")
    assert whole["key"]["scopes"] == ["MEMBERS", "WEBHOOKS", "KEYS"]
    portal = ring(api).authenticate(whole["secret"])
    assert portal is not None

    refused = api.do("rotateKey", {"prefix": prefix_of(made["secret"])}, key)
    assert (refused["code"], refused["rule"]) == ("NOT_ELIGIBLE", "key.scope")
    assert "scope keys" in refused["unmet"][0]["satisfiedBy"]
    hook = {"url": "https://portal.example/hook", "types": ["party.listing_held.v1"]}
    registered = api.do("registerWebhook", hook, key)
    assert registered["__typename"] == "RegisterWebhookAccepted", registered
    query = "{ coalition { source } keys { totalCount } webhooks { id } }"
    seen = {who: api.ask(query, principal) for who, principal in (("key", key), ("all", portal))}
    assert seen["key"]["coalition"]["source"] is None
    assert seen["all"]["coalition"]["source"] is not None
    assert (seen["key"]["keys"]["totalCount"], seen["all"]["keys"]["totalCount"]) == (0, 1)
    assert len(seen["key"]["webhooks"]) == 1

    members = api.do(
        "createKey", PORTAL | {"scopes": []}, Role.OPERATOR, returning="key { scopes } secret"
    )
    bare = ring(api).authenticate(members["secret"])
    assert bare is not None
    refused = api.do("registerWebhook", hook, bare)
    assert (refused["code"], refused["rule"]) == ("NOT_ELIGIBLE", "key.scope")
    assert api.ask("{ viewer { role } }", bare)["viewer"]["role"] == "PORTAL"


def test_tokens_of_an_issuer_are_not_turned_into_a_secret(api: Api) -> None:
    who = Principal(PrincipalId(new_id()), Role.PORTAL)
    with begin_writing(api.coalition.ledger.engine) as connection:
        made = issuing.create(
            connection,
            who,
            "by its tokens",
            now=api.coalition.clock(),
            subject=Subject("https://issuer.example", "portal"),
        )
    answer = api.do("rotateKey", {"prefix": made.key.prefix}, who)
    assert (answer["__typename"], answer["field"]) == ("Refused", "prefix")


def test_a_key_that_was_revoked_is_not_rotated(api: Api) -> None:
    who, key = portal(api)
    api.do("revokeKey", {"prefix": prefix_of(key)}, who)
    answer = api.do("rotateKey", {"prefix": prefix_of(key)}, Role.OPERATOR)
    assert (answer["__typename"], answer["field"]) == ("Refused", "prefix")
    with api.coalition.ledger.engine.connect() as connection:
        count = connection.execute(
            sa.select(sa.func.count())
            .select_from(tables.api_keys)
            .where(tables.api_keys.c.principal == who.id)
        ).scalar_one()
    assert count == 1
