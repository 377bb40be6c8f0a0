"""Check the test vectors with others' libraries; run by the Python of ``make oracles``.

``python check.py docs/vectors`` writes a line for each library, or fails.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import aics_tlog
from aics_tlog.checkpoint import verify_checkpoint
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore.errors import VerificationError

FOLDER = Path(sys.argv[1])
LOG = FOLDER / "log"
VECTORS = json.loads((FOLDER / "vectors.json").read_text())
CHECKPOINT = (LOG / "checkpoint").read_text()
SIZE = VECTORS["inclusion"]["treeSize"]
ROOT = bytes.fromhex(VECTORS["roots"][str(SIZE)])


def hashes(texts: list[str]) -> list[bytes]:
    """Return hashes of their hexadecimal digits."""
    return [bytes.fromhex(each) for each in texts]


def entry_of(index: int) -> bytes:
    """Return an entry, as the library finds it in its bundle."""
    return bytes(aics_tlog.read_entry(aics_tlog.FileSystemTileReader(LOG), index, SIZE))


def by_aics_tlog() -> None:
    """Check both signatures, every tile and bundle, and every proof."""
    log_key, witness = (aics_tlog.parse_vkey(VECTORS[each]) for each in ("logKey", "witnessKey"))
    note = aics_tlog.parse_note(CHECKPOINT)
    verdict = verify_checkpoint(note, log_key, [witness], 1, expected_origin=log_key.name)
    assert verdict.ok, verdict.error
    assert (verdict.size, verdict.root, verdict.cosignature_count) == (SIZE, ROOT, 1)
    assert not verify_checkpoint(note, witness, [], 0).ok
    report = aics_tlog.audit_tiles(aics_tlog.FileSystemTileReader(LOG), SIZE, ROOT)
    assert report.size == SIZE
    for index, proof in VECTORS["inclusion"]["byIndex"].items():
        found = (entry_of(int(index)), int(index), SIZE, hashes(proof))
        assert aics_tlog.verify_leaf_inclusion(*found, ROOT)
        assert not aics_tlog.verify_leaf_inclusion(*found, bytes(32))
    for size, proof in VECTORS["consistency"]["fromSize"].items():
        if size in VECTORS["roots"]:
            old = bytes.fromhex(VECTORS["roots"][size])
            assert aics_tlog.verify_consistency(int(size), SIZE, old, ROOT, hashes(proof))
            assert not aics_tlog.verify_consistency(int(size), SIZE, ROOT, old, hashes(proof))


def by_sigstore() -> None:
    """Check the log's signature and every proof of an entry."""
    key = base64.b64decode(VECTORS["logKey"].split("+", 2)[2])[1:]
    key_id = bytes.fromhex(VECTORS["logKey"].split("+")[1])
    signed = SignedCheckpoint.from_text(CHECKPOINT)
    assert (signed.checkpoint.log_size, signed.checkpoint.log_hash) == (SIZE, ROOT.hex())

    def verify(key_id: bytes, signature: bytes, data: bytes) -> None:  # noqa: ARG001 - sigstore's
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
        except InvalidSignature as error:
            raise VerificationError("signature") from error

    signed.signed_note.verify(SimpleNamespace(verify=verify), key_id)
    other = SignedCheckpoint.from_text(CHECKPOINT.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"))
    refused(lambda: other.signed_note.verify(SimpleNamespace(verify=verify), key_id))
    for index, proof in VECTORS["inclusion"]["byIndex"].items():
        for root in (ROOT, bytes(32)):
            inner = SimpleNamespace(
                canonicalized_body=entry_of(int(index)),
                inclusion_proof=SimpleNamespace(
                    log_index=int(index), tree_size=SIZE, hashes=hashes(proof), root_hash=root
                ),
            )
            entry = SimpleNamespace(_inner=inner)
            if root == ROOT:
                verify_merkle_inclusion(entry)
            else:
                refused(partial(verify_merkle_inclusion, entry))


def refused(check: Callable[[], object]) -> None:
    """Require that it is refused."""
    try:
        check()
    except VerificationError:
        return
    raise AssertionError("what is wrong was accepted")


by_aics_tlog()
by_sigstore()
sys.stdout.write("".join(f"{each} {version(each)}\n" for each in ("aics-tlog", "sigstore")))
