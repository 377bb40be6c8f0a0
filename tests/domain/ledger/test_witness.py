"""What a witness cosigns and what it declines, by the letter of C2SP tlog-witness."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.checkpoint import Checkpoint, SigningKey, Verified
from domain.ledger.merkle import EMPTY_ROOT, Frontier, TileId, Tree, leaf_hash
from domain.ledger.note import Algorithm, Note, NoteError
from domain.ledger.proofs import consistency_proof
from domain.ledger.witness import AddCheckpoint, Declined, judge

ORIGIN = "ledger.example.org/log"
LOG = SigningKey(ORIGIN, Algorithm.ED25519, bytes(32))
LOGS = {ORIGIN: [LOG.verifier]}
LEAVES = [leaf_hash(bytes([index])) for index in range(200)]
OTHERS = [leaf_hash(b"other" + bytes([index])) for index in range(200)]


def checkpoint(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, Frontier().extend(leaves[:size]).root())


def signed(of: Checkpoint, key: SigningKey = LOG) -> Note:
    return Note(str(of), (key.sign(of, 0),))


def request(old: int, size: int, leaves: list[bytes] = LEAVES) -> AddCheckpoint:
    proof: list[bytes] = []
    if old:
        tree, changes = Tree().extend(leaves[:size])
        tiles = {change.tile: change.hashes for change in changes}
        tiles.setdefault(TileId(0, 0), b"".join(leaves[:size]))
        proof = consistency_proof(
            old, tree.size, lambda wanted: {tile: tiles[tile] for tile in wanted}
        )
    return AddCheckpoint(old, tuple(proof), signed(checkpoint(size, leaves)))


def answer(given_: AddCheckpoint, known: Checkpoint | None) -> Verified | Declined:
    return judge(given_.to_bytes(), LOGS, lambda _: known)


@pytest.mark.parametrize(
    ("old", "size"), [(0, 0), (0, 1), (0, 200), (1, 2), (100, 200), (128, 200), (200, 200)]
)
def test_what_extends_the_last_is_cosigned(old: int, size: int) -> None:
    judged = answer(request(old, size), checkpoint(old) if old else None)
    assert isinstance(judged, Verified)
    assert judged.checkpoint == checkpoint(size)


def status(judged: Verified | Declined) -> int:
    assert isinstance(judged, Declined), judged
    return judged.status


def test_an_unknown_log_is_not_found() -> None:
    assert status(judge(request(0, 5).to_bytes(), {}, lambda _: None)) == 404


def test_a_signature_that_is_unknown_or_wrong_is_forbidden() -> None:
    other = SigningKey(ORIGIN, Algorithm.ED25519, bytes([1] * 32))
    unknown = AddCheckpoint(0, (), signed(checkpoint(5), other))
    assert status(answer(unknown, None)) == 403
    wrong = AddCheckpoint(0, (), Note(str(checkpoint(6)), signed(checkpoint(5)).signatures))
    assert status(answer(wrong, None)) == 403


def test_an_old_size_above_the_checkpoints_is_bad() -> None:
    assert status(answer(replace(request(0, 5), old_size=6), checkpoint(6))) == 400


@pytest.mark.parametrize(("old", "known"), [(0, 100), (50, 100), (120, 100), (50, 0)])
def test_another_old_size_is_told_the_right_one(old: int, known: int) -> None:
    judged = answer(request(old, 150), checkpoint(known) if known else None)
    assert status(judged) == 409
    assert isinstance(judged, Declined)
    assert judged.size == known


def test_a_fork_is_refused_at_any_size() -> None:
    for size in (100, 101, 200):
        assert status(answer(request(100, size, OTHERS), checkpoint(100))) == 422


def test_a_proof_that_is_missing_or_where_none_belongs_is_refused() -> None:
    assert status(answer(replace(request(100, 200), proof=()), checkpoint(100))) == 422
    assert status(answer(replace(request(0, 5), proof=(bytes(32),)), None)) == 422


def test_an_empty_tree_has_one_root() -> None:
    assert checkpoint(0).root == EMPTY_ROOT
    wrong = AddCheckpoint(0, (), signed(Checkpoint(ORIGIN, 0, bytes(32))))
    assert status(answer(wrong, None)) == 422


BODY = request(100, 200).to_bytes()


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\n\n",
        BODY.replace(b"old 100\n", b""),
        BODY.replace(b"old 100\n", b"old 0100\n"),
        BODY.replace(b"old 100\n", b"old -1\n"),
        BODY.replace(b"old 100\n", b"old 100\n" + (b"A" * 43 + b"=\n") * 64),
        BODY.replace(b"\n\n", b"\n"),
        BODY.replace(b"\n200\n", b"\nmany\n"),
        BODY[:-1],
    ],
)
def test_a_malformed_request_is_bad(bad: bytes) -> None:
    assert status(judge(bad, LOGS, lambda _: None)) == 400


@given(st.integers(0, len(BODY)), st.integers(0, len(BODY)), st.binary(max_size=8))
def test_whatever_is_sent_is_answered(start: int, end: int, put: bytes) -> None:
    body = BODY[:start] + put + BODY[end:]
    judged = judge(body, LOGS, lambda _: checkpoint(100))
    if isinstance(judged, Verified):
        assert judged.checkpoint == checkpoint(200), "something else than was signed"
    with contextlib.suppress(NoteError):
        assert AddCheckpoint.parse(body).to_bytes() == body
