"""The test vectors in docs/ are what this software makes, and hold out against an audit."""

from __future__ import annotations

import orjson

from domain.ledger.merkle import leaf_hash
from domain.ledger.note import VerifierKey
from domain.ledger.proofs import verify_consistency, verify_inclusion
from domain.ledger.tiles import decode_bundle
from domain.ledger.tlog_proof import TlogProof
from tests.domain.audit.logs import KEY, WITNESS, audit
from tests.domain.audit.vectors import FOLDER, SIZE, files

FOUND = {
    str(file.relative_to(FOLDER)): file.read_bytes() for file in FOLDER.rglob("*") if file.is_file()
}
SUMMARY = orjson.loads(FOUND["vectors.json"])


def test_the_vectors_are_what_is_made_now() -> None:
    assert files() == FOUND, "run: python -m tests.domain.audit.vectors"


def test_the_log_among_them_is_good() -> None:
    log = {path.removeprefix("log/"): content for path, content in FOUND.items()}
    found = audit(log, witnesses=[WITNESS.verifier], quorum=1)
    assert (found.size, found.attestations) == (SIZE, 1)
    assert SUMMARY["logKey"] == str(KEY.verifier)
    assert VerifierKey.parse(SUMMARY["witnessKey"]) == WITNESS.verifier


def test_the_proofs_among_them_hold() -> None:
    entries = [
        *decode_bundle(FOUND["log/tile/entries/000"]),
        *decode_bundle(FOUND["log/tile/entries/001.p/2"]),
    ]
    root = bytes.fromhex(SUMMARY["roots"][str(SIZE)])
    for index, hashes in SUMMARY["inclusion"]["byIndex"].items():
        leaf = leaf_hash(entries[int(index)])
        verify_inclusion(leaf, int(index), SIZE, list(map(bytes.fromhex, hashes)), root)
    for size, hashes in SUMMARY["consistency"]["fromSize"].items():
        if size not in SUMMARY["roots"]:
            continue
        before = bytes.fromhex(SUMMARY["roots"][size])
        verify_consistency(int(size), SIZE, list(map(bytes.fromhex, hashes)), before, root)
    proof = TlogProof.parse(FOUND["257.tlog-proof"])
    assert proof.verify(leaf_hash(entries[256]), [KEY.verifier]).checkpoint.root == root
