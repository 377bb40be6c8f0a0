"""The table of features names every row once, and only tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "features.md"
ROWS = 75
_ROW = re.compile(r"\| (\d+) \| ([^|]+) \| (built|not yet) \|(.*)\|")


def rows() -> list[tuple[int, str, list[str]]]:
    """Return number, state and proofs of each row."""
    found = [_ROW.fullmatch(line) for line in PAGE.read_text().splitlines()]
    return [
        (int(each[1]), each[3], re.findall(r"`([^`]+)`", each[4]))
        for each in found
        if each is not None
    ]


def names_in(path: str) -> set[str]:
    """Return the names of the tests of a module."""
    module = ast.parse((ROOT / path).read_text())
    return {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_row_is_there_once_and_in_order() -> None:
    assert [number for number, _, _ in rows()] == list(range(1, ROWS + 1))


def test_what_is_built_is_proved_and_what_is_not_claims_no_proof() -> None:
    assert [number for number, state, proofs in rows() if (state == "built") != bool(proofs)] == []


def test_every_proof_is_a_test_that_is_there() -> None:
    missing = []
    for number, _, proofs in rows():
        for proof in proofs:
            path, _, name = proof.partition("::")
            if not (ROOT / path).is_file() or name not in names_in(path):
                missing.append((number, proof))
    assert missing == []
