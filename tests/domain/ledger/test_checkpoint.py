"""Signed notes, checkpoints, keys and proof files, by the letter of C2SP."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.checkpoint import Checkpoint, SigningKey, verify
from domain.ledger.merkle import Frontier, ProofError, Tree, leaf_hash
from domain.ledger.note import (
    MAX_SIGNATURES,
    Algorithm,
    Note,
    NoteError,
    Signature,
    VerifierKey,
    parse_lines,
)
from domain.ledger.proofs import inclusion_proof
from domain.ledger.tlog_proof import TlogProof

# The examples of signed-note, and of Go's x/mod/sumdb/note.
PUBLISHED = {
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k": (
        "This is an example message.\n"
        "\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
        "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    ),
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW": (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
        "qdngotpRZb6KE6RyyBwJnAM=\n"
    ),
}
PUBLISHED_CHECKPOINT = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJs"
    "X3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

ORIGIN = "ledger.example.org/log"
LOG = SigningKey(ORIGIN, Algorithm.ED25519, bytes(32))
SECOND = SigningKey(ORIGIN, Algorithm.ML_DSA_44, bytes([2] * 32))
WITNESS = SigningKey("witness.example.org", Algorithm.ED25519_COSIGNATURE, bytes([3] * 32))
LEAVES = [leaf_hash(bytes([index])) for index in range(200)]
CHECKPOINT = Checkpoint(ORIGIN, len(LEAVES), Frontier().extend(LEAVES).root())
AT = 1_679_315_147


def signed(*keys: SigningKey, checkpoint: Checkpoint = CHECKPOINT) -> Note:
    return Note(str(checkpoint), tuple(key.sign(checkpoint, AT) for key in keys))


@pytest.mark.parametrize("vkey", PUBLISHED)
def test_published_keys_verify_published_notes(vkey: str) -> None:
    key, note = VerifierKey.parse(vkey), Note.parse(PUBLISHED[vkey].encode())
    assert str(key) == vkey
    assert note.to_bytes() == PUBLISHED[vkey].encode()
    (line,) = note.signatures
    assert line.is_by(key)
    Ed25519PublicKey.from_public_bytes(key.public).verify(line.signature, note.text.encode())


def test_a_published_checkpoint_is_read_and_written_back() -> None:
    note = Note.parse(PUBLISHED_CHECKPOINT)
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert str(checkpoint) == note.text
    assert note.to_bytes() == PUBLISHED_CHECKPOINT
    # A cosignature is 4 bytes of key id, 8 of time, 64 of Ed25519.
    assert len(note.signatures[1].signature) == 8 + 64
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1_679_315_147


@pytest.mark.parametrize("key", [LOG, SECOND, WITNESS], ids=lambda key: key.algorithm.name)
def test_every_kind_of_key_signs_what_it_verifies(key: SigningKey) -> None:
    verifier = VerifierKey.parse(str(key.verifier))
    verified = verify(Note.parse(signed(key).to_bytes()), [verifier])
    assert verified.checkpoint == CHECKPOINT
    (by,) = verified.by
    assert by.key == verifier
    assert by.at == (AT if key.algorithm.is_timestamped else None)
    for changed in (
        replace(CHECKPOINT, size=CHECKPOINT.size + 1),
        replace(CHECKPOINT, root=bytes(32)),
        replace(CHECKPOINT, origin="ledger.example.org/other"),
    ):
        with pytest.raises(NoteError, match="does not hold"):
            verify(Note(str(changed), signed(key).signatures), [verifier])


def test_a_cosignature_covers_its_time() -> None:
    line = WITNESS.sign(CHECKPOINT, AT)
    later = (AT + 1).to_bytes(8, "big") + line.signature[8:]
    note = Note(str(CHECKPOINT), (replace(line, signature=later),))
    with pytest.raises(NoteError, match="does not hold"):
        verify(note, [WITNESS.verifier])


def test_unknown_keys_are_passed_over_and_one_known_key_is_enough() -> None:
    # Same name with another id, and same id under another name: neither is known.
    stranger = SigningKey(ORIGIN, Algorithm.ED25519, bytes([9] * 32))
    note = signed(stranger, LOG, WITNESS)
    renamed = replace(note.signatures[1], name="somebody.example.org")
    note = replace(note, signatures=(*note.signatures, renamed))
    assert [each.key for each in verify(note, [LOG.verifier]).by] == [LOG.verifier]
    with pytest.raises(NoteError, match="no key that is trusted"):
        verify(signed(stranger), [LOG.verifier])


def test_one_bad_line_of_a_known_key_condemns_the_note() -> None:
    bad = replace(WITNESS.sign(CHECKPOINT, AT), signature=bytes(72))
    note = Note(str(CHECKPOINT), (LOG.sign(CHECKPOINT, AT), bad))
    assert verify(note, [LOG.verifier]).by
    with pytest.raises(NoteError, match="does not hold"):
        verify(note, [LOG.verifier, WITNESS.verifier])


GOOD = signed(LOG).to_bytes()


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"", "blank line"),
        (GOOD[:-1], "newline"),
        (GOOD.replace(b"\n\n", b"\n"), "blank line"),
        (GOOD.replace(b"\xe2\x80\x94 ", b"- "), "em dash"),
        (GOOD.replace(b"=\n", b"\n"), "base64"),
        (GOOD + b"\n", "newline"),
        (GOOD.replace(b"\n200\n", b"\n200\r\n"), "control"),
        (b"\xff" + GOOD, "UTF-8"),
        (GOOD + GOOD.split(b"\n\n")[1] * MAX_SIGNATURES, "at most"),
        (b"x" * 1_000_001, "at most"),
        ("a\n\n— na+me AAAAAAA=\n".encode(), "name"),
        ("a\n\n—  AAAAAAA=\n".encode(), "name"),
        ("a\n\n— name AAAAAA==\n".encode(), "more than 4"),
        ("a\n\n— name AAAAAAB=\n".encode(), "base64"),
    ],
)
def test_a_malformed_note_is_refused(bad: bytes, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        Note.parse(bad)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("origin\n1\n", "three lines"),
        ("origin\n1\nAAAA\n", "32 bytes"),
        ("origin\n01\n" + "A" * 43 + "=\n", "leading"),
        ("origin\n-1\n" + "A" * 43 + "=\n", "digits"),
        ("origin\n\u0661\n" + "A" * 43 + "=\n", "digits"),
        (f"origin\n{2**63}\n" + "A" * 43 + "=\n", "64 bits"),
        ("origin\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n", "64 bits"),
        ("origin\n1\n" + "A" * 42 + "B=\n", "base64"),
        ("\n1\n" + "A" * 43 + "=\n", "empty"),
        ("origin\n1\n" + "A" * 43 + "=\n\n", "empty"),
        ("origin\n1\n" + "A" * 43 + "=", "three lines"),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "name+00000000",
        "name+00000000+AQ==",
        str(LOG.verifier).replace("+", "+0", 1),
        str(LOG.verifier).upper(),
        str(LOG.verifier)[:-4],
        str(replace(LOG.verifier, name="other")).replace("other", "another"),
        "name+00000000+" + "Ag" + "A" * 42,
        "na me+00000000+" + str(LOG.verifier).rpartition("+")[2],
    ],
)
def test_a_malformed_key_is_refused(bad: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(bad)


def test_a_key_id_is_the_beginning_of_its_hash() -> None:
    key = WITNESS.verifier
    hashed = hashlib.sha256(b"witness.example.org\n\x04" + key.public)
    assert key.key_id == hashed.digest()[:4]


def test_a_signing_key_does_not_show_its_seed() -> None:
    assert WITNESS.seed.hex() not in repr(WITNESS)
    assert repr(WITNESS.seed) not in repr(WITNESS)


NAMES = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Z"]), min_size=1).filter(
    lambda name: "+" not in name and not any(each.isspace() for each in name)
)
LINES = st.builds(
    Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])) | st.just("a\n\n")


@given(TEXTS, st.lists(LINES, min_size=1, max_size=4))
def test_notes_round_trip(text: str, lines: list[Signature]) -> None:
    note = Note(text + "\n", tuple(lines))
    assert Note.parse(note.to_bytes()) == note


SEEDS = st.sampled_from([GOOD, signed(LOG, WITNESS).to_bytes(), PUBLISHED_CHECKPOINT])


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A good note with bytes cut, repeated or replaced; or any bytes."""
    note = draw(SEEDS)
    start = draw(st.integers(0, len(note)))
    end = draw(st.integers(start, len(note)))
    return draw(st.sampled_from([note[:start] + draw(st.binary(max_size=8)) + note[end:]]))


