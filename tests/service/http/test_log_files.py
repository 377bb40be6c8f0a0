"""The log as files: what C2SP's clients fetch, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from domain.ledger.checkpoint import Checkpoint, verify
from domain.ledger.merkle import Frontier, leaf_hash
from domain.ledger.note import Note
from domain.ledger.tiles import TilePath, decode_bundle, tiles_of
from domain.ledger.tlog_proof import TlogProof
from service.ledger import tables
from tests.service.coalition import Coalition
from tests.service.http.conftest import serving
from tests.service.transparency.conftest import SignedLog

GROWN = 300


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedLog]:
    """A log of more than one tile, signed, and some entries beyond the checkpoint."""
    folder: Path = tmp_path_factory.mktemp("log")
    coalition = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder)
    signed = SignedLog(coalition, folder)
    for seats in range(GROWN):
        signed.grow(9 + seats)
    signed.signer.sign()
    signed.grow(8)
    yield signed
    coalition.close()


@pytest.fixture(scope="module")
def client(log: SignedLog) -> Iterator[TestClient]:
    """A client of that log."""
    with serving(log.coalition) as opened:
        yield opened


def checkpoint_of(client: TestClient) -> Checkpoint:
    return Checkpoint.parse(Note.parse(client.get("/log/v1/checkpoint").content).text)


def test_the_checkpoint_is_fresh_plain_text_that_the_log_has_signed(
    client: TestClient, log: SignedLog
) -> None:
    answer = client.get("/log/v1/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=2"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    note = Note.parse(answer.content)
    assert note == log.published()
    verify(note, [key.verifier for key in log.signer.keys])


def test_a_reader_rebuilds_the_root_from_tiles_and_from_entries(client: TestClient) -> None:
    checkpoint = checkpoint_of(client)
    hashes, leaves = [], []
    for tile in tiles_of(checkpoint.size):
        answer = client.get(f"/log/v1/{tile}")
        assert answer.status_code == 200, tile
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        content = answer.content
        if tile.entries:
            bundle = decode_bundle(content)
            assert len(bundle) == tile.width
            leaves += [leaf_hash(entry) for entry in bundle]
            continue
        assert len(content) == tile.width * 32
        found = [content[start : start + 32] for start in range(0, len(content), 32)]
        if tile.level == 0:
            hashes += found
        else:
            assert found == [
                Frontier().extend(hashes[start : start + 256]).root()
                for start in range(0, len(found) * 256, 256)
            ]
    assert hashes == leaves
    assert Frontier().extend(leaves).root() == checkpoint.root


def test_nothing_beyond_the_checkpoint_is_served(client: TestClient, log: SignedLog) -> None:
    size = checkpoint_of(client).size
    with log.coalition.ledger.read() as snapshot:
        assert snapshot.position > size
    number, width = divmod(size, 256)
    for entries in (True, False):
        assert client.get(f"/log/v1/{TilePath(0, number, width, entries)}").is_success
        for beyond in (
            TilePath(0, number, width + 1, entries),
            TilePath(0, number, 256, entries),
            TilePath(0, number + 1, 1, entries),
        ):
            answer = client.get(f"/log/v1/{beyond}")
            assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert client.get(f"/audit/v1/{size}.tlog-proof").is_success
    assert client.get(f"/audit/v1/{size + 1}.tlog-proof").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/log/v1/tile/0/0",
        "/log/v1/tile/0/000.p/0",
        "/log/v1/tile/0/x000/000",
        "/log/v1/tile/0/%2e%2e/000",
        "/log/v1/tile/64/000",
        "/log/v1/tile/63/x999/x999/x999/x999/x999/x999/999",
        "/log/v1/tile/entries/",
        "/log/v1/tile/",
        "/audit/v1/0.tlog-proof",
        "/audit/v1/01.tlog-proof",
        "/audit/v1/-1.tlog-proof",
        f"/audit/v1/{2**63}.tlog-proof",
        f"/audit/v1/{'9' * 5000}.tlog-proof",
        "/audit/v1/1",
        "/audit/v1/.tlog-proof",
    ],
)
def test_what_is_no_file_of_the_log_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("position", [1, 2, 255, 256, 257, 300])
def test_a_proof_file_convinces_by_itself(
    client: TestClient, log: SignedLog, position: int
) -> None:
    answer = client.get(f"/audit/v1/{position}.tlog-proof")
    proof = TlogProof.parse(answer.content)
    assert proof.index == position - 1
    with log.coalition.ledger.read() as snapshot:
        data = snapshot.connection.execute(
            sa.select(tables.entries.c.data).where(tables.entries.c.position == position)
        ).scalar_one()
    proof.verify(leaf_hash(bytes(data)), [key.verifier for key in log.signer.keys])


def test_before_the_first_signature_there_is_no_file(tmp_path: Path, database_url: str) -> None:
    coalition = Coalition(database_url, tmp_path)
    with serving(coalition) as client:
        for path in ("/log/v1/checkpoint", "/log/v1/tile/0/000.p/1", "/audit/v1/1.tlog-proof"):
            assert client.get(path).status_code == 404
        SignedLog(coalition, tmp_path).signer.sign()
        assert client.get("/log/v1/checkpoint").is_success
        assert client.get("/log/v1/tile/entries/000.p/1").is_success
        assert client.head("/log/v1/checkpoint").is_success
        assert client.post("/log/v1/checkpoint").status_code == 405
    coalition.close()
