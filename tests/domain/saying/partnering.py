"""Everything that is said of webhooks, and what the log says of itself."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule

from domain.coalition.custody import MOST_KEYS, AddSigningKey, AttestState, RetireSigningKey
from domain.coalition.webhook import (
    MOST_WEBHOOKS,
    RegisterWebhook,
    RemoveWebhook,
    ReplayWebhook,
    RotateWebhookSecret,
    WebhookRemoved,
)
from domain.terms import WebhookId
from tests.domain.coalition.test_custody import FIRST, STATES, key, key_id
from tests.domain.saying.speaking import Speaking, picks

URLS = st.sampled_from(["https://partner.example/hooks", "http://partner.example/hooks"])
TYPES = st.none() | st.just(["membership.admitted.v1"]) | st.just(["nothing.v1"])
KEYS = [FIRST, *map(key, range(1, 12)), key(1, "other.example/log")]


class Partnering(Speaking):
    """Partners have themselves told of entries, and the log changes its keys."""

    def a_webhook(self, which: int) -> WebhookId:
        return self.pick(which, [each.id for each in self.world.webhooks()], WebhookId)

    @rule(which=picks, url=URLS, types=TYPES, times=st.sampled_from([1, 1, MOST_WEBHOOKS]))
    def register_webhooks(self, which: int, url: str, types: list[str] | None, times: int) -> None:
        known = which % 9 == 0
        for _ in range(times):
            webhook = self.a_webhook(which) if known else WebhookId(self.new_id())
            self.tell_alone(RegisterWebhook(webhook=webhook, url=url, types=types))

    @rule(which=picks, since=st.none() | st.integers(-1, 9), removed=st.booleans())
    def tell_again_by_another_secret(self, which: int, since: int | None, removed: bool) -> None:  # noqa: FBT001
        webhook = self.a_webhook(which)
        if removed:
            self.tell_alone(RemoveWebhook(webhook=webhook))
        told = self.tell_alone(ReplayWebhook(webhook=webhook, since=since))
        told += self.tell_alone(RotateWebhookSecret(webhook=webhook))
        assert not (removed and told)

    @rule(which=picks, retired=st.lists(picks, max_size=3))
    def change_keys(self, which: int, retired: list[int]) -> None:
        self.tell_alone(AddSigningKey(first=FIRST, key=KEYS[which % len(KEYS)]))
        for each in retired:
            signing = self.world.custody.signing(FIRST)
            chosen = self.pick(each, signing, lambda _: KEYS[-1])
            self.tell_alone(RetireSigningKey(first=FIRST, key_id=key_id(chosen)))

    @rule(behind=st.integers(0, 3))
    def attest(self, behind: int) -> None:
        position = max(0, len(self.world.entries) - behind)
        if self.tell_alone(AttestState(position=position, states=STATES)):
            # Nothing is attested in answer to an attestation.
            again = AttestState(position=len(self.world.entries) - behind, states=STATES)
            assert self.tell_alone(again) == []

    @invariant()
    def a_removed_webhook_has_no_entry_after_its_removal(self) -> None:
        last = {fact.stream: fact.event for fact, _ in self.world.entries}
        known = self.world.webhooks()
        for each in known:
            assert each.is_removed == isinstance(last[each.id], WebhookRemoved)
        owned = [each for each in known if not each.is_removed and each.owner is not None]
        assert len(owned) <= MOST_WEBHOOKS

    @invariant()
    def some_key_signs_and_none_that_was_retired(self) -> None:
        state = self.world.custody
        signing = state.signing(FIRST)
        assert 1 <= len(signing) <= MOST_KEYS
        assert state.retired.isdisjoint(signing)
        assert len({*signing}) == len(signing)
        assert state.attested_position <= len(self.world.entries)
