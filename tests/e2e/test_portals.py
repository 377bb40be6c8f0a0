"""The portals' guide tells the truth: its programs mirror the memberships of a served demo."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_readme import Demo

GUIDE = (Path(__file__).parents[2] / "docs" / "portals.md").read_text()
IN_TIME_S = 40.0
MEMBERSHIPS = """query ($after: String) { memberships(first: 100, after: $after) {
    nodes { id standing tier { key } listing { name } } pageInfo { hasNextPage endCursor } } }"""

LISTED = """{ directory(filter: { tiers: ["coalition-member"] }) { nodes {
    name standing party { id } membership { id tier { requirements { key } } } } } }"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("portals"))
    yield started
    started.stop()


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_a_mirror_is_a_program_of_forty_lines_at_most(language: str) -> None:
    (text,) = re.findall(rf"```{language}\n(.+?)```", GUIDE, re.DOTALL)
    assert len(text.splitlines()) <= 40


class Mirror:
    """A program of the guide, while it runs."""

    def __init__(self, command: list[str], demo: Demo, file: Path) -> None:
        base = demo.url.removesuffix("/graphql")
        self._command = [*command, base, demo.keys["portal"], str(file)]
        self._file = file
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def found(self) -> dict[str, Any]:
        """What it has mirrored by now, by id of the membership."""
        members: dict[str, Any] = json.loads(self._file.read_text())["members"]
        return {
            each["id"]: (each["standing"], each["tier"]["key"], (each["listing"] or {}).get("name"))
            for each in members.values()
        }

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + IN_TIME_S
        while not (self._file.exists() and done()):
            assert self._process.poll() is None, self._process.communicate()[1]
            assert time.monotonic() < deadline, "the mirror did not catch up"
            time.sleep(0.1)


def shown(demo: Demo) -> dict[str, Any]:
    """Return what a portal sees of every membership."""
    found: dict[str, Any] = {}
    after = None
    while True:
        page = demo.ask("portal", MEMBERSHIPS, {"after": after})["memberships"]
        for each in page["nodes"]:
            name = (each["listing"] or {}).get("name")
            found[each["id"]] = (each["standing"], each["tier"]["key"], name)
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def program(language: str, folder: Path) -> list[str]:
    """Return the command that runs the guide's program."""
    (text,) = re.findall(rf"```{language}\n(.+?)```", GUIDE, re.DOTALL)
    if language == "python":
        (folder / "mirror.py").write_text(text)
        return [sys.executable, str(folder / "mirror.py")]
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (folder / "mirror.mjs").write_text(text)
    return [node, str(folder / "mirror.mjs")]


def do(demo: Demo, mutation: str, given: dict[str, Any], role: str = "director") -> None:
    """Let somebody do something."""
    name = mutation[0].upper() + mutation[1:]
    query = (
        f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) "
        "{ __typename ... on Rejection { message } } }"
    )
    given = {"commandId": str(uuid.uuid4()), **given}
    answer = demo.ask(role, query, {"input": given})[mutation]
    assert answer["__typename"] == f"{name}Accepted", answer


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_guides_program_mirrors_the_memberships(
    demo: Demo, tmp_path: Path, language: str
) -> None:
    listed = demo.ask(
        "director",
        LISTED,
        {},
    )["directory"]["nodes"]
    held = next(each for each in listed if each["name"] and each["standing"] == "ACTIVE")
    mirror = Mirror(program(language, tmp_path), demo, tmp_path / "mirror.json")
    try:
        mirror.until(lambda: mirror.found == shown(demo))
        assert held["name"] in {name for _, _, name in mirror.found.values()}
        # Somebody may be in danger: a mirror must forget at once.
        do(demo, "holdListing", {"party": held["party"]["id"]})
        mirror.until(lambda: held["name"] not in {name for _, _, name in mirror.found.values()})
        assert mirror.found == shown(demo)
        # What happens while it is away is told when it is back.
        mirror.stop()
        do(demo, "releaseListing", {"party": held["party"]["id"]})
        mirror.start()
        mirror.until(lambda: mirror.found == shown(demo))
        # So is what happens to a membership.
        suspended = held["membership"]
        clauses = [suspended["tier"]["requirements"][0]["key"]]
        given = {"membership": suspended["id"], "clauses": clauses, "reason": "For a test."}
        do(demo, "suspendMembership", {**given, "until": "2099-01-01"})
        mirror.until(lambda: mirror.found[suspended["id"]][0] == "SUSPENDED")
        assert mirror.found == shown(demo)
        do(demo, "liftSuspension", {"membership": suspended["id"]})
        mirror.until(lambda: mirror.found == shown(demo))
    finally:
        mirror.stop()
