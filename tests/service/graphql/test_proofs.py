"""Checkpoint, keys and proofs through GraphQL, checked as a client would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.audit.rows import MODELS
from domain.ledger.checkpoint import verify
from domain.ledger.note import Note, VerifierKey
from domain.ledger.proofs import verify_consistency, verify_inclusion
from service.transparency.attesting import attest
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.service.coalition import Coalition
from tests.service.graphql.api import Api

QUERY = """query ($position: Int!, $from: Int!, $to: Int!) { ledger {
    checkpoint { size rootHash note }
    publicKeys { name keyId verifierKey }
    entry(by: {position: $position}) { leafHash }
    inclusionProof(position: $position) { leafIndex treeSize hashes }
    consistencyProof(fromSize: $from, toSize: $to) { fromSize toSize hashes }
} }"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("proofs")
    coalition = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder)
    for seats in range(20):
        coalition.set_seats("collaborative-partner", 9 + seats)
    yield Api(coalition)
    coalition.close()


def signer_of(api: Api) -> Signer:
    ledger = api.coalition.ledger
    return Signer(ledger, SignedFile(Path(f"{ledger.engine.url.database}.signed")))


def test_before_the_first_signature_there_is_no_checkpoint(api: Api) -> None:
    assert api.ask("{ ledger { checkpoint { size } } }")["ledger"]["checkpoint"] is None


def test_a_client_needs_nothing_else_to_be_convinced(api: Api) -> None:
    first = signer_of(api).sign()
    assert first is not None
    before = api.ask("{ ledger { checkpoint { size rootHash } } }")["ledger"]["checkpoint"]
    api.coalition.set_seats("collaborative-partner", 50)
    signer_of(api).sign()
    size = before["size"] + 1
    found = api.ask(QUERY, position=7, **{"from": before["size"], "to": size})["ledger"]
    keys = [VerifierKey.parse(each["verifierKey"]) for each in found["publicKeys"]]
    assert [(key.name, key.key_id.hex()) for key in keys] == [
        (each["name"], each["keyId"]) for each in found["publicKeys"]
    ]
    checkpoint = verify(Note.parse(found["checkpoint"]["note"].encode()), keys).checkpoint
    assert found["checkpoint"]["size"] == checkpoint.size == size
    assert found["checkpoint"]["rootHash"] == checkpoint.root.hex()
    proof = found["inclusionProof"]
    assert (proof["leafIndex"], proof["treeSize"]) == (6, size)
    leaf = bytes.fromhex(found["entry"]["leafHash"])
    hashes = [bytes.fromhex(each) for each in proof["hashes"]]
    verify_inclusion(leaf, 6, size, hashes, checkpoint.root)
    hashes = [bytes.fromhex(each) for each in found["consistencyProof"]["hashes"]]
    root = bytes.fromhex(before["rootHash"])
    verify_consistency(before["size"], size, hashes, root, checkpoint.root)


@pytest.mark.parametrize(
    ("field", "argument"),
    [
        ("inclusionProof(position: 0) { treeSize }", "position"),
        ("inclusionProof(position: 6, treeSize: 5) { treeSize }", "position"),
        ("inclusionProof(position: 1, treeSize: 100000) { treeSize }", "treeSize"),
        ("inclusionProof(position: 1, treeSize: 0) { treeSize }", "treeSize"),
        ("inclusionProof(position: -1, treeSize: 5) { treeSize }", "position"),
        ("consistencyProof(fromSize: 0, toSize: 5) { toSize }", "fromSize"),
        ("consistencyProof(fromSize: 6, toSize: 5) { toSize }", "fromSize"),
        ("consistencyProof(fromSize: 1, toSize: 100000) { toSize }", "toSize"),
    ],
)
def test_what_cannot_be_proved_is_an_invalid_argument(api: Api, field: str, argument: str) -> None:
    reply = api.send(f"{{ ledger {{ {field} }} }}")
    (error,) = reply.errors
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    assert error["extensions"]["field"] == argument


def test_what_was_attested_is_shown_with_the_entry_that_says_so(api: Api) -> None:
    asked = "{ ledger { attestations { model version position rows digest attestedAt } } }"
    assert api.ask(asked)["ledger"]["attestations"] == []
    ledger = api.coalition.ledger
    with ledger.read() as snapshot:
        position = snapshot.position
    attest(ledger)
    found = api.ask(asked)["ledger"]["attestations"]
    assert [each["model"] for each in found] == sorted(MODELS)
    attested = [position + 1 + place for place in range(len(MODELS))]
    assert [each["attestedAt"] for each in found] == attested
    assert {each["position"] for each in found} == {position}
    by_position = "query ($at: Int!) { ledger { entry(by: {position: $at}) { publicData } } }"
    entry = api.ask(by_position, at=attested[-1])
    assert entry["ledger"]["entry"]["publicData"]["digest"] == found[-1]["digest"]
