"""The README tells the truth: its commands exist, and its walk works against the demo."""

from __future__ import annotations

import json
import re
import select
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COALITION = Path(sys.executable).with_name("coalition")
READY_S = 60


class Demo:
    """The demo as a stranger has it: a folder, an address, and the keys that it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "demo"
        self._process = subprocess.Popen(
            [COALITION, "demo", f"--data={self.folder}", "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], READY_S)
        assert ready, "the demo did not start in time"
        self.url = self._process.stdout.readline().split()[1]
        made = json.loads((self.folder / "demo-keys.json").read_text())
        self.keys = {each["role"]: each["key"] for each in made["keys"]}

    @property
    def port(self) -> str:
        """The port at which it is served."""
        return self.url.rpartition(":")[2].partition("/")[0]

    def ask(self, role: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Send a request with the key of a role, and return its data."""
        headers = {} if role == "anybody" else {"Authorization": f"Bearer {self.keys[role]}"}
        answer = httpx2.post(
            self.url, json={"query": query, "variables": variables}, headers=headers
        )
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    def run(self, command: str, found: dict[str, Any]) -> str:
        """Run a command of the README in a shell, on this demo's folder."""
        command = command.replace(".demo/", f"{self.folder}/").replace(
            ".venv/bin/coalition", str(COALITION)
        )
        assignments = " ".join(
            f"{name}={shlex.quote(str(value))};" for name, value in found.items()
        )
        done = subprocess.run(
            ["bash", "-euc", f"{assignments} {command}"],  # noqa: S607 - the shell of the README
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        return done.stdout

    def stop(self) -> None:
        """Stop it as Ctrl-C would."""
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("readme"))
    yield started
    started.stop()


def section(title: str) -> str:
    """Return a section of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return [body for found, body in BLOCK.findall(text) if found == language]


def role_of(block: str) -> str:
    """Return who is to send a block, from its first line."""
    match = re.match(r"# as (?:the )?(.+)\n", block)
    assert match, f"a block must say who sends it: {block}"
    return match[1].replace("new ", "new-")


def learn(answer: object, found: dict[str, Any]) -> None:
    """Remember ids by the field that had them, and values by their own names."""
    if isinstance(answer, list):
        for each in answer:
            learn(each, found)
    if isinstance(answer, dict):
        for name, value in answer.items():
            if isinstance(value, dict) and "id" in value:
                found[name] = value["id"]
            if name == "principal":
                found[name] = value
            if name == "agreement" and value == "network-member-agreement" and "sha256" in answer:
                found |= {"version": answer["version"], "sha256": answer["sha256"]}
            learn(value, found)


def test_the_first_five_minutes_go_as_written(demo: Demo) -> None:
    data: dict[str, Any] = {}
    for block in blocks(section("The first five minutes"), "graphql"):
        data = demo.ask(role_of(block), block, {})
        assert data
    assert data["now"]["totalCount"] > data["before"]["totalCount"] > 0
    (curl,) = blocks(section("The first five minutes"), "sh")
    answer = json.loads(demo.run(curl.replace(":8000", f":{demo.port}"), {}))
    assert answer["data"]["directory"]["totalCount"] > 0


def test_the_walk_through_one_memberships_life_goes_as_written(demo: Demo) -> None:
    found: dict[str, Any] = {"closesOn": str(datetime.now(UTC).date() + timedelta(days=1))}
    answers = []
    for language, block in BLOCK.findall(section("One membership's life")):
        if language == "sh":
            said = demo.run(block.replace(":8000", f":{demo.port}"), found)
            if "keys create" in block:
                demo.keys["new-representative"] = said.split()[-1]
            else:
                assert said.count('"CastVoteAccepted"') == 13, said
            continue
        names = re.findall(r"\$(\w+):", block)
        variables = {
            name: str(uuid.uuid4()) if name.startswith("command") else found[name] for name in names
        }
        data = demo.ask(role_of(block), block, variables)
        learn(data, found)
        answers.append(data)

    refused = answers[1]["submitApplication"]
    assert refused["code"] == "NOT_ELIGIBLE"
    outcomes = [each["closeVote"]["vote"]["outcome"] for each in answers if "closeVote" in each]
    assert outcomes == ["PASSED"]
    assert refused["unmet"][0]["clause"] == "collaborative-partner.type"
    text = json.dumps(answers)
    assert '"standing": "ACTIVE"' in text, answers[-5:]
    assert "Rejection" not in text
    trail = answers[-1]["membership"]["history"]["nodes"]
    assert [entry["type"] for entry in trail] == [
        "membership.admitted.v1",
        "membership.agreement_sent.v1",
        "membership.agreement_signed.v1",
    ]
    assert answers[-2]["requestTierChange"]["application"]["kind"] == "TIER_CHANGE"
    assert "Harbour Light" not in json.dumps(answers[-1])


def test_a_walk_repeated_with_the_same_commands_does_nothing(demo: Demo) -> None:
    first = blocks(section("One membership's life"), "graphql")[0]
    variables = {"command": str(uuid.uuid4())}

    once = demo.ask("applicant", first, variables)
    again = demo.ask("applicant", first, variables)

    assert once == again


@pytest.mark.parametrize("target", re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))
def test_the_make_targets_that_it_names_exist(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_files_that_it_links_to_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
