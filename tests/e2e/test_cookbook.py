"""Every document of the cookbook works against the demo, for the one it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.test_readme import Demo

FOLDER = Path(__file__).parents[2] / "docs" / "cookbook"
DOCUMENTS = sorted(FOLDER.glob("*.graphql"))
HEADER = re.compile(r"(?:# .+\n)+# as (?:the )?(?P<role>\w+)\n(?:# with (?P<given>\{.+\})\n)?\w")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("cookbook"))
    yield started
    started.stop()


def read(document: Path) -> tuple[str, dict[str, Any], str]:
    """Return who is to send a document, with what, and its text."""
    text = document.read_text()
    header = HEADER.match(text)
    assert header is not None, f"{document.name} says what it is for, and who sends it"
    return header["role"], json.loads(header["given"] or "{}"), text


def ask(demo: Demo, document: Path) -> dict[str, Any]:
    role, given, text = read(document)
    if "\nsubscription " not in text:
        return demo.ask(role, text, given)
    headers = {"Authorization": f"Bearer {demo.keys[role]}", "Accept": "text/event-stream"}
    body = {"query": text, "variables": given}
    with httpx2.stream("POST", demo.url, json=body, headers=headers, timeout=20) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                told: dict[str, Any] = json.loads(line.removeprefix("data: "))
                assert "errors" not in told, told
                data: dict[str, Any] = told["data"]
                return data
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.stem)
def test_a_document_answers_whom_it_is_for(demo: Demo, document: Path) -> None:
    data = ask(demo, document)
    assert all(value is not None for value in data.values()), data
    text = json.dumps(data)
    # Something is there, and no command was rejected.
    assert '"nodes": []' not in text
    assert '"code"' not in text


def test_the_list_names_each_of_them() -> None:
    listed = re.findall(r"\]\((\S+\.graphql)\)", (FOLDER / "README.md").read_text())
    assert listed == [document.name for document in DOCUMENTS]


def test_the_request_that_the_page_shows_works(demo: Demo) -> None:
    (shown,) = re.findall(r"```sh\n(.+?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    port = demo.url.rpartition(":")[2].partition("/")[0]
    answer = json.loads(demo.run(shown.replace(":8000", f":{port}"), {}))
    assert answer["data"]["directory"]["totalCount"] > 0