@given(st.one_of(mangled(), st.binary(max_size=200)))
def test_whatever_is_read_is_written_back_or_refused(encoded: bytes) -> None:
    with contextlib.suppress(NoteError):
        assert Note.parse(encoded).to_bytes() == encoded
    with contextlib.suppress(NoteError):
        assert TlogProof.parse(encoded).to_bytes() == encoded
    with contextlib.suppress(NoteError):
        parse_lines(encoded.decode(errors="replace"))
    with contextlib.suppress(NoteError):
        checkpoint = verify(Note.parse(encoded), [LOG.verifier]).checkpoint
        assert str(checkpoint) == str(CHECKPOINT), "something else than was signed"


@given(st.one_of(st.text(max_size=120), st.just(str(LOG.verifier)).map(lambda key: key[:-1])))
def test_whatever_text_is_a_key_or_refused(text: str) -> None:
    with contextlib.suppress(NoteError):
        assert str(VerifierKey.parse(text)) == text
    with contextlib.suppress(NoteError):
        assert str(Checkpoint.parse(text)) == text


def proof_of(index: int) -> TlogProof:
    tree, changes = Tree().extend(LEAVES)
    tiles = {change.tile: change.hashes for change in changes}
    filling = b"".join(LEAVES)
    hashes = inclusion_proof(
        index, tree.size, lambda wanted: {tile: tiles.get(tile, filling) for tile in wanted}
    )
    return TlogProof(index, tuple(hashes), signed(LOG, WITNESS))


