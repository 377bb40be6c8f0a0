"""Telling receivers whatever goes wrong: at least once, in order, and none waits for another."""

from __future__ import annotations

import msgspec
import pytest

from service.ledger.alone import Alone
from service.ledger.engine import begin_writing
from service.partners import progress as saved
from service.partners import telling
from service.partners.progress import Progress
from service.partners.telling import Pace
from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.partners.hooks import PACE, Telling
from tests.service.partners.receiving import Partner


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
