"""Webhooks from the mutation to a receiver: signed, in order, at least once, and never a value."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.coalition.webhook import MOST_WEBHOOKS
from domain.membership.party import PublishListing
from domain.membership.safety import HoldListing
from domain.terms import EntryId, PersonId
from service.graphql.ids import NodeKind, global_id, own_id
from service.ledger.alone import Alone
from service.ledger.engine import begin_writing
from service.partners import progress as saved
from service.partners import telling
from service.partners.messages import OBLIGING
from service.partners.progress import Progress
from service.partners.receivers import Receiver, UnreachableError, is_public
from service.partners.telling import Pace, Teller
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition, individual, organisation
from tests.service.graphql.api import Api
from tests.service.partners.receiving import Partner, is_signed_by

PACE = Pace(first_s=0.01, longest_s=0.05, attempts=3)
FIELDS = """webhook { id url types registeredOn generation version position failedAttempts
    nextAttemptAt reason parked { position reason parkedAt entry { position } } }"""
WEBHOOKS = f"{{ webhooks {{ {FIELDS[10:-1]} }} }}"


class Telling:
    """A coalition with a portal, its receiver, and whoever tells it."""

    def __init__(self, coalition: Coalition) -> None:
        self.coalition = coalition
        self.api = Api(coalition)
        self.partner = Partner()
        self.tellers: list[Teller] = []

    def register(self, who: Role | Principal = Role.PORTAL, **given: object) -> dict[str, Any]:
        """Register a webhook, and return what was answered."""
        given = {"url": self.partner.url, **given}
        answer = self.api.do("registerWebhook", given, who, returning=f"{FIELDS} secret")
        assert answer["__typename"] == "RegisterWebhookAccepted", answer
        return answer

    def tell(self, **given: Any) -> Teller:  # noqa: ANN401 - those of a teller
        """Begin to tell."""
        options = {"private": True, "pace": PACE, **given}
        teller = Teller(self.coalition.ledger, **options)
        teller.start()
        self.tellers.append(teller)
        return teller

    def stop(self) -> None:
        for teller in self.tellers:
            teller.close()
        self.tellers.clear()

    def close(self) -> None:
        self.stop()
        self.partner.close()

    @property
    def head(self) -> int:
        with self.coalition.ledger.read() as snapshot:
            return snapshot.position

    def grow(self, times: int = 1) -> None:
        """Let something public happen."""
        for seats in range(times):
            self.coalition.set_seats("collaborative-partner", 9 + (self.head + seats) % 100)

    def webhook(self, who: Role | Principal = Role.PORTAL) -> dict[str, Any]:
        """Return the only webhook that somebody sees."""
        (found,) = self.api.ask(WEBHOOKS, who)["webhooks"]
        webhook: dict[str, Any] = found
        return webhook

    def told(self, upto: int | None = None) -> None:
        """Wait until the receiver was told of everything, and that is remembered."""
        end = upto or self.head
        self.partner.until(lambda: self.webhook(Role.DIRECTOR)["position"] >= end)


@pytest.fixture
def telling_all(coalition: Coalition) -> Iterator[Telling]:
    made = Telling(coalition)
    yield made
    made.close()


@pytest.fixture
def small(small_coalition: Coalition) -> Iterator[Telling]:
    made = Telling(small_coalition)
    yield made
    made.close()


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
    coalition.must(PublishListing(party=member.party, name="Quiet Harbour"), speaker)
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


def test_a_receiver_that_is_away_is_waited_for_and_misses_nothing(small: Telling) -> None:
    small.register()
    first = small.head + 1
    small.partner.answer = lambda _: 503
    small.grow(5)
    small.tell()
    small.partner.until(lambda: small.webhook()["failedAttempts"] > PACE.attempts + 2)
    webhook = small.webhook()
    assert (webhook["reason"], webhook["parked"]) == ("answered 503", [])
    assert webhook["nextAttemptAt"] is not None
    small.partner.answer = lambda _: 204
    small.told()
    assert list(dict.fromkeys(small.partner.positions)) == list(range(first, small.head + 1))
    assert len({message.message_id for message in small.partner.messages}) == 5
    webhook = small.webhook()
    assert (webhook["failedAttempts"], webhook["reason"]) == (0, None)


def test_nobody_listening_is_no_reason_to_give_up(small: Telling) -> None:
    small.register(url="http://127.0.0.1:1/hooks")
    small.grow()
    small.tell()
    small.partner.until(lambda: small.webhook()["failedAttempts"] > PACE.attempts + 2)
    assert small.webhook()["reason"] == "connection refused"
    assert small.webhook()["parked"] == []


def test_what_a_receiver_will_not_take_is_parked_and_told_again_when_asked(small: Telling) -> None:
    registered = small.register()
    small.grow(3)
    bad = small.head - 1
    small.partner.answer = lambda message: 400 if message.position == bad else 200
    small.tell()
    small.told()
    assert small.partner.positions.count(bad) == PACE.attempts
    assert small.partner.positions[-1] == small.head
    (parked,) = small.webhook()["parked"]
    assert (parked["position"], parked["reason"]) == (bad, "answered 400")
    assert parked["entry"] == {"position": bad}
    replay = {"webhook": registered["webhook"]["id"]}
    tried = small.partner.positions.count(bad)
    small.api.do("replayWebhook", replay, Role.PORTAL)
    small.partner.until(lambda: small.partner.positions.count(bad) == tried + 1)
    assert len(small.webhook()["parked"]) == 1
    small.partner.answer = lambda _: 200
    small.api.do("replayWebhook", replay, Role.PORTAL)
    small.partner.until(lambda: not small.webhook()["parked"])


def test_it_is_told_again_since_a_position_with_the_same_ids(small: Telling) -> None:
    registered = small.register()
    small.grow(4)
    small.tell()
    small.told()
    before = {message.position: message.message_id for message in small.partner.messages}
    since = small.head - 2
    small.partner.messages.clear()
    replay = {"webhook": registered["webhook"]["id"], "since": since}
    small.api.do("replayWebhook", replay, Role.PORTAL)
    small.partner.until(lambda: small.head in small.partner.positions)
    told = {message.position: message.message_id for message in small.partner.messages}
    assert small.partner.positions == list(range(since, small.head + 1))
    assert all(before[position] == told[position] for position in range(since, small.head))


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


def test_a_crash_between_telling_and_remembering_repeats_and_never_skips(
    telling_all: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling_all.register()
    first = telling_all.head + 1
    telling_all.grow(7)
    telling_all.partner.answer = lambda _: 204

    def crash(*_: object) -> None:
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(saved, "save", crash)
    telling_all.tell()
    telling_all.partner.until(lambda: len(telling_all.partner.messages) >= 7)
    telling_all.stop()
    monkeypatch.undo()
    assert telling_all.webhook()["position"] == first - 1
    telling_all.tell()
    telling_all.told()
    positions = telling_all.partner.positions
    assert list(dict.fromkeys(positions)) == list(range(first, telling_all.head + 1))
    assert len(positions) >= 14
    ids = {(message.position, message.message_id) for message in telling_all.partner.messages}
    assert len(ids) == 7


def test_one_process_tells_at_a_time_and_another_takes_over(telling_all: Telling) -> None:
    telling_all.register()
    first = telling_all.tell()
    second = telling_all.tell()
    telling_all.grow(5)
    telling_all.told()
    assert len(telling_all.partner.messages) == 5
    assert first._alone.is_held() != second._alone.is_held()
    (first if first._alone.is_held() else second).close()
    telling_all.grow(5)
    telling_all.told()
    assert len(telling_all.partner.messages) == 10


def test_one_slow_receiver_holds_up_no_other(small: Telling) -> None:
    slow = Partner()
    slow.asleep_s = 0.5
    try:
        small.register(url=slow.url)
        small.register()
        small.grow(10)
        small.tell()
        small.partner.until(lambda: len(small.partner.messages) >= 10)
        assert len(slow.messages) < 10
    finally:
        small.stop()
        slow.close()


def test_who_takes_too_long_is_given_up(small: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.partners.receivers.TELL_S", 0.2)
    small.partner.asleep_s = 2.0
    small.register()
    small.grow()
    small.tell()
    small.partner.until(lambda: small.webhook()["failedAttempts"] > 0)
    assert small.webhook()["reason"] in {"no answer in time", "no answer"}


def test_a_redirection_leads_nowhere(small: Telling) -> None:
    small.partner.answer = lambda _: 307
    small.register()
    small.grow()
    small.tell()
    small.partner.until(lambda: bool(small.webhook()["parked"]))
    assert small.webhook()["parked"][0]["reason"] == "answered 307"


def test_private_addresses_are_refused_when_a_connection_is_made(small: Telling) -> None:
    small.register()
    small.register(url="https://localhost/hooks")
    small.grow()
    small.tell(private=False)

    def reasons() -> set[str | None]:
        return {each["reason"] for each in small.api.ask(WEBHOOKS, Role.PORTAL)["webhooks"]}

    small.partner.until(lambda: reasons() == {"the address is not a public one"})
    assert small.partner.messages == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a01:203", False),
        ("2001:0:53aa:64c:0:fbf1:8000:1", False),
    ],
)
def test_addresses_are_public_or_not(address: str, public: bool) -> None:  # noqa: FBT001
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid/", "https://xn--/", "http://" + "a" * 70 + ".example/"]
)
def test_a_name_that_leads_nowhere_is_no_fault(url: str) -> None:
    with pytest.raises(UnreachableError):
        Receiver(url, private=True).post({}, b"{}")


def test_an_address_that_is_not_secure_enough_is_given_no_message(small: Telling) -> None:
    # The receiver speaks no TLS.
    url = small.partner.url.replace("http://", "https://")
    with pytest.raises(UnreachableError, match="no secure connection"):
        Receiver(url, private=True).post({}, b"{}")
    assert small.partner.messages == []


def test_what_is_waited_doubles_up_to_a_bound_and_is_drawn_anew() -> None:
    pace = Pace(first_s=1.0, longest_s=100.0)
    for attempts, longest in ((1, 1.0), (2, 2.0), (5, 16.0), (50, 100.0), (5_000, 100.0)):
        drawn = [pace.wait_s(attempts) for _ in range(50)]
        assert all(longest / 2 <= each <= longest for each in drawn)
        assert len(set(drawn)) > 1


def test_progress_is_saved_and_read_back(coalition: Coalition) -> None:
    progress = Progress(
        webhook="w", position=3, replayed_position=2, attempts=1, next_at=4, reason="answered 500"
    )
    engine = coalition.ledger.engine
    with begin_writing(engine) as connection:
        saved.save(connection, msgspec.structs.replace(progress, position=1))
        saved.save(connection, progress)
        rows = connection.exec_driver_sql("SELECT * FROM webhook_progress").all()
    assert [tuple(row) for row in rows] == [("w", 3, 2, 1, 4, "answered 500")]


def test_the_lock_is_given_up_and_can_be_taken(coalition: Coalition) -> None:
    first = Alone(coalition.ledger.engine, "test", 12_345)
    second = Alone(coalition.ledger.engine, "test", 12_345)
    assert first.is_held()
    assert first.is_held()
    assert not second.is_held()
    first.release()
    assert second.is_held()
    second.release()


def test_a_batch_is_told_in_several_transactions(
    small: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TOGETHER", 3)
    small.register()
    first = small.head + 1
    small.grow(10)
    small.tell()
    small.told()
    assert small.partner.positions == list(range(first, small.head + 1))
