"""An audit of a log in which nothing is wrong, and of what is no log."""

from __future__ import annotations

import pytest

from domain.audit.finding import TamperedError, UnreadableError
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import Tree, leaf_hash
from domain.ledger.proofs import consistency_proof
from domain.ledger.witness import AddCheckpoint
from domain.membership.party import ListingWithdrawn
from domain.membership.review import ReviewerAssigned
from domain.terms import PrincipalId
from tests.domain.audit.logs import (
    KEY,
    OTHER_KEY,
    POLICY_SHA256,
    WITNESS,
    Writer,
    audit,
    audit_with,
    checkpoint_of,
    files_of,
    note_of,
    written,
)

ENTRIES = written(600)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 600])
def test_a_log_that_was_left_alone_is_good(size: int) -> None:
    audited = audit(files_of(ENTRIES[:size]))
    assert audited.checkpoint.size == audited.size == size
    assert audited.signed_by == (KEY.name,)
    assert sum(audited.types.values()) == size
    assert audited.documents == (size > 1)


def test_it_says_what_is_in_it() -> None:
    audited = audit(files_of(ENTRIES))
    assert set(audited.types) == {
        "coalition.founded.v1",
        "coalition.policy_adopted.v1",
        "confidential",
        "membership.admitted.v1",
        "membership.agreement_sent.v1",
    }
    assert audited.streams == 1 + audited.types["membership.admitted.v1"]
    assert audited.clock_steps == 0


def test_a_log_without_entries_is_good() -> None:
    assert audit(files_of([])).size == 0


def test_texts_that_are_not_there_are_counted() -> None:
    files = files_of(ENTRIES)
    del files[f"documents/{POLICY_SHA256}"]
    assert (audit(files).documents, audit(files).documents_absent) == (0, 1)


def test_checkpoints_from_earlier_are_extended() -> None:
    sizes = (0, 1, 255, 256, 300, 600)
    earlier = [checkpoint_of(files_of(ENTRIES[:size])) for size in sizes]
    assert audit(files_of(ENTRIES), earlier=earlier).extends == sizes


def test_witnesses_are_counted_a_key_once() -> None:
    files = files_of(ENTRIES, more=[WITNESS, WITNESS])
    trust = {"witnesses": [WITNESS.verifier]}
    assert audit(files, **trust, quorum=1).witnessed_by == (WITNESS.name,)
    with pytest.raises(TamperedError, match="1 witnesses"):
        audit(files, **trust, quorum=2)


def test_lines_of_unknown_keys_are_passed_over() -> None:
    assert audit(files_of(ENTRIES, more=[WITNESS, OTHER_KEY])).signed_by == (KEY.name,)


def test_a_part_is_proved_to_be_the_beginning_of_what_is_signed() -> None:
    files, part = files_of(ENTRIES), files_of(ENTRIES[:300])
    files_of_part = part | {
        "checkpoint": files["checkpoint"],
        "as-of": AddCheckpoint(300, tuple(proof(300)), checkpoint_of(files)).to_bytes(),
    }
    audited = audit(files_of_part)
    assert (audited.size, audited.checkpoint.size) == (300, 600)
    with pytest.raises(UnreadableError, match="ends at position 300"):
        audit(files_of_part, earlier=[checkpoint_of(files_of(ENTRIES[:301]))])
    for wrong in (
        AddCheckpoint(300, tuple(proof(301)), checkpoint_of(files)),
        AddCheckpoint(301, tuple(proof(300)), checkpoint_of(files)),
        AddCheckpoint(600, (), checkpoint_of(files)),
        AddCheckpoint(300, (), note_of(Checkpoint(KEY.name, 600, bytes(32)), KEY)),
    ):
        with pytest.raises(TamperedError):
            audit(files_of_part | {"as-of": wrong.to_bytes()})
    with pytest.raises(TamperedError, match="proof of a part"):
        audit(files_of_part | {"as-of": b"nonsense"})


def test_of_a_party_only_what_is_confidential_may_be_left_out() -> None:
    def log(confidential: int) -> dict[str, bytes]:
        writer = Writer(seed=8)
        writer.entries += ENTRIES[:2]
        for place in range(confidential):
            writer.write(f"{place:032x}", ReviewerAssigned(reviewer=PrincipalId("somebody")))
        writer.leave_out(f"{99:032x}", 2)
        writer.write(f"{99:032x}", ListingWithdrawn())
        return files_of(writer.entries)

    assert audit(log(confidential=2)).size == 5
    with pytest.raises(TamperedError, match="version 3 of its stream"):
        audit(log(confidential=1))


def test_each_entry_is_told_of() -> None:
    told = []
    audit_with(files_of(ENTRIES), lambda position, *_: told.append(position))
    assert told == list(range(1, 601))


def proof(size: int) -> list[bytes]:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    changes = Tree().extend(leaves)[1]
    tiles = {each.tile: each.hashes for each in changes}
    last = (0, len(leaves) // 256)
    return consistency_proof(
        size,
        len(leaves),
        lambda wanted: {
            tile: b"".join(leaves[512:]) if tuple(tile) == last else tiles[tile] for tile in wanted
        },
    )


def test_where_there_is_no_checkpoint_there_is_no_log() -> None:
    with pytest.raises(UnreadableError, match="no checkpoint"):
        audit({})
