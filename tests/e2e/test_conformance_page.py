"""docs/conformance.md names the versions that are pinned, and the page of errors what can come."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from tests.e2e.conftest import FOLDER

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([@\w/-]+)`\*{0,2}(?: \|)? (\d+\.\d+\.\d+)")


def pinned() -> dict[str, str]:
    """Return the versions of every lock file, npm's foremost."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = {each["name"]: each.get("version", "") for each in packages}
    for lock in FOLDER.glob("*/requirements.txt"):
        text = lock.read_text(encoding="utf-8")
        versions |= dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, flags=re.MULTILINE))
    npm = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return versions | {
        path.removeprefix("node_modules/"): each["version"] for path, each in npm.items() if path
    }


def test_the_versions_on_the_page_are_those_that_run() -> None:
    versions = pinned()
    named = {name: version for name, version in NAMED.findall(PAGE) if name != "graphqler"}
    assert named == {name: versions[name] for name in named}
    direct = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    # Libraries that the others need are no tools.
    assert set(direct) - {"graphql", "ws", "@types/node"} <= set(named)
    assert {"ariadne-codegen", "gql", "hypothesis-graphql", "playwright"} <= set(named)


def test_every_code_of_errors_is_made_to_come_by_a_test() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))
    tests = "".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "tests").rglob("test_*.py")
        if file != Path(__file__)
    )
    assert {code for code in codes if not re.search(rf"\b{code}\b", tests)} == set()
