"""Webhooks: what may be registered, and what may be done with one."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from domain.coalition.webhook import (
    MOST_WEBHOOKS,
    RegisterWebhook,
    RemoveWebhook,
    ReplayWebhook,
    RotateWebhookSecret,
    Webhook,
    WebhookEvent,
    WebhookRegistered,
    WebhookRemoved,
    WebhookReplayed,
    WebhookSecretRotated,
    decide_register_webhook,
    decide_remove_webhook,
    decide_replay_webhook,
    decide_rotate_webhook_secret,
    evolve,
)
from domain.decision import Decision, Fact, Moment, Refusal, RefusalCode
from domain.terms import PrincipalId, WebhookId
from tests.domain.specification import TODAY
from tests.domain.world import an_id

HOOK = WebhookId(an_id("a webhook"))
OWNER = PrincipalId(an_id("a portal"))
NOW = Moment(TODAY, TODAY)
KNOWN = ("membership.admitted.v1", "confidential")
REGISTER = RegisterWebhook(webhook=HOOK, url="https://partner.example/hooks")
registered = WebhookRegistered(owner=OWNER, url="https://partner.example/hooks", types=None)
ROTATE = RotateWebhookSecret(webhook=HOOK)
REPLAY = ReplayWebhook(webhook=HOOK)
REMOVE = RemoveWebhook(webhook=HOOK)


def given(*events: WebhookEvent) -> Webhook:
    state = Webhook(id=HOOK)
    for event in events:
        state = evolve(state, event, TODAY)
    return state


def register(command: RegisterWebhook, state: Webhook | None = None) -> Decision:
    return decide_register_webhook(
        state or given(), command, NOW, owner=OWNER, present=0, known=KNOWN
    )


def is_refused(decision: Decision, code: RefusalCode, rule: str) -> bool:
    return isinstance(decision, Refusal) and (decision.code, decision.rule) == (code, rule)


def test_a_webhook_is_registered_for_whoever_asks() -> None:
    assert register(REGISTER) == [Fact(HOOK, registered)]
    state = given(registered)
    assert (state.owner, state.since, state.version) == (OWNER, TODAY, 1)


def test_types_are_kept_once_each_and_in_order() -> None:
    command = msgspec.structs.replace(REGISTER, types=[*KNOWN, KNOWN[0]])
    decision = register(command)
    assert isinstance(decision, list)
    assert decision[0].event == msgspec.structs.replace(registered, types=sorted(KNOWN))


@pytest.mark.parametrize("types", [[], ["membership.left.v9"], [*KNOWN, "x"]])
def test_a_type_that_there_is_none_of_is_refused(types: list[str]) -> None:
    command = msgspec.structs.replace(REGISTER, types=types)
    assert is_refused(register(command), RefusalCode.INVALID_INPUT, "known-types")


@pytest.mark.parametrize(
    "url",
    [
        "https://partner.example",
        "https://partner.example:8443/a?b=c",
        "http://localhost:9/hooks",
        "http://127.0.0.1/hooks",
        "http://[::1]:8000/",
    ],
)
def test_an_address_is_https_or_on_this_machine(url: str) -> None:
    assert isinstance(register(msgspec.structs.replace(REGISTER, url=url)), list)


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hooks",
        "http://127.0.0.1.partner.example/",
        "https://",
        "https:///hooks",
        "https://name:password@partner.example/",
        "https://name@partner.example/",
        "https://partner.example:0/",
        "https://partner.example:99999/",
        "https://partner.example:x/",
        "https://[::1/",
    ],
)
def test_what_cannot_be_called_safely_is_refused(url: str) -> None:
    decision = register(msgspec.structs.replace(REGISTER, url=url))
    assert is_refused(decision, RefusalCode.INVALID_INPUT, "https-address")


@pytest.mark.parametrize("url", ["ftp://partner.example/", "https://a b/", "https://a/#b", "x"])
def test_what_is_no_address_is_no_command(url: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"webhook": HOOK, "url": url}, RegisterWebhook)


def test_one_id_does_not_stand_for_two_webhooks() -> None:
    decision = register(REGISTER, given(registered))
    assert is_refused(decision, RefusalCode.WRONG_PHASE, "registered-once")


def test_nobody_has_more_webhooks_than_they_need() -> None:
    def with_so_many(present: int) -> Decision:
        return decide_register_webhook(
            given(), REGISTER, NOW, owner=OWNER, present=present, known=KNOWN
        )

    assert isinstance(with_so_many(MOST_WEBHOOKS - 1), list)
    refused = with_so_many(MOST_WEBHOOKS)
    assert is_refused(refused, RefusalCode.WRONG_PHASE, "most-webhooks")


def test_its_secret_is_rotated_as_often_as_somebody_asks() -> None:
    state = given(registered, WebhookSecretRotated())
    fact = Fact(HOOK, WebhookSecretRotated())
    assert decide_rotate_webhook_secret(state, ROTATE, NOW) == [fact]


@pytest.mark.parametrize("since", [None, 1, 2**40])
def test_it_is_told_again(since: int | None) -> None:
    command = msgspec.structs.replace(REPLAY, since=since)
    fact = Fact(HOOK, WebhookReplayed(since=since))
    assert decide_replay_webhook(given(registered), command, NOW) == [fact]


@pytest.mark.parametrize("since", [0, -1, 2**53])
def test_there_is_nothing_before_the_first_position(since: int) -> None:
    command = msgspec.structs.replace(REPLAY, since=since)
    decision = decide_replay_webhook(given(registered), command, NOW)
    assert is_refused(decision, RefusalCode.INVALID_INPUT, "known-position")


def test_it_is_removed_once() -> None:
    fact = Fact(HOOK, WebhookRemoved())
    assert decide_remove_webhook(given(registered), REMOVE, NOW) == [fact]
    assert decide_remove_webhook(given(registered, WebhookRemoved()), REMOVE, NOW) == []


def test_nothing_is_done_with_a_webhook_that_is_none() -> None:
    for decision in (
        decide_rotate_webhook_secret(given(), ROTATE, NOW),
        decide_replay_webhook(given(), REPLAY, NOW),
        decide_remove_webhook(given(), REMOVE, NOW),
    ):
        assert is_refused(decision, RefusalCode.INVALID_INPUT, "known-webhook")
    removed = given(registered, WebhookRemoved())
    for decision in (
        decide_rotate_webhook_secret(removed, ROTATE, NOW),
        decide_replay_webhook(removed, REPLAY, NOW),
    ):
        assert is_refused(decision, RefusalCode.WRONG_PHASE, "removed")


def test_nothing_holds_from_a_day_that_has_not_come_or_before_its_registration() -> None:
    tomorrow = Moment(TODAY, date.fromordinal(TODAY.toordinal() + 1))
    before = Moment(TODAY, date.fromordinal(TODAY.toordinal() - 1))
    decision = decide_register_webhook(
        given(), REGISTER, tomorrow, owner=OWNER, present=0, known=KNOWN
    )
    assert is_refused(decision, RefusalCode.NOT_YET, "effective-date")
    state = given(registered)
    decision = decide_rotate_webhook_secret(state, ROTATE, before)
    assert is_refused(decision, RefusalCode.TOO_EARLY, "effective-date")
    decision = decide_remove_webhook(state, REMOVE, tomorrow)
    assert is_refused(decision, RefusalCode.NOT_YET, "effective-date")


def test_a_webhook_whose_owner_is_hidden_is_still_one() -> None:
    assert given(WebhookRegistered()).owner is None
