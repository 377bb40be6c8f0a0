"""`coalition log`, `coalition witness`, and `coalition serve` where it must not sign."""

from __future__ import annotations

import select
import subprocess
import time

import httpx2
import orjson
import pytest

from domain.ledger.checkpoint import Checkpoint, verify
from domain.ledger.note import Algorithm, Note, VerifierKey
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.keys import KeyStore
from service.ledger.signing import known_keys
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault
from tests.service.cli.test_serving import served

WAIT_S = 20.0


def checkpoint_of(address: str, signatures: int = 1) -> Note:
    """Wait until a checkpoint with so many signatures is published."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        answer = httpx2.get(f"{address}/log/v1/checkpoint")
        if answer.is_success and len((note := Note.parse(answer.content)).signatures) >= signatures:
            return note
        time.sleep(0.05)
    raise AssertionError("no such checkpoint was published in time")


def log_key(place: Installation) -> VerifierKey:
    return VerifierKey.parse(place.must("log", "keys").stdout.strip())


def test_what_serve_signs_is_exported_and_verified_by_the_printed_key(
    place: Installation,
) -> None:
    place.must(*FOUNDING)
    key = log_key(place)
    assert (key.name, key.algorithm) == ("test.example/ledger", Algorithm.ED25519)
    with served(place) as (_, address):
        note = checkpoint_of(address)
    checkpoint = verify(note, [key]).checkpoint
    out = place.folder / "out"
    printed = orjson.loads(place.must("log", "export", str(out), "--json").stdout)
    assert printed == {
        "origin": "test.example/ledger",
        "size": checkpoint.size,
        "rootHash": checkpoint.root.hex(),
    }
    assert (out / "checkpoint").read_bytes() == note.to_bytes()
    assert (out / f"tile/entries/000.p/{checkpoint.size}").is_file()


def test_an_export_before_the_first_signature_says_so(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    result = small_place.run("log", "export", str(small_place.folder / "out"))
    assert result.exit_code == 3
    assert "No checkpoint was published yet" in result.stderr


def test_serve_refuses_a_database_older_than_what_was_signed_and_says_the_steps(
    small_place: Installation,
) -> None:
    small_place.must(*FOUNDING)
    with served(small_place) as (_, address):
        checkpoint_of(address)
    signed = small_place.folder / "keys.db.signed"
    note = Note.parse(signed.read_bytes())
    # As if more had been signed since the backup.
    origin, size, root = note.text.splitlines()
    keys = KeyStore.open(
        f"sqlite:///{small_place.keys}", LocalKeyEncryption.from_file(small_place.kek)
    )
    later = Checkpoint.parse(f"{origin}\n{int(size) + 5}\n{root}\n")
    (key,) = known_keys(keys, origin)
    keys.close()
    signed.write_bytes(Note(str(later), (key.sign(later, 0),)).to_bytes())
    result = small_place.run("serve")
    assert_fault(result, 3, "older state", "(1)", "(2)", "coalition init --origin")


def start_witness(place: Installation, key: VerifierKey) -> tuple[subprocess.Popen[str], str, str]:
    process = place.start(
        *("witness", "serve", f"--log-key={key}", "--name=witness.example.org"),
        *(f"--data={place.folder / 'witness'}", "--port=0"),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], WAIT_S)
    assert ready, "it did not start in time"
    address = process.stderr.readline().split("listens at ")[1].split(";")[0]
    return process, process.stdout.readline().strip(), address


def test_a_partner_runs_a_witness_with_one_command(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    key = log_key(small_place)
    process, vkey, address = start_witness(small_place, key)
    try:
        small_place.environment["COALITION_WITNESSES"] = f"{vkey} {address}"
        with served(small_place) as (_, log_address):
            note = checkpoint_of(log_address, signatures=2)
        verified = verify(note, [key, VerifierKey.parse(vkey)])
        assert [each.key.name for each in verified.by] == [
            "test.example/ledger",
            "witness.example.org",
        ]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    "bad", [("--log-key=nonsense", "--name=w"), ("--log-key=a+b+c", "--name=w")]
)
def test_a_witness_of_no_key_is_refused(small_place: Installation, bad: tuple[str, ...]) -> None:
    assert_fault(small_place.run("witness", "serve", *bad), 2, "cannot be used")


def test_a_key_is_changed_while_the_service_runs(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    old = log_key(small_place)
    assert_fault(small_place.run("log", "retire-key", old.key_id.hex()), 1, "only key that signs")
    assert_fault(small_place.run("log", "retire-key", "00000000"), 2, "coalition log keys")
    small_place.environment["COALITION_SIGN_EVERY_S"] = "0.2"
    with served(small_place) as (_, address):
        checkpoint_of(address)
        new = VerifierKey.parse(small_place.must("log", "add-key").stdout.strip())
        quantum = VerifierKey.parse(
            small_place.must("log", "add-key", "--ml-dsa-44").stdout.strip()
        )
        assert quantum.algorithm is Algorithm.ML_DSA_44
        keys = small_place.must("log", "keys").stdout.split()
        assert keys == [str(old), str(new), str(quantum)]
        all_three = checkpoint_of(address, signatures=3)
        assert len(verify(all_three, [old, new, quantum]).by) == 3
        small_place.must("log", "retire-key", old.key_id.hex())
        size = Checkpoint.parse(all_three.text).size
        deadline = time.monotonic() + WAIT_S
        while Checkpoint.parse((note := checkpoint_of(address)).text).size == size:
            assert time.monotonic() < deadline
        assert [line.key_id for line in note.signatures] == [new.key_id, quantum.key_id]
    bundle = small_place.folder / "log.tar"
    earlier = small_place.folder / "earlier"
    earlier.write_bytes(all_three.to_bytes())
    small_place.must("audit", "bundle", str(bundle))
    verify_by = ("audit", "verify", str(bundle))
    for key in (new, quantum):
        small_place.must(*verify_by, f"--log-key={key}", f"--checkpoint={earlier}")
    assert_fault(small_place.run(*verify_by, f"--log-key={old}"), 1, "no key that is trusted")
