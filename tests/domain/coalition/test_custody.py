"""What the log says of itself: attestations, and the keys that sign it."""

from __future__ import annotations

from datetime import date

import pytest

from domain.coalition.custody import (
    MOST_KEYS,
    AddSigningKey,
    AttestState,
    Custody,
    CustodyEvent,
    ModelState,
    RetireSigningKey,
    SigningKeyAdded,
    SigningKeyRetired,
    StateAttested,
    custody_stream,
    decide_add_signing_key,
    decide_attest_state,
    decide_retire_signing_key,
    evolve,
)
from domain.decision import Fact, Refusal
from domain.ledger.checkpoint import SigningKey
from domain.ledger.note import Algorithm, VerifierKey
from tests.domain.world import an_id

STREAM = custody_stream(an_id("coalition"))
DAY = date(2026, 3, 1)
STATES = [
    ModelState(model=name, version=1, rows=2, digest=f"{place:064x}")
    for place, name in enumerate(("coalition", "memberships"))
]


def key(number: int, name: str = "test.example/ledger") -> str:
    return str(SigningKey(name, Algorithm.ED25519, bytes([number]) * 32).verifier)


def key_id(verifier: str) -> str:
    return VerifierKey.parse(verifier).key_id.hex()


FIRST = key(0)


def after(*events: CustodyEvent) -> Custody:
    state = Custody(id=STREAM)
    for event in events:
        state = evolve(state, event, DAY)
    return state


def attested(position: int) -> list[CustodyEvent]:
    return [
        StateAttested(model=each.model, version=1, position=position, rows=2, digest=each.digest)
        for each in STATES
    ]


def attest(position: int) -> AttestState:
    return AttestState(position=position, states=STATES)


def test_the_stream_follows_from_the_coalition_and_looks_like_any() -> None:
    assert custody_stream(an_id("coalition")) == STREAM
    assert len(bytes.fromhex(STREAM)) == 16
    assert an_id("coalition") != STREAM


def test_each_read_model_is_attested_in_an_entry_of_its_own() -> None:
    facts = [Fact(STREAM, each) for each in attested(9)]
    assert decide_attest_state(after(), attest(9)) == facts


@pytest.mark.parametrize("position", [8, 9, 10, 11])
def test_nothing_is_attested_in_answer_to_an_attestation(position: int) -> None:
    assert decide_attest_state(after(*attested(9)), attest(position)) == []


def test_what_is_own_is_counted_and_not_presumed() -> None:
    # A release that attested fewer read models left fewer entries of its own.
    earlier = attested(9)[:1]
    assert decide_attest_state(after(*attested(5), *earlier), attest(10)) == []
    assert decide_attest_state(after(*attested(5), *earlier), attest(11)) != []


def test_whatever_else_happens_is_attested_again() -> None:
    again = decide_attest_state(after(*attested(9)), attest(12))
    assert again == [Fact(STREAM, each) for each in attested(12)]


def test_a_second_key_signs_beside_the_first() -> None:
    added = decide_add_signing_key(after(), AddSigningKey(first=FIRST, key=key(1)))
    assert added == [Fact(STREAM, SigningKeyAdded(key=key(1)))]
    assert after(SigningKeyAdded(key=key(1))).signing(FIRST) == [FIRST, key(1)]


def test_a_key_that_signs_is_not_added_twice() -> None:
    custody = after(SigningKeyAdded(key=key(1)))
    assert decide_add_signing_key(custody, AddSigningKey(first=FIRST, key=key(1))) == []
    assert decide_add_signing_key(custody, AddSigningKey(first=FIRST, key=FIRST)) == []


def refusal(decision: object) -> str:
    assert isinstance(decision, Refusal)
    return decision.rule


def test_what_cannot_sign_this_log_is_refused() -> None:
    for wrong, rule in (("nonsense", "verifier-key"), (key(1, "other.example/log"), "key-name")):
        command = AddSigningKey(first=FIRST, key=wrong)
        assert refusal(decide_add_signing_key(after(), command)) == rule


def test_a_witness_key_is_no_signing_key() -> None:
    witness = SigningKey("test.example/ledger", Algorithm.ED25519_COSIGNATURE, bytes(32))
    command = AddSigningKey(first=FIRST, key=str(witness.verifier))
    assert refusal(decide_add_signing_key(after(), command)) == "key-kind"


def test_a_retired_key_never_signs_again() -> None:
    custody = after(SigningKeyAdded(key=key(1)), SigningKeyRetired(key=FIRST))
    assert custody.signing(FIRST) == [key(1)]
    command = AddSigningKey(first=FIRST, key=FIRST)
    assert refusal(decide_add_signing_key(custody, command)) == "retired-key"
    again = RetireSigningKey(first=FIRST, key_id=key_id(FIRST))
    assert decide_retire_signing_key(custody, again) == []


def test_only_so_many_keys_sign_at_once() -> None:
    custody = after(*(SigningKeyAdded(key=key(each)) for each in range(1, MOST_KEYS)))
    command = AddSigningKey(first=FIRST, key=key(99))
    assert refusal(decide_add_signing_key(custody, command)) == "most-keys"


def test_a_key_is_retired_once_another_signs() -> None:
    custody = after(SigningKeyAdded(key=key(1)))
    command = RetireSigningKey(first=FIRST, key_id=key_id(FIRST))
    assert decide_retire_signing_key(custody, command) == [
        Fact(STREAM, SigningKeyRetired(key=FIRST))
    ]
    assert refusal(decide_retire_signing_key(after(), command)) == "last-key"
    unknown = RetireSigningKey(first=FIRST, key_id=key_id(key(7)))
    assert refusal(decide_retire_signing_key(custody, unknown)) == "known-key"
