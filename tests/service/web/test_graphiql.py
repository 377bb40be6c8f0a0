"""GraphiQL is served from local files, to whom it may be of use."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.security.sessions import COOKIE
from service.web.graphiql import FOLDER, POLICY, cookbook
from tests.service.coalition import Coalition
from tests.service.http.conftest import serving

ROOT = Path(__file__).parents[3]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(small_coalition: Coalition) -> Iterator[TestClient]:
    """A client of a coalition that was just founded."""
    with serving(small_coalition) as opened:
        yield opened


def test_a_browser_gets_a_page_whose_files_are_all_here(client: TestClient) -> None:
    answer = client.get("/graphql", headers=BROWSER)
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    named = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(named) == 9
    for path in named:
        if path != "data:,":
            assert client.get(path).status_code == 200, path
    assert client.get("/graphiql/other.js").status_code == 404
    # Who has no JavaScript reads how to send a query.
    assert "<code>POST</code>" in answer.text


def test_whoever_may_not_send_any_document_is_not_offered_to_write_one(
    small_coalition: Coalition,
) -> None:
    with serving(small_coalition, public_documents_only=True) as client:
        public = client.get("/graphql", headers=BROWSER)
        assert "script" not in public.text
        assert "<code>POST</code>" in public.text
        assert public.headers["vary"] == "Accept, Cookie"
        signed_in = client.get("/graphql", headers=BROWSER | {"Cookie": f"{COOKIE}=somebody"})
        assert "script" in signed_in.text


def test_every_file_is_the_package_s() -> None:
    rows = json.loads((FOLDER / "vendored.json").read_text(encoding="utf-8"))
    for row in rows:
        content = (FOLDER / row["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"], row["file"]
    ours = {"LICENSES.txt", "cookbook.json", "page.css", "start.js", "vendored.json"}
    assert {file.name for file in FOLDER.iterdir()} == ours | {row["file"] for row in rows}


def test_what_is_offered_is_the_cookbook() -> None:
    # `make schema` writes it.
    offered = json.loads((FOLDER / "cookbook.json").read_text(encoding="utf-8"))
    assert offered == cookbook(ROOT / "docs" / "cookbook")
    assert len({each["title"] for each in offered}) == len(offered)
    for each in offered:
        assert json.loads(each["variables"] or "{}") is not None
