"""A witness as a partner runs it, and the log that asks it."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from domain.ledger.checkpoint import Checkpoint, SigningKey, verify
from domain.ledger.note import Algorithm, Note, NoteError, VerifierKey
from domain.ledger.witness import AddCheckpoint
from service.faults import NotReadyError
from service.settings import SettingsError
from service.transparency.witness import MAX_BODY_BYTES, Witness, build_witness_app
from service.transparency.witnesses import Witnesses, WitnessPlace, witness_places
from tests.service.http.conftest import settings_of
from tests.service.transparency.conftest import SignedLog

NAME = "witness.example.org"
AT = 1_700_000_000


@contextmanager
def served(witness: Witness) -> Iterator[WitnessPlace]:
    """Serve a witness on a port of this machine."""
    config = uvicorn.Config(build_witness_app(witness), log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield WitnessPlace(witness.key, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join()


def witness_of(log: SignedLog, folder: Path, name: str = NAME) -> Witness:
    keys = [key.verifier for key in log.signer.keys]
    return Witness(folder / name, name, keys, lambda: AT)


def test_cosignatures_are_asked_for_published_and_hold(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    first = witness_of(signed_log, tmp_path)
    second = witness_of(signed_log, tmp_path, "second.example.org")
    log_keys = [key.verifier for key in signed_log.signer.keys]
    with served(first) as here, served(second) as there:
        witnesses = Witnesses(signed_log.coalition.ledger, [here, there])
        for seats in (9, 10, 11):
            signed_log.grow(seats)
            note = signed_log.signer.sign()
            assert note is not None
            witnesses.cosign(note)
            shown = signed_log.published()
            assert shown is not None
            verified = verify(shown, [*log_keys, first.key, second.key])
            assert verified.checkpoint.size == Checkpoint.parse(note.text).size
            assert [each.at for each in verified.by] == [None, AT, AT]
            assert signed_log.signer.sign() is None
            assert signed_log.published() == shown, "the cosignatures are gone"


def test_a_log_that_starts_again_learns_what_the_witness_remembers(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    witness = witness_of(signed_log, tmp_path)
    with served(witness) as place:
        for seats in (9, 10):
            signed_log.grow(seats)
            note = signed_log.signer.sign()
            assert note is not None
            fresh = Witnesses(signed_log.coalition.ledger, [place])
            assert len(fresh.cosign(note).signatures) == 2


def test_witnesses_that_do_not_answer_or_answer_nonsense_cost_nothing(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    note = signed_log.signer.sign()
    assert note is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    good = witness_of(signed_log, tmp_path)
    other = SigningKey(NAME, Algorithm.ED25519_COSIGNATURE, bytes(32)).verifier
    with served(good) as place:
        places = [
            WitnessPlace(other, f"http://127.0.0.1:{closed}"),
            WitnessPlace(other, place.url),
            WitnessPlace(good.key, f"{place.url}/nowhere"),
        ]
        assert Witnesses(signed_log.coalition.ledger, places).cosign(note) == note
        assert signed_log.published() == note
        cosigned = Witnesses(signed_log.coalition.ledger, [*places, place]).cosign(note)
    assert len(cosigned.signatures) == 2


def test_a_witness_that_has_seen_more_gives_no_cosignature(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    earlier = signed_log.signer.sign()
    witness = witness_of(signed_log, tmp_path)
    with served(witness) as place:
        signed_log.grow(9)
        later = signed_log.signer.sign()
        assert earlier is not None
        assert later is not None
        Witnesses(signed_log.coalition.ledger, [place]).cosign(later)
        kept = witness.latest("test.example/ledger")
        assert Witnesses(signed_log.coalition.ledger, [place]).cosign(earlier) == earlier
    assert witness.latest("test.example/ledger") == kept


def test_a_witness_remembers_across_restarts_and_refuses_what_is_older(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    earlier = signed_log.signer.sign()
    assert earlier is not None
    with TestClient(build_witness_app(witness_of(signed_log, tmp_path))) as client:
        body = AddCheckpoint(0, (), earlier).to_bytes()
        answer = client.post("/add-checkpoint", content=body)
        assert answer.status_code == 200
        assert answer.text.startswith(f"— {NAME} ")
    size = Checkpoint.parse(earlier.text).size
    again = witness_of(signed_log, tmp_path)
    with TestClient(build_witness_app(again)) as client:
        answer = client.post("/add-checkpoint", content=body)
        assert (answer.status_code, answer.text) == (409, f"{size}\n")
        assert answer.headers["Content-Type"] == "text/x.tlog.size"
        origin = hashlib.sha256(b"test.example/ledger").hexdigest()
        shown = Note.parse(client.get(f"/{origin}/checkpoint").content)
        keys = [*(key.verifier for key in signed_log.signer.keys), again.key]
        assert len(verify(shown, keys).by) == 2
        assert client.get(f"/{'0' * 64}/checkpoint").status_code == 404


def test_a_forked_log_is_refused_and_what_is_remembered_stays(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    witness = witness_of(signed_log, tmp_path)
    note = signed_log.signer.sign()
    assert note is not None
    with TestClient(build_witness_app(witness)) as client:
        client.post("/add-checkpoint", content=AddCheckpoint(0, (), note).to_bytes())
        kept = witness.latest("test.example/ledger")
        size = Checkpoint.parse(note.text).size
        fork = Checkpoint("test.example/ledger", size, bytes(32))
        key = signed_log.signer.keys[0]
        forked = Note(str(fork), (key.sign(fork, AT),))
        body = AddCheckpoint(size, (), forked).to_bytes()
        assert client.post("/add-checkpoint", content=body).status_code == 422
    assert witness.latest("test.example/ledger") == kept


def test_bad_requests_get_a_clear_answer(signed_log: SignedLog, tmp_path: Path) -> None:
    with TestClient(build_witness_app(witness_of(signed_log, tmp_path))) as client:
        for body in (b"", b"old 1\n", b"\xff\n\n", b"x" * (MAX_BODY_BYTES + 1)):
            assert client.post("/add-checkpoint", content=body).status_code == 400
        assert client.get("/add-checkpoint").status_code == 405


def test_a_witness_without_its_key_or_with_anothers_memory_does_not_start(
    signed_log: SignedLog, tmp_path: Path
) -> None:
    witness = witness_of(signed_log, tmp_path)
    note = signed_log.signer.sign()
    assert note is not None
    assert isinstance(witness.add_checkpoint(AddCheckpoint(0, (), note).to_bytes()), str)
    folder = tmp_path / NAME
    key = (folder / "key").read_bytes()
    (folder / "key").unlink()
    with pytest.raises(NotReadyError, match="restore its key"):
        witness_of(signed_log, tmp_path)
    another = b"B" if key[10:11] == b"A" else b"A"
    (folder / "key").write_bytes(key[:10] + another + key[11:])
    (folder / "key").chmod(0o600)
    with pytest.raises(NotReadyError, match="was not cosigned by this witness"):
        witness_of(signed_log, tmp_path)
    (folder / "key").chmod(0o644)
    with pytest.raises(NotReadyError, match="open to other users"):
        witness_of(signed_log, tmp_path)


def test_settings_name_witnesses(signed_log: SignedLog, tmp_path: Path) -> None:
    key = witness_of(signed_log, tmp_path).key
    settings = settings_of(
        signed_log.coalition, witnesses=f"{key} https://witness.example.org/w/,{key} http://other"
    )
    assert witness_places(settings) == [
        WitnessPlace(key, "https://witness.example.org/w"),
        WitnessPlace(key, "http://other"),
    ]
    log_key = signed_log.signer.keys[0].verifier
    with pytest.raises(SettingsError, match="0x04"):
        witness_places(settings_of(signed_log.coalition, witnesses=f"{log_key} https://x"))
    with pytest.raises(NoteError):
        WitnessPlace.parse("nonsense https://x")
    assert VerifierKey.parse(str(key)) == key
