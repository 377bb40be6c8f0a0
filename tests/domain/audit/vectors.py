"""Test vectors for a second implementation.

``python -m tests.domain.audit.vectors`` writes them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from domain.audit.state import PublicState, digest_of, row_hash
from domain.catalog import EVENT_TYPES
from domain.coalition.custody import StateAttested
from domain.ledger.commitment import Disclosure, canonical_json, decoy
from domain.ledger.entry import DOMAIN_LINE, open_entry, parse_entry
from domain.ledger.merkle import Frontier, TileId, Tree, leaf_hash
from domain.ledger.proofs import consistency_proof, inclusion_proof
from domain.ledger.tlog_proof import TlogProof
from tests.domain.audit.logs import KEY, WITNESS, Writer, checkpoint_of, files_of, written

FOLDER = Path(__file__).parents[3] / "docs" / "vectors"
SIZE = 258
_SALT = "AAECAwQFBgcICQoLDA0ODw"


def _entries() -> tuple[list[bytes], PublicState]:
    """Return a log that ends with an attestation of its memberships, and their rows."""
    writer = Writer(seed=5)
    writer.entries += written(SIZE - 1)
    state = PublicState()
    for position, data in enumerate(writer.entries, 1):
        entry = parse_entry(data)
        if entry.envelope is not None:
            state.take(position, entry.envelope, open_entry(entry, (), EVENT_TYPES)[1])
    rows, digest = state.digest("memberships")
    attested = StateAttested(
        model="memberships", version=1, position=SIZE - 1, rows=rows, digest=digest
    )
    writer.write(f"{7:032x}", attested)
    return writer.entries, state


def files() -> dict[str, bytes]:
    """Return every file of the vectors, by its path in the folder."""
    entries, state = _entries()
    log = files_of(entries, more=[WITNESS])
    leaves = [leaf_hash(entry) for entry in entries]
    tiles = {each.tile: each.hashes for each in Tree().extend(leaves)[1]}

    def read(wanted: Any) -> dict[TileId, bytes]:  # noqa: ANN401
        last = TileId(0, SIZE // 256)
        return {each: b"".join(leaves[256:]) if each == last else tiles[each] for each in wanted}

    proofs = {
        str(index): [each.hex() for each in inclusion_proof(index, SIZE, read)]
        for index in (0, 1, 254, 255, 256, 257)
    }
    consistent = {
        str(size): [each.hex() for each in consistency_proof(size, SIZE, read)]
        for size in (1, 2, 3, 128, 255, 256, 257)
    }
    shown = Disclosure("data.note", _SALT, "Größe “x” ✓")
    rows = [row for _, row in sorted(state.rows("memberships").items())]
    summary = {
        "about": "docs/auditors.md says what these are",
        "logKey": str(KEY.verifier),
        "witnessKey": str(WITNESS.verifier),
        "domainLine": DOMAIN_LINE.decode(),
        "entries": [
            {"position": position, "bytes": len(entry), "leafHash": leaf_hash(entry).hex()}
            for position, entry in enumerate(entries[:5], 1)
        ],
        "roots": {
            str(size): Frontier().extend(leaves[:size]).root().hex()
            for size in (0, 1, 2, 3, 4, 5, 255, 256, 257, SIZE)
        },
        "inclusion": {"treeSize": SIZE, "byIndex": proofs},
        "consistency": {"toSize": SIZE, "fromSize": consistent},
        "disclosure": {
            "salt": _SALT,
            "name": shown.name,
            "value": shown.value,
            "encoded": shown.encoded(),
            "digest": shown.digest(),
            "decoyOfTheSalt": decoy(_SALT),
        },
        "attested": {
            "model": "memberships",
            "firstRow": canonical_json(rows[0]).decode(),
            "firstRowHash": row_hash(rows[0]).hex(),
            "rows": len(rows),
            "digest": digest_of(rows)[1],
            "digestOfNoRows": digest_of([])[1],
        },
    }
    proof = TlogProof(256, tuple(inclusion_proof(256, SIZE, read)), checkpoint_of(log))
    made = {f"log/{path}": content for path, content in log.items()}
    made["257.tlog-proof"] = proof.to_bytes()
    made["vectors.json"] = orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n"
    return made


def main() -> None:
    """Write them."""
    for path, content in files().items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(content)
    sys.stdout.write(f"{len(files())} files\n")


if __name__ == "__main__":
    main()
