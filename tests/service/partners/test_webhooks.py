"""Webhooks from the mutation to a receiver: signed, in order, and never a value."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.coalition.webhook import MOST_WEBHOOKS
from domain.membership.party import PublishListing
from domain.membership.safety import HoldListing
from domain.terms import EntryId, PersonId
from service.graphql.ids import NodeKind, global_id, own_id
from service.ledger import tables
from service.ledger.commits import POLL_S
from service.ledger.engine import begin_writing
from service.partners.messages import OBLIGING
from service.partners.telling import GATHER_S
from service.security import api_keys
from service.security.principal import Principal, Role
from tests.service.coalition import individual, organisation
from tests.service.partners.hooks import FIELDS, WEBHOOKS, Telling
from tests.service.partners.receiving import is_signed_by


def test_a_portal_is_told_of_every_entry_in_order_and_can_check_who_told_it(
    telling_all: Telling,
) -> None:
    registered = telling_all.register()
    first = telling_all.head + 1
    telling_all.grow(3)
    telling_all.coalition.admit("coalition-member", organisation(ein="431309990"))
    telling_all.tell()
    telling_all.told()
    partner = telling_all.partner
    assert partner.positions == list(range(first, telling_all.head + 1))
    for message in partner.messages:
        event = message.event
        assert message.headers["content-type"] == "application/cloudevents+json"
        assert is_signed_by(registered["secret"], message)
        assert event["specversion"] == "1.0"
        assert event["source"] == "https://test.example/ledger"
        assert message.message_id == event["id"]
        assert own_id(NodeKind.ENTRY, event["data"]["entry"]) == event["id"]
        is_confidential = event["type"] == "confidential"
        assert is_confidential is ("subject" not in event) is ("time" not in event)
        assert set(event["data"]) <= {"position", "entry", "delete"}
    told = {message.event["type"] for message in partner.messages}
    assert {"coalition.seats_set.v1", "membership.admitted.v1", "confidential"} <= told


def test_it_is_told_soon_of_what_happens_later(telling_all: Telling) -> None:
    telling_all.register()
    telling_all.tell()
    began = time.monotonic()
    telling_all.grow()
    telling_all.partner.until(lambda: bool(telling_all.partner.messages))
    assert time.monotonic() - began < 10


def test_it_is_told_of_what_it_asked_for_and_of_what_obliges_it_to_delete(small: Telling) -> None:
    coalition = small.coalition
    member = coalition.admit("coalition-member", organisation(ein=coalition.ein()))
    person = coalition.admit("community-network", individual("Wren Invented"))
    speaker = coalition.representative(member.party)
    small.register(types=["membership.admitted.v1"])
    small.grow()
    other = coalition.admit("coalition-member", organisation(ein=coalition.ein()))
    coalition.must(PublishListing(party=member.party, name=organisation().name), speaker)
    coalition.must(HoldListing(party=member.party, reason="Somebody is in danger."), speaker)
    coalition.must(ErasePerson(person=PersonId(person.party)), Role.DIRECTOR)
    small.tell()
    small.told()
    events = [message.event for message in small.partner.messages]
    listing = global_id(NodeKind.LISTING, member.party)
    assert [(each["type"], each["data"].get("delete")) for each in events] == [
        ("membership.admitted.v1", None),
        ("party.organisation_listing_published.v1", {"ids": [listing]}),
        ("party.listing_held.v1", {"ids": [listing]}),
        ("coalition.person_erased.v1", {"people": True}),
    ]
    assert events[0]["subject"] == other.membership
    text = json.dumps(events)
    for hidden in ("Quiet Harbour", "danger", "Wren", "Harbour Light", person.party):
        assert hidden not in text


def test_an_expunged_value_is_named_by_its_entry(small: Telling) -> None:
    coalition = small.coalition
    member = coalition.admit("coalition-member", organisation(ein=coalition.ein()))
    speaker = coalition.representative(member.party)
    held = coalition.must(HoldListing(party=member.party, reason="A mistake."), speaker)
    small.register(types=["vote.opened.v1"])
    entry = EntryId(held.entries[0].entry_id)
    coalition.must(ExpungeValue(entry=entry, field="reason"), Role.DIRECTOR)
    small.tell()
    small.told()
    (message,) = small.partner.messages
    assert message.event["data"]["delete"] == {"ids": [global_id(NodeKind.ENTRY, entry)]}
    assert message.event["type"] in OBLIGING


def test_the_secret_is_shown_when_it_is_made_and_nowhere_else(small: Telling) -> None:
    answer = small.register()
    secret = answer["secret"]
    assert secret.startswith("whsec_")
    assert secret not in json.dumps([small.webhook(), small.webhook(Role.DIRECTOR)])
    with begin_writing(small.coalition.ledger.engine) as connection:
        for name in ("entries", "hidden", "webhooks", "webhook_progress", "outcomes"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608
            assert secret[6:] not in repr(rows)


def test_for_a_day_after_a_rotation_either_secret_verifies(small: Telling) -> None:
    registered = small.register()
    rotated = small.api.do(
        "rotateWebhookSecret",
        {"webhook": registered["webhook"]["id"]},
        Role.PORTAL,
        returning=f"{FIELDS} secret",
    )
    assert rotated["webhook"]["generation"] == 2
    assert rotated["secret"] != registered["secret"]
    small.grow()
    small.tell()
    small.told()
    message = small.partner.messages[-1]
    assert is_signed_by(registered["secret"], message)
    assert is_signed_by(rotated["secret"], message)
    small.coalition.clock.advance(days=2)
    small.grow()
    small.told()
    message = small.partner.messages[-1]
    assert not is_signed_by(registered["secret"], message)
    assert is_signed_by(rotated["secret"], message)


def test_a_webhook_is_its_owners_and_the_directors(small: Telling) -> None:
    registered = small.register()
    webhook = registered["webhook"]["id"]
    other = Principal(small.coalition.principals[Role.AUDITOR].id, Role.PORTAL)
    assert small.webhook()["url"] == small.webhook(Role.DIRECTOR)["url"] == small.partner.url
    assert small.webhook(Role.AUDITOR)["id"] == webhook
    node = "query ($id: ID!) { node(id: $id) { id } webhooks { id } }"
    for who in (other, Role.PUBLIC, Role.COMMITTEE, Role.OPERATOR):
        assert small.api.ask(node, who, id=webhook) == {"node": None, "webhooks": []}
        for mutation in ("rotateWebhookSecret", "replayWebhook", "removeWebhook"):
            answer = small.api.do(mutation, {"webhook": webhook}, who, returning="__typename")
            assert answer["__typename"] == "NotAllowed"
    assert small.api.ask(node, Role.PORTAL, id=webhook)["node"] == {"id": webhook}


def test_who_may_not_is_refused_by_the_rules_where_they_may(small: Telling) -> None:
    for given, field in (
        ({"url": "http://partner.example/"}, "url"),
        ({"url": "not an address"}, "url"),
        ({"url": small.partner.url, "types": ["nothing.v1"]}, "types"),
        ({"url": small.partner.url, "types": ["party.organisation_registered.v1"]}, "types"),
        ({"url": small.partner.url, "types": ["x"] * 101}, "types"),
    ):
        answer = small.api.do("registerWebhook", given, Role.PORTAL, returning="__typename")
        assert (answer["__typename"], answer["field"]) == ("Refused", field)
    assert small.api.ask(WEBHOOKS, Role.PORTAL) == {"webhooks": []}


def test_nobody_registers_more_than_they_need(telling_all: Telling) -> None:
    for _ in range(MOST_WEBHOOKS):
        telling_all.register()
    given = {"url": telling_all.partner.url}
    answer = telling_all.api.do("registerWebhook", given, Role.PORTAL, returning="__typename")
    assert (answer["__typename"], answer["rule"]) == ("Refused", "most-webhooks")
    telling_all.register(Role.DIRECTOR)


def test_a_removed_webhook_is_told_nothing_and_leaves_nothing(small: Telling) -> None:
    registered = small.register()
    small.tell()
    small.grow()
    small.told()
    small.api.do("removeWebhook", {"webhook": registered["webhook"]["id"]}, Role.PORTAL)
    count = len(small.partner.messages)
    small.grow(2)
    assert small.api.ask(WEBHOOKS, Role.PORTAL) == {"webhooks": []}

    def is_forgotten() -> bool:
        with small.coalition.ledger.read() as snapshot:
            rows = snapshot.connection.exec_driver_sql("SELECT * FROM webhook_progress").all()
        return not rows

    small.partner.until(is_forgotten)
    assert len(small.partner.messages) <= count + 1


def keys_of(telling: Telling, role: Role) -> list[str]:
    """Return the prefixes of the keys of whoever has a role."""
    owner = telling.coalition.principals[role].id
    with telling.coalition.ledger.engine.connect() as connection:
        keys = api_keys.list_keys(connection)
    return [key.prefix for key in keys if key.principal.id == owner]


@pytest.mark.parametrize("role", [Role.PORTAL, Role.DIRECTOR])
def test_who_has_no_key_any_more_is_told_nothing_until_they_have_one(
    telling_all: Telling, role: Role
) -> None:
    telling_all.register(role)
    telling_all.tell()
    telling_all.grow(2)
    telling_all.told()
    before = telling_all.partner.positions
    (prefix,) = keys_of(telling_all, role)
    revoked = telling_all.api.do("revokeKey", {"prefix": prefix}, Role.OPERATOR)
    assert revoked["__typename"] == "RevokeKeyDone"
    time.sleep(POLL_S + GATHER_S + 0.5)
    telling_all.grow(2)
    time.sleep(POLL_S + GATHER_S + 0.5)
    assert telling_all.partner.positions == before
    telling_all.api.give_key(telling_all.coalition.principals[role])
    telling_all.told()
    assert telling_all.partner.positions == list(range(before[0], telling_all.head + 1))


def test_who_has_a_key_that_expired_is_told_nothing(small: Telling) -> None:
    small.register()
    small.tell()
    small.grow()
    small.told()
    before = small.partner.positions
    (prefix,) = keys_of(small, Role.PORTAL)
    with begin_writing(small.coalition.ledger.engine) as connection:
        connection.execute(
            sa.update(tables.api_keys)
            .where(tables.api_keys.c.prefix == prefix)
            .values(expires_at=int(small.coalition.clock().timestamp()))
        )
    time.sleep(POLL_S + GATHER_S + 0.5)
    small.grow()
    time.sleep(POLL_S + GATHER_S + 0.5)
    assert small.partner.positions == before


def test_a_key_for_a_role_that_registers_no_webhooks_is_not_enough(small: Telling) -> None:
    small.register()
    (prefix,) = keys_of(small, Role.PORTAL)
    small.api.do("revokeKey", {"prefix": prefix}, Role.OPERATOR)
    portal = small.coalition.principals[Role.PORTAL]
    small.api.give_key(Principal(portal.id, Role.AUDITOR))
    small.tell()
    small.grow()
    time.sleep(POLL_S + GATHER_S + 0.5)
    assert small.partner.positions == []