@pytest.mark.parametrize("index", [0, 1, 63, 64, 127, 128, 199])
def test_a_proof_file_round_trips_and_verifies(index: int) -> None:
    encoded = proof_of(index).to_bytes()
    proof = TlogProof.parse(encoded)
    assert proof.to_bytes() == encoded
    assert encoded.startswith(f"c2sp.org/tlog-proof@v1\nindex {index}\n".encode())
    verified = proof.verify(LEAVES[index], [LOG.verifier, WITNESS.verifier])
    assert verified.checkpoint == CHECKPOINT
    with pytest.raises(ProofError):
        proof.verify(LEAVES[index - 1], [LOG.verifier])


def test_a_proof_file_may_carry_extra_bytes() -> None:
    proof = replace(proof_of(5), extra=b"anything")
    assert TlogProof.parse(proof.to_bytes()) == proof
    assert b"\nextra YW55dGhpbmc=\nindex 5\n" in proof.to_bytes()


PROOF = proof_of(5).to_bytes()


@pytest.mark.parametrize(
    "bad",
    [
        PROOF.replace(b"@v1", b"@v2"),
        PROOF.replace(b"index 5\n", b""),
        PROOF.replace(b"index 5\n", b"index 05\n"),
        PROOF.replace(b"index 5\n", b"index 5\n" + b"A" * 44 + b"\n"),
        PROOF.replace(b"index 5\n", b"index 5\n" + (b"A" * 43 + b"=\n") * 63),
        PROOF.replace(b"index 5\n", "index 5\n—\n".encode()),
        PROOF.replace(b"\n\n", b"\n"),
        PROOF[:-2],
        b"x" * 1_000_001,
    ],
)
def test_a_malformed_proof_file_is_refused(bad: bytes) -> None:
    with pytest.raises(NoteError):
        TlogProof.parse(bad)
