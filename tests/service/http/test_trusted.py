"""Documents that are known beforehand, named instead of sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.faults import NotReadyError
from service.graphql.trusted import Trusted, document_id, read_folder
from tests.service.coalition import Coalition
from tests.service.graphql.api import SCHEMA
from tests.service.http.conftest import new_key, serving
from tests.service.live.served import served, socket_to

KNOWN = "query Tiers($no: Boolean = false) { tiers { key name @skip(if: $no) } }\n"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tiers.graphql").write_text(KNOWN)
    (folder / "notes.txt").write_text("no document")
    return folder


def test_a_known_document_is_named_by_its_hash(small_coalition: Coalition, documents: Path) -> None:
    named = {"documentId": document_id(KNOWN)}
    with serving(small_coalition, documents=documents) as client:
        sent = client.post("/graphql", json={"query": KNOWN}).json()["data"]
        assert client.post("/graphql", json=named).json()["data"] == sent
        got = client.get("/graphql", params=named)
        assert got.json()["data"] == sent
        again = client.get("/graphql", params=named, headers={"if-none-match": got.headers["etag"]})
        assert again.status_code == 304
        without = client.post("/graphql", json={**named, "variables": {"no": True}})
        assert set(without.json()["data"]["tiers"][0]) == {"key"}
        # A browser that names one gets its answer, and no page.
        answer = client.get("/graphql", params=named, headers={"accept": "text/html, */*"})
        assert answer.json()["data"] == sent


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"documentId": "sha256:" + "0" * 64}, "UNKNOWN_DOCUMENT"),
        ({"documentId": ""}, "UNKNOWN_DOCUMENT"),
        ({"documentId": 7}, "BAD_REQUEST"),
        ({"documentId": document_id(KNOWN), "query": KNOWN}, "BAD_REQUEST"),
    ],
)
def test_a_name_of_nothing_is_refused(
    small_coalition: Coalition, documents: Path, body: dict[str, object], code: str
) -> None:
    with serving(small_coalition, documents=documents) as client:
        answer = client.post("/graphql", json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == code


def test_the_public_may_be_held_to_known_documents(
    small_coalition: Coalition, documents: Path
) -> None:
    key = {"authorization": f"Bearer {new_key(small_coalition)}"}
    own = {"query": "{ viewer { role } }"}
    with serving(small_coalition, documents=documents, public_documents_only="true") as client:
        for known in ({"query": KNOWN}, {"documentId": document_id(KNOWN)}):
            assert "data" in client.post("/graphql", json=known).json()
        for other in (own, {"query": KNOWN + " "}):
            (error,) = client.post("/graphql", json=other).json()["errors"]
            assert error["extensions"]["code"] == "UNTRUSTED_DOCUMENT"
        answer = client.post("/graphql", json=own, headers=key)
        assert answer.json()["data"] == {"viewer": {"role": "DIRECTOR"}}


def test_a_known_document_is_named_over_a_websocket_too(
    small_coalition: Coalition, documents: Path
) -> None:
    with (
        served(small_coalition, documents=documents, public_documents_only="true") as address,
        socket_to(address) as socket,
    ):
        socket.say("subscribe", id="1", payload={"documentId": document_id(KNOWN)})
        assert socket.hear()["payload"]["data"]["tiers"]
        assert socket.hear()["type"] == "complete"
        socket.subscribe("subscription { entries { position } }", name="2")
        (error,) = socket.hear()["payload"]
        assert error["extensions"]["code"] == "UNTRUSTED_DOCUMENT"


def test_over_a_websocket_an_unknown_document_is_an_error_of_its_operation_alone(
    small_coalition: Coalition, documents: Path
) -> None:
    unknown = {"documentId": document_id(KNOWN + " ")}
    with served(small_coalition, documents=documents) as address, socket_to(address) as socket:
        socket.subscribe("subscription { entries { position } }", name="0")
        # Its id may be had again at once, as after any error.
        for _ in range(2):
            socket.say("subscribe", id="1", payload=unknown)
            told = socket.hear()
            assert (told["id"], told["type"]) == ("1", "error")
            assert told["payload"][0]["extensions"]["code"] == "UNKNOWN_DOCUMENT"
        socket.say("subscribe", id="1", payload={"query": KNOWN})
        told = socket.hear()
        assert (told["id"], told["type"]) == ("1", "next")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{ nothing }", "nothing"), ("{", "parsed"), (b"\xff", "read"), (None, "no documents")],
)
def test_a_folder_of_documents_is_checked(
    tmp_path: Path, text: str | bytes | None, said: str
) -> None:
    if text is not None:
        content = text.encode() if isinstance(text, str) else text
        (tmp_path / "one.graphql").write_bytes(content)
    with pytest.raises(NotReadyError, match=said):
        read_folder(tmp_path, SCHEMA._schema)


def test_nothing_is_known_unless_it_was_said() -> None:
    assert Trusted().text(document_id(KNOWN)) is None
    assert KNOWN not in Trusted()
    assert KNOWN in Trusted([KNOWN])


def test_an_operator_sees_the_ids_of_documents(documents: Path) -> None:
    shown = CliRunner().invoke(app, ["schema", "documents", str(documents), "--json"])
    assert json.loads(shown.stdout) == {"tiers.graphql": document_id(KNOWN)}
    (documents / "wrong.graphql").write_text("{ nothing }")
    assert CliRunner().invoke(app, ["schema", "documents", str(documents)]).exit_code == 3
